"""What the lanes show of the session's song."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.mixing.confidence import doubts
from app.session.session import Session
from app.song.activation_edits import ActivationEdit
from app.song.peaks import SongPeaks
from app.ui.timeline.lane_picture import Doubt, DoubtMark, EditMark, Spans
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_decisions
from models.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from app.song.song import Song

_BLOCK_S: Final = 0.5
_PRESENT_S: Final = 1.0
_CHECK_MS: Final = 150
ROWS: Final = {name: row for row, name in enumerate(INSTRUMENTS)}


def to_frame(time_s: float) -> int:
    """The activation frame nearest to a time."""
    return round(time_s * ACTIVATION_RATE_HZ)


def to_seconds(frame: int) -> float:
    """The time of an activation frame."""
    return frame / ACTIVATION_RATE_HZ


class LaneData(QObject):
    """Outlines, curves, edits, edges and doubts of the song that is open.

    Signals:
        changed(object): something in the lanes of these rows (a tuple) looks different.
    """

    changed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.song: Song | None = None
        self.peaks: SongPeaks | None = None
        self.spans: Spans = ()
        self.shares: tuple[float | None, ...] = (None,) * len(INSTRUMENTS)
        self._weights: NDArray[np.float32] | None = None
        self._settings: tuple[ActivationSettings, ...] = ()
        self._edits: tuple[ActivationEdit, ...] = ()
        self._edges: dict[int, NDArray[np.int64]] = {}
        self._doubts: dict[int, tuple[DoubtMark, ...]] = {}
        self._unchecked: set[int] = set()
        self._check = QTimer(self, singleShot=True)
        self._check.timeout.connect(self._find_doubts)

    def show_song(self) -> None:
        """Another song, or none."""
        self.song = self.session.song
        self.peaks = SongPeaks(self.song) if self.song else None
        self._weights = None
        self._settings, self._edits = (), ()
        self._doubts.clear()
        self._unchecked.clear()
        self._check.stop()
        self.show_coverage()
        self.show_document()

    def show_coverage(self) -> None:
        """More of the song is separated."""
        song = self.song
        self.spans = tuple((a / song.rate, b / song.rate) for a, b in song.coverage.spans) if song else ()
        self._edges.clear()
        self._check_again(range(len(INSTRUMENTS)))
        if self.peaks is not None:
            self.peaks.update()
        self.shares = self._measure_shares()
        self.follow_weights()
        self.changed.emit(tuple(range(len(INSTRUMENTS))))

    def show_document(self) -> None:
        """The settings or edits may be others."""
        settings = tuple(strip.activation for strip in self.session.mix.strips[: len(INSTRUMENTS)])
        edits = self.session.document.edits
        changed = {row for row, (old, new) in enumerate(zip(self._settings, settings, strict=False)) if old != new}
        changed |= {ROWS[edit.instrument] for edit in set(edits) ^ set(self._edits)}
        if not self._settings or (edits != self._edits and not changed):
            changed = set(range(len(INSTRUMENTS)))
        self._settings, self._edits = settings, edits
        for row in changed:
            self._edges.pop(row, None)
        if changed:
            self.follow_weights()
            self.changed.emit(tuple(sorted(changed)))

    def follow_weights(self) -> None:
        """Take over the weights that the player goes by, if they are others; costs nothing if not."""
        weights = self.session.player.weights
        if weights is None or weights is self._weights or self.peaks is None:
            return
        self._weights = weights
        if len(weights) == self.frames:
            rows = self.peaks.set_weights(weights)
            self._check_again(rows)
            if rows:
                self.changed.emit(rows)

    @property
    def frames(self) -> int:
        """Activation frames of the song."""
        return self.song.activations.shape[1] if self.song else 1

    def settings(self, row: int) -> ActivationSettings:
        """How probabilities become weights."""
        return self.session.mix.strips[row].activation

    def probability(self, row: int, time_s: float) -> float | None:
        """How probable it is that the instrument plays; None where nothing is separated yet."""
        song = self.song
        if song is None:
            return None
        frame = min(song.frames - 1, max(0, int(time_s * song.rate)))
        if not song.coverage.covers(frame, frame + 1):
            return None
        curve = song.activations[row]
        return float(curve[min(len(curve) - 1, to_frame(time_s))])

    def weight(self, row: int, time_s: float) -> float:
        """What the stem is multiplied with at a time."""
        return self.peaks.weight_at(row, to_frame(time_s)) if self.peaks else 0.0

    def edits(self, row: int) -> list[tuple[int, ActivationEdit]]:
        """The edits of a lane, with their places in the document."""
        return [(index, edit) for index, edit in enumerate(self._edits) if ROWS[edit.instrument] == row]

    def edit_marks(self, row: int) -> list[EditMark]:
        """The edits of a lane as they are drawn."""
        return [EditMark(to_seconds(edit.start), to_seconds(edit.stop), edit.kind) for _, edit in self.edits(row)]

    def edges(self, row: int) -> NDArray[np.int64]:
        """The activation frames at which the instrument sets in and out, as estimated."""
        if row not in self._edges and self.song is not None:
            playing = activation_decisions(self.song.activations[row], self.settings(row))
            self._edges[row] = np.flatnonzero(np.diff(playing, prepend=False, append=False))
        return self._edges.get(row, np.zeros(0, np.int64))

    def doubts(self, row: int) -> tuple[DoubtMark, ...]:
        """Where activation and loudness do not agree; found a moment after the weights have changed."""
        return self._doubts.get(row, ())

    def doubts_between(self, row: int, start_s: float, stop_s: float) -> list[DoubtMark]:
        """The doubts that touch a stretch of time."""
        marks = self.doubts(row)
        first = bisect_right(marks, start_s, key=lambda doubt: doubt.stop_s)
        last = bisect_left(marks, stop_s, key=lambda doubt: doubt.start_s)
        return list(marks[first:last])

    def doubt_at(self, row: int, time_s: float) -> Doubt | None:
        """Which doubt there is at a time."""
        return next((doubt.kind for doubt in self.doubts_between(row, time_s, time_s + 1e-6)), None)

    def _check_again(self, rows: Iterable[int]) -> None:
        if self.song is not None:
            self._unchecked.update(rows)
            self._check.start(_CHECK_MS)

    @Slot()
    def _find_doubts(self) -> None:
        """Look at one lane, and at the next as soon as nothing else is to be done: an hour takes a while."""
        if self.song is None or self.peaks is None or not self._unchecked:
            return
        row = self._unchecked.pop()
        known = np.zeros(self.frames, bool)
        for start, stop in self.song.activation_coverage:
            known[start:stop] = True
        found = tuple(
            DoubtMark(to_seconds(doubt.start), to_seconds(doubt.stop), doubt.kind)
            for doubt in doubts(self.peaks.weights(row), *self.peaks.levels(row), known)
        )
        if found != self._doubts.get(row, ()):
            self._doubts[row] = found
            self.changed.emit((row,))
        if self._unchecked:
            self._check.start(0)

    def _measure_shares(self) -> tuple[float | None, ...]:
        """The share of the separated time in which each instrument plays: 0 for less than a second.

        A half-second counts if its mean probability is above the threshold, so that single unsure frames do not.
        """
        song = self.song
        if song is None or not song.coverage.spans:
            return (None,) * len(INSTRUMENTS)
        known_s = sum(stop - start for start, stop in song.coverage.spans) / song.rate
        block = round(_BLOCK_S * ACTIVATION_RATE_HZ)
        whole = song.activations.shape[1] // block * block
        thresholds = np.array([strip.activation.threshold for strip in self.session.mix.strips[: len(INSTRUMENTS)]])
        means = song.activations[:, :whole].reshape(len(INSTRUMENTS), -1, block).mean(axis=2)
        active_s = np.count_nonzero(means > thresholds[:, None], axis=1) * _BLOCK_S
        return tuple(0.0 if active < _PRESENT_S else min(1.0, float(active / known_s)) for active in active_s)
