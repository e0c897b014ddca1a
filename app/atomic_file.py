"""Files that appear under their name whole or not at all, whatever ends the program meanwhile.

What is written lies under a hidden name beside the target until it is on the disk (fsync); then it is renamed, which
POSIX and Windows do in one step, and the folder is told to remember it. A process that is killed leaves the old file as
it was and a hidden one that `remove_leftovers` finds by the process in its name.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.process import is_running

_LEFTOVER: Final = re.compile(r"\.partwise-(\d{1,10})-[0-9a-f]{12}\.part")
_OLD_S: Final = 3600.0
_FULL: Final = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Write a file, whole or not at all.

    The block writes and closes the file whose path it is given; after it that file is on the disk under `path`. If the
    block raises, nothing is left of it and `path` is as it was.

    Args:
        path: the file to be; one that is there is replaced and gives it its permissions, a link to one is followed.

    Raises:
        OSError: the folder is missing or cannot be written to, or `path` is a folder or write-protected.
    """
    target = path.resolve() if path.is_symlink() else path
    temporary = temporary_path(target)
    try:
        temporary.open("xb").close()  # before the work is done: a folder that cannot be written to is told at once
        yield temporary
        publish(temporary, target)
    finally:
        with contextlib.suppress(OSError):  # it may have been the folder that went
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file, whole or not at all. Raises OSError."""
    with write_atomically(path) as temporary:
        temporary.write_bytes(data)


def temporary_path(path: Path) -> Path:
    """A hidden name beside a file, unlike any other; the file's own name may have no room left for an ending."""
    return path.with_name(f".partwise-{os.getpid()}-{secrets.token_hex(6)}.part")


def publish(temporary: Path, path: Path) -> None:
    """Give a complete file its name, for good. Raises OSError; then the temporary file is still there."""
    sync_file(temporary)
    if path.is_file():
        if not os.access(path, os.W_OK):  # renaming would not ask
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        with contextlib.suppress(OSError):  # file systems without permissions
            shutil.copymode(path, temporary)
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk. Raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make new names last through a power cut, on systems where a folder can be told to."""
    with contextlib.suppress(OSError):  # Windows, and some network folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: Path, older_than_s: float = _OLD_S) -> None:
    """Delete hidden files that killed processes were writing there.

    The age guards the files of another computer that shares the folder, where their process is not seen.
    """
    with contextlib.suppress(OSError):
        for item in list(folder.glob(".partwise-*.part")):
            match = _LEFTOVER.fullmatch(item.name)
            with contextlib.suppress(OSError):
                old = time.time() - item.stat().st_mtime >= older_than_s
                if match and old and not is_running(int(match[1])):
                    item.unlink()


def is_disk_full(error: OSError) -> bool:
    """Whether there was no room: on the disk, in a quota, or under a limit on sizes."""
    return error.errno in _FULL


def reason(error: OSError) -> str:
    """Why a file cannot be written, for the end of a sentence."""
    if is_disk_full(error):
        return "the disk is full; free some space or choose another folder"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "it is write-protected, or its folder is; choose another name or folder"
    if isinstance(error, FileNotFoundError):
        return "there is no such folder; choose another"
    if error.errno == errno.ENAMETOOLONG:
        return "its name is too long"
    return error.strerror or str(error)
