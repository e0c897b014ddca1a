"""A value of a band that is read, typed, and turned with the wheel."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.ui.readout import Readout

_FINE: Final = 0.2
_WHEEL_GESTURE_MS: Final = 500
_STEPS: Final = {Qt.Key.Key_Up: 1.0, Qt.Key.Key_Down: -1.0, Qt.Key.Key_PageUp: 4.0, Qt.Key.Key_PageDown: -4.0}


class ValueCell(Readout):
    """A readout that Tab reaches. Enter or a double click types; the arrow keys and the wheel step, Shift finely.

    Signals:
        stepped(float): the user wants it that many steps higher.
        gesture_ended(): the wheel has come to rest, or a key was let go.
        focused(): the keyboard came to it.
    """

    stepped = Signal(float)
    gesture_ended = Signal()
    focused = Signal()

    def __init__(self, parse: Callable[[str], float], parent: QWidget | None = None) -> None:
        super().__init__(parse, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._wheel_rest = QTimer(self, singleShot=True, interval=_WHEEL_GESTURE_MS)
        self._wheel_rest.timeout.connect(self.gesture_ended)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.stepped.emit(delta / 120 * (_FINE if fine else 1.0))
        self._wheel_rest.start()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if self.isReadOnly() and event.key() in _STEPS:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.gesture_ended.emit()
            self.stepped.emit(_STEPS[Qt.Key(event.key())] * (_FINE if fine else 1.0))
            self.gesture_ended.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        steps = isinstance(event, QKeyEvent) and event.key() in (*_STEPS, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.ShortcutOverride and self.isReadOnly() and steps:
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        super().focusInEvent(event)
        self.focused.emit()
