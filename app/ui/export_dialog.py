"""What to export, where to, in which format and how loud."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.audio.encode import EncodeSettings
from app.audio.file_names import safe_file_name
from app.mixing.export import ExportRequest, What, export_paths
from app.mixing.export_sources import Named
from app.ui.names import display_name
from models.instruments import STEMS

_DEPTHS: Final = {"wav": ("PCM_24", "PCM_16", "FLOAT"), "flac": ("PCM_24", "PCM_16"), "ogg": (), "mp3": ()}
_USUAL_LUFS: Final = -14.0


class ExportDialog(QDialog):
    """Makes an `ExportRequest`; asks again before anything is overwritten.

    Signals:
        requested(ExportRequest): export so.
    """

    requested = Signal(object)

    def __init__(
        self,
        song: Named,
        folder: Path,
        request: ExportRequest,
        loop: tuple[int, int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`folder`: where to propose to write; `request`: what to show first; `loop`: of the song, if it has one."""
        super().__init__(parent)
        self._song, self._folder, self._loop, self._start = song, folder, loop, request
        self.setObjectName("export-dialog")
        self.setWindowTitle(self.tr("Export"))
        self.setModal(True)
        self.setMinimumWidth(600)
        self.what, self.format, self.bit_depth, self.level = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.stems = {stem: QCheckBox(display_name(stem)) for stem in STEMS}
        self.loop_only = QCheckBox(self.tr("The loop only"))
        self.loudness_on = QCheckBox(self.tr("Bring to"))
        self.loudness = QDoubleSpinBox()
        self.target, self.pattern, self.example = QLineEdit(), QLineEdit(), QLabel()
        self.tags = QCheckBox(self.tr("Copy the song's tags and cover"))
        self._browse = QPushButton(self.tr("Browse…"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setProperty("primary", True)
        self._stem_box = QWidget()
        self._fill()
        self._describe()
        self._lay_out()
        self._connect()
        self._format_changed()
        self._what_changed()

    def request(self, *, overwrite: bool = False) -> ExportRequest:
        """What is chosen. Raises ValueError, with a sentence, if it makes no sense."""
        what: What = self.what.currentData()
        request = ExportRequest(
            Path(self.target.text().strip()).expanduser(),
            what,
            tuple(stem for stem, box in self.stems.items() if box.isChecked()) if what != "remix" else STEMS,
            self._loop if self.loop_only.isChecked() else None,
            EncodeSettings(self.format.currentData(), self.bit_depth.currentData() or "PCM_24"),
            self.level.currentData(),
            loudness_lufs=self.loudness.value() if self.loudness_on.isChecked() else None,
            pattern=self.pattern.text(),
            tempo_bpm=self._start.tempo_bpm,
            copy_tags=self.tags.isChecked(),
            overwrite=overwrite,
        )
        return replace(request, target=self._paths(request)[0]) if what == "remix" else request

    def accept(self) -> None:
        """Ask before replacing; then report what is wanted and close."""
        request = self.request()
        occupied = [path.name for path in self._paths(request) if path.exists()]
        if not occupied:
            self._finish(request)
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.windowTitle())
        if len(occupied) == 1:
            box.setText(self.tr("“{0}” is there already. Replace it?").format(occupied[0]))
        else:
            folder = request.target.name
            box.setText(self.tr("{0} of these files are in “{1}” already. Replace them?").format(len(occupied), folder))
        replacing = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is replacing:
            self._finish(replace(request, overwrite=True))

    def _finish(self, request: ExportRequest) -> None:
        self.requested.emit(request)
        super().accept()

    def _paths(self, request: ExportRequest) -> list[Path]:
        """Of all files that the request writes."""
        # For the remix a folder that exists is asked for its own name; the folder that is shown may be yet to come.
        if request.what == "remix" and not request.target.is_dir():
            folder = request.target
            if folder.suffix.lower() == request.encode.suffix:
                return [folder]
            return [folder / path.name for path in export_paths(self._song, replace(request, what="stems"))[:1]]
        return export_paths(self._song, request)

    @Slot()
    def _check(self) -> None:
        """Show an example of the names, or what is wrong."""
        try:
            if not self.target.text().strip():
                raise ValueError(self.tr("choose a folder"))
            text, good = self._paths(self.request())[0].name, True
        except ValueError as error:
            text, good = str(error), False
        self.example.setText(text)
        self.export.setEnabled(good)

    @Slot()
    def _what_changed(self) -> None:
        stems = self.what.currentData() != "remix"
        self._stem_box.setEnabled(stems)
        proposals = (self._folder, self._folder / safe_file_name(self.tr("{0} stems").format(self._song.title)))
        if self.target.text() in ("", *map(str, proposals)):
            self.target.setText(str(proposals[stems]))
        self._check()

    @Slot()
    def _format_changed(self) -> None:
        names = {"PCM_16": self.tr("16 bit"), "PCM_24": self.tr("24 bit"), "FLOAT": self.tr("32 bit float")}
        wanted = self.bit_depth.currentData() or self._start.encode.subtype
        self.bit_depth.clear()
        for subtype in _DEPTHS[self.format.currentData()]:
            self.bit_depth.addItem(names[subtype], subtype)
        self.bit_depth.setEnabled(self.bit_depth.count() > 0)
        self.bit_depth.setCurrentIndex(max(0, self.bit_depth.findData(wanted)))
        self._check()

    @Slot()
    def _choose_target(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.windowTitle(), str(self._folder))
        if chosen:
            self.target.setText(chosen)

    def _fill(self) -> None:
        start = self._start
        for box, value, choices in (
            (
                self.what,
                start.what,
                (
                    ("remix", self.tr("The remix, as you hear it")),
                    ("stems", self.tr("Stems, before faders and equalizers")),
                    ("stems_through_strips", self.tr("Stems through their strips")),
                ),
            ),
            (
                self.format,
                start.encode.format,
                (("wav", "WAV"), ("flac", "FLAC"), ("ogg", "Ogg Vorbis"), ("mp3", "MP3")),
            ),
            (
                self.level,
                start.level,
                (
                    ("none", self.tr("As it is")),
                    ("scale", self.tr("Scale to a true peak of -1 dB")),
                    ("limit", self.tr("Limit to a true peak of -1 dB")),
                ),
            ),
        ):
            for data, text in choices:
                box.addItem(text, data)
            box.setCurrentIndex(box.findData(value))
        for stem, check in self.stems.items():
            check.setChecked(stem in start.stems)
        self.loop_only.setEnabled(self._loop is not None)
        self.loop_only.setChecked(self._loop is not None and start.span is not None)
        self.loudness.setRange(-40.0, -5.0)
        self.loudness.setDecimals(1)
        self.loudness.setSuffix(" LUFS")
        self.loudness.setValue(_USUAL_LUFS if start.loudness_lufs is None else start.loudness_lufs)
        self.loudness_on.setChecked(start.loudness_lufs is not None)
        self.loudness.setEnabled(self.loudness_on.isChecked())
        self.pattern.setText(start.pattern)
        self.pattern.setToolTip("{title} {artist} {album} {year} {track} {stem} {number} {tempo}")
        self.tags.setChecked(start.copy_tags)
        self.example.setProperty("dim", True)
        self.example.setWordWrap(True)

    def _connect(self) -> None:
        self.what.currentIndexChanged.connect(self._what_changed)
        self.format.currentIndexChanged.connect(self._format_changed)
        self.loudness_on.toggled.connect(self.loudness.setEnabled)
        for check in self.stems.values():
            check.toggled.connect(self._check)
        for line in (self.target, self.pattern):
            line.textChanged.connect(self._check)
        self._browse.clicked.connect(self._choose_target)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _describe(self) -> None:
        about: tuple[tuple[QWidget, str, str], ...] = (
            (self.what, "export-what", self.tr("What")),
            (self.loop_only, "export-loop", self.tr("The loop only")),
            (self.format, "export-format", self.tr("Format")),
            (self.bit_depth, "export-depth", self.tr("Bit depth")),
            (self.level, "export-level", self.tr("Level")),
            (self.loudness_on, "export-loudness-on", self.tr("Bring to a loudness")),
            (self.loudness, "export-loudness", self.tr("Loudness")),
            (self.target, "export-target", self.tr("Folder")),
            (self.pattern, "export-pattern", self.tr("File names")),
            (self.example, "export-example", self.tr("Example of a file name")),
            (self.tags, "export-tags", self.tags.text()),
            (self._browse, "export-browse", self.tr("Browse")),
            (self.export, "export-accept", self.tr("Export")),
            *((check, f"export-stem-{stem}", check.text()) for stem, check in self.stems.items()),
        )
        for widget, object_name, name in about:
            widget.setObjectName(object_name)
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        stems = QGridLayout(self._stem_box)
        stems.setContentsMargins(0, 0, 0, 0)
        for index, check in enumerate(self.stems.values()):
            stems.addWidget(check, index // 4, index % 4)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("What"), self.what)
        form.addRow("", self._stem_box)
        form.addRow("", self.loop_only)
        form.addRow(self.tr("Format"), _row(self.format, self.bit_depth))
        form.addRow(self.tr("Level"), self.level)
        form.addRow(self.tr("Loudness"), _row(self.loudness_on, self.loudness))
        form.addRow(self.tr("Folder"), _row(self.target, self._browse))
        form.addRow(self.tr("File names"), self.pattern)
        form.addRow("", self.example)
        form.addRow("", self.tags)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.buttons)


def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(first, 1)
    row.addWidget(second)
    return row
