"""The sheet of keyboard shortcuts."""

from itertools import combinations, pairwise
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.mixing.settings import MUTE_GROUPS
from app.ui.actions import ActionSpec, action_table, menu_titles
from app.ui.appearance import scaled_font
from models.instruments import STEMS

_COLUMNS: Final = 3


class ShortcutSheet(QDialog):
    """All keys of the table of actions, and what the mouse does beside clicking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcut-sheet")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        titles = {menu: title.replace("&", "") for menu, title in menu_titles().items()}
        last = len(STEMS)
        numbers = [
            (f"1 – {MUTE_GROUPS}", self.tr("Mute group 1 to {0}").format(MUTE_GROUPS)),
            (f"Shift+1 – {last}", self.tr("Solo strip 1 to {0}").format(last)),
            ("Ctrl+1 – 4", self.tr("Recall snapshot A to D")),
            ("Ctrl+Shift+1 – 4", self.tr("Store snapshot A to D")),
        ]
        by_title = {titles[menu]: rows for menu in titles if (rows := self._keys(menu))}
        by_title[titles["mixer"]] += numbers
        by_title[self.tr("Fader or knob in focus")] = [
            ("↑ ↓", self.tr("Up or down; with Shift finely")),
            ("Page Up, Page Down", self.tr("Up or down in large steps")),
            ("Delete", self.tr("Back to neutral")),
            ("Enter", self.tr("Type a gain, or press a button")),
        ]
        by_title[self.tr("Equalizer")] = [
            (self.tr("Tab, Shift+Tab"), self.tr("Next and previous band")),
            ("← → ↑ ↓", self.tr("Move the band; with Shift finely")),
            ("+ −", self.tr("Q of the band")),
            (self.tr("Space"), self.tr("Band on or off")),
            (self.tr("Delete, Enter"), self.tr("Reset the band, type its values")),
            ("B, X", self.tr("Bypass, change between A and B")),
            ("Ctrl+C, Ctrl+V", self.tr("Copy and paste the equalizer")),
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
        heights = [len(by_title[title]) + 2 for title in headings]
        cuts = combinations(range(1, len(headings)), _COLUMNS - 1)
        spans = [list(pairwise((0, *cut, len(headings)))) for cut in cuts]
        levelled = min(spans, key=lambda span: max(sum(heights[first:last]) for first, last in span))
        for part in (headings[first:last] for first, last in levelled):
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
