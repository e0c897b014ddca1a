"""All steps since the song was opened; a click goes to one of them."""

from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDockWidget, QListView, QWidget

from app.session.session import Session

_LEAST_WIDTH_PX: Final = 190
Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """Row 0 is the song as it was opened; row n is after the n-th step."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: D102, B008 - Qt
        return 0 if parent.isValid() else len(self._session.history) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102
        history, row = self._session.history, index.row()
        if not index.isValid() or row > len(history):
            return None
        undone = row > history.position
        if role == Qt.ItemDataRole.DisplayRole:
            return history.name_of(row - 1) if row else self.tr("Start")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = history.name_of(row - 1) if row else self.tr("Start")
            return self.tr("{0}, undone").format(name) if undone else name
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setItalic(undone)
            font.setBold(row == history.position)
            return font
        return None

    def refresh(self) -> None:
        """Other steps."""
        self.beginResetModel()
        self.endResetModel()


class HistoryPanel(QDockWidget):
    """A list beside the lanes, hidden until it is asked for. It reads the history only while it is seen."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        self.setObjectName("history-panel")
        self._session = session
        self._model = HistoryModel(session, self)
        self.list = QListView()
        self.list.setObjectName("history")
        self.list.setAccessibleName(self.tr("Steps"))
        self.list.setUniformItemSizes(True)
        self.list.setMinimumWidth(_LEAST_WIDTH_PX)
        self.list.setModel(self._model)
        self.list.clicked.connect(self._go_to)
        self.list.activated.connect(self._go_to)  # the Enter key
        self.setWidget(self.list)
        self.visibilityChanged.connect(self.show_steps)
        session.document_changed.subscribe(self.show_steps)
        self.hide()

    def show_steps(self) -> None:
        """The steps have changed."""
        if not self.isVisible():
            return
        self._model.refresh()
        current = self._model.index(self._session.history.position)
        self.list.setCurrentIndex(current)
        self.list.scrollTo(current)

    def toggle(self) -> None:
        """Show or hide it."""
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.list.setFocus()

    def _go_to(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() != self._session.history.position:
            self._session.go_to_step(index.row())
