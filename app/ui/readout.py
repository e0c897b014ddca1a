"""A number that can be read, and typed after a double click."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.appearance import scaled_font


class Readout(QLineEdit):
    """Shows a text until it is double clicked; then it takes a value. Enter accepts it, Escape or leaving gives up.

    Signals:
        typed(float): the user wants this value.
    """

    typed = Signal(float)

    def __init__(self, parse: Callable[[str], float], parent: QWidget | None = None) -> None:
        """`parse` raises ValueError for a text that is no value."""
        super().__init__(parent)
        self._parse = parse
        self._shown = ""
        self.setProperty("readout", True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAcceptDrops(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFont(scaled_font(self, 0.88, tabular=True))
        self._finish()

    def show_text(self, text: str) -> None:
        """What to show while nobody types."""
        self._shown = text
        if self.isReadOnly():
            self.setText(text)

    def start_typing(self) -> None:
        """Let the user type, with the present value selected."""
        self.setReadOnly(False)
        self._restyle(editing=True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if self.isReadOnly():
            self.start_typing()
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept() if not self.isReadOnly() else self.start_typing()
        elif event.key() == Qt.Key.Key_Escape and not self.isReadOnly():
            self._finish()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        # A readout that only shows leaves the keys to the window's shortcuts (Home, the arrows).
        if event.type() == QEvent.Type.ShortcutOverride and self.isReadOnly():
            event.ignore()
            return False
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        super().focusOutEvent(event)
        self._finish()

    def _accept(self) -> None:
        try:
            value = self._parse(self.text())
        except ValueError:
            self.selectAll()
            return
        self._finish()
        self.typed.emit(value)

    def _finish(self) -> None:
        self.setReadOnly(True)
        self._restyle(editing=False)
        self.setText(self._shown)
        self.deselect()

    def _restyle(self, *, editing: bool) -> None:
        self.setProperty("editing", editing)
        self.style().unpolish(self)
        self.style().polish(self)
