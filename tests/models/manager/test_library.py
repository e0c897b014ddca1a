import hashlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.manager.catalogue import Catalogue, CatalogueEntry, RemoteFile, Source, load_catalogue
from models.manager.download import Cancelled, Downloader, Patience
from models.manager.library import ABANDONED_S, Library, UnverifiedError
from models.registry import DEFAULT, ModelError, ModelInfo, find_model
from tests.models.manager.model_server import Behaviour, ModelServer

QUICK = Patience(timeout_s=0.3, slow_s=0.4, attempts=2, pause_s=0.01)
WEIGHTS = {"vocals.weight": np.ones((3, 2), np.float32)}


def archive(folder: Path, name: str = "tiny.zip", member: str = "tiny/weights.bin") -> Path:
    """What is published."""
    path = folder / name
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member, bytes(range(200)) * 500)
        file.writestr("tiny/install.py", "raise SystemExit")
    return path


def convert(name: str, paths: Sequence[Path], root: Path) -> ModelInfo:
    """Stands for the conversion of a format that is tested elsewhere."""
    from models.conversion.errors import FormatError
    from models.conversion.install import _folder_to_be
    from models.conversion.unpack import unpack

    try:
        with _folder_to_be(root / name) as folder:
            inside = folder / "unpacked"
            inside.mkdir()
            if not [
                unpacked for path in paths for unpacked in unpack(path, lambda path: path.suffix == ".bin", inside)
            ]:
                raise ModelError("There are no weights in it; get it again.")
            shutil.rmtree(inside)
            save_file(WEIGHTS, folder / "weights.safetensors")
            sha256 = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
            (folder / "model.json").write_text(
                json.dumps({"targets": ["vocals"], "kind": "spleeter", "sha256": sha256})
            )
    except FormatError as error:
        raise ModelError(f"It cannot be used: {error}; get it again.") from error
    return find_model(name)


def entry_for(server: ModelServer, path: Path, name: str = "tiny") -> CatalogueEntry:
    """The catalogue's entry of a file."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    file = RemoteFile(path.name, server.url(path.name), sha256=sha256, size_bytes=path.stat().st_size)
    server.files[path.name] = Behaviour(path.read_bytes())
    return CatalogueEntry(
        name, "Tiny", "A voice.", ("vocals",), "MIT", "Text.", "", "", 5, "a voice", sources=(Source((file,)),)
    )


MakeLibrary = Callable[..., Library]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The archive."""
    return archive(tmp_path)


@pytest.fixture
def make_library(server: ModelServer, models_folder: Path) -> MakeLibrary:
    """A library of these entries, and the hybrid and the shipped one."""
    real = load_catalogue()
    shipped = real.find(DEFAULT)

    def make(*entries: CatalogueEntry) -> Library:
        hybrid = replace(real.find("spleeter+iass-six"), needs=(entries[0].name, DEFAULT))
        return Library(
            Catalogue((*entries, hybrid, shipped)),
            lambda cancelled: Downloader(server.allows, QUICK, cancelled),
            convert,
        )

    return make


@pytest.fixture
def entry(server: ModelServer, published: Path) -> CatalogueEntry:
    """A model of one file."""
    return entry_for(server, published)


@pytest.fixture
def library(make_library: MakeLibrary, entry: CatalogueEntry) -> Library:
    """A library with a model to be had."""
    return make_library(entry)


