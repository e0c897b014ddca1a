"""A field that opens over a control that has no room for one, to type its value."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_LEAST_PX: Final = 64


class TypeIn(QLineEdit):
    """Enter hands the value on, Escape or leaving gives up; then it is gone and the control has the keyboard again."""

    def __init__(
        self, control: QWidget, text: str, parse: Callable[[str], float], accept: Callable[[float], object]
    ) -> None:
        """Open over `control`, with `text` selected. `parse` raises ValueError for what is no value."""
        super().__init__(text, control.window())
        self._control = control
        self._parse = parse
        self._accept = accept
        self._done = False
        self.setObjectName("type-in")
        self.setAccessibleName(control.accessibleName())
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        window = control.window()
        self.resize(max(_LEAST_PX, control.width()), self.sizeHint().height())
        middle = control.mapTo(window, control.rect().center())
        place = middle - QPoint(self.width() // 2, self.height() // 2)
        self.move(
            min(max(2, place.x()), window.width() - self.width() - 2),
            min(max(2, place.y()), window.height() - self.height() - 2),
        )
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            try:
                value = self._parse(self.text())
            except ValueError:
                self.selectAll()
                return
            self._close()
            self._accept(value)
        elif event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        super().focusOutEvent(event)
        self._close()

    def _close(self) -> None:
        if not self._done:
            self._done = True
            self.setObjectName("")  # it lives until the event loop comes round, but is not to be found any more
            if self.hasFocus():
                self._control.setFocus(Qt.FocusReason.OtherFocusReason)
            self.hide()
            self.deleteLater()
