"""The actions that open a dialog."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.audio.file_names import safe_file_name
from app.mixing.export import ExportRequest
from app.session.activation_export import ActivationRequest
from app.session.project_file import SUFFIX
from app.session.session import Session
from app.ui.activation_dialog import ActivationDialog
from app.ui.appearance import Appearance
from app.ui.export_dialog import ExportDialog
from app.ui.model_manager import ModelManager
from app.ui.queue_panel import QueuePanel
from app.ui.retry_offer import offer_smaller_chunks
from app.ui.settings_dialog import SettingsDialog
from app.ui.shortcut_sheet import ShortcutSheet

_MIX_PATTERN = "Partwise mix (*.json)"


class Dialogs(QObject):
    """Opens dialogs over the window, and passes what they bring on to the session. None of them stops the music."""

    def __init__(self, session: Session, appearance: Appearance, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._appearance = appearance
        self._window = window
        self._last_export = ExportRequest(Path())
        self._queue: QueuePanel | None = None
        self._models: ModelManager | None = None
        session.failed.subscribe(self.tell_error)
        session.exported.subscribe(self.tell_exported)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each action what it calls."""
        return {
            "open": self.open_song,
            "load_mix": self.load_mix,
            "save_mix": self.save_mix,
            "export_remix": lambda: self.export("remix"),
            "export_stems": lambda: self.export("stems"),
            "export_activations": self.export_activations,
            "queue": self.queue,
            "settings": self.settings,
            "models": self.models,
            "shortcuts": self.shortcuts,
            "about": self.about,
        }

    def open_song(self) -> None:
        """Choose a song."""
        from app.audio.decode import SUFFIXES  # deferred: it loads the decoders

        patterns = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in SUFFIXES)
        filters = self.tr("Songs and projects ({0})").format(f"{patterns} *{SUFFIX}") + ";;" + self.tr("All files (*)")
        title = self.tr("Open a song or a project")
        path, _ = QFileDialog.getOpenFileName(self._window, title, str(self._folder()), filters)
        if path:
            self._session.open(Path(path))

    def load_mix(self) -> None:
        """Choose a saved mix."""
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Load mix"), str(self._folder()), _MIX_PATTERN)
        if path:
            self._session.load_mix(Path(path))

    def save_mix(self) -> None:
        """Choose where to save the mix; the dialog asks before it lets a file be replaced."""
        song = self._session.song
        proposal = self._folder() / safe_file_name(song.title if song else "mix", ".json")
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save mix"), str(proposal), _MIX_PATTERN)
        if path:
            self._session.save_mix(Path(path))

    def export(self, kind: Literal["remix", "stems"]) -> None:
        """Choose how to export."""
        song = self._session.song
        if song is None:
            return
        tempo = self._session.tempo.current
        request = replace(self._last_export, what=kind, tempo_bpm=tempo.bpm if tempo else None)
        dialog = ExportDialog(song, self._folder(), request, self._session.document.loop, self._window)
        dialog.requested.connect(self._export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export(self, request: ExportRequest) -> None:
        """Do it, and offer the same choices the next time."""
        self._last_export = replace(request, overwrite=False)
        self._session.export(request)

    def export_activations(self) -> None:
        """Choose how to write when the instruments play."""
        song = self._session.song
        if song is None:
            return
        dialog = ActivationDialog(safe_file_name(song.title), self._folder(), self._window)
        dialog.requested.connect(self._export_activations)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_activations(self, request: ActivationRequest) -> None:
        self._session.activations.start(request)

    def queue(self) -> None:
        """Show the queue of files to separate; it may stay open."""
        if self._queue is None:
            self._queue = QueuePanel(self._session, self._folder() / self.tr("Stems"), self._window)
        self._queue.show()
        self._queue.raise_()
        self._queue.activateWindow()

    def settings(self) -> None:
        """Open the settings."""
        dialog = SettingsDialog(self._session, self._appearance, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def models(self) -> None:
        """Show the models; the window may stay open."""
        if self._models is None:
            self._models = ModelManager(self._session, self._window)
            self._models.finished.connect(self._forget_models)
        self._models.show()
        self._models.raise_()
        self._models.activateWindow()

    def _forget_models(self) -> None:
        if self._models is not None:
            self._models.deleteLater()
        self._models = None

    def shortcuts(self) -> None:
        """Show the keyboard shortcuts; the sheet may stay open."""
        sheet = ShortcutSheet(self._window)
        sheet.finished.connect(sheet.deleteLater)
        sheet.show()

    def about(self) -> None:
        """Say what this is."""
        text = self.tr("Partwise takes a song apart into its instruments while it plays, and lets you mix them anew.")
        self._box(QMessageBox.Icon.NoIcon, self.tr("About Partwise"), text).open()

    def tell_error(self, sentence: str) -> None:
        """Show an error, which is one sentence."""
        box = self._box(QMessageBox.Icon.Warning, "Partwise", sentence)
        offer_smaller_chunks(box, self._session, sentence)
        box.open()

    def tell_exported(self, path: Path) -> None:
        """Say that an export is done, and offer to look at it."""
        text = self.tr("Exported “{0}”.").format(path.name)
        box = self._box(QMessageBox.Icon.Information, self.tr("Export"), text)
        box.setInformativeText(str(path.parent))
        show = box.addButton(self.tr("Show in folder"), QMessageBox.ButtonRole.ActionRole)
        show.clicked.connect(lambda: show_folder(path))
        box.open()

    def ask_to_quit(self, accepted: Callable[[], object]) -> None:
        """Ask whether to quit although an export is under way."""
        box = self._box(
            QMessageBox.Icon.Question, "Partwise", self.tr("An export is not finished. Quit and discard it?")
        )
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        quit_button = box.addButton(self.tr("Quit"), QMessageBox.ButtonRole.DestructiveRole)
        quit_button.clicked.connect(lambda: accepted())
        box.open()

    def _box(self, icon: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
        box = QMessageBox(icon, title, text, QMessageBox.StandardButton.Ok, self._window)
        box.finished.connect(box.deleteLater)
        return box

    def _folder(self) -> Path:
        song = self._session.song
        if song is not None:
            return song.path.parent
        recent = self._session.preferences.recent
        if recent and recent[0].parent.is_dir():
            return recent[0].parent
        return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation))


def show_folder(path: Path) -> None:
    """Open the file manager at a written file or folder."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))
