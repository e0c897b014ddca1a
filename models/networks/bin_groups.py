"""A coarser frequency axis for high bins: what a network sees and answers, and how that becomes bins again.

Partials and onsets need single bins at the bottom of the spectrum; towards the top instruments are told apart by broad
strokes, and grouping bins there leaves out four tenths of the work.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class BinGroups:
    """From low to high: `(bins, bins per group)`. `((512, 1), (512, 2))` is 512 single bins, then 256 pairs."""

    segments: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple((int(bins), int(width)) for bins, width in self.segments))
        for bins, width in self.segments:
            if width < 1 or bins < width or bins % width:
                raise ValueError(f"{bins} bins do not divide into groups of {width}")

    @property
    def bins(self) -> int:
        """Bins on the fine side."""
        return sum(bins for bins, _ in self.segments)

    @property
    def count(self) -> int:
        """Groups on the coarse side."""
        return sum(bins // width for bins, width in self.segments)

    def mean(self, x: Tensor) -> Tensor:
        """`(..., bins)` to the mean of each group, `(..., count)`."""
        return self._join([part if width == 1 else part.mean(-1) for part, width in self._fine(x)])

    def sum(self, x: Tensor) -> Tensor:
        """`(..., bins)` to the sum of each group, `(..., count)`: the adjoint of `expand`."""
        return self._join([part if width == 1 else part.sum(-1) for part, width in self._fine(x)])

    def expand(self, x: Tensor) -> Tensor:
        """`(..., count)` to `(..., bins)`: every bin gets the value of its group."""
        parts, start = [], 0
        for bins, width in self.segments:
            part = x[..., start : start + bins // width]
            start += bins // width
            if width > 1:
                part = part.unsqueeze(-1).expand(*part.shape, width).reshape(*part.shape[:-1], bins)
            parts.append(part)
        return self._join(parts)

    def _fine(self, x: Tensor) -> list[tuple[Tensor, int]]:
        parts, start = [], 0
        for bins, width in self.segments:
            part = x[..., start : start + bins]
            start += bins
            parts.append((part if width == 1 else part.reshape(*part.shape[:-1], bins // width, width), width))
        return parts

    @staticmethod
    def _join(parts: list[Tensor]) -> Tensor:
        return parts[0] if len(parts) == 1 else torch.cat(parts, -1)
