"""Where the samples of an open song lie: files that are mapped into memory, in a private folder.

Every open song has its own folder under the user's cache. It says which process owns it, so that the next start can
remove what a killed one left behind.
"""

import errno
import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

from app.errors import PartwiseError

_OWNER: Final = "owner.json"
CACHE_VARIABLE: Final = "PARTWISE_CACHE"
"""Environment variable that moves the folder of open songs."""


def default_folder() -> Path:
    """The folder that holds the folders of open songs."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return (Path(chosen) if chosen else Path(platformdirs.user_cache_dir("partwise"))) / "open-songs"


class SongStores:
    """The folder of one open song and the float32 files in it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make the folder, after removing those of processes that are gone.

        Args:
            folder: what the folder is made in; by default `default_folder()`.

        Raises:
            PartwiseError: the folder cannot be made.
        """
        base = folder if folder is not None else default_folder()
        try:
            base.mkdir(parents=True, exist_ok=True)
            remove_orphans(base)
            self.folder = base / f"song-{os.getpid()}-{secrets.token_hex(6)}"
            self.folder.mkdir(mode=0o700)
            owner = {"pid": os.getpid(), "started": _process_start(os.getpid())}
            (self.folder / _OWNER).write_text(json.dumps(owner), encoding="utf-8")
        except OSError as error:
            raise _folder_error(base, error) from None

    def path(self, name: str) -> Path:
        """The path of a file in the folder."""
        return self.folder / f"{name}.f32"

    def create(self, name: str, shape: tuple[int, ...]) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
        """A new file of zeros, mapped for reading and writing, its space on the disk set aside.

        Without that, a full disk would kill the process when a page is written.

        Raises:
            PartwiseError: the disk has no room for it.
        """
        size = 4 * int(np.prod(shape))
        try:
            with self.path(name).open("xb") as file:
                _reserve(file.fileno(), size, self.folder)
        except OSError as error:
            raise _folder_error(self.folder.parent, error, size) from None
        return self.map(name, shape)

    def map(self, name: str, shape: tuple[int, ...]) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
        """Map a file that exists."""
        return np.memmap(self.path(name), np.float32, "r+", shape=shape)

    def remove(self) -> None:
        """Delete the folder. What cannot be deleted now (Windows, a map still open) goes at the next start."""
        shutil.rmtree(self.folder, ignore_errors=True)


class SampleFile:
    """A float32 file that grows block by block, for a length that is not known before."""

    def __init__(self, stores: SongStores, name: str) -> None:
        """Create the file. Raises PartwiseError if that fails."""
        self._folder = stores.folder.parent
        try:
            self._file = stores.path(name).open("xb", buffering=0)  # blocks are large, and an error comes at once
        except OSError as error:
            raise _folder_error(self._folder, error) from None
        self.values = 0

    def append(self, samples: NDArray[np.float32]) -> None:
        """Write samples. Raises PartwiseError if the disk is full."""
        try:
            rest = np.ascontiguousarray(samples, np.float32).reshape(-1).view(np.uint8).data
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _folder_error(self._folder, error) from None
        self.values += samples.size

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def remove_orphans(base: Path) -> None:
    """Delete the folders of songs whose process has ended."""
    for folder in base.glob("song-*"):
        try:
            owner = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
            alive = _is_alive(int(owner["pid"]), owner["started"])
        except FileNotFoundError:
            alive = _is_alive(_pid_in_name(folder), None)  # its owner is about to write, or was killed before it could
        except (OSError, ValueError, KeyError, TypeError):
            alive = False
        if not alive:
            shutil.rmtree(folder, ignore_errors=True)


def _pid_in_name(folder: Path) -> int:
    digits = folder.name.split("-")[1]
    return int(digits) if digits.isdigit() else 0


def _process_start(pid: int) -> str | None:
    """When a process began, in a form only good for comparing; None where that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5), counted after the name in brackets


def _is_alive(pid: int, started: str | None) -> bool:
    if pid <= 0:
        return False
    if not _runs(pid):
        return False
    now = _process_start(pid)
    return started is None or now is None or now == started


if sys.platform == "win32":

    def _runs(pid: int) -> bool:
        import ctypes

        query_limited_information, still_active = 0x1000, 259
        handle = ctypes.windll.kernel32.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return code.value == still_active

else:

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass  # it lives and belongs to someone else
        return True


def _reserve(descriptor: int, size: int, folder: Path) -> None:
    if hasattr(os, "posix_fallocate"):
        if size:
            os.posix_fallocate(descriptor, 0, size)
        return
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, size)


def _folder_error(folder: Path, error: OSError, size: int = 0) -> PartwiseError:
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        need = f" ({size / 1e6:.0f} MB are needed)" if size else ""
        return PartwiseError(
            f"The disk with “{folder}” has no room for the song{need}: free some space, or set {CACHE_VARIABLE} to a"
            " folder on another disk."
        )
    return PartwiseError(f"Cannot use the folder “{folder}” for open songs: {error.strerror or error}.")
