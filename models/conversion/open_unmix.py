"""Open-Unmix's published state dicts as weights of `models.networks.open_unmix`. Read as data: tensors only."""

from pathlib import Path
from typing import Any, Final

import torch
from numpy.typing import NDArray

from models.conversion.errors import FormatError
from models.networks.open_unmix import PUBLISHED_BESIDE, OpenUnmix

LARGEST_FILE_BYTES: Final = 512 << 20


def load_tensors(path: Path, allowed: tuple[Any, ...] = ()) -> Any:
    """What `torch.save` wrote, of tensors, containers, numbers, texts and the `allowed` classes. Raises FormatError."""
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise FormatError(f"{path.name} is too large")
    try:
        with torch.serialization.safe_globals(list(allowed)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # torch, zip and pickle say it in many ways
        raise FormatError(f"{path.name} is damaged, or holds more than weights") from None


def read_weights(files: dict[str, Path], hidden: int) -> dict[str, NDArray[Any]]:
    """The weights `<target>.<parameter>` of a published file for each target. Raises FormatError, OSError."""
    with torch.device("meta"):
        expected = OpenUnmix(hidden).state_dict()
    weights = {}
    for target, path in files.items():
        state = load_tensors(path)
        if not isinstance(state, dict):
            raise FormatError(f"{path.name} is not a state dict")
        check_shapes(state, expected, path.name, ignored=PUBLISHED_BESIDE)
        for name in expected:
            weights[f"{target}.{name}"] = state[name].contiguous().numpy()
    return weights


def check_shapes(
    state: dict[str, Any], expected: dict[str, torch.Tensor], file: str, ignored: tuple[str, ...] = ()
) -> None:
    """Compare names and shapes with a network's, and look for values that are no numbers. Raises FormatError."""
    for name, value in expected.items():
        found = state.get(name)
        if not isinstance(found, torch.Tensor):
            raise FormatError(f"{file} has no {name}")
        if found.shape != value.shape:
            raise FormatError(f"{name} in {file} is {list(found.shape)} instead of {list(value.shape)}")
        if found.is_floating_point() and not bool(torch.isfinite(found).all()):
            raise FormatError(f"{name} in {file} holds values that are not numbers")
    if unknown := [str(name) for name in state if name not in expected and name not in ignored]:
        raise FormatError(f"{file} has {unknown[0]}, which the network does not know")
