"""Where the activation of an instrument and the loudness of its stem do not agree."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

DoubtKind = Literal["bleed", "silent"]

LOUD_DB: Final = -30.0
"""A stem is loud where it is within 30 dB of the mix ..."""
LOUD_DBFS: Final = -50.0
"""... and above this."""
SILENT_DBFS: Final = -60.0

LOW_WEIGHT: Final = 0.1
HIGH_WEIGHT: Final = 0.5
SHORTEST_FRAMES: Final = 22
"""Half a second: what is shorter is the edge of a note, not a doubt. Doubts with shorter gaps between them are one."""

WINDOW_FRAMES: Final = 11
"""A quarter of a second: over so much a stem's level is held, for music is silent between two strokes."""

Levels = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, order=True)
class Doubtful:
    """A stretch of activation frames, `start` to `stop` (exclusive).

    "bleed": it hardly has a weight, but its stem is loud: the model put something else there, or the activation is
    wrong. "silent": it has a weight, but there is nothing in its stem.
    """

    start: int
    stop: int
    kind: DoubtKind


def doubts(weights: Levels, stem: Levels, mix: Levels, known: Flags) -> tuple[Doubtful, ...]:
    """Where to look twice at an instrument.

    Args:
        weights: float32 `(activation frames,)`, edits included; an edit that agrees with the stem settles a doubt.
        stem: the level of its stem, unweighted, of the same shape; linear, 1 is full scale.
        mix: the level of the mix.
        known: where it is separated; there are no doubts elsewhere.

    Returns:
        the stretches, by their start.
    """
    stem, mix = _held(stem), _held(mix)
    loud = (stem > _linear(LOUD_DBFS)) & (stem > _linear(LOUD_DB) * mix)
    bleed = known & loud & (weights < LOW_WEIGHT)
    silent = known & (stem < _linear(SILENT_DBFS)) & (weights > HIGH_WEIGHT)
    return tuple(sorted((*_stretches(bleed, "bleed"), *_stretches(silent, "silent"))))


def _linear(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def _held(levels: Levels) -> Levels:
    """The largest of each value and its neighbours."""
    if not len(levels):
        return levels
    half = WINDOW_FRAMES // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(levels, half), WINDOW_FRAMES)
    held: Levels = around.max(axis=1)
    return held


def _stretches(flags: Flags, kind: DoubtKind) -> list[Doubtful]:
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False)).reshape(-1, 2)
    joined: list[tuple[int, int]] = []
    for start, stop in edges.tolist():
        if joined and start - joined[-1][1] < SHORTEST_FRAMES:
            joined[-1] = joined[-1][0], stop
        else:
            joined.append((start, stop))
    return [Doubtful(start, stop, kind) for start, stop in joined if stop - start >= SHORTEST_FRAMES]
