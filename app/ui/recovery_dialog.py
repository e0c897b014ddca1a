"""Offers what was not saved when the program was killed."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.session.recovery import Unsaved

_ITEM = Qt.ItemDataRole.UserRole


class RecoveryDialog(QDialog):
    """A list of documents, the newest first.

    Signals:
        restored(object): an `Unsaved` is to be opened. The dialog closes.
        deleted(object): one is not wanted.
    """

    restored = Signal(object)
    deleted = Signal(object)

    def __init__(self, items: Sequence[Unsaved], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery")
        self.setWindowTitle(self.tr("Restore unsaved work"))
        text = QLabel(self.tr("Partwise did not end as it should. These changes were not saved, and are kept still:"))
        text.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Unsaved work"))
        for item in items:
            entry = QListWidgetItem(_describe(item, self.tr("Untitled"), self.tr("never saved")))
            entry.setData(_ITEM, item)
            self.list.addItem(entry)
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(self._restore)
        buttons = QDialogButtonBox()
        self.restore_button = buttons.addButton(self.tr("Restore"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.delete_button = buttons.addButton(self.tr("Delete"), QDialogButtonBox.ButtonRole.DestructiveRole)
        self.later_button = buttons.addButton(self.tr("Not now"), QDialogButtonBox.ButtonRole.RejectRole)
        self.restore_button.setDefault(True)
        self.restore_button.clicked.connect(self._restore)
        self.delete_button.clicked.connect(self._delete)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(self.list)
        column.addWidget(buttons)
        self.resize(520, 260)

    def _restore(self) -> None:
        entry = self.list.currentItem()
        if entry is not None:
            self.accept()
            self.restored.emit(entry.data(_ITEM))

    def _delete(self) -> None:
        entry = self.list.takeItem(self.list.currentRow())
        if entry is not None:
            self.deleted.emit(entry.data(_ITEM))
        if self.list.count() == 0:
            self.accept()


def _describe(item: Unsaved, untitled: str, never_saved: str) -> str:
    time = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(item.written_s)), QLocale.FormatType.ShortFormat)
    where = str(item.saved_as) if item.saved_as is not None else never_saved
    return f"{item.title or untitled} – {time} ({where})"
