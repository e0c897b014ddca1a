"""What a hand does in the timeline."""

from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.timeline.lane import Lane
from app.ui.timeline.time_strip import TimeStrip
from models.activation import ACTIVATION_RATE_HZ
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import LEFT, NONE, send_move


def lane_of(desk: Desk, instrument: str) -> Lane:
    """The lane of an instrument."""
    return desk.window.timeline.lanes.lanes[instrument]


def place(strip: TimeStrip, time_s: float, y: float | None = None) -> QPoint:
    """Where a time is in a strip."""
    return QPoint(round(strip.x_of(time_s)), round(strip.height() * 0.7 if y is None else y))


def drag_to(widget: QWidget, points: list[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
    """Press at the first point, move over the others, let go at the last."""
    QTest.mousePress(widget, LEFT, modifier, points[0])
    for before, after in pairwise(points):
        for step in range(1, 5):
            at = QPointF(before) + (QPointF(after) - QPointF(before)) * (step / 4)
            send_move(widget, widget.mapToGlobal(at.toPoint()), modifier)
    QTest.mouseRelease(widget, LEFT, modifier, points[-1])


def select(desk: Desk, instrument: str, start_s: float, stop_s: float) -> tuple[int, int]:
    """Drag over a lane with Alt, so that nothing snaps; returns the selected activation frames."""
    lane = lane_of(desk, instrument)
    drag_to(lane, [place(lane, start_s), place(lane, stop_s)], Qt.KeyboardModifier.AltModifier)
    selection = desk.window.timeline.cursor_model.selection_in(instrument)
    assert selection is not None
    return selection


def wheel(strip: QWidget, at: QPointF, notches: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Turn the wheel there."""
    event = QWheelEvent(
        at,
        strip.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(strip, event)


def seconds(frame: int) -> float:
    """The time of an activation frame."""
    return frame / ACTIVATION_RATE_HZ
