"""The tables of the side panel, and what a list needs to be shown in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.ui.appearance import scaled_font

_ROW_PX: Final = 25
_ICON_PX: Final = 15
_SIGNS: Final = {Qt.SortOrder.AscendingOrder: "▴", Qt.SortOrder.DescendingOrder: "▾"}
_COPY: Final = QKeySequence.StandardKey.Copy

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Cell:
    """What a cell says, and what it is sorted by (its text if None)."""

    text: str
    order: float | None = None
    icon: QIcon | None = None


class PanelModel(QAbstractTableModel):
    """Rows of cells. A row stands for the item with the same place in `items`; sorting moves both.

    Signals:
        renamed(int, str): somebody typed that into the editable column of this row.
    """

    renamed = Signal(int, str)

    def __init__(
        self,
        headings: Sequence[str],
        numbers: Sequence[int] = (),
        editable: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`numbers`: the columns that stand to the right; `editable`: the one that can be typed in."""
        super().__init__(parent)
        self._numbers = tuple(numbers)
        self._headings = tuple(headings)
        self._editable = editable
        self._rows: list[tuple[Cell, ...]] = []
        self._order: tuple[int, Qt.SortOrder] | None = None
        self.items: list[Any] = []

    def show_rows(self, items: Sequence[Any], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show other rows, in the order that was asked for last."""
        self.beginResetModel()
        self.items, self._rows = list(items), list(rows)
        self._sort()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102 - Qt
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.AccessibleTextRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._heading(section) if orientation == Qt.Orientation.Horizontal else section + 1
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        cell = self._rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return cell.text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.DecorationRole:
            return cell.icon
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headings[index.column()]}: {cell.text}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: D102
        if role != Qt.ItemDataRole.EditRole or index.column() != self._editable:
            return False
        self.renamed.emit(index.row(), str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:  # noqa: D102
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == self._editable else flags

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:  # noqa: D102
        self._order = (column, order) if column >= 0 else None
        self.beginResetModel()
        self._sort()
        self.endResetModel()

    def _heading(self, column: int) -> str:
        """With the order's sign on the side where the column has room; Qt's own arrow would lie over the words."""
        if self._order is None or self._order[0] != column:
            return self._headings[column]
        sign = _SIGNS[self._order[1]]
        return f"{sign} {self._headings[column]}" if column in self._numbers else f"{self._headings[column]} {sign}"

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def _sort(self) -> None:
        if self._order is None:
            return
        column, order = self._order

        def key(row: int) -> tuple[float, str]:
            cell = self._rows[row][column]
            return (0.0, cell.text.casefold()) if cell.order is None else (cell.order, "")

        places = sorted(range(len(self._rows)), key=key, reverse=order == Qt.SortOrder.DescendingOrder)
        self.items = [self.items[place] for place in places]
        self._rows = [self._rows[place] for place in places]


class PanelTable(QTableView):
    """A list with columns: a click or Enter goes to a row, Delete asks for its removal, Ctrl+C for a copy.

    Signals:
        chosen(int), remove_requested(int): of this row.
        copy_requested(): of what is selected, or all.
    """

    chosen = Signal(int)
    remove_requested = Signal(int)
    copy_requested = Signal()

    def __init__(
        self, name: str, title: str, model: PanelModel, stretch: Sequence[int], parent: QWidget | None = None
    ) -> None:
        """`stretch`: the columns that share the room that is left."""
        super().__init__(parent)
        self.rows = model
        self.setModel(model)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(scaled_font(self, 0.95, tabular=True))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setAccessibleName(title)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in stretch:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._clicked)

    @property
    def current_row(self) -> int:
        """The row in focus; -1 for none."""
        return self.currentIndex().row()

    def sort_by(self, column: int) -> None:
        """Have it sorted upwards by a column, and by others when their headings are clicked."""
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicatorShown(False)  # the headings say it
        self.sortByColumn(column, Qt.SortOrder.AscendingOrder)

    def chosen_rows(self) -> list[int]:
        """The selected rows from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def go_to_row(self, row: int) -> None:
        """Select a row and show it; nothing is emitted."""
        if 0 <= row < self.rows.rowCount():
            self.selectRow(row)
            self.scrollTo(self.rows.index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        row = self.current_row
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if row >= 0:
                self.remove_requested.emit(row)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if row >= 0 and self.state() != QAbstractItemView.State.EditingState:
                self.chosen.emit(row)
        elif event.matches(_COPY):
            self.copy_requested.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)
            if event.key() in own or event.matches(_COPY):
                event.accept()
                return True
        return super().event(event)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())
