"""The little buttons that float beside a selection."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from app.ui.appearance import Appearance

BUTTONS = (
    ("force_on", "mdi6.volume-high"),
    ("force_off", "mdi6.volume-off"),
    ("force_automatic", "mdi6.auto-fix"),
    ("edit_level", "mdi6.tune-vertical"),
    ("loop_selection", "mdi6.repeat"),
)


class EditBar(QFrame):
    """A button for each thing that can be done to the selected stretch; they take their actions from the one table."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setObjectName("edit-bar")
        self.setAccessibleName(self.tr("What to do with the selection"))
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(1)
        self.buttons: dict[str, QToolButton] = {}
        for name, _ in BUTTONS:
            button = self.buttons[name] = QToolButton()
            button.setObjectName(f"edit-bar-{name}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # each has a key
            button.setIconSize(QSize(17, 17))
            button.setCursor(Qt.CursorShape.ArrowCursor)
            row.addWidget(button)
        appearance.changed.connect(self._dress)
        self._dress()
        self.hide()

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """What the buttons do."""
        for name, button in self.buttons.items():
            if name in actions:
                action = actions[name]
                button.setToolTip(action.toolTip())
                button.setAccessibleName(action.text().replace("&", ""))
                button.clicked.connect(action.trigger)

    def show_at(self, selection: QRect, room: QRect) -> None:
        """Stand right of a selection, or left of it, within `room`; both in the parent's coordinates."""
        size = self.sizeHint()
        x = selection.right() + 8
        if x + size.width() > room.right():
            x = selection.left() - 8 - size.width()
        if x < room.left():
            x = min(max(room.left(), selection.center().x() - size.width() // 2), room.right() - size.width())
        y = min(max(room.top(), selection.center().y() - size.height() // 2), room.bottom() - size.height())
        self.setGeometry(QRect(QPoint(x, y), size))
        self.show()
        self.raise_()

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        self.setStyleSheet(
            f"QFrame#edit-bar {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; }}"
        )
        for name, icon in BUTTONS:
            self.buttons[name].setIcon(self._appearance.icon(icon))
