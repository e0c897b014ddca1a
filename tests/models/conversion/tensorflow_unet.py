"""Spleeter's network in plain loops over TensorFlow's variables, as its layers are defined: for small sizes only."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def same_convolution(x: Array, kernel: Array, bias: Array, *, stride: int = 1, dilation: int = 1) -> Array:
    """`padding="same"` of `(height, width, in)`: half of what is missing before, the larger half behind."""
    sizes = [-(-size // stride) for size in x.shape[:2]]
    reach = [(size - 1) * dilation + 1 for size in kernel.shape[:2]]
    missing = [max((a - 1) * stride + b - c, 0) for a, b, c in zip(sizes, reach, x.shape, strict=False)]
    x = np.pad(x, [*((m // 2, m - m // 2) for m in missing), (0, 0)])
    y = np.zeros((*sizes, kernel.shape[3]))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            rows = slice(i * dilation, i * dilation + (sizes[0] - 1) * stride + 1, stride)
            columns = slice(j * dilation, j * dilation + (sizes[1] - 1) * stride + 1, stride)
            y += x[rows, columns] @ kernel[i, j]
    return y + bias


def same_transposed(x: Array, kernel: Array, bias: Array) -> Array:
    """The adjoint of a convolution of stride 2 whose output is half its input."""
    height, width = x.shape[:2]
    y = np.zeros((2 * height + kernel.shape[0], 2 * width + kernel.shape[1], kernel.shape[2]))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            y[i : i + 2 * height : 2, j : j + 2 * width : 2] += x @ kernel[i, j].T
    before = (kernel.shape[0] - 2) // 2
    return y[before : before + 2 * height, before : before + 2 * width] + bias


def logits(magnitude: Array, variables: Mapping[str, Array], stem: int, depth: int, elu: bool) -> Array:
    """Logits `(frames, bins, 2)` of one stem."""
    convolutions = _names("conv2d", stem * (depth + 1))
    transposed = _names("conv2d_transpose", stem * depth)
    norms = _names("batch_normalization", stem * 2 * depth)

    def get(name: str, *parts: str) -> list[Array]:
        return [variables[f"{name}/{part}"].astype(float) for part in parts]

    def norm(x: Array) -> Array:
        gamma, beta, mean, variance = get(next(norms), "gamma", "beta", "moving_mean", "moving_variance")
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    def smooth(x: Array) -> Array:
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    x, before = magnitude.astype(float), []
    for _ in range(depth):
        before.append(same_convolution(x, *get(next(convolutions), "kernel", "bias"), stride=2))
        normal = norm(before[-1])
        x = smooth(normal) if elu else np.where(normal > 0, normal, 0.2 * normal)
    x = before.pop()
    for _ in range(depth):
        y = same_transposed(x, *get(next(transposed), "kernel", "bias"))
        x = norm(smooth(y) if elu else np.maximum(y, 0))
        if before:
            x = np.concatenate((before.pop(), x), -1)
    return same_convolution(x, *get(next(convolutions), "kernel", "bias"), dilation=2)


def _names(layer: str, first: int) -> Iterator[str]:
    return (f"{layer}_{number}" if number else layer for number in count(first))
