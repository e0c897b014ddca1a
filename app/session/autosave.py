"""Keeps what is not saved yet, on a thread of its own: a slow disk must not be felt in the window."""

import threading
from pathlib import Path

from app.atomic_file import reason
from app.session.project_file import Project
from app.session.recovery import RecoveryFile


class Autosave:
    """Writes the recovery file of the open document whenever that has changed.

    `error` says why the last attempt failed, None if it did not.
    """

    def __init__(self, folder: Path | None) -> None:
        """`folder` is where recovery files are; None keeps nothing."""
        self.error: str | None = None
        self._file = RecoveryFile(folder) if folder is not None else None
        self._thread: threading.Thread | None = None
        self._writing = threading.Lock()
        self._kept: Project | None = None

    @property
    def path(self) -> Path | None:
        """The recovery file, whether it is there or not."""
        return self._file.path if self._file else None

    def keep(self, project: Project, saved_as: Path | None) -> None:
        """See to it that this is kept, soon. A write that is under way is not waited for: call again."""
        busy = self._thread is not None and self._thread.is_alive()
        if self._file is None or busy or (self._kept is not None and self._kept.document == project.document):
            return
        self._kept = project
        self._thread = threading.Thread(target=self._write, args=(project, saved_as), name="autosave", daemon=True)
        self._thread.start()

    def keep_now(self, project: Project, saved_as: Path | None) -> None:
        """Keep this before returning."""
        self._kept = project
        self._write(project, saved_as)

    def remove(self) -> None:
        """There is nothing that is not saved."""
        with self._writing:
            self._kept = None
            if self._file is not None:
                self._file.remove()

    def let_go(self) -> None:
        """The program ends: what is kept stays for its next start."""
        with self._writing:
            self._kept = None
            if self._file is not None:
                self._file.let_go()

    def _write(self, project: Project, saved_as: Path | None) -> None:
        with self._writing:
            if self._file is None or self._kept is not project:  # it was saved meanwhile
                return
            try:
                self._file.write(project, saved_as)
            except OSError as error:
                self.error, self._kept = reason(error), None
            else:
                self.error = None
