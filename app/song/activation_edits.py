"""What a listener says about when an instrument plays, against or beside the estimate.

Edits are a tuple in the order in which they were made: where two overlap, the later one counts. They lie in activation
frames, see `models.activation`, and are laid over the weights that the settings make of the probabilities, so they hold
whatever the settings are. An edge is as steep as the mixer lets it be: from one activation frame to the next, 23 ms.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.instruments import INSTRUMENTS

EditKind = Literal["on", "off", "automatic", "level"]
EDIT_KINDS: Final[tuple[EditKind, ...]] = get_args(EditKind)

HEARD_LEVEL: Final = 0.05
"""-26 dB: where less than that was drawn, the instrument counts as silent."""

LAST_FRAME: Final = 1 << 31
"""No edit ends later."""

Weights = NDArray[np.float32]
Flags = NDArray[np.bool_]
Span = tuple[int, int]


@dataclass(frozen=True)
class ActivationEdit:
    """One stretch of one instrument, activation frames `start` to `stop` (exclusive). Raises ValueError for nonsense.

    Attributes:
        kind: "on" and "off" force the weight to 1 and 0; "level" draws it by hand; "automatic" takes all earlier edits
            there away.
        levels: 0..1, for "level" alone: spread evenly from the first to the last frame, with straight lines between
            them. So one is held for the whole stretch, and as many as it has frames are one for each.
    """

    instrument: str
    start: int
    stop: int
    kind: EditKind
    levels: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.instrument not in INSTRUMENTS:
            raise ValueError(f"there is no instrument {self.instrument!r}")
        if not 0 <= self.start < self.stop <= LAST_FRAME:
            raise ValueError(f"an edit must end after it starts, not be {self.start}..{self.stop}")
        if self.kind not in EDIT_KINDS:
            raise ValueError(f"an edit is one of {', '.join(EDIT_KINDS)}, not {self.kind!r}")
        if (self.kind == "level") != bool(self.levels):
            raise ValueError("levels belong to an edit of the kind level, and only there")
        if len(self.levels) > self.stop - self.start:
            raise ValueError(f"an edit of {self.stop - self.start} frames has no room for {len(self.levels)} levels")
        if self.levels and not all(0.0 <= level <= 1.0 for level in self.levels):  # False for NaN too
            raise ValueError("levels must be 0..1")

    def curve(self, start: int, stop: int) -> Weights:
        """The weight in those frames, all of which must lie within the edit; not for "automatic"."""
        if self.kind != "level":
            return np.full(stop - start, self.kind == "on", np.float32)
        if len(self.levels) == self.stop - self.start:
            return np.array(self.levels[start - self.start : stop - self.start], np.float32)
        places = np.linspace(self.start, self.stop - 1, len(self.levels)) if len(self.levels) > 1 else [self.start]
        return np.interp(np.arange(start, stop), places, self.levels).astype(np.float32)


Edits = tuple[ActivationEdit, ...]


def apply_edits(weights: Weights, edits: Iterable[ActivationEdit], span: Span | None = None) -> Weights:
    """The weights with the edits laid over them.

    Args:
        weights: float32 `(activation frames, 6 or more)`, a column for each of `models.instruments.INSTRUMENTS`, as the
            settings make them.
        edits: in their order. What lies beyond the last frame is passed over.
        span: only these frames are edited; all by default.

    Returns:
        new float32 of the same shape.
    """
    edited = weights.copy()
    for edit in edits:
        column = INSTRUMENTS.index(edit.instrument)
        lay_over(edited[:, column], weights[:, column], (edit,), span or (0, len(weights)))
    return edited


def lay_over(edited: Weights, automatic: Weights, edits: Iterable[ActivationEdit], span: Span) -> None:
    """Write the edits of one instrument into its weights `edited`, `(activation frames,)`, within `span` alone.

    `automatic` are the weights without any edit, of the same shape.
    """
    for edit in edits:
        start, stop = max(edit.start, span[0]), min(edit.stop, span[1])
        if start < stop:
            edited[start:stop] = automatic[start:stop] if edit.kind == "automatic" else edit.curve(start, stop)


def edited_decisions(playing: Flags, edits: Iterable[ActivationEdit], instrument: str) -> Flags:
    """In which frames an instrument plays, `(activation frames,)`, with the edits laid over the estimate.

    Where a level was drawn it plays from `HEARD_LEVEL` on.
    """
    edited = playing.copy()
    for edit in edits:
        start, stop = edit.start, min(edit.stop, len(playing))
        if edit.instrument == instrument and start < stop:
            automatic = edit.kind == "automatic"
            edited[start:stop] = playing[start:stop] if automatic else edit.curve(start, stop) >= HEARD_LEVEL
    return edited


def changed_spans(before: Edits, after: Edits) -> dict[str, Span]:
    """For each instrument for which it makes a difference, a stretch outside of which two lists of edits are alike."""
    spans: dict[str, Span] = {}
    for instrument in {edit.instrument for edit in (*before, *after)}:
        old = [edit for edit in before if edit.instrument == instrument]
        new = [edit for edit in after if edit.instrument == instrument]
        first = 0
        while first < min(len(old), len(new)) and old[first] == new[first]:
            first += 1
        last = 0
        while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
            last += 1
        others = old[first : len(old) - last] + new[first : len(new) - last]
        if others:
            spans[instrument] = min(edit.start for edit in others), max(edit.stop for edit in others)
    return spans


def snap_to_edges(frame: int, edges: Sequence[int] | NDArray[np.int64], tolerance: int) -> int:
    """The estimated on- or offset nearest to an activation frame, if one lies within `tolerance`; else that frame.

    `edges` must rise.
    """
    after = bisect_left(edges, frame)
    near = [int(edge) for edge in edges[max(0, after - 1) : after + 1]]
    best = min(near, key=lambda edge: abs(edge - frame), default=frame)
    return best if abs(best - frame) <= tolerance else frame
