"""Where the samples of an open song lie: files that are mapped into memory, so that memory does not grow with the song.

A song that the cache of stems knows or takes in has a folder there (`app.song.stem_cache`). Any other has a private one
under the user's cache. That says which process owns it, so that the next start can remove what a killed one left
behind.
"""

import contextlib
import errno
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

from app.atomic_file import is_disk_full
from app.errors import PartwiseError
from app.process import is_running, start_of

_OWNER: Final = "owner.json"
CACHE_VARIABLE: Final = "PARTWISE_CACHE"
"""Environment variable that moves the folders of open songs and of the cache of stems."""


def cache_root() -> Path:
    """The platform's folder for what can be made again, or where `CACHE_VARIABLE` says."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("partwise"))


def default_folder() -> Path:
    """The folder that holds the private folders of open songs."""
    return cache_root() / "open-songs"


class StoreFolder:
    """A folder with the float32 files of one song."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists."""
        self.folder = folder

    def path(self, name: str) -> Path:
        """The path of a file in the folder."""
        return self.folder / f"{name}.f32"

    def has(self, name: str) -> bool:
        """Whether that file is here."""
        return self.path(name).is_file()

    def create(self, name: str, shape: tuple[int, ...]) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
        """A new file of zeros, mapped for reading and writing, its space on the disk set aside.

        Without that, a full disk would kill the process when a page is written.

        Raises:
            PartwiseError: the disk has no room for it.
        """
        size = 4 * int(np.prod(shape, dtype=np.int64))
        path = self.path(name)
        try:
            path.open("xb").close()
            with path.open("r+b") as file:
                try:
                    _reserve(file.fileno(), size, self.folder)
                except OSError as error:
                    if not is_disk_full(error) or not self.make_room(size):
                        raise
                    _reserve(file.fileno(), size, self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):  # what was set aside before the disk was full
                path.unlink(missing_ok=True)
            raise _folder_error(self.folder.parent, error, size) from None
        return self.map(name, shape)

    def map(self, name: str, shape: tuple[int, ...]) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
        """Map a file that exists."""
        return np.memmap(self.path(name), np.float32, "r+", shape=shape)

    def make_room(self, size: int) -> bool:
        """The disk is full: delete what can be spared. True if the next attempt may succeed."""
        return False

    def record(self, start: int, stop: int, activation_span: tuple[int, int]) -> None:
        """Frames `start` to `stop` of the stems and these of the activations are in their files for good."""

    def remove(self) -> None:
        """The song needs it no more."""


class SongStores(StoreFolder):
    """The private folder of one open song, which goes with it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make the folder, after removing those of processes that are gone.

        Args:
            folder: what the folder is made in; by default `default_folder()`.

        Raises:
            PartwiseError: the folder cannot be made.
        """
        base = folder if folder is not None else default_folder()
        super().__init__(base / f"song-{os.getpid()}-{secrets.token_hex(6)}")
        try:
            base.mkdir(parents=True, exist_ok=True)
            remove_orphans(base)
            self.folder.mkdir(mode=0o700)
            owner = {"pid": os.getpid(), "started": start_of(os.getpid())}
            (self.folder / _OWNER).write_text(json.dumps(owner), encoding="utf-8")
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise _folder_error(base, error) from None

    def remove(self) -> None:
        """Delete the folder. What cannot be deleted now (Windows, a map still open) goes at the next start."""
        shutil.rmtree(self.folder, ignore_errors=True)


class SampleFile:
    """A float32 file that grows block by block, for a length that is not known before."""

    def __init__(self, stores: StoreFolder, name: str) -> None:
        """Create the file. Raises PartwiseError if that fails."""
        self._stores = stores
        self._path = stores.path(name)
        try:
            self._file = self._path.open("xb", buffering=0)  # blocks are large, and an error comes at once
        except OSError as error:
            raise _folder_error(stores.folder.parent, error) from None
        self.values = 0

    def append(self, samples: NDArray[np.float32]) -> None:
        """Write samples. Raises PartwiseError if the disk is full."""
        rest = np.ascontiguousarray(samples, np.float32).reshape(-1).view(np.uint8).data
        while rest:
            try:
                rest = rest[self._file.write(rest) :]
            except OSError as error:
                if not is_disk_full(error) or not self._stores.make_room(len(rest)):
                    raise _folder_error(self._stores.folder.parent, error) from None
        self.values += samples.size

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def remove_orphans(base: Path) -> None:
    """Delete the folders of songs whose process has ended."""
    for folder in base.glob("song-*"):
        try:
            owner = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
            alive = is_running(int(owner["pid"]), owner["started"])
        except FileNotFoundError:
            alive = is_running(_pid_in_name(folder), None)  # its owner is about to write, or was killed before it could
        except (OSError, ValueError, KeyError, TypeError):
            alive = False
        if not alive:
            shutil.rmtree(folder, ignore_errors=True)


def _pid_in_name(folder: Path) -> int:
    digits = folder.name.split("-")[1]
    return int(digits) if digits.isdigit() else 0


def _reserve(descriptor: int, size: int, folder: Path) -> None:
    if hasattr(os, "posix_fallocate"):
        if size:
            os.posix_fallocate(descriptor, 0, size)
        return
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, size)


def _folder_error(folder: Path, error: OSError, size: int = 0) -> PartwiseError:
    if is_disk_full(error):
        need = f" ({size / 1e6:.0f} MB are needed)" if size else ""
        return PartwiseError(
            f"The disk with “{folder}” has no room for the song{need}: free some space, or set {CACHE_VARIABLE} to a"
            " folder on another disk."
        )
    return PartwiseError(f"Cannot use the folder “{folder}” for open songs: {error.strerror or error}.")