def left_in(folder: Path) -> list[str]:
    """All files there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


INSTALLED = ["tiny/model.json", "tiny/weights.safetensors"]


def test_get_verify_and_remove(library: Library, models_folder: Path, server: ModelServer) -> None:
    assert library.state("tiny") == "absent"
    assert server.requests == []
    fractions: list[float] = []

    library.get("tiny", lambda state: fractions.append(state.fraction))

    assert left_in(models_folder) == INSTALLED
    assert library.state("tiny") == "installed"
    assert find_model("tiny").ready
    assert fractions == sorted(fractions)
    assert library.verify("tiny").checked
    library.get("tiny")
    assert len(server.requests) == 1

    assert library.remove("tiny") > 0
    assert left_in(models_folder) == []
    assert library.state("tiny") == "absent"


def test_hybrid_gets_what_it_lacks(library: Library) -> None:
    assert library.state("spleeter+iass-six") == "absent"
    library.get("spleeter+iass-six")
    assert library.state("tiny") == library.state("spleeter+iass-six") == "installed"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"stall_at": 4096}, "stopped sending"),
        ({"announce": 10**6}, "larger than"),
        ({"announce": 5}, "not as long"),
        ({"cut_at": [1000] * 9}, "broke off"),
        ({"redirect": "http://localhost:1/"}, "not safe"),
        ({"status": 404}, "404"),
    ],
)
def test_failed_download_leaves_nothing_and_the_old_model(
    library: Library, models_folder: Path, server: ModelServer, how: dict[str, object], words: str
) -> None:
    other = models_folder / "older"
    other.mkdir(parents=True)
    (other / "model.json").write_text('{"targets": ["vocals"]}')
    (other / "weights.safetensors").write_bytes(b"0")
    for name, value in how.items():
        setattr(server.files["tiny.zip"], name, value)

    with pytest.raises(ModelError, match=f"Tiny could not be downloaded: .*{words}.*\\.$"):
        library.get("tiny")

    assert left_in(models_folder) == ["older/model.json", "older/weights.safetensors"]
    assert find_model("older").ready


def test_wrong_file_is_not_unpacked(library: Library, models_folder: Path, server: ModelServer) -> None:
    server.files["tiny.zip"].data = server.files["tiny.zip"].data[::-1]
    with pytest.raises(ModelError, match="SHA-256"):
        library.get("tiny")
    assert left_in(models_folder) == []


def test_file_without_weights_leaves_the_model_that_was_there(
    make_library: MakeLibrary, entry: CatalogueEntry, server: ModelServer, models_folder: Path, tmp_path: Path
) -> None:
    make_library(entry).get("tiny")
    empty = archive(tmp_path, "empty.zip", "tiny/readme.txt")
    library = make_library(entry_for(server, empty))

    with pytest.raises(ModelError, match="no weights"):
        library.import_files("tiny", [empty])

    assert left_in(models_folder) == INSTALLED
    assert library.verify("tiny").checked


def test_second_source_where_the_first_fails(
    make_library: MakeLibrary, entry: CatalogueEntry, server: ModelServer
) -> None:
    gone = RemoteFile("gone.zip", server.url("gone.zip"), sha256="0" * 64, size_bytes=10)
    library = make_library(replace(entry, sources=(Source((gone,)), *entry.sources)))
    library.get("tiny")
    assert library.state("tiny") == "installed"


def test_cancelled_download_is_taken_up_or_discarded(
    library: Library, models_folder: Path, server: ModelServer
) -> None:
    server.files["tiny.zip"].delay_s = 0.005
    states: list[int] = []

    def stop() -> None:
        with pytest.raises(Cancelled):
            library.get("tiny", lambda state: states.append(state.done_bytes), lambda: bool(states) and states[-1] > 0)

    stop()
    assert library.state("tiny") == "incomplete"
    assert library.fetched_bytes("tiny") > 0
    library.abandon("tiny")
    assert left_in(models_folder) == []
    assert library.state("tiny") == "absent"

    states.clear()
    stop()
    old = time.time() - ABANDONED_S - 1
    for path in models_folder.rglob("*"):
        os.utime(path, (old, old))
    library.remove_abandoned()
    assert left_in(models_folder) == []

    states.clear()
    stop()
    library.get("tiny")
    assert left_in(models_folder) == INSTALLED
    assert server.requests[-1][1].startswith("bytes=")


def test_unknown_hash_needs_agreement(make_library: MakeLibrary, entry: CatalogueEntry, server: ModelServer) -> None:
    file = entry.sources[0].files[0]
    starts = replace(file, sha256="", sha256_starts=file.sha256[:8])
    library = make_library(replace(entry, sources=(Source((starts,)),)))

    with pytest.raises(UnverifiedError, match="not known in full"):
        library.get("tiny")
    assert server.requests == []
    library.get("tiny", accept_unverified=True)
    assert library.state("tiny") == "installed"


def test_import_of_the_published_file_and_of_another(library: Library, published: Path, tmp_path: Path) -> None:
    assert library.import_files("tiny", [published])
    library.remove("tiny")

    other = archive(tmp_path, "other.zip", "else/weights.bin")
    with pytest.raises(UnverifiedError, match=r"“other\.zip”"):
        library.import_files("tiny", [other])
    assert library.state("tiny") == "absent"
    assert not library.import_files("tiny", [other], accept_unverified=True)
    assert library.state("tiny") == "installed"


@pytest.mark.parametrize("member", ["../outside.bin", "/tmp/outside.bin", "tiny/../../outside.bin"])
def test_archive_that_leads_outside(library: Library, models_folder: Path, tmp_path: Path, member: str) -> None:
    bad = archive(tmp_path, "bad.zip", member)
    with pytest.raises(ModelError, match=r"^[^\n]+\.$"):
        library.import_files("tiny", [bad], accept_unverified=True)
    assert left_in(models_folder) == []
    assert not (tmp_path / "outside.bin").exists()
    assert not Path("/tmp/outside.bin").exists()


def test_truncated_archive(library: Library, models_folder: Path, published: Path) -> None:
    published.write_bytes(published.read_bytes()[:-300])
    with pytest.raises(ModelError, match=r"^[^\n]+\.$"):
        library.import_files("tiny", [published], accept_unverified=True)
    assert left_in(models_folder) == []


def test_import_of_what_is_not_there(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        library.import_files("tiny", [tmp_path / "nothing.zip"])
    with pytest.raises(ModelError, match="comes with the program"):
        library.import_files(DEFAULT, [tmp_path])
    with pytest.raises(ModelError, match="import those"):
        library.import_files("spleeter+iass-six", [tmp_path])


def test_verify_finds_damage(library: Library, models_folder: Path) -> None:
    library.get("tiny")
    weights = models_folder / "tiny" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match="damaged; install it again"):
        library.verify("tiny")
    weights.unlink()
    with pytest.raises(ModelError, match="get it again"):
        library.verify("tiny")


def test_what_came_with_the_program_stays(library: Library) -> None:
    assert library.state(DEFAULT) == "shipped"
    assert library.verify(DEFAULT).name == DEFAULT
    with pytest.raises(ModelError, match="came with the program"):
        library.remove(DEFAULT)
    assert find_model(DEFAULT).ready


@pytest.mark.parametrize("name", ["tiny", "../models", "..", ".downloads", "a/b", ""])
def test_remove_deletes_nothing_but_models(library: Library, models_folder: Path, name: str) -> None:
    models_folder.mkdir()
    keep = models_folder / "keep.txt"
    keep.write_text("x")
    with pytest.raises(ModelError):
        library.remove(name)
    assert keep.exists()


def test_full_disk_is_noticed_before(
    library: Library, server: ModelServer, monkeypatch: pytest.MonkeyPatch, models_folder: Path
) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("models.manager.library.shutil.disk_usage", lambda path: usage(10, 10, 1000))
    with pytest.raises(ModelError, match="free some space"):
        library.get("tiny")
    assert server.requests == []
    assert left_in(models_folder) == []


def test_what_a_model_needs_to_run_is_told(library: Library, entry: CatalogueEntry) -> None:
    assert library.runnable(entry) == ""
    lacking = library.runnable(replace(entry, package="no_such_package", extra="demucs"))
    assert lacking == (
        "Tiny needs the Python package no_such_package, which is not installed: pip install partwise[demucs]."
    )
