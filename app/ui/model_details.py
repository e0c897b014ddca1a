"""What there is to know of one model, and what can be done with it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.audio.units import format_time
from app.session.models import ModelRow
from app.ui.appearance import scaled_font
from app.ui.names import display_name

_MEGABYTE = 1e6
_STEPS = 1000


class ModelDetails(QWidget):
    """The page of one model.

    Signals:
        asked(str): a button was pressed: get, cancel, discard, import, verify, remove, measure, use.
        preferred(bool): whether new songs are to be separated by it.
    """

    asked = Signal(str)
    preferred = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: ModelRow | None = None
        self._title = self._label("model-title")
        self._title.setFont(scaled_font(self, 1.3, bold=True))
        self._about = self._label("model-about")
        self._facts: dict[str, QLabel] = {
            name: self._label(f"model-{name}")
            for name in ("state", "separates", "licence", "size", "speed", "quality", "needs")
        }
        self._facts["licence"].setOpenExternalLinks(True)
        self._facts["size"].setOpenExternalLinks(True)
        self._licence = QPlainTextEdit(readOnly=True)
        self._licence.setObjectName("model-licence-text")
        self._licence.setAccessibleName(self.tr("Text of the licence"))
        self._licence.setTabChangesFocus(True)
        self._licence.hide()
        self._read = QPushButton(self.tr("Read the licence"))
        self._read.setCheckable(True)
        self._read.setObjectName("model-read")
        self._read.setProperty("link", True)
        self._read.toggled.connect(self._licence.setVisible)
        self._progress = QProgressBar(textVisible=False, maximum=_STEPS)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setFixedHeight(9)
        self._doing = self._label("model-doing")
        self._default = QCheckBox(self.tr("Separate new songs with it"))
        self._default.setObjectName("model-default")
        self._default.clicked.connect(self.preferred)
        self._buttons = {
            "use": self._button("use", self.tr("Use for this song"), primary=True),
            "get": self._button("get", self.tr("Get"), primary=True),
            "cancel": self._button("cancel", self.tr("Cancel")),
            "discard": self._button("discard", self.tr("Discard the download")),
            "import": self._button("import", self.tr("Import from a file…")),
            "measure": self._button("measure", self.tr("Measure the speed")),
            "verify": self._button("verify", self.tr("Verify")),
            "remove": self._button("remove", self.tr("Remove")),
        }
        self._lay_out()

    def show_row(self, row: ModelRow, song_open: bool) -> None:
        """Show how a model stands."""
        if self._row is None or self._row.entry.name != row.entry.name:
            self._licence.setPlainText(row.entry.licence_text)
            self._read.setChecked(False)
        self._row = row
        entry = row.entry
        self._title.setText(entry.title)
        self._about.setText(entry.about)
        for name, text in self._texts(row).items():
            self._facts[name].setText(text)
            visible = bool(text)
            self._facts[name].setVisible(visible)
            self._form.labelForField(self._facts[name]).setVisible(visible)
        self._default.setChecked(row.preferred)
        self._default.setVisible(row.here)
        self._show_buttons(row, song_open)
        self._show_job(row)

    def _texts(self, row: ModelRow) -> dict[str, str]:
        """What the page says, by label."""
        entry = row.entry
        commercial = self.tr(" – not for commercial use") if entry.non_commercial else ""
        return {
            "state": state_text(self, row),
            "separates": ", ".join(entry.separates)
            + ("" if entry.activations else self.tr("; the rest stays in Other")),
            "licence": f"{entry.licence}{commercial} · {_link(entry.licence_url)}",
            "size": self._size_text(row),
            "speed": self.tr("{0} % of a song’s length on this computer").format(round(100 * row.speed))
            if row.speed is not None
            else self.tr("not measured yet")
            if row.here
            else "",
            "quality": quality_text(self, row),
            "needs": row.lacking,
        }

    def _size_text(self, row: ModelRow) -> str:
        entry = row.entry
        if not entry.sources:
            return self.tr("made of {0}").format(self.tr(" and ").join(entry.needs)) if entry.needs else ""
        size = self.tr("{0} MB from {1}").format(round(entry.size_bytes / _MEGABYTE), entry.origin)
        doubt = "" if entry.certain else self.tr("; its SHA-256 is not known in full")
        return f"{size}{doubt} · {_link(entry.page)}"

    def _show_buttons(self, row: ModelRow, song_open: bool) -> None:
        absent = row.state in ("absent", "incomplete")
        downloads = bool(row.entry.sources)
        shown = {
            "use": row.here and not row.heard and not row.busy,
            "get": absent and not row.busy,
            "cancel": row.busy,
            "discard": row.state == "incomplete" and not row.busy,
            "import": absent and downloads and not row.busy,
            "measure": row.here and not row.busy,
            "verify": not absent and not row.busy,
            "remove": row.state == "installed" and downloads and not row.busy,
        }
        focused = next((button for button in self._buttons.values() if button.hasFocus()), None)
        for name, button in self._buttons.items():
            button.setVisible(shown[name])
        if focused is not None and focused.isHidden():
            next(button for name, button in self._buttons.items() if shown[name]).setFocus()
        self._buttons["use"].setText(self.tr("Use for this song") if song_open else self.tr("Use for the next song"))
        self._buttons["get"].setText(
            self.tr("Go on ({0} MB are here)").format(round(row.fetched_bytes / _MEGABYTE))
            if row.state == "incomplete"
            else self.tr("Get")
        )
        for button in self._buttons.values():
            button.setAccessibleName(f"{button.text().rstrip('…')}: {row.entry.title}")

    def _show_job(self, row: ModelRow) -> None:
        job = row.job
        self._progress.setVisible(row.busy)
        self._doing.setVisible(row.busy or (job is not None and job.state == "failed"))
        if job is None:
            return
        self._progress.setValue(round(_STEPS * job.fraction))
        self._doing.setText(progress_text(self, row) if row.busy else job.error or "")

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(7)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, text in (
            ("state", self.tr("State")),
            ("separates", self.tr("Separates")),
            ("licence", self.tr("Licence")),
            ("size", self.tr("Download")),
            ("speed", self.tr("Speed")),
            ("quality", self.tr("Quality")),
            ("needs", self.tr("Needs")),
        ):
            label = QLabel(text)
            label.setProperty("dim", True)
            self._form.addRow(label, self._facts[name])
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, names in (
            (first, ("use", "get", "cancel", "discard", "import")),
            (second, ("measure", "verify", "remove")),
        ):
            row.setSpacing(8)
            for name in names:
                row.addWidget(self._buttons[name])
            row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addLayout(self._form)
        column.addWidget(self._read, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._licence, 3)
        column.addWidget(self._default)
        column.addStretch(1)
        column.addWidget(self._doing)
        column.addWidget(self._progress)
        column.addLayout(first)
        column.addLayout(second)

    def _label(self, name: str) -> QLabel:
        label = QLabel(wordWrap=True)
        label.setObjectName(name)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return label

    def _button(self, name: str, text: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"model-{name}")
        button.setProperty("primary", primary)
        button.setAutoDefault(False)
        button.clicked.connect(self._asker(name))
        return button

    def _asker(self, name: str) -> Callable[[], None]:
        return lambda: self.asked.emit(name)


def state_text(widget: QWidget, row: ModelRow) -> str:
    """How a model stands, in a few words."""
    words = {
        "shipped": widget.tr("comes with Partwise"),
        "installed": widget.tr("installed"),
        "incomplete": widget.tr("download unfinished"),
        "absent": widget.tr("not installed"),
    }
    if row.busy and row.job is not None:
        return f"{row.job.name} …"
    heard = widget.tr(", in use") if row.heard else ""
    return words[row.state] + heard


def progress_text(widget: QWidget, row: ModelRow) -> str:
    """How far a job is: of a download how much, how fast, and for how long still."""
    job, progress = row.job, row.progress
    if job is None:
        return ""
    if progress is None or progress.done_bytes >= progress.total_bytes:
        return f"{job.name} …"
    done, total = (f"{size / _MEGABYTE:.0f}" for size in (progress.done_bytes, progress.total_bytes))
    text = widget.tr("{0} of {1} MB").format(done, total)
    if progress.bytes_per_s:
        text += widget.tr(", {0} MB/s").format(f"{progress.bytes_per_s / _MEGABYTE:.1f}")
    if progress.eta_s is not None:
        text += widget.tr(", {0} left").format(format_time(progress.eta_s, decimals=0))
    return text


def quality_text(widget: QWidget, row: ModelRow) -> str:
    """Our own figures, a line for each dataset; empty if there are none."""
    lines = []
    for quality in row.quality:
        values = ", ".join(f"{display_name(stem)} {value:.1f}" for stem, value in quality.sdr_db.items())
        lines.append(widget.tr("SDR in dB on {0}: {1}").format(quality.dataset, values))
    return "\n".join(lines)


def _link(url: str) -> str:
    return f'<a href="{url}">{url.removeprefix("https://")}</a>' if url else ""
