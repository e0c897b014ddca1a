"""How a song is cut for separation and put together again.

A song is cut into chunks of equal length on its own sample grid. Each is separated with `context` before and after, so
that what is kept never comes from a chunk's edge; neighbours cross-fade over `fade` frames around their common border.
Boundaries are multiples of `unit` song frames, which are whole numbers of samples at 44.1 kHz as well: converting the
rate there and back is exact in time. *Frames* here are sample frames of the song.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

MODEL_RATE = 44100


@dataclass(frozen=True)
class ChunkPlan:
    """The cut of one song. Lengths in sample frames of the song."""

    frames: int
    unit: int
    length: int
    context: int
    fade: int

    @staticmethod
    def of(
        frames: int, rate: int, *, length_s: float = 6.0, context_s: float = 1.5, fade_s: float = 0.1
    ) -> "ChunkPlan":
        """Plan for a song of `frames` at `rate` Hz; chunks and context are rounded up to whole units."""
        unit = rate // gcd(rate, MODEL_RATE)
        length, context = (ceil(seconds * rate / unit) * unit for seconds in (length_s, context_s))
        return ChunkPlan(frames, unit, length, context, 2 * int(fade_s * rate / 2))

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return max(1, ceil(self.frames / self.length))

    def order(self, position: int) -> Iterator[int]:
        """Chunks from the one at `position` to the end, then from the start."""
        first = min(max(position, 0) // self.length, self.count - 1)
        yield from range(first, self.count)
        yield from range(first)

    def input_range(self, chunk: int) -> tuple[int, int]:
        """Frames the network hears for a chunk; may reach beyond the song, where there is silence."""
        return chunk * self.length - self.context, (chunk + 1) * self.length + self.context

    def kept_range(self, chunk: int) -> tuple[int, int]:
        """Frames of a chunk that are used, half a cross-fade beyond its borders, within the song."""
        half = self.fade // 2
        start = chunk * self.length - half if chunk else 0
        stop = (chunk + 1) * self.length + half if chunk < self.count - 1 else self.frames
        return max(start, 0), min(stop, self.frames)


class CrossFader:
    """Joins kept ranges into finished spans, in whatever order the chunks come.

    A chunk's middle is finished at once; a border is finished when the chunks on both sides are there.
    """

    def __init__(self, plan: ChunkPlan) -> None:
        self._plan = plan
        self._waiting: dict[int, NDArray[np.float32]] = {}
        ramp = (np.arange(plan.fade, dtype=np.float32) + 0.5) / max(plan.fade, 1)
        self._fade_in: NDArray[np.float32] = ramp[:, None].astype(np.float32)

    def add(self, chunk: int, kept: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give the kept range `(stems, frames, channels)` of a chunk; get `(start, samples)` of what is finished."""
        plan = self._plan
        start, stop = plan.kept_range(chunk)
        left = self._border(chunk) if chunk else start
        right = self._border(chunk + 1) if chunk < plan.count - 1 else stop
        middle_start, middle_stop = left + (plan.fade if chunk else 0), right
        if chunk:
            yield from self._join(chunk, kept[:, : middle_start - start], arriving=True)
        if middle_stop > middle_start:
            yield middle_start, kept[:, middle_start - start : middle_stop - start]
        if chunk < plan.count - 1:
            yield from self._join(chunk + 1, kept[:, middle_stop - start :], arriving=False)

    def _border(self, chunk: int) -> int:
        """Where the cross-fade between `chunk - 1` and `chunk` starts."""
        return chunk * self._plan.length - self._plan.fade // 2

    def _join(
        self, border: int, piece: NDArray[np.float32], *, arriving: bool
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Hold one side of a border, or finish it when the other side is already there."""
        fade_in = self._fade_in[: piece.shape[1]]
        weighted = piece * (fade_in if arriving else np.float32(1) - fade_in)
        if border in self._waiting:
            yield self._border(border), self._waiting.pop(border) + weighted
        else:
            self._waiting[border] = weighted
