"""Demucs' published packages as weights for `models.separators.demucs`. Read as data: no class of theirs is made.

A package is a dictionary that `torch.save` wrote (`<signature>-<checksum>.th`): the class's name, the arguments it was
made with and its state in half precision. Since 4.1 the same is published as safetensors (`<signature>.safetensors`)
with class and arguments as JSON in the metadata. Formats: `demucs/states.py` and `demucs/hf.py` of demucs 4.1.
"""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from models.conversion.errors import FormatError
from models.conversion.open_unmix import LARGEST_FILE_BYTES, load_tensors

CLASS: Final = "demucs.htdemucs.HTDemucs"
_LARGEST_NUMBER: Final = 1 << 20
_LONGEST_LIST: Final = 64
_CHECKSUM_LETTERS: Final = 8


class HTDemucsName:
    """Stands for the class that a package names."""


def read_package(path: Path, sources: tuple[str, ...]) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """State and arguments, as they stand in `model.json`, of a package for these sources.

    Raises FormatError, OSError.
    """
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise FormatError(f"{path.name} is too large")
    _check_checksum(path)
    state, arguments = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickled(path)
    if list(arguments.get("sources", [])) != list(sources):
        raise FormatError(f"{path.name} does not separate {', '.join(sources)}")
    for name, value in state.items():
        if not (isinstance(name, str) and isinstance(value, torch.Tensor)):
            raise FormatError(f"{path.name} holds more than tensors")
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise FormatError(f"{name} in {path.name} holds values that are not numbers")
    weights = {name: value.contiguous().numpy() for name, value in state.items()}
    return weights, {name: _plain(value, path.name) for name, value in arguments.items()}


def argument(value: Any) -> Any:
    """What an argument in `model.json` stands for."""
    if isinstance(value, dict):
        return Fraction(int(value["numerator"]), int(value["denominator"]))
    return [argument(item) for item in value] if isinstance(value, list) else value


def _check_checksum(path: Path) -> None:
    """The name of a `.th` file ends with the first letters of its SHA-256."""
    _, dash, expected = path.stem.rpartition("-")
    if path.suffix != ".th" or not dash:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if len(expected) != _CHECKSUM_LETTERS or not found.startswith(expected):
        raise FormatError(f"{path.name} is damaged")


def _read_pickled(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    package = load_tensors(path, ((HTDemucsName, CLASS), Fraction))
    if not isinstance(package, dict) or package.get("klass") is not HTDemucsName:
        raise FormatError(f"{path.name} is not a package of HTDemucs")
    state, arguments, positional = (package.get(key) for key in ("state", "kwargs", "args"))
    return _checked(state, arguments, positional, path.name)


def _read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            about = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
        arguments, positional = (json.loads(about.get(key, "null")) for key in ("kwargs", "args"))
    except (SafetensorError, ValueError, RecursionError):
        raise FormatError(f"{path.name} is damaged or cut off") from None
    if about.get("klass") != CLASS or "structure" in about:
        raise FormatError(f"{path.name} is not a package of HTDemucs")
    return _checked(state, arguments, positional, path.name)


def _checked(state: Any, arguments: Any, positional: Any, file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not (isinstance(state, dict) and isinstance(arguments, dict)):
        raise FormatError(f"{file} is not a package of HTDemucs")
    if positional:
        if len(positional) > 1 or "sources" in arguments:
            raise FormatError(f"{file} has arguments that are not supported")
        arguments = {"sources": positional[0], **arguments}
    return state, arguments


def _plain(value: Any, file: str) -> Any:
    """An argument as it stands in `model.json`."""
    if isinstance(value, dict) and value.get("_type") == "fraction":
        value = Fraction(value["numerator"], value["denominator"])
    if isinstance(value, Fraction):
        return {"numerator": value.numerator, "denominator": value.denominator}
    if value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) < _LARGEST_NUMBER):
        return value
    if isinstance(value, (int, float)) and abs(value) <= _LARGEST_NUMBER:
        return value
    if isinstance(value, (list, tuple)) and len(value) <= _LONGEST_LIST:
        return [_plain(item, file) for item in value]
    raise FormatError(f"{file} has arguments that are not supported")
