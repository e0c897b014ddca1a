"""What the File menu does with projects, and what it asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QStandardPaths, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from app.audio.file_names import safe_file_name
from app.session.project_file import SUFFIX
from app.session.project_opening import Opening
from app.session.session import Session
from app.ui.recovery_dialog import RecoveryDialog

_AUTOSAVE_MS: Final = 3000
_Role = QMessageBox.ButtonRole


class ProjectMenu(QObject):
    """Opens dialogs over the window, and passes what they bring on to the session. None of them stops the music."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._pattern = self.tr("Partwise project (*{0})").format(SUFFIX)
        session.project.ask = self.ask_to_save
        session.projects.song_missing.subscribe(self.ask_for_song)
        self._autosave = QTimer(self, interval=_AUTOSAVE_MS)
        self._autosave.timeout.connect(session.project.tick)
        self._autosave.start()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each action what it calls."""
        return {
            "close": lambda: self._session.project.leave(self._session.close_song),
            "save_project": self.save,
            "save_project_as": self.save_as,
            "export_bundle": self.export_bundle,
        }

    def title(self) -> str:
        """The window's: the project, a mark if it is not saved, and the program."""
        project = self._session.project
        mark = "[*]" if project.modified else ""
        return f"{project.name}{mark} – Partwise" if project.name else "Partwise"

    # saving

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save the project, or ask where if it was never saved."""
        if self._session.project.path is not None:
            self._session.project.save(then)
        else:
            self.save_as(then)

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Choose where to save; the dialog asks before it lets a file be replaced."""
        path = self._choose(self.tr("Save project"), self._session.project.name)
        if path is not None:
            self._session.project.save_as(path, then)

    def export_bundle(self) -> None:
        """Choose where to write a copy that has the song and its stems inside."""
        song = self._session.song
        if song is None:
            return
        if not song.coverage.covers(0, song.frames):
            self._session.failed.emit("The song is not separated yet: wait until its stems are there to be saved.")
            return
        name = self.tr("{0} with stems").format(self._session.project.name)
        path = self._choose(self.tr("Save a copy with song and stems"), name)
        if path is not None:
            self._session.project.export_bundle(path)

    def ask_to_save(self, go: Callable[[], None]) -> None:
        """Ask what shall become of changes before `go` does away with them."""
        text = self.tr("Save the changes to “{0}”?").format(self._session.project.name)
        box = self._box(QMessageBox.Icon.Question, text)
        box.setInformativeText(self.tr("They are lost if you do not save them."))
        save = box.addButton(self.tr("Save"), _Role.AcceptRole)
        discard = box.addButton(self.tr("Don't save"), _Role.DestructiveRole)
        box.addButton(self.tr("Cancel"), _Role.RejectRole)
        box.setDefaultButton(save)

        def without_saving() -> None:
            self._session.project.discard()
            go()

        self._on_click(box, {save: lambda: self.save(go), discard: without_saving})

    # songs that are not where they were

    def ask_for_song(self, opening: Opening) -> None:
        """Ask where the song of a project is, or whether another will do."""
        projects = self._session.projects
        if opening.song is not None:
            text = self.tr("“{0}” is not the file that this project was made with, or it was changed since.")
            more = self.tr("Edits, loops and markers may lie elsewhere in it.")
            box = self._box(QMessageBox.Icon.Warning, text.format(opening.song.name))
        else:
            text = self.tr("The song “{0}” of this project was not found.")
            more = self.tr("It may have been moved or renamed. Show where it is, and it is checked to be the same.")
            if not opening.song_name:
                text, more = self.tr("This project does not say which song it is for."), ""
            box = self._box(QMessageBox.Icon.Question, text.format(opening.song_name))
        box.setInformativeText(more)
        locate = box.addButton(self.tr("Locate the song…"), _Role.ActionRole)
        cancel = box.addButton(self.tr("Cancel"), _Role.RejectRole)
        answers: dict[QPushButton, Callable[[], object]] = {locate: lambda: self._locate(opening)}
        song = opening.song
        if song is not None:
            use = box.addButton(self.tr("Use it all the same"), _Role.AcceptRole)
            answers[use] = lambda: projects.locate(opening, song, confirmed=True)
        else:
            box.setDefaultButton(locate)
        box.setEscapeButton(cancel)
        self._on_click(box, answers, otherwise=lambda: projects.give_up(opening))

    def _locate(self, opening: Opening) -> None:
        from app.audio.decode import SUFFIXES  # deferred: it loads the decoders

        patterns = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in SUFFIXES)
        filters = self.tr("Songs ({0})").format(patterns) + ";;" + self.tr("All files (*)")
        start = str(self._folder() / opening.song_name)
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Locate the song"), start, filters)
        if path:
            self._session.projects.locate(opening, Path(path))
        else:
            self._session.projects.give_up(opening)

    # after a crash

    def offer_recovery(self) -> None:
        """If the program was killed before, offer what was not saved then."""
        items = self._session.projects.unsaved()
        if items:
            dialog = RecoveryDialog(items, self._window)
            dialog.restored.connect(
                lambda item: self._session.project.leave(lambda: self._session.projects.restore(item))
            )
            dialog.deleted.connect(self._session.projects.forget)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _choose(self, title: str, name: str) -> Path | None:
        project = self._session.project
        proposal = (
            project.path if project.path and name == project.name else self._folder() / safe_file_name(name, SUFFIX)
        )
        path, _ = QFileDialog.getSaveFileName(self._window, title, str(proposal), self._pattern)
        return Path(path) if path else None

    def _folder(self) -> Path:
        session = self._session
        if session.project.path is not None:
            return session.project.path.parent
        if session.song is not None and not session.project.bundled:
            return session.song.path.parent
        return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation))

    def _box(self, icon: QMessageBox.Icon, text: str) -> QMessageBox:
        box = QMessageBox(icon, "Partwise", text, parent=self._window)
        box.finished.connect(box.deleteLater)
        return box

    def _on_click(
        self,
        box: QMessageBox,
        answers: dict[QPushButton, Callable[[], object]],
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        """Show it; when it is closed call what belongs to the button."""

        def answered(result: int) -> None:
            clicked = box.clickedButton()
            answer = next((call for button, call in answers.items() if button is clicked), otherwise)
            answer()

        box.finished.connect(answered)
        box.open()
