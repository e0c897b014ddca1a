"""What the mouse does in a lane."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.song.activation_edits import ActivationEdit
from app.ui.timeline.lane_data import to_frame, to_seconds
from app.ui.timeline.lane_edits import stretched
from app.ui.timeline.lane_picture import EDITS_PX
from app.ui.timeline.time_strip import DRAG_PX

if TYPE_CHECKING:
    from app.ui.timeline.lane import Lane

_NEAR_PX: Final = 4.0

Grip = Literal["select", "selection-start", "selection-stop", "edit-start", "edit-stop", "threshold", "release", "draw"]
_CURSORS: Final = {
    "select": Qt.CursorShape.IBeamCursor,
    "selection-start": Qt.CursorShape.SizeHorCursor,
    "selection-stop": Qt.CursorShape.SizeHorCursor,
    "edit-start": Qt.CursorShape.SizeHorCursor,
    "edit-stop": Qt.CursorShape.SizeHorCursor,
    "threshold": Qt.CursorShape.SizeVerCursor,
    "release": Qt.CursorShape.SizeVerCursor,
    "draw": Qt.CursorShape.CrossCursor,
}


@dataclass
class _Drag:
    """A press that has not been let go: what it has hold of, where it began, and the edit whose edge it is."""

    grip: Grip
    begin: QPointF
    frame: int
    moved: bool = False
    index: int = -1
    edit: ActivationEdit | None = None


class LaneHand:
    """Turns presses, moves and releases into seeks, selections, edits and thresholds."""

    def __init__(self, lane: "Lane") -> None:
        self.pencil = False
        self._lane = lane
        self._drag: _Drag | None = None
        self._stroke: NDArray[np.float32] | None = None
        self._stroke_start = 0
        self._last = (0, 0.0)

    @property
    def busy(self) -> bool:
        """Whether a drag is under way."""
        return self._drag is not None

    def press(self, event: QMouseEvent) -> None:
        """The left button went down."""
        lane = self._lane
        if lane.data.song is None:
            return
        at = event.position()
        grip, index, edit = self._grip_at(at)
        self._drag = _Drag(grip, at, self._frame(at), index=index, edit=edit)
        if grip == "draw":
            self._begin_stroke(at)
        elif grip == "select" and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if lane.cursor_model.instrument == lane.instrument:
                lane.cursor_model.extend(lane.snapped(self._frame(at), _free(event)))
                self._drag = None
        elif grip in ("selection-start", "selection-stop"):
            selection = lane.cursor_model.selection
            if selection is not None:
                start, stop = selection
                anchor, edge = (stop, start) if grip == "selection-start" else (start, stop)
                lane.cursor_model.select(lane.instrument, anchor, edge)

    def move(self, event: QMouseEvent) -> None:
        """The mouse has moved, with the button down or not."""
        drag, at = self._drag, event.position()
        if drag is None:
            if event.buttons() == Qt.MouseButton.NoButton:
                self.show_cursor(at)
            return
        if not drag.moved and drag.grip != "draw":
            way = at - drag.begin
            if max(abs(way.x()), abs(way.y()) if drag.grip in ("threshold", "release") else 0.0) < DRAG_PX:
                return
            drag.moved = True
        self._follow(drag, at, _free(event))

    def release(self, event: QMouseEvent) -> None:
        """The left button went up."""
        drag, self._drag = self._drag, None
        if drag is None:
            return
        lane = self._lane
        if drag.grip in ("select", "threshold", "release") and not drag.moved:
            lane.cursor_model.put(lane.instrument, drag.frame)
            lane.seek_requested.emit(lane.time_at(drag.begin.x()))
        self._stroke = None
        lane.edits.end()
        self.show_cursor(event.position())

    def cancel(self) -> None:
        """Forget the press."""
        self._drag = self._stroke = None

    def show_cursor(self, at: QPointF) -> None:
        """The shape of the mouse says what a press would take hold of."""
        if self._lane.data.song is None:
            self._lane.unsetCursor()
            return
        shape = _CURSORS[self._grip_at(at)[0]]
        if self._lane.cursor().shape() != shape:
            self._lane.setCursor(shape)

    def _follow(self, drag: _Drag, at: QPointF, free: bool) -> None:
        lane = self._lane
        frame = self._frame(at)
        if drag.grip == "select":
            start, stop = lane.snapped(drag.frame, free), lane.snapped(frame, free)
            lane.cursor_model.select(lane.instrument, start, stop)
        elif drag.grip in ("selection-start", "selection-stop"):
            lane.cursor_model.extend(lane.snapped(frame, free))
        elif drag.grip == "threshold":
            lane.edits.set_threshold(lane.instrument, lane.box.share_at(at.y()))
        elif drag.grip == "release":
            lane.edits.set_release(lane.instrument, lane.box.share_at(at.y()))
        elif drag.grip == "draw":
            self._draw_to(at)
        elif drag.edit is not None:
            self._move_edge(drag, lane.snapped(frame, free))

    def _move_edge(self, drag: _Drag, frame: int) -> None:
        edit = drag.edit
        assert edit is not None
        if drag.grip == "edit-start":
            start, stop = min(max(0, frame), edit.stop - 1), edit.stop
        else:
            start, stop = edit.start, max(min(self._lane.data.frames, frame), edit.start + 1)
        self._lane.edits.move_edge(drag.index, stretched(edit, start, stop))

    def _begin_stroke(self, at: QPointF) -> None:
        frame = min(self._frame(at), self._lane.data.frames - 1)
        level = self._lane.box.share_at(at.y())
        self._stroke = np.array([level], np.float32)
        self._stroke_start = frame
        self._last = (frame, level)
        self._lane.edits.draw(self._lane.instrument, frame, self._stroke)

    def _draw_to(self, at: QPointF) -> None:
        """A straight line from where the pencil was last; where it goes back over the stroke it draws over it."""
        if self._stroke is None:
            return
        frame = min(max(0, self._frame(at)), self._lane.data.frames - 1)
        level = self._lane.box.share_at(at.y())
        before, old_level = self._last
        first, last = min(frame, before), max(frame, before)
        start = min(self._stroke_start, first)
        stop = max(self._stroke_start + len(self._stroke), last + 1)
        stroke = np.full(stop - start, level, np.float32)
        offset = self._stroke_start - start
        stroke[offset : offset + len(self._stroke)] = self._stroke
        places = np.arange(first, last + 1)
        ends = ([before, frame], [old_level, level]) if before <= frame else ([frame, before], [level, old_level])
        stroke[first - start : last + 1 - start] = np.interp(places, *ends)
        self._stroke, self._stroke_start, self._last = stroke, start, (frame, level)
        self._lane.edits.draw(self._lane.instrument, start, stroke)

    def _grip_at(self, at: QPointF) -> tuple[Grip, int, ActivationEdit | None]:
        lane = self._lane
        if self.pencil:
            return "draw", -1, None
        selection = lane.cursor_model.selection_in(lane.instrument)
        if selection is not None:
            for grip, edge in zip(("selection-start", "selection-stop"), selection, strict=True):
                if abs(lane.x_of(to_seconds(edge)) - at.x()) <= _NEAR_PX:
                    return grip, -1, None  # type: ignore[return-value]  # of the two names above
        if at.y() <= EDITS_PX + 2:
            for index, edit in reversed(lane.data.edits(lane.row)):
                if abs(lane.x_of(to_seconds(edit.stop)) - at.x()) <= _NEAR_PX:
                    return "edit-stop", index, edit
                if abs(lane.x_of(to_seconds(edit.start)) - at.x()) <= _NEAR_PX:
                    return "edit-start", index, edit
        threshold, release = lane.thresholds
        for line, share in (("threshold", threshold), ("release", release)):
            if share is not None and abs(lane.box.y_of(share) - at.y()) <= _NEAR_PX - 1:
                return line, -1, None  # type: ignore[return-value]
        return "select", -1, None

    def _frame(self, at: QPointF) -> int:
        return to_frame(self._lane.time_at(at.x()))


def _free(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
