"""How a song is cut for separation and put together again.

A song is cut into cells of equal length on its own sample grid. A *chunk* is a run of neighbouring cells that is
separated at once, with `context` before and after, so that what is kept never comes from a chunk's edge; neighbours
cross-fade over `fade` frames around their common border. A chunk of one cell is heard soonest, a longer one spends less
on its context; because both lie on one grid, what was separated in another order or another day fits in. Boundaries are
multiples of `unit` song frames, which are whole numbers of samples at 44.1 kHz as well: converting the rate there and
back is exact in time. *Frames* here are sample frames of the song.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

MODEL_RATE = 44100


LONGEST_CHUNK: Final = 3
"""Cells in a chunk at most: more saves little, delays a seek and no longer fits the processor's cache."""


@dataclass(frozen=True)
class ChunkPlan:
    """The cut of one song. Lengths in sample frames of the song; `length` is that of a cell.

    The first cell is shorter by `lead`, for networks that hear a song in pieces that begin before it.
    """

    frames: int
    unit: int
    length: int
    context: int
    fade: int
    lead: int = 0

    @staticmethod
    def of(
        frames: int, rate: int, *, length_s: float = 6.0, context_s: float = 0.25, fade_s: float = 0.1
    ) -> "ChunkPlan":
        """Plan for a song of `frames` at `rate` Hz; cells and context are rounded up to whole units."""
        unit = rate // gcd(rate, MODEL_RATE)
        length, context = (ceil(seconds * rate / unit) * unit for seconds in (length_s, context_s))
        return ChunkPlan(frames, unit, length, context, 2 * int(fade_s * rate / 2))

    @property
    def count(self) -> int:
        """How many cells there are."""
        return max(1, ceil((self.frames + self.lead) / self.length))

    def start(self, cell: int) -> int:
        """Where a cell starts: its border with the one before."""
        return cell * self.length - self.lead

    def order(self, position: int) -> Iterator[int]:
        """Cells from the one at `position` to the end, then from the start."""
        first = min((max(position, 0) + self.lead) // self.length, self.count - 1)
        yield from range(first, self.count)
        yield from range(first)

    def input_range(self, chunk: range) -> tuple[int, int]:
        """Frames the network hears for a chunk; may reach beyond the song, where there is silence."""
        end = ceil(self.frames / self.unit) * self.unit
        return self.start(chunk.start) - self.context, min(self.start(chunk.stop), end) + self.context

    def kept_range(self, chunk: range) -> tuple[int, int]:
        """Frames of a chunk that are used, half a cross-fade beyond its borders, within the song."""
        half = self.fade // 2
        start = self.start(chunk.start) - half if chunk.start else 0
        stop = self.start(chunk.stop) + half if chunk.stop < self.count else self.frames
        return max(start, 0), min(stop, self.frames)


class Schedule:
    """Which chunk comes next: the missing cells from a position on, then those from the start.

    The first chunk at a new place is one cell; those that follow it without a gap are up to `longest` cells.
    """

    def __init__(self, plan: ChunkPlan, done: tuple[tuple[int, int], ...] = (), longest: int = LONGEST_CHUNK) -> None:
        """`done` are half-open spans of frames that are not needed again."""
        self._plan, self._longest = plan, longest
        cells = (range(cell, cell + 1) for cell in range(plan.count))
        self._missing = {cell.start for cell in cells if not _covered(plan.kept_range(cell), done)}
        self._following: int | None = None

    def next(self, position: Callable[[], int]) -> range | None:
        """The next chunk, None when there is nothing left. `position` is asked only if there is."""
        if not self._missing:
            return None
        first = next(cell for cell in self._plan.order(position()) if cell in self._missing)
        longest = self._longest if first == self._following else 1
        stop = first + 1
        while stop in self._missing and stop - first < longest:
            stop += 1
        self._missing.difference_update(range(first, stop))
        self._following = stop
        return range(first, stop)


class CrossFader:
    """Joins kept ranges into finished spans, in whatever order the chunks come.

    A chunk's middle is finished at once; a border is finished when the chunks on both sides are there.
    """

    def __init__(self, plan: ChunkPlan, fade_in: NDArray[np.float32] | None = None) -> None:
        """`fade_in` are the weights `(plan.fade,)` of the later chunk; linear by default."""
        self._plan = plan
        self._waiting: dict[int, NDArray[np.float32]] = {}
        ramp = (np.arange(plan.fade, dtype=np.float32) + 0.5) / max(plan.fade, 1) if fade_in is None else fade_in
        self._fade_in: NDArray[np.float32] = ramp[:, None].astype(np.float32)

    def add(self, chunk: range, kept: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give the kept range `(stems, frames, channels)` of a chunk; get `(start, samples)` of what is finished."""
        plan = self._plan
        start, stop = plan.kept_range(chunk)
        has_left, has_right = chunk.start > 0, chunk.stop < plan.count
        middle_start = self._border(chunk.start) + plan.fade if has_left else start
        middle_stop = self._border(chunk.stop) if has_right else stop
        if has_left:
            yield from self._join(chunk.start, kept[:, : middle_start - start], arriving=True)
        if middle_stop > middle_start:
            yield middle_start, kept[:, middle_start - start : middle_stop - start]
        if has_right:
            yield from self._join(chunk.stop, kept[:, middle_stop - start :], arriving=False)

    def _border(self, cell: int) -> int:
        """Where the cross-fade between `cell - 1` and `cell` starts."""
        return self._plan.start(cell) - self._plan.fade // 2

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


def _covered(span: tuple[int, int], done: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= span[0] and span[1] <= stop for start, stop in done)
