"""The sheet of keyboard shortcuts."""

from itertools import combinations, pairwise
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.appearance import scaled_font
from app.ui.shortcut_table import Section, Shortcut, shortcut_sections

_COLUMNS: Final = 4
_NATIVE: Final = QKeySequence.SequenceFormat.NativeText
_LARGEST: Final = (1300, 690)
_COLUMN_PX: Final = 290


class ShortcutSheet(QDialog):
    """All keys of `shortcut_sections`; what is typed above leaves those that have it in them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcut-sheet")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.filter = QLineEdit()
        self.filter.setObjectName("shortcut-filter")
        self.filter.setAccessibleName(self.tr("Find a shortcut"))
        self.filter.setPlaceholderText(self.tr("Find a shortcut"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(300)
        self.filter.textChanged.connect(self._show_matching)
        self._area = QScrollArea()
        self._area.setObjectName("shortcut-area")
        self._area.setAccessibleName(self.tr("Shortcuts"))
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys that scroll come from the line above
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 16, 12, 12)
        column.setSpacing(12)
        column.addWidget(self.filter)
        column.addWidget(self._area, 1)
        self._show_matching("")
        shown = self.page.sizeHint()
        width = max(shown.width(), _COLUMNS * _COLUMN_PX) + 60
        self.resize(min(_LARGEST[0], width), min(_LARGEST[1], shown.height() + 90))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        bar = self._area.verticalScrollBar()
        steps = {
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
        }
        if event.key() in steps:
            bar.setValue(bar.value() + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _show_matching(self, wanted: str) -> None:
        sections = [
            found for section in shortcut_sections() if (found := _matching(section, wanted.strip().casefold()))
        ]
        page = self.page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 10, 6)
        columns.setSpacing(26)
        for part in _levelled(sections):
            column = QVBoxLayout()
            column.setSpacing(14)
            for section in part:
                column.addLayout(self._section(section))
            column.addStretch(1)
            columns.addLayout(column, 1)
        if not sections:
            columns.addWidget(QLabel(self.tr("No shortcut has that in its name.")))
        self._area.setWidget(page)

    def _section(self, section: Section) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 96)
        grid.setColumnStretch(1, 1)
        heading = QLabel(section.title)
        heading.setFont(scaled_font(self, 1.05, bold=True))
        grid.addWidget(heading, 0, 0, 1, 2)
        for row, shortcut in enumerate(section.shortcuts, 1):
            keys = QLabel(shortcut.written(_NATIVE))
            keys.setProperty("dim", True)
            text = QLabel(shortcut.text)
            text.setWordWrap(True)
            grid.addWidget(keys, row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1, Qt.AlignmentFlag.AlignTop)
        return grid


def _matching(section: Section, wanted: str) -> Section | None:
    """The section with those shortcuts alone that have this in their keys or their text; None if none has."""

    def fits(shortcut: Shortcut) -> bool:
        return wanted in shortcut.text.casefold() or wanted in shortcut.written(_NATIVE).casefold()

    shortcuts = tuple(shortcut for shortcut in section.shortcuts if fits(shortcut))
    if wanted in section.title.casefold():
        shortcuts = section.shortcuts
    return Section(section.name, section.title, shortcuts) if shortcuts else None


def _levelled(sections: list[Section]) -> list[list[Section]]:
    """The sections in columns, in their order, of which the highest is as low as can be."""
    if len(sections) < _COLUMNS:
        return [[section] for section in sections]
    heights = [len(section.shortcuts) + 2 for section in sections]
    cuts = combinations(range(1, len(sections)), _COLUMNS - 1)
    spans = [list(pairwise((0, *cut, len(sections)))) for cut in cuts]
    best = min(spans, key=lambda span: max(sum(heights[first:last]) for first, last in span))
    return [sections[first:last] for first, last in best]
