"""Tools > Models: which separators there are, and getting them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.session.models import ModelRow
from app.session.session import Session
from app.ui.model_details import ModelDetails, progress_text, state_text
from models.registry import ModelError

_LIST_PX: Final = 250
_ROW_PX: Final = 46
_NAME: Final = Qt.ItemDataRole.UserRole


class ModelManager(QDialog):
    """A list of models and the page of the one that is chosen. It may stay open; nothing in it stops the music."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: dict[str, ModelRow] = {}
        self.setObjectName("models")
        self.setWindowTitle(self.tr("Models"))
        self.resize(860, 560)
        self.models = QListWidget()
        self.models.setObjectName("model-list")
        self.models.setAccessibleName(self.tr("Models"))
        self.models.setFixedWidth(_LIST_PX)
        self.details = ModelDetails()
        self._advice = QLabel(wordWrap=True)
        self._advice.setObjectName("model-advice")
        self._lay_out()
        self.models.currentItemChanged.connect(self.show_details)
        self.details.asked.connect(self.do)
        self.details.preferred.connect(self._prefer)
        subscriptions = (
            session.models.changed.subscribe(self.refresh),
            session.models.ask.subscribe(self.ask),
            session.song_changed.subscribe(self.refresh),
        )
        self._unsubscribe: Sequence[Callable[[], None]] = subscriptions
        self.refresh()
        self.select(session.separators.name)

    @property
    def chosen(self) -> str:
        """The name of the model whose page is shown; empty for none."""
        item = self.models.currentItem()
        return str(item.data(_NAME)) if item is not None else ""

    def select(self, name: str) -> None:
        """Show the page of that model, or of the first."""
        rows = range(self.models.count())
        index = next((row for row in rows if self.models.item(row).data(_NAME) == name), 0)
        self.models.setCurrentRow(index)

    def refresh(self) -> None:
        """Look again how all models stand."""
        try:
            self._rows = {row.entry.name: row for row in self._session.models.rows()}
        except ModelError as error:
            self._advice.setText(str(error))
            return
        for index, row in enumerate(self._rows.values()):
            if index == self.models.count():
                self.models.addItem(QListWidgetItem())
                self.models.item(index).setSizeHint(QSize(0, _ROW_PX))
            item = self.models.item(index)
            second = progress_text(self, row) if row.busy else state_text(self, row)
            text = f"{row.entry.title}\n{second}"
            if item.text() != text:
                item.setText(text)
                item.setData(_NAME, row.entry.name)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("\n", ", "))
        advice = self._session.models.suggestion()
        self._advice.setText(advice.sentence if advice else self.tr("The best separators are here."))
        self.show_details()

    @Slot()
    def show_details(self) -> None:
        """Show the page of the chosen model."""
        if (row := self._rows.get(self.chosen)) is not None:
            self.details.show_row(row, self._session.song is not None)

    @Slot(str)
    def do(self, what: str) -> None:
        """A button of the page."""
        models, name = self._session.models, self.chosen
        actions: dict[str, Callable[[], None]] = {
            "get": lambda: models.get(name),
            "cancel": lambda: models.cancel(name),
            "discard": lambda: models.abandon(name),
            "import": lambda: self._import(name),
            "measure": lambda: models.measure(name),
            "verify": lambda: models.verify(name),
            "remove": lambda: self._ask_to_remove(name),
            "use": lambda: self._session.separators.choose(name),
        }
        try:
            actions[what]()
        except ModelError as error:
            self._session.failed.emit(str(error))

    def ask(self, sentence: str, agreed: Callable[[], None]) -> None:
        """Ask about files of which nobody knows whether they are the published ones."""
        self._question(sentence, self.tr("Install it all the same"), "model-agree", agreed)

    def done(self, result: int) -> None:
        """Closed; downloads go on."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        super().done(result)

    @Slot(bool)
    def _prefer(self, wanted: bool) -> None:
        self._session.models.prefer(self.chosen if wanted else None)

    def _import(self, name: str) -> None:
        """Choose the files: one archive, or all files of a model that has several."""
        title = self.tr("Import {0}").format(self._rows[name].entry.title)
        patterns = self.tr("Published models ({0})").format(
            "*.whl *.zip *.tar.gz *.tgz *.tar *.pth *.th *.safetensors *.index"
        )
        paths, _ = QFileDialog.getOpenFileNames(
            self, title, str(Path.home()), patterns + ";;" + self.tr("All files (*)")
        )
        if paths:
            self._session.models.import_files(name, [Path(path) for path in paths])

    def _ask_to_remove(self, name: str) -> None:
        sentence = self.tr("Remove {0}? It can be downloaded again.").format(self._rows[name].entry.title)
        self._question(sentence, self.tr("Remove"), "model-confirm", lambda: self._session.models.remove(name))

    def _question(self, sentence: str, text: str, name: str, agreed: Callable[[], None]) -> None:
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Models"), sentence, parent=self)
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        button = box.addButton(text, QMessageBox.ButtonRole.AcceptRole)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: agreed())
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(box.deleteLater)
        box.open()

    def _lay_out(self) -> None:
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(self.details)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.models)
        row.addWidget(scroll, 1)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("models-close")
        close.setAccessibleName(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        below = QHBoxLayout()
        below.addWidget(self._advice, 1)
        below.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addLayout(below)
