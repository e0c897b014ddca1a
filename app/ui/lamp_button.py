"""Buttons that light up: mute, solo, and the small signs of a strip."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from app.ui.appearance import Appearance

_EXCLUSIVE: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_FLAG_PX: Final = 15


class LampButton(QToolButton):
    """A small button that lights up. It shows the model's state; a click only reports what is wanted.

    Signals:
        switched(bool, bool): wanted on or off, and whether Ctrl, Cmd or Alt was held ("only this one").
    """

    switched = Signal(bool, bool)

    def __init__(self, letter: str, lamp: str, parent: QWidget | None = None) -> None:
        """`lamp`: "mute", "solo", "flag" or "limit", which the stylesheet colours."""
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


class FlagButton(LampButton):
    """A small sign that is dim while it is off."""

    def __init__(self, icon: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        """`icon` is one of the Material Design set."""
        super().__init__("", "flag", parent)
        self._icon = icon
        self._appearance = appearance
        self.setIconSize(QSize(_FLAG_PX, _FLAG_PX))
        self.setFixedHeight(_FLAG_PX + 6)
        self.setMinimumWidth(_FLAG_PX + 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._dress)
        appearance.changed.connect(self._dress)
        self._dress()

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        self.setIcon(self._appearance.icon(self._icon, theme.on_accent if self.isChecked() else theme.dim))
