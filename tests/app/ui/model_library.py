"""A library of models on a server of this machine, for tests of the session and the window."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from models.manager.catalogue import Catalogue, CatalogueEntry, RemoteFile, Source, load_catalogue
from models.manager.download import Downloader, Patience
from models.manager.library import Library
from models.registry import DEFAULT, ModelInfo, find_model
from tests.models.manager.model_server import Behaviour, ModelServer

DATA = bytes(range(256)) * 400


def install(name: str, paths: Sequence[Path], root: Path) -> ModelInfo:
    """Stands for a conversion."""
    folder = root / name
    folder.mkdir(parents=True)
    weights = folder / "weights.safetensors"
    save_file({"vocals": np.frombuffer(paths[0].read_bytes(), np.uint8)}, weights)
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    described = {"targets": ["vocals"], "kind": "spleeter", "sha256": sha256}
    (folder / "model.json").write_text(json.dumps(described))
    return find_model(name)


def make_library(server: ModelServer) -> Library:
    """The shipped model, “certain”, “doubtful” of which only half of the hash is known, and a hybrid."""
    sha256 = hashlib.sha256(DATA).hexdigest()
    certain = RemoteFile("certain.bin", server.url("certain.bin"), sha256=sha256, size_bytes=len(DATA))
    doubtful = replace(certain, sha256="", sha256_starts=sha256[:8])
    server.files["certain.bin"] = Behaviour(DATA)
    real = load_catalogue()

    def entry(name: str, file: RemoteFile, rank: int) -> CatalogueEntry:
        model = real.find("umxl")
        return replace(model, name=name, title=name.capitalize(), rank=rank, sources=(Source((file,)),))

    def downloader(cancelled: Callable[[], bool]) -> Downloader:
        return Downloader(server.allows, Patience(0.5, 1.0, attempts=2, pause_s=0.01), cancelled)

    hybrid = replace(real.find("spleeter+iass-six"), needs=("certain", DEFAULT))
    entries = (entry("certain", certain, 5), entry("doubtful", doubtful, 4), hybrid, real.find(DEFAULT))
    return Library(Catalogue(entries), downloader, install)
