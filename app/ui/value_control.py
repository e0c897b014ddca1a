"""What faders and knobs have in common: one number, changed by dragging, the wheel or the keyboard."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QToolTip, QWidget

_FINE: Final = 0.2
_WHEEL_GESTURE_MS: Final = 500
_KEYS: Final = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
)


class ValueControl(QAbstractSlider):
    """A control for one value. It shows the model's value and reports what the user wants; it keeps nothing itself.

    Being a slider to Qt, it is one for screen readers too; the slider's own integer is the place on the scale in
    thousandths. Dragging, the wheel and the arrow keys move the value; Shift moves finely; a double click, Delete or
    Backspace go back to `default`; Enter asks for a value to be typed.

    Signals:
        edited(float): the user wants this value.
        gesture_ended(): a drag or a turn of the wheel is over; what follows is another step of undo.
        typing_requested(): the user pressed Enter.
    """

    edited = Signal(float)
    gesture_ended = Signal()
    typing_requested = Signal()

    default = 0.0
    step = 1.0
    fine_step = 0.1
    page_step = 3.0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._amount = self.default
        self._drag: tuple[QPointF, float] | None = None
        self._hovered = False
        self._wheel_rest = QTimer(self, singleShot=True, interval=_WHEEL_GESTURE_MS)
        self._wheel_rest.timeout.connect(self.gesture_ended)
        self.setRange(0, 1000)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._showing = False
        self.set_amount(self.default)
        self.valueChanged.connect(self._moved_from_outside)

    @property
    def amount(self) -> float:
        """The value that is shown."""
        return self._amount

    def set_amount(self, amount: float) -> None:
        """Show a value; nothing is emitted."""
        self._amount = amount
        self._showing = True
        self.setValue(round(1000 * self.fraction_of(amount)))
        self._showing = False
        self.setAccessibleDescription(self.text_of(amount))
        self.update()

    def fraction_of(self, amount: float) -> float:
        """Where a value lies between one end of the scale (0) and the other (1)."""
        raise NotImplementedError

    def amount_at(self, fraction: float) -> float:
        """The value at a place on the scale."""
        raise NotImplementedError

    def stepped(self, amount: float, steps: float) -> float:
        """A value moved by steps (of `step`) along the scale, within its ends."""
        raise NotImplementedError

    def text_of(self, amount: float) -> str:
        """The value with its unit."""
        raise NotImplementedError

    def drag_fraction(self, moved: QPointF) -> float:
        """The share of the scale that a movement of the mouse is worth, up being positive."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = (event.position(), self.fraction_of(self._amount))
            self.setSliderDown(True)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._drag is None:
            return
        last, fraction = self._drag
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        fraction += self.drag_fraction(event.position() - last) * (_FINE if fine else 1.0)
        self._drag = (event.position(), fraction)
        self._edit(self.snapped(min(1.0, max(0.0, fraction)), fine))
        QToolTip.showText(event.globalPosition().toPoint(), self.text_of(self._amount), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._drag is not None:
            self._drag = None
            self.setSliderDown(False)
            self.gesture_ended.emit()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton:
            self._step_to(self.default)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        delta = event.angleDelta().y() or event.angleDelta().x()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._edit(self.stepped(self._amount, delta / 120 * (self.fine_step if fine else self.step)))
        self._wheel_rest.start()
        event.accept()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        # Its own keys are the control's before they are the window's.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            shifted = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier
            if event.key() in _KEYS and not shifted:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        step = self.fine_step if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else self.step
        moves = {
            Qt.Key.Key_Up: step,
            Qt.Key.Key_Down: -step,
            Qt.Key.Key_PageUp: self.page_step,
            Qt.Key.Key_PageDown: -self.page_step,
        }
        if event.key() in moves:
            self._step_to(self.stepped(self._amount, moves[Qt.Key(event.key())]))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._step_to(self.default)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.typing_requested.emit()
        else:
            event.ignore()

    def snapped(self, fraction: float, fine: bool) -> float:
        """The value of a drag that has come to this place; subclasses add a detent."""
        return self.amount_at(fraction)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: D102
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        self._hovered = False
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    @Slot(int)
    def _moved_from_outside(self, thousandths: int) -> None:
        """Assistive technology has moved the slider."""
        if not self._showing:
            self._step_to(self.amount_at(thousandths / 1000))

    def _step_to(self, amount: float) -> None:
        self.gesture_ended.emit()
        self._edit(amount)
        if self._drag is None:
            self.gesture_ended.emit()

    def _edit(self, amount: float) -> None:
        if amount != self._amount:
            self.set_amount(amount)
            self.edited.emit(amount)
