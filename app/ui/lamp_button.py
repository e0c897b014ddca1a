"""The mute and solo buttons."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolButton, QWidget

_EXCLUSIVE: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class LampButton(QToolButton):
    """A small button that lights up. It shows the model's state; a click only reports what is wanted.

    Signals:
        switched(bool, bool): wanted on or off, and whether Ctrl, Cmd or Alt was held ("only this one").
    """

    switched = Signal(bool, bool)

    def __init__(self, letter: str, lamp: str, parent: QWidget | None = None) -> None:
        """`lamp`: "mute" or "solo", which the stylesheet colours."""
        super().__init__(parent)
        self.setText(letter)
        self.setProperty("lamp", lamp)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._exclusive = False
        self.clicked.connect(self._clicked)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        self._exclusive = bool(event.modifiers() & _EXCLUSIVE)
        super().mouseReleaseEvent(event)
        self._exclusive = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        # Space is the window's Play; a button in focus is pressed with Enter.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._exclusive = bool(event.modifiers() & _EXCLUSIVE)
            self.click()
            self._exclusive = False
        else:
            super().keyPressEvent(event)

    def _clicked(self, on: bool) -> None:
        self.setChecked(not on)
        self.switched.emit(on, self._exclusive)
