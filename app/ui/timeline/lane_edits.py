"""What one does to a lane, as commands of the session."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.session.commands import AddEdit, ReplaceEdit, SetActivation, SetLoop
from app.session.session import Session
from app.song.activation_edits import ActivationEdit, EditKind
from app.ui.timeline.lane_cursor import LaneCursor
from app.ui.timeline.lane_data import ROWS, LaneData, to_seconds

LEVEL_STEP: Final = 0.1
THRESHOLDS: Final = (0.05, 0.95)


class LaneEdits:
    """Edits of the selected stretch, thresholds, and drawn levels, each one undoable step."""

    def __init__(self, session: Session, data: LaneData, cursor: LaneCursor) -> None:
        self._session = session
        self._data = data
        self._cursor = cursor

    def force(self, kind: EditKind) -> bool:
        """Force the selected stretch on or off, or back to automatic; False if nothing is selected."""
        selection, instrument = self._cursor.selection, self._cursor.instrument
        if selection is None or instrument is None:
            self._session.message.emit(self._hint)
            return False
        self._step(ActivationEdit(instrument, *selection, kind))
        return True

    def set_level(self, level: float) -> bool:
        """Weigh the selected stretch with that level, 0..1; False if nothing is selected."""
        selection, instrument = self._cursor.selection, self._cursor.instrument
        if selection is None or instrument is None:
            self._session.message.emit(self._hint)
            return False
        level = min(max(0.0, level), 1.0)
        self._step(ActivationEdit(instrument, *selection, "level", (level,)))
        return True

    def nudge_level(self, by: float) -> bool:
        """Raise or lower the level of the selected stretch from what it is in its middle."""
        selection, instrument = self._cursor.selection, self._cursor.instrument
        if selection is None or instrument is None:
            return False
        now = self._data.weight(ROWS[instrument], to_seconds(sum(selection) // 2))
        return self.set_level(round(now + by, 2))

    def draw(self, instrument: str, start: int, levels: NDArray[np.float32]) -> None:
        """A moment of a stroke of the pencil: one level for each activation frame from `start` on."""
        stop = start + len(levels)
        values = tuple(round(float(level), 3) for level in levels)
        self._session.do(AddEdit(ActivationEdit(instrument, start, stop, "level", values)))

    def set_threshold(self, instrument: str, threshold: float) -> None:
        """A moment of a drag of the threshold."""
        threshold = round(min(max(THRESHOLDS[0], threshold), THRESHOLDS[1]), 3)
        self._session.do(SetActivation(strip=instrument, threshold=threshold))

    def set_release(self, instrument: str, share: float) -> None:
        """A moment of a drag of the line below which the instrument stops, which is the hysteresis."""
        threshold = self._data.settings(ROWS[instrument]).threshold
        hysteresis = round(min(max(0.0, 1.0 - share / threshold), 1.0), 3)
        self._session.do(SetActivation(strip=instrument, hysteresis=hysteresis))

    def end(self) -> None:
        """The drag is over."""
        self._session.end_gesture()

    def loop_selection(self) -> bool:
        """Play the selected stretch round and round; False if nothing is selected."""
        song, selection = self._session.song, self._cursor.selection
        if song is None or selection is None:
            return False
        start, stop = (min(song.frames, round(to_seconds(edge) * song.rate)) for edge in selection)
        if start < stop:
            self._session.end_gesture()
            self._session.do(SetLoop((start, stop)))
            self._session.end_gesture()
        return start < stop

    def select_region(self) -> bool:
        """Select the region in which the cursor is: from one estimated edge to the next."""
        instrument = self._cursor.instrument
        if instrument is None:
            return False
        self.select_region_at(instrument, self._cursor.frame)
        return True

    def select_region_at(self, instrument: str, frame: int) -> None:
        """Select what lies between the estimated edges around that activation frame."""
        edges = self._data.edges(ROWS[instrument])
        after = int(np.searchsorted(edges, frame, side="right"))
        start = int(edges[after - 1]) if after else 0
        stop = int(edges[after]) if after < len(edges) else self._data.frames
        self._cursor.select(instrument, start, stop)

    def move_edge(self, index: int, edit: ActivationEdit) -> None:
        """A moment of a drag of an edge of an edit that is there."""
        self._session.do(ReplaceEdit(index, edit))

    def _step(self, edit: ActivationEdit) -> None:
        self._session.end_gesture()
        self._session.do(AddEdit(edit))
        self._session.end_gesture()

    @property
    def _hint(self) -> str:
        return "Select a stretch of a lane first: drag over it, or hold Shift and press the arrow keys."


def stretched(edit: ActivationEdit, start: int, stop: int) -> ActivationEdit:
    """The edit with other edges. Levels for each frame are cut, or held where it has grown."""
    levels = edit.levels
    if len(levels) > 1:
        places = np.clip(np.arange(start, stop), edit.start, edit.stop - 1) - edit.start
        levels = tuple(round(float(level), 3) for level in edit.curve(edit.start, edit.stop)[places])
    return replace(edit, start=start, stop=stop, levels=levels)
