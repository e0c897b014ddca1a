"""What a hand does to a widget."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def drag(widget: QWidget, start: QPoint, stop: QPoint, steps: int = 8, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Press, move in steps, let go."""
    QTest.mousePress(widget, LEFT, modifier, start)
    for step in range(1, steps + 1):
        at = QPointF(start) + (QPointF(stop) - QPointF(start)) * (step / steps)
        QTest.mouseMove(widget, at.toPoint())
    QTest.mouseRelease(widget, LEFT, modifier, stop)


def turn_wheel(widget: QWidget, notches: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Turn the wheel over the middle of a widget."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def carry(widget: QWidget, by: QPoint, steps: int = 8, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Drag a widget that moves along with the mouse, by that much on the screen."""
    start = widget.mapToGlobal(widget.rect().center())
    QTest.mousePress(widget, LEFT, modifier, widget.mapFromGlobal(start))
    for step in range(1, steps + 1):
        at = QPointF(start) + QPointF(by) * (step / steps)
        send_move(widget, at.toPoint(), modifier)
    QTest.mouseRelease(widget, LEFT, modifier, widget.mapFromGlobal(start + by))


def send_move(widget: QWidget, at: QPoint, modifier: Qt.KeyboardModifier) -> None:
    """The mouse, with its button down, is at a place on the screen; QTest moves without buttons and modifiers."""
    local = QPointF(widget.mapFromGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, local, QPointF(at), Qt.MouseButton.NoButton, LEFT, modifier)
    QApplication.sendEvent(widget, event)
