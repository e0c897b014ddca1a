"""The page of the settings about the cache of stems: how large it is, where it lies, and how to change that."""

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.session.cache import GIGABYTE
from app.session.preferences import CACHE_LIMITS_GB
from app.session.session import Session
from app.ui.elided_label import ElidedLabel

_PATH_PX = 420


class CacheSettings(QGroupBox):
    """Shows the cache; changes are made at once, whatever becomes of the dialog around it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("cache-settings")
        self.setTitle(self.tr("Separated songs"))
        self._size = QLabel()
        self._size.setObjectName("cache-size")
        self._folder = ElidedLabel(_PATH_PX)
        self._folder.setObjectName("cache-folder")
        self._folder.setProperty("dim", True)
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(9)
        self._progress.setAccessibleName(self.tr("Progress"))
        self.limit = QDoubleSpinBox()
        self.clear = _button("cache-clear", self.tr("Clear…"), self.tr("Clear the cache of separated songs"))
        self.move_button = _button("cache-move", self.tr("Move…"), self.tr("Move the cache to another folder"))
        self._lay_out()
        self.setEnabled(session.cache.stems is not None)
        self.limit.editingFinished.connect(self._set_limit)
        self.clear.clicked.connect(self._ask_to_clear)
        self.move_button.clicked.connect(self._choose_folder)
        unsubscribe = [
            session.cache.changed.subscribe(self.show_cache),
            session.jobs_changed.subscribe(self.show_cache),
        ]
        self.destroyed.connect(lambda: [end() for end in unsubscribe])
        session.cache.measure()
        self.show_cache()

    @Slot()
    def show_cache(self) -> None:
        """Show size, folder, and what is being done."""
        cache = self._session.cache
        if cache.size_bytes is None:
            self._size.setText(self.tr("Being measured…") if cache.stems else self.tr("Songs are not kept."))
        else:
            size = f"{cache.size_bytes / GIGABYTE:.1f}"
            text = self.tr("1 song, {1} GB") if cache.songs == 1 else self.tr("{0} songs, {1} GB")
            self._size.setText(text.format(cache.songs, size))
        self._folder.setText(str(cache.folder) if cache.folder else "")
        running = cache.job is not None and cache.job.running
        self._progress.setVisible(running)
        if cache.job is not None:
            self._progress.setValue(round(1000 * cache.job.fraction))
        for button in (self.clear, self.move_button):
            button.setEnabled(not running)

    def _lay_out(self) -> None:
        low, high = CACHE_LIMITS_GB
        self.limit.setObjectName("cache-limit")
        self.limit.setAccessibleName(self.tr("Largest size of the cache"))
        self.limit.setDecimals(0)
        self.limit.setRange(low, high)
        self.limit.setSuffix(self.tr(" GB"))
        self.limit.setKeyboardTracking(False)
        self.limit.setValue(self._session.preferences.cache_limit_gb)
        self.limit.setToolTip(self.tr("A song takes 0.15 GB a minute. The ones not opened for longest go first."))
        form = QFormLayout()
        form.addRow(self.tr("Kept now"), self._size)
        form.addRow(self.tr("At most"), self.limit)
        buttons = QHBoxLayout()
        for button in (self.clear, self.move_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._folder)
        column.addWidget(self._progress)
        column.addLayout(buttons)

    @Slot()
    def _set_limit(self) -> None:
        self._session.cache.limit(self.limit.value())

    @Slot()
    def _ask_to_clear(self) -> None:
        question = self.tr("Delete all separated songs that are not open? They are separated again when you open them.")
        box = QMessageBox(
            QMessageBox.Icon.Question, "Partwise", question, QMessageBox.StandardButton.Cancel, self.window()
        )
        box.setObjectName("cache-clear-question")
        clear = box.addButton(self.tr("Clear"), QMessageBox.ButtonRole.DestructiveRole)
        clear.setObjectName("cache-clear-confirmed")
        clear.clicked.connect(self._session.cache.clear)
        box.finished.connect(box.deleteLater)
        box.open()

    @Slot()
    def _choose_folder(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Keep separated songs in"), str(self._session.cache.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self._session.cache.move(Path(folder)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _button(name: str, text: str, purpose: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(purpose)
    button.setToolTip(purpose)
    return button
