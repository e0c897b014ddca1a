"""The queue of songs that are separated into folders: drop files or folders here."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.audio.units import format_time
from app.session.queue import QueueItem, SeparationQueue
from app.session.session import Session

_SONG, _STATE, _FOLDER = range(3)
_ITEM: Final = Qt.ItemDataRole.UserRole


class QueueList(QTreeWidget):
    """The songs. Files may be dropped on it, and songs dragged to another place.

    Signals:
        files_dropped(list[Path]): from outside.
        moved(QueueItem, int): wanted at that index.
        removed(QueueItem): Delete was pressed on it.
    """

    files_dropped = Signal(list)
    moved = Signal(object, int)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue-list")
        self.setAccessibleName(self.tr("Songs to separate"))
        self.setHeaderLabels([self.tr("Song"), self.tr("State"), self.tr("Folder")])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.header().setSectionResizeMode(_SONG, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(_STATE, QHeaderView.ResizeMode.ResizeToContents)

    @property
    def selected(self) -> QueueItem | None:
        """The song that is selected."""
        row = self.currentItem()
        return row.data(_SONG, _ITEM) if row is not None else None

    def show_items(self, items: Iterable[QueueItem], texts: Iterable[str]) -> None:
        """Show the queue; `texts` are the states in words."""
        selected = self.selected
        items = tuple(items)
        while self.topLevelItemCount() > len(items):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(items):
            self.addTopLevelItem(QTreeWidgetItem())
        for index, (item, text) in enumerate(zip(items, texts, strict=True)):
            row = self.topLevelItem(index)
            if row is None:
                continue
            row.setData(_SONG, _ITEM, item)
            for column, content in ((_SONG, item.source.name), (_STATE, text), (_FOLDER, str(item.target))):
                if row.text(column) != content:
                    row.setText(column, content)
            row.setToolTip(_SONG, str(item.source))
            row.setToolTip(_STATE, item.error)
            row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            if item is selected:
                self.setCurrentItem(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        item = self.selected
        if item is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(item)
        elif item is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier and _is_vertical(event.key()):
            index = self.indexOfTopLevelItem(self.currentItem())
            self.moved.emit(item, index + (1 if event.key() == Qt.Key.Key_Down else -1))
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102
        if event.source() is self or dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: D102
        super().dragMoveEvent(event)
        if event.source() is self or dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        if event.source() is self and (item := self.selected) is not None:
            row = self.itemAt(event.position().toPoint())
            index = self.indexOfTopLevelItem(row) if row is not None else self.topLevelItemCount()
            self.moved.emit(item, index)
            event.setDropAction(Qt.DropAction.IgnoreAction)  # else the view would delete the row that was dragged
            event.accept()
        elif paths := dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self.files_dropped.emit(paths)


class QueuePanel(QDialog):
    """The queue with its buttons. It may stay open while one works; the queue goes on without it too."""

    def __init__(self, session: Session, folder: Path, parent: QWidget | None = None) -> None:
        """`folder`: where the songs' folders go unless another is chosen."""
        super().__init__(parent)
        self._queue: SeparationQueue = session.queue
        self._output = folder
        self.setObjectName("queue")
        self.setWindowTitle(self.tr("Separate files"))
        self.resize(760, 420)
        self.setAcceptDrops(True)
        self.list = QueueList()
        self._about = QLabel(self.tr("Drop songs or folders here. Each gets a folder with its seven stems."))
        self._about.setProperty("dim", True)
        self._total = QLabel()
        self._total.setObjectName("queue-total")
        self._buttons = {
            name: _button(name, text, purpose)
            for name, text, purpose in (
                ("add", self.tr("Add songs…"), self.tr("Add songs to the queue")),
                ("add-folder", self.tr("Add a folder…"), self.tr("Add all songs of a folder")),
                ("output", self.tr("Into…"), self.tr("Choose where the stems go")),
                ("up", self.tr("Up"), self.tr("Move the song up (Alt+Up)")),
                ("down", self.tr("Down"), self.tr("Move the song down (Alt+Down)")),
                ("cancel", self.tr("Cancel"), self.tr("Cancel the song, or take it off the list (Delete)")),
                ("retry", self.tr("Again"), self.tr("Try a failed or cancelled song again")),
                ("pause", self.tr("Pause"), self.tr("Pause or continue the queue")),
                ("clear", self.tr("Clear finished"), self.tr("Take finished songs off the list")),
            )
        }
        self._lay_out()
        self._connect()
        unsubscribe = self._queue.changed.subscribe(self.show_queue)
        self.destroyed.connect(lambda: unsubscribe())
        self.show_queue()

    def button(self, name: str) -> QPushButton:
        """One of: add, add-folder, output, up, down, cancel, retry, pause, clear."""
        return self._buttons[name]

    def add(self, paths: list[Path]) -> None:
        """Put songs and folders at the end of the queue."""
        if paths:
            self._queue.add(paths, self._output)

    @Slot()
    def show_queue(self) -> None:
        """Show how everything stands."""
        items = self._queue.items
        self.list.show_items(items, [self._state(item) for item in items])
        self._buttons["pause"].setText(self.tr("Continue") if self._queue.paused else self.tr("Pause"))
        self._buttons["output"].setToolTip(str(self._output))
        self._buttons["clear"].setEnabled(any(item.finished for item in items))
        rest = sum(not item.finished for item in items)
        eta_s = self._queue.eta_s
        left = self.tr(", {0} left").format(format_time(eta_s, decimals=0)) if rest and eta_s is not None else ""
        self._total.setText(self.tr("{0} of {1} songs to do{2}").format(rest, len(items), left) if items else "")
        self._show_selected()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        event.acceptProposedAction()
        self.add(dropped_paths(event.mimeData()))

    def _state(self, item: QueueItem) -> str:
        if item.state == "running":
            job = self._queue.job
            left = "" if job is None or job.eta_s is None else f", {format_time(job.eta_s, decimals=0)}"
            return f"{int(100 * item.fraction)} %{left}"
        if item.state == "waiting" and item.fraction > 0.0:
            return self.tr("stopped at {0} %").format(int(100 * item.fraction))
        return {
            "waiting": self.tr("waiting"),
            "done": self.tr("done"),
            "skipped": self.tr("was there already"),
            "failed": item.error,
            "cancelled": self.tr("cancelled"),
        }[item.state]

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        for name in ("add", "add-folder", "output"):
            top.addWidget(self._buttons[name])
        top.addStretch(1)
        top.addWidget(self._total)
        for name in ("up", "down", "cancel", "retry"):
            bottom.addWidget(self._buttons[name])
        bottom.addStretch(1)
        for name in ("clear", "pause"):
            bottom.addWidget(self._buttons[name])
        column = QVBoxLayout(self)
        column.addWidget(self._about)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addLayout(bottom)

    def _connect(self) -> None:
        for name, act in (
            ("add", self._choose_songs),
            ("add-folder", self._choose_folder),
            ("output", self._choose_output),
            ("up", lambda: self._step(-1)),
            ("down", lambda: self._step(1)),
            ("cancel", lambda: self._with_selected(self._queue.cancel)),
            ("retry", lambda: self._with_selected(self._queue.retry)),
            ("pause", lambda: self._queue.pause(not self._queue.paused)),
            ("clear", self._queue.clear_finished),
        ):
            self._buttons[name].clicked.connect(act)
        self.list.files_dropped.connect(self.add)
        self.list.moved.connect(self._queue.move)
        self.list.removed.connect(self._queue.cancel)
        self.list.currentItemChanged.connect(self._show_selected)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self, self.close)

    @Slot()
    def _show_selected(self) -> None:
        item = self.list.selected
        for name in ("up", "down", "cancel"):
            self._buttons[name].setEnabled(item is not None)
        self._buttons["retry"].setEnabled(item is not None and item.state in ("failed", "cancelled"))

    def _with_selected(self, act: "object") -> None:
        item = self.list.selected
        if item is not None and callable(act):
            act(item)

    def _step(self, by: int) -> None:
        item = self.list.selected
        if item is not None:
            self._queue.move(item, self._queue.items.index(item) + by)

    def _choose_songs(self) -> None:
        from app.audio.decode import SUFFIXES  # deferred: it loads the decoders

        patterns = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in SUFFIXES)
        paths, _ = QFileDialog.getOpenFileNames(self, self.tr("Add songs"), "", self.tr("Songs ({0})").format(patterns))
        self.add([Path(path) for path in paths])

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a folder"))
        self.add([Path(folder)] if folder else [])

    def _choose_output(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where the stems go"), str(self._output))
        if folder:
            self._output = Path(folder)
            self.show_queue()


def dropped_paths(data: QMimeData) -> list[Path]:
    """The files and folders that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _is_vertical(key: int) -> bool:
    return key in (Qt.Key.Key_Up, Qt.Key.Key_Down)


def _button(name: str, text: str, purpose: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"queue-{name}")
    button.setAccessibleName(purpose)
    button.setToolTip(purpose)
    button.setAutoDefault(False)
    return button
