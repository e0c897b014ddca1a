"""In which format and where to write when the instruments play."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.session.activation_export import ActivationRequest

_SUFFIXES: Final = {"csv": ".csv", "json": ".json", "labels": ".txt", "midi": ".mid"}


class ActivationDialog(QDialog):
    """Makes an `ActivationRequest`; asks again before anything is overwritten.

    Signals:
        requested(ActivationRequest): write so.
    """

    requested = Signal(object)

    def __init__(self, title: str, folder: Path, parent: QWidget | None = None) -> None:
        """`title`: of the song, made safe for file names; `folder`: where to propose to write."""
        super().__init__(parent)
        self._title, self._folder = title, folder
        self.setObjectName("activation-export")
        self.setWindowTitle(self.tr("Export activations"))
        self.setModal(True)
        self.setMinimumWidth(560)
        self.format, self.target, self.about = QComboBox(), QLineEdit(), QLabel()
        self._browse = QPushButton(self.tr("Browse…"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setProperty("primary", True)
        texts = (
            ("labels", self.tr("Label file of Audacity"), self.tr("A line for each region: start, end, instrument.")),
            (
                "midi",
                self.tr("MIDI file with markers"),
                self.tr("A marker wherever an instrument enters or leaves, at 120 BPM."),
            ),
            (
                "json",
                self.tr("JSON, regions"),
                self.tr("The regions of each instrument, and the settings behind them."),
            ),
            (
                "csv",
                self.tr("CSV, frame by frame"),
                self.tr("The probability of each instrument in every frame, 43 in a second."),
            ),
        )
        self._texts = {kind: text for kind, _, text in texts}
        for kind, name, _ in texts:
            self.format.addItem(name, kind)
        self._describe()
        self._lay_out()
        self.target.setText(str(self._proposal()))
        self.format.currentIndexChanged.connect(self._format_changed)
        self.target.textChanged.connect(self._check)
        self._browse.clicked.connect(self._choose)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._format_changed()

    def request(self, *, overwrite: bool = False) -> ActivationRequest:
        """What is chosen; a name without an ending gets the format's."""
        target = Path(self.target.text().strip()).expanduser()
        if not target.suffix:
            target = target.with_name(target.name + self._suffix)
        return ActivationRequest(target, self.format.currentData(), overwrite)

    def accept(self) -> None:
        """Ask before replacing; then report what is wanted and close."""
        request = self.request()
        if request.target.exists():
            box = QMessageBox(self)
            box.setIcon(QMessageBox.Icon.Warning)
            box.setWindowTitle(self.windowTitle())
            box.setText(self.tr("“{0}” is there already. Replace it?").format(request.target.name))
            replacing = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
            box.addButton(QMessageBox.StandardButton.Cancel)
            box.setDefaultButton(QMessageBox.StandardButton.Cancel)
            box.exec()
            if box.clickedButton() is not replacing:
                return
            request = self.request(overwrite=True)
        self.requested.emit(request)
        super().accept()

    @property
    def _suffix(self) -> str:
        return _SUFFIXES[self.format.currentData()]

    def _proposal(self) -> Path:
        return self._folder / f"{self._title}{self._suffix}"

    @Slot()
    def _format_changed(self) -> None:
        """Another ending, if the one that is there is that of another format."""
        self.about.setText(self._texts[self.format.currentData()])
        target = Path(self.target.text().strip())
        if target.suffix.lower() in _SUFFIXES.values():
            self.target.setText(str(target.with_suffix(self._suffix)))
        self._check()

    @Slot()
    def _check(self) -> None:
        target = Path(self.target.text().strip()).expanduser()
        self.export.setEnabled(bool(target.name) and not target.is_dir())

    @Slot()
    def _choose(self) -> None:
        pattern = f"{self.format.currentText()} (*{self._suffix})"
        path, _ = QFileDialog.getSaveFileName(
            self,
            self.windowTitle(),
            self.target.text(),
            pattern,
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if path:
            self.target.setText(path)

    def _describe(self) -> None:
        for widget, object_name, name in (
            (self.format, "activation-format", self.tr("Format")),
            (self.target, "activation-target", self.tr("File")),
            (self._browse, "activation-browse", self.tr("Browse")),
            (self.export, "activation-accept", self.tr("Export")),
            (self.about, "activation-about", self.tr("About the format")),
        ):
            widget.setObjectName(object_name)
            widget.setAccessibleName(name)
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setAccessibleName(cancel.text().replace("&", ""))

    def _lay_out(self) -> None:
        self.about.setProperty("dim", True)
        file = QHBoxLayout()
        file.setSpacing(8)
        file.addWidget(self.target, 1)
        file.addWidget(self._browse)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("Format"), self.format)
        form.addRow("", self.about)
        form.addRow(self.tr("File"), file)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.buttons)
