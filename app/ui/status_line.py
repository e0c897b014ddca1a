"""The line at the bottom: what goes on in the background, and where the sound goes."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import scaled_font
from app.ui.elided_label import ElidedLabel
from app.ui.job_bar import JobBar

_MESSAGE_MS = 8000


class StatusLine(QWidget):
    """Shows the session's jobs with their buttons, its messages, and the audio device."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.opening = JobBar("opening", lambda job: job.name)
        self.separation = JobBar(
            "separation",
            lambda job: self.tr("Separating"),
            again=self.tr("Separate again"),
            done=self.tr("Separated"),
        )
        self.exporting = JobBar("exporting", lambda job: job.name)
        self._message = ElidedLabel()
        self._message.setObjectName("message")
        self._device = ElidedLabel()
        self._device.setObjectName("device-line")
        self._device.setProperty("dim", True)
        for label in (self._message, self._device):
            label.setFont(scaled_font(self, 0.92, tabular=True))
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 5)
        row.setSpacing(18)
        for widget in (self.opening, self.separation, self.exporting, self._message):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._device)
        self.setFixedHeight(30)
        self._message_timer = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._message_timer.timeout.connect(self._clear_message)
        self.opening.cancel_requested.connect(self._cancel_opening)
        self.separation.cancel_requested.connect(self._cancel_separation)
        self.separation.again_requested.connect(self._separate)
        self.exporting.cancel_requested.connect(self._cancel_export)
        session.jobs_changed.subscribe(self.show_jobs)
        session.coverage_changed.subscribe(self.show_jobs)
        session.song_changed.subscribe(self.show_jobs)
        session.message.subscribe(self.show_message)
        self.show_jobs()
        self.show_device()

    def add(self, widget: QWidget) -> None:
        """Put a widget at the left."""
        self._row.insertWidget(0, widget)

    def show_jobs(self) -> None:
        """Show how the jobs stand."""
        self.opening.show_job(self._session.opening)
        self.separation.show_job(self._session.separation)
        self.exporting.show_job(self._session.exporting)

    def show_device(self) -> None:
        """Show where the sound goes; called now and then, for a device may vanish."""
        line = self._session.player.device_line
        if line != self._device.text():
            self._device.setText(line)

    def show_message(self, sentence: str) -> None:
        """Say something for a few seconds."""
        self._message.setText(sentence)
        self._message_timer.start()

    @Slot()
    def _clear_message(self) -> None:
        self._message.setText("")

    @Slot()
    def _cancel_opening(self) -> None:
        if self._session.opening:
            self._session.opening.cancel()

    @Slot()
    def _cancel_separation(self) -> None:
        self._session.cancel_separation()

    @Slot()
    def _separate(self) -> None:
        self._session.separate()

    @Slot()
    def _cancel_export(self) -> None:
        if self._session.exporting:
            self._session.exporting.cancel()
