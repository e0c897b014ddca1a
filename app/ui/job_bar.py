"""Progress of one background job, in one line."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from app.audio.units import format_time
from app.session.jobs import Job
from app.ui.appearance import scaled_font
from app.ui.elided_label import ElidedLabel

_WIDEST_PX: Final = 460


class JobBar(QWidget):
    """What a job does, how far it is, how long it will take, and a button to cancel it or to start it again.

    Signals:
        cancel_requested(), again_requested(): the button was pressed.
    """

    cancel_requested = Signal()
    again_requested = Signal()

    def __init__(
        self, name: str, title: Callable[[Job], str], again: str = "", done: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a bar.

        Args:
            name: for object names.
            title: what the job is called while it runs.
            again: text of the button that a stopped job offers; empty for none.
            done: what to say when it has finished; empty hides the bar.
            parent: the widget that it lies in.
        """
        super().__init__(parent)
        self.setObjectName(f"job-{name}")
        self._title = title
        self._again = again
        self._done = done
        self._cancels = True
        self._text = ElidedLabel(_WIDEST_PX)
        self._text.setFont(scaled_font(self, 0.92, tabular=True))
        self._text.setObjectName(f"job-{name}-text")
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(130, 9)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._button = QPushButton(self.tr("Cancel"))
        self._button.setObjectName(f"job-{name}-button")
        self._button.setProperty("link", True)
        self._button.clicked.connect(self._pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(9)
        for widget in (self._progress, self._text, self._button):
            row.addWidget(widget)
        self.show_job(None)

    @property
    def text(self) -> str:
        """What the line says; empty while there is none."""
        return "" if self.isHidden() else self._text.text()

    def show_job(self, job: Job | None) -> None:
        """Show how a job stands."""
        running = job is not None and job.state == "running"
        stopped = job is not None and job.state in ("cancelled", "failed") and bool(self._again)
        finished = job is not None and job.state == "done" and bool(self._done)
        self.setVisible(running or stopped or finished)
        if job is None:
            return
        percent = f"{int(job.fraction * 100)} %"
        self._cancels = running
        self._progress.setVisible(running)
        self._progress.setValue(round(1000 * job.fraction))
        self._button.setVisible(running or stopped)
        self._button.setText(self.tr("Cancel") if running else self._again)
        self._button.setAccessibleName(f"{self._button.text()}: {self._title(job)}")
        if running:
            left = "" if job.eta_s is None else self.tr(", {0} left").format(format_time(job.eta_s, decimals=0))
            self._text.setText(f"{self._title(job)} {percent}{left}")
        elif stopped:
            self._text.setText(self.tr("{0}: stopped at {1}").format(self._title(job), percent))
        elif finished:
            self._text.setText(self._done)

    def _pressed(self) -> None:
        (self.cancel_requested if self._cancels else self.again_requested).emit()
