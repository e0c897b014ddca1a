"""A lock between processes that a killed process lets go of."""

import os
import sys
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_ATTEMPTS: Final = 5


class FileLock:
    """Holds a file locked until `release`, or until the process ends, however it ends.

    The system's advisory lock (flock, or on Windows a locked byte) belongs to the open file: two holders in one process
    exclude each other like those in two. On Windows a shared lock is as exclusive as the other kind.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self.path = path

    @staticmethod
    def acquire(path: Path, *, shared: bool = False) -> "FileLock | None":
        """Lock a file, which is made if need be, without waiting; None if somebody holds it.

        Raises OSError if the file can be neither made nor locked.
        """
        for _ in range(_ATTEMPTS):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if not _lock(descriptor, shared):
                    os.close(descriptor)
                    return None
                if _is_at(descriptor, path):  # else the file was deleted between opening and locking
                    return FileLock(descriptor, path)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        return None

    def share(self) -> None:
        """Let others share it from now on."""
        if self._descriptor is not None and sys.platform != "win32":
            _lock(self._descriptor, True)

    def release(self) -> None:
        """Let go. Idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _lock(descriptor: int, shared: bool) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
