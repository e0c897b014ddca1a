"""Where to export to, and in which format."""

from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
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

from app.audio.encode import EncodeSettings
from app.ui.appearance import scaled_font

Kind = Literal["remix", "stems"]
_DEPTHS: Final = {"wav": ("PCM_24", "PCM_16", "FLOAT"), "flac": ("PCM_24", "PCM_16")}


class ExportDialog(QDialog):
    """Asks for target, format and bit depth; asks again before anything is overwritten.

    Signals:
        requested(Path, EncodeSettings, bool): write there, so, and whether what is there may be replaced.
    """

    requested = Signal(object, object, bool)

    def __init__(self, kind: Kind, title: str, folder: Path, parent: QWidget | None = None) -> None:
        """`title`: the song's; `folder`: where to propose to write."""
        super().__init__(parent)
        self._kind = kind
        self.setObjectName(f"export-{kind}")
        self.setWindowTitle(self.tr("Export remix") if kind == "remix" else self.tr("Export stems"))
        self.setModal(True)
        self.setMinimumWidth(520)
        self.format = QComboBox()
        self.format.addItem("WAV", "wav")
        self.format.addItem("FLAC", "flac")
        self.bit_depth = QComboBox()
        self.target = QLineEdit()
        self._browse = QPushButton(self.tr("Browse…"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setProperty("primary", True)
        self._describe()
        self._lay_out()
        self.format.currentIndexChanged.connect(self._format_changed)
        self._browse.clicked.connect(self._choose_target)
        self.target.textChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._fill_depths()
        name = f"{title} (remix).wav" if kind == "remix" else self.tr("{0} stems").format(title)
        self.target.setText(str(folder / name))

    @property
    def path(self) -> Path:
        """The file or folder that is named, with the format's ending."""
        path = Path(self.target.text()).expanduser()
        suffix = f".{self.format.currentData()}"
        if self._kind == "stems" or path.suffix.lower() == suffix:
            return path
        return path.with_name(path.name + suffix)

    @property
    def encode(self) -> EncodeSettings:
        """The chosen format."""
        return EncodeSettings(self.format.currentData(), self.bit_depth.currentData())

    def accept(self) -> None:
        """Ask before replacing; then report what is wanted and close."""
        if not self._occupied():
            self._finish(overwrite=False)
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.windowTitle())
        if self._kind == "remix":
            box.setText(self.tr("“{0}” is there already. Replace it?").format(self.path.name))
        else:
            box.setText(self.tr("The folder “{0}” is not empty. Replace stems in it?").format(self.path.name))
        replace = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is replace:
            self._finish(overwrite=True)

    def _occupied(self) -> bool:
        path = self.path
        if self._kind == "remix":
            return path.exists()
        return path.is_dir() and any(path.iterdir())

    def _finish(self, *, overwrite: bool) -> None:
        self.requested.emit(self.path, self.encode, overwrite)
        super().accept()

    def _format_changed(self) -> None:
        self._fill_depths()
        path = Path(self.target.text())
        if self._kind == "remix" and path.suffix.lower() in (".wav", ".flac"):
            self.target.setText(str(path.with_suffix(f".{self.format.currentData()}")))

    def _fill_depths(self) -> None:
        names = {"PCM_16": self.tr("16 bit"), "PCM_24": self.tr("24 bit"), "FLOAT": self.tr("32 bit float")}
        wanted = self.bit_depth.currentData()
        self.bit_depth.clear()
        for subtype in _DEPTHS[self.format.currentData()]:
            self.bit_depth.addItem(names[subtype], subtype)
        self.bit_depth.setCurrentIndex(max(0, self.bit_depth.findData(wanted)))

    def _choose_target(self) -> None:
        if self._kind == "stems":
            chosen = QFileDialog.getExistingDirectory(self, self.windowTitle(), str(self.path.parent))
        else:
            pattern = f"{self.format.currentText()} (*.{self.format.currentData()})"
            chosen, _ = QFileDialog.getSaveFileName(
                self,
                self.windowTitle(),
                str(self.path),
                pattern,
                options=QFileDialog.Option.DontConfirmOverwrite,  # `accept` asks
            )
        if chosen:
            self.target.setText(chosen)

    def _check(self) -> None:
        self.export.setEnabled(bool(self.target.text().strip()))

    def _describe(self) -> None:
        about: tuple[tuple[QWidget, str, str], ...] = (
            (self.format, "export-format", self.tr("Format")),
            (self.bit_depth, "export-depth", self.tr("Bit depth")),
            (self.target, "export-target", self.tr("File") if self._kind == "remix" else self.tr("Folder")),
            (self._browse, "export-browse", self.tr("Browse")),
            (self.export, "export-accept", self.tr("Export")),
        )
        for widget, object_name, name in about:
            widget.setObjectName(object_name)
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        note = (
            self.tr("The mix as you hear it, with all faders, pans and equalizers.")
            if self._kind == "remix"
            else self.tr(
                "One file for each of the seven stems, before faders and equalizers; together they are the song."
            )
        )
        text = QLabel(note)
        text.setWordWrap(True)
        text.setProperty("dim", True)
        text.setFont(scaled_font(self, 0.95))
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.target, 1)
        place.addWidget(self._browse)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("Format"), self.format)
        form.addRow(self.tr("Bit depth"), self.bit_depth)
        form.addRow(self.target.accessibleName(), place)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(16)
        column.addWidget(text)
        column.addLayout(form)
        column.addWidget(self.buttons)
