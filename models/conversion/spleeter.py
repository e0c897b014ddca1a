"""Spleeter's published checkpoints as weights of `models.networks.spleeter`. NumPy only.

The checkpoint numbers its layers through all stems: stem `i` has the convolutions `conv2d_{7i}` to `conv2d_{7i+6}`,
of which the last is the mask's, the transposed ones `conv2d_transpose_{6i}` on, and the norms
`batch_normalization_{12i}` on, six of each half; number 0 is not written. TensorFlow's kernels are
`(height, width, in, out)`, transposed ones `(height, width, out, in)`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.conversion.errors import FormatError
from models.conversion.tensorflow_checkpoint import Checkpoint

FILTERS: Final = (16, 32, 64, 128, 256, 512)
LAYERS: Final = len(FILTERS)

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Layer:
    """A variable of the checkpoint and the parameter it becomes. `order` is that of its axes, None to keep it."""

    variable: str
    parameter: str
    shape: tuple[int, ...]
    order: tuple[int, ...] | None = None


def layers(stem: int, filters: tuple[int, ...] = FILTERS) -> Iterator[Layer]:
    """All variables of one stem's network; shapes are the checkpoint's."""
    depth = len(filters)
    down_in, up_out = (2, *filters[:-1]), (*filters[-2::-1], 1)
    up_in = (filters[-1], *(2 * count for count in up_out[:-1]))
    for index, (ins, outs) in enumerate(zip(down_in, filters, strict=True)):
        name = _numbered("conv2d", stem * (depth + 1) + index)
        yield Layer(f"{name}/kernel", f"down.{index}.weight", (5, 5, ins, outs), (3, 2, 0, 1))
        yield Layer(f"{name}/bias", f"down.{index}.bias", (outs,))
        yield from _norm(stem * 2 * depth + index, f"down_norm.{index}", outs)
    for index, (ins, outs) in enumerate(zip(up_in, up_out, strict=True)):
        name = _numbered("conv2d_transpose", stem * depth + index)
        yield Layer(f"{name}/kernel", f"up.{index}.weight", (5, 5, outs, ins), (3, 2, 0, 1))
        yield Layer(f"{name}/bias", f"up.{index}.bias", (outs,))
        yield from _norm(stem * 2 * depth + depth + index, f"up_norm.{index}", outs)
    name = _numbered("conv2d", stem * (depth + 1) + depth)
    yield Layer(f"{name}/kernel", "mask.weight", (4, 4, 1, 2), (3, 2, 0, 1))
    yield Layer(f"{name}/bias", "mask.bias", (2,))


def read_weights(index: Path, targets: tuple[str, ...], filters: tuple[int, ...] = FILTERS) -> Weights:
    """The weights `<target>.<parameter>` in the checkpoint whose index this is. Raises FormatError, OSError."""
    checkpoint = Checkpoint(index)
    weights: Weights = {}
    known = set()
    for stem, target in enumerate(targets):
        for layer in layers(stem, filters):
            values = checkpoint.read(layer.variable, layer.shape)
            known.add(layer.variable)
            ordered = values if layer.order is None else values.transpose(layer.order)
            weights[f"{target}.{layer.parameter}"] = np.ascontiguousarray(ordered, np.float32)
    if any(_is_weight(name) for name in checkpoint.entries.keys() - known):
        raise FormatError(f"it has more stems than {len(targets)}")
    return weights


def _norm(number: int, parameter: str, count: int) -> Iterator[Layer]:
    name = _numbered("batch_normalization", number)
    for variable, part in (
        ("gamma", "weight"),
        ("beta", "bias"),
        ("moving_mean", "running_mean"),
        ("moving_variance", "running_var"),
    ):
        yield Layer(f"{name}/{variable}", f"{parameter}.{part}", (count,))


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _is_weight(name: str) -> bool:
    """True for a network's variable, not the step or what an optimiser remembers."""
    return name.startswith("conv2d") and name.count("/") == 1 and name.endswith(("/kernel", "/bias"))
