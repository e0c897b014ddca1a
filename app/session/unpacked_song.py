"""Where the song of a self-contained project lies while it is open."""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.song.file_lock import FileLock

_LOCK: Final = "in-use.lock"


class UnpackedSong:
    """A private folder that goes with `remove`, or at the next start after a kill."""

    def __init__(self, base: Path) -> None:
        """Make the folder in `base`, after removing those that nobody uses any more. Raises OSError."""
        base.mkdir(parents=True, exist_ok=True)
        _remove_unused(base)
        self.folder = base / f"song-{secrets.token_hex(8)}"
        self.folder.mkdir(mode=0o700)
        self._lock = FileLock.acquire(self.folder / _LOCK)

    def remove(self) -> None:
        """Delete it. Idempotent."""
        if self._lock is not None:
            self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_unused(base: Path) -> None:
    for folder in base.glob("song-*"):
        lock_path = folder / _LOCK
        with suppress(OSError):
            # one without a lock is being made just now, or its maker was killed then: it is empty
            if lock_path.exists() and (lock := FileLock.acquire(lock_path)) is not None:
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)
