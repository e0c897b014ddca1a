"""The sheet of keyboard shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.actions import ActionSpec, action_table, menu_titles
from app.ui.appearance import scaled_font
from models.instruments import STEMS


class ShortcutSheet(QDialog):
    """All keys of the table of actions, and what the mouse does beside clicking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcut-sheet")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        titles = {menu: title.replace("&", "") for menu, title in menu_titles().items()}
        last = len(STEMS)
        numbers = [
            ("1 – " + str(last), self.tr("Solo strip 1 to {0}").format(last)),
            ("Shift+1 – " + str(last), self.tr("Mute strip 1 to {0}").format(last)),
        ]
        by_title = {titles[menu]: rows for menu in titles if (rows := self._keys(menu))}
        by_title[titles["mixer"]] += numbers
        by_title[self.tr("Fader or knob in focus")] = [
            ("↑ ↓", self.tr("Up or down; with Shift finely")),
            ("Page Up, Page Down", self.tr("Up or down in large steps")),
            ("Delete", self.tr("Back to neutral")),
            ("Enter", self.tr("Type a gain, or press a button")),
        ]
        by_title[self.tr("Mouse")] = [
            (self.tr("Wheel"), self.tr("Zoom the timeline, move a control")),
            (self.tr("Shift+wheel, drag"), self.tr("Scroll the timeline")),
            (self.tr("Double click"), self.tr("Control back to neutral; type a gain")),
            (self.tr("Ctrl or Alt+click S"), self.tr("Solo only this strip")),
        ]
        columns = QHBoxLayout(self)
        columns.setContentsMargins(22, 18, 22, 20)
        columns.setSpacing(36)
        headings = list(by_title)
        for part in (headings[: len(headings) // 2], headings[len(headings) // 2 :]):
            column = QVBoxLayout()
            column.setSpacing(16)
            for title in part:
                column.addLayout(self._section(title, by_title[title]))
            column.addStretch(1)
            columns.addLayout(column)

    def _keys(self, menu: str) -> list[tuple[str, str]]:
        if "/" in menu:
            return []  # the strips' keys are summed up in one line
        return [(keys_of(spec), spec.text.rstrip("…")) for spec in action_table() if spec.menu == menu and spec.keys]

    def _section(self, title: str, rows: list[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(0, 140)
        grid.setColumnStretch(1, 1)
        heading = QLabel(title)
        heading.setFont(scaled_font(self, 1.05, bold=True))
        grid.addWidget(heading, 0, 0, 1, 2)
        for row, (keys, text) in enumerate(rows, 1):
            key_label = QLabel(keys)
            key_label.setProperty("dim", True)
            grid.addWidget(key_label, row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(QLabel(text), row, 1)
        return grid


def keys_of(spec: ActionSpec) -> str:
    """The keys of an action as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in spec.keys)
