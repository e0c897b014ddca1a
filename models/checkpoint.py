"""Weights and training state as data only: safetensors and JSON. Files appear whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any, Final

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

STATE: Final = "state"
"""Under this name a state file's metadata hold its structure as JSON."""


def save_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors under a temporary name, then rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary, metadata)
    os.replace(temporary, path)


def save_json(path: Path, value: Any) -> None:
    """Write JSON under a temporary name, then rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def save_state(path: Path, state: Any) -> None:
    """Write nested dicts, lists and tuples of tensors, numbers, strings, booleans and None as one safetensors file.

    Raises TypeError if something else is in it: what cannot be written as data is not written at all.
    """
    tensors: dict[str, Tensor] = {}
    structure = _to_json(state, tensors)
    save_tensors(path, tensors, {STATE: json.dumps(structure)})


def load_state(path: Path) -> Any:
    """Read what `save_state` wrote: equal in structure, types, bits, and in the order of tensors in memory.

    The last matters to fused optimizers, which take it for granted that weights and their statistics lie alike.
    Raises ValueError if the file holds something else.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if STATE not in metadata:
            raise ValueError(f"{path} is not a training state")
        return _from_json(json.loads(metadata[STATE]), {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118


def _to_json(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Value as JSON; a tensor moves to `tensors` and leaves its name, other types than JSON's are marked by `$`."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        strides = value.stride()
        order = sorted(range(value.ndim), key=lambda axis: -strides[axis])  # as it lies in memory
        tensors[name] = value.permute(order)
        return {"$tensor": [name, order]}
    if isinstance(value, dict):
        # JSON knows only strings as keys, an optimizer's state has integers.
        return {"$dict": [[_to_json(key, tensors), _to_json(item, tensors)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"$tuple": [_to_json(item, tensors) for item in value]}
    if isinstance(value, list):
        return [_to_json(item, tensors) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be stored as data")


def _from_json(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_from_json(item, tensors) for item in value]
    if isinstance(value, dict):
        ((kind, content),) = value.items()
        if kind == "$tensor":
            name, order = content
            return tensors[name].permute([order.index(axis) for axis in range(len(order))])
        if kind == "$tuple":
            return tuple(_from_json(item, tensors) for item in content)
        return {_from_json(key, tensors): _from_json(item, tensors) for key, item in content}
    return value
