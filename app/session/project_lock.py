"""Who has which project open: two windows on one project would overwrite each other's work.

The locks lie in the user's data folder, by the project's path: one beside the project would litter folders, and could
not be made where they are write-protected.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from app.errors import ProjectError
from app.song.file_lock import FileLock


class ProjectLock:
    """Keeps other windows from a project until `release`."""

    def __init__(self, lock: FileLock) -> None:
        self._lock: FileLock | None = lock

    def release(self) -> None:
        """Let go, and leave nothing behind. Idempotent."""
        lock, self._lock = self._lock, None
        if lock is not None:
            with suppress(OSError):  # Windows does not delete what is open
                lock.path.unlink(missing_ok=True)
            lock.release()


class ProjectLocks:
    """Takes locks on projects, which a killed process lets go of."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is made if need be; None locks nothing."""
        self._folder = folder

    def take(self, path: Path, doing: str = "open") -> ProjectLock | None:
        """Lock a project, whether there is a file or not yet; None where locks are not possible.

        Raises ProjectError if another window has it open; `doing` is what then cannot be done.
        """
        if self._folder is None:
            return None
        name = hashlib.sha256(os.fsencode(os.path.normcase(os.path.realpath(path)))).hexdigest()[:32]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock.acquire(self._folder / f"{name}.lock")
        except OSError:  # a data folder that cannot be written to shall not keep anyone from opening a project
            return None
        if lock is None:
            advice = "close it there" if doing == "open" else "close it there, or take another name"
            raise ProjectError(path, f"it is open in another window of Partwise; {advice}", doing)
        return ProjectLock(lock)
