"""Help > Copy diagnostics, and the dialog for faults of ours."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app.diagnostics import LOG_NAME, diagnostics, log_folder
from app.session.session import Session


class Diagnostics(QObject):
    """Gives what helps to find a fault. `folder` is the log's."""

    def __init__(self, session: Session, window: QWidget, folder: Path | None = None) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._folder = folder or log_folder()
        self._shown: QMessageBox | None = None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each action what it calls."""
        return {"copy_diagnostics": self.copy, "show_log": self.show_log}

    def text(self) -> str:
        """What is copied."""
        return diagnostics(self._facts(), self._folder)

    def copy(self) -> None:
        """Put it on the clipboard, and say so."""
        QGuiApplication.clipboard().setText(self.text())
        self._session.message.emit(
            self.tr("Copied versions, device, model and the end of the log, without file names.")
        )

    def show_log(self) -> None:
        """Open the log in whatever shows texts."""
        if not (self._folder / LOG_NAME).is_file():
            self._session.failed.emit(self.tr("There is no log: its folder cannot be written to."))
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder / LOG_NAME)))

    def tell_failure(self, sentence: str) -> None:
        """Show a fault; while one is shown, others are in the log only."""
        if self._shown is not None:
            return
        box = QMessageBox(QMessageBox.Icon.Critical, "Partwise", sentence, QMessageBox.StandardButton.Ok, self._window)
        box.setObjectName("failure")
        box.setInformativeText(self.tr("If it happens again, report it and paste the diagnostics into the report."))
        copy = box.addButton(self.tr("Copy diagnostics"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # it does not close the dialog
        copy.clicked.connect(self.copy)
        box.finished.connect(self._closed)
        self._shown = box
        box.open()

    def _closed(self) -> None:
        if self._shown is not None:
            self._shown.deleteLater()
            self._shown = None

    def _facts(self) -> dict[str, str]:
        session, song = self._session, self._session.song
        facts = {
            "Screen": f"{QGuiApplication.platformName()}, scale {self._window.devicePixelRatioF():g}",
            "Model": session.separators.name,
            "Audio device": session.player.device_line,
        }
        if song is not None:
            separated = song.coverage.fraction(song.frames)
            facts["Song"] = f"{song.duration_s:.0f} s at {song.rate} Hz, {separated:.0%} separated"
        return facts
