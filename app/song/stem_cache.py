"""The cache of stems: a known song is there at once when it is opened again, and goes on where it stopped.

An entry is a folder, named by what is in the song's file and by what separates it (`app.song.cache_entry`). It is the
working store of the open song, not a copy: 14 channels of float32, 148 MB a minute at 44.1 kHz. FLAC would take a sixth
of that and seconds to unpack at opening; float16 a half, at -66 dB of rounding in every stem. So precision and time are
kept, and the size has a cap: the songs that were not used for longest go first, never one that is open in any process.
"""

import contextlib
import errno
import logging
import os
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.errors import Cancelled, PartwiseError
from app.json_file import InvalidError
from app.song.cache_entry import (
    LOCK,
    MANIFEST,
    TRASH,
    CacheEntry,
    Manifest,
    SongFacts,
    read_manifest,
    throw_away,
    verify,
)
from app.song.file_lock import FileLock
from app.song.stores import cache_root

DEFAULT_LIMIT_BYTES: Final = 20_000_000_000
"""27 songs of five minutes."""

_SHARE_WAIT_S: Final = 5.0
_WAIT_S: Final = 0.05

_log = logging.getLogger(__name__)


def default_stem_folder() -> Path:
    """Where the cache lies unless the user has moved it."""
    return cache_root() / "stems"


@dataclass(frozen=True)
class StemKey:
    """What stems depend on: `app.song.content_hash` of the song, and a hash of model and settings (hexadecimal)."""

    song: str
    separation: str

    @property
    def folder_name(self) -> str:
        """Short enough for every file system; the manifest has the whole of it."""
        return f"{self.song[:40]}-{self.separation[:20]}"


@dataclass(frozen=True)
class CachedSong:
    """An entry as people see it.

    `fraction` is how much is separated, `used_s` when it was last used, in seconds since 1970. `name` is that of the
    song's file; empty for an entry that cannot be read.
    """

    folder: Path
    name: str
    size_bytes: int
    fraction: float
    used_s: float


class StemCache:
    """A folder of entries. Its methods may be called from any thread, and by any number of processes at once."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        """Nothing is made or read yet. `folder` None for `default_stem_folder`."""
        self.folder = folder if folder is not None else default_stem_folder()
        self.limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._open: dict[str, CacheEntry] = {}

    def open(self, key: StemKey, name: str, cancelled: Callable[[], bool] = lambda: False) -> CacheEntry | None:
        """The entry of a song, new or known, locked until its `remove`; None if it cannot be had.

        It cannot while another process separates this song, or if the folder cannot be used; that is logged.

        Args:
            key: which.
            name: of the song's file, for people.
            cancelled: asked while another song of this process lets go of the entry. Raises Cancelled.
        """
        with self._changed:
            deadline_s = time.monotonic() + _SHARE_WAIT_S
            while (entry := self._open.get(key.folder_name)) is not None and not entry.sharable:
                if cancelled():
                    raise Cancelled
                if time.monotonic() > deadline_s:
                    return None
                self._changed.wait(_WAIT_S)
            if entry is not None:
                entry.references += 1
                return entry
            try:
                entry = self._acquire(key, name)
            except OSError as error:
                _log.warning("The cache of stems in %s cannot be used: %s", self.folder, error.strerror or error)
                return None
            if entry is not None:
                self._open[key.folder_name] = entry
            return entry

    def keep(self, entry: CacheEntry, facts: SongFacts) -> None:
        """A new song is decoded into its entry. If it fits into the limit, others make room for it."""
        if facts.size_bytes > self.limit_bytes:
            _log.info("The song is too large for the cache: %.1f GB", facts.size_bytes / 1e9)
            entry.abandon()
        else:
            entry.begin(facts)
            self.trim()

    def wait(self, timeout_s: float) -> bool:
        """Wait until songs that were let go of have written down what they know. True if that was reached."""
        with self._changed:
            return self._changed.wait_for(lambda: not any(entry.closing for entry in self._open.values()), timeout_s)

    def songs(self) -> tuple[CachedSong, ...]:
        """All entries, the one that was used last first."""
        return tuple(sorted(map(_describe, self._folders()), key=lambda song: song.used_s, reverse=True))

    def size_bytes(self) -> int:
        """What the cache takes on the disk."""
        return sum(_size(folder) for folder in self._folders())

    def trim(self, limit_bytes: int | None = None) -> int:
        """Delete what was not used for longest and is not open until the limit is kept; returns the bytes freed."""
        limit = self.limit_bytes if limit_bytes is None else limit_bytes
        self._empty_trash()
        songs, freed = self.songs(), 0
        excess = sum(song.size_bytes for song in songs) - limit
        for song in sorted(songs, key=lambda song: (bool(song.name), song.used_s)):
            if freed >= excess and song.name:
                break
            if self._delete(song.folder):
                freed += song.size_bytes
        return freed

    def clear(self) -> int:
        """Delete everything that is not open; returns the bytes freed."""
        return self.trim(limit_bytes=0)

    def make_room(self, size: int) -> bool:
        """The disk is full: delete the oldest until `size` bytes are free. False if nothing could be deleted."""
        deleted = False
        for song in reversed(self.songs()):
            if self._delete(song.folder):
                deleted = True
                if shutil.disk_usage(self.folder).free >= size:
                    break
        return deleted

    def delete(self, key: StemKey) -> bool:
        """Delete an entry unless it is open."""
        return self._delete(self.folder / key.folder_name)

    def move(
        self, folder: Path, progress: Callable[[float], object] = float, cancelled: Callable[[], bool] = lambda: False
    ) -> int:
        """Keep the songs in another folder from now on, and take along what is not open.

        Args:
            folder: the new one, which is made if need be.
            progress: called with 0..1.
            cancelled: asked before each song; what has not been moved then is deleted by the next `trim` of the old
                folder, or found again when that is chosen.

        Returns:
            how many songs stayed because they are open or there was no room.

        Raises:
            PartwiseError: the new folder cannot be used.
        """
        folder = folder.absolute()
        if folder == self.folder.absolute():
            return 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f"{TRASH}{secrets.token_hex(4)}"
            probe.mkdir()
            probe.rmdir()
        except OSError as error:
            raise PartwiseError(
                f"The cache cannot be kept in “{folder}”: {error.strerror or error}; choose another folder."
            ) from None
        songs, stayed = self.songs(), 0
        with self._changed:
            self.folder = folder
        for count, song in enumerate(songs):
            if cancelled():
                break
            stayed += not _carry(song.folder, folder)
            progress((count + 1) / len(songs))
        return stayed

    # entries

    def _acquire(self, key: StemKey, name: str) -> CacheEntry | None:
        folder = self.folder / key.folder_name
        lock, exclusive = self._locked(folder)
        if lock is None:
            _log.info("%s is in use by another process", folder.name)
            return None
        try:
            manifest = self._checked_manifest(folder, key)
            if not exclusive and (manifest is None or not manifest.complete):
                lock.release()
                return None
            if manifest is None:
                _empty(folder)
            else:
                os.utime(folder / MANIFEST)
                if manifest.complete:
                    lock.share()
        except BaseException:
            lock.release()
            raise
        identity = (key.song, key.separation, name)
        return CacheEntry(folder, lock, manifest, identity, self.make_room, self._closed)

    def _locked(self, folder: Path) -> tuple[FileLock | None, bool]:
        """A lock on an entry's folder, which is made if need be, and whether it is for writing."""
        for _ in range(3):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock = FileLock.acquire(folder / LOCK)
                if lock is not None:
                    return lock, True
                return FileLock.acquire(folder / LOCK, shared=True), False
            except FileNotFoundError:
                continue  # another process has deleted it just now
        raise OSError(errno.ENOENT, "the folder vanishes")

    def _checked_manifest(self, folder: Path, key: StemKey) -> Manifest | None:
        if not (folder / MANIFEST).exists():
            return None
        try:
            manifest = read_manifest(folder)
            if (manifest.song, manifest.separation) != (key.song, key.separation):
                raise InvalidError("it is of another song")
            verify(folder, manifest)
        except InvalidError as error:
            _log.warning("The song %s in the cache is damaged (%s); it is separated again.", folder.name, error)
            return None
        return manifest

    def _closed(self, entry: CacheEntry) -> None:
        """The last song has let go of an entry."""
        with self._changed:
            self._open.pop(entry.folder.name, None)
            self._changed.notify_all()

    def _delete(self, folder: Path) -> bool:
        """Delete an entry that nobody has open."""
        if folder.name in self._open:
            return False
        try:
            lock = FileLock.acquire(folder / LOCK)
        except OSError:
            return False
        return lock is not None and throw_away(folder, lock)

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except OSError:
            return []

    def _empty_trash(self) -> None:
        with contextlib.suppress(OSError):
            for folder in self.folder.glob(f"{TRASH}*"):
                shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    """Delete what is in a locked folder but the lock, the manifest first."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.name != LOCK:
            path.unlink()


def _carry(source: Path, target_parent: Path) -> bool:
    """Move an entry to another folder, which may be on another disk. False if it is open or there is no room."""
    target = target_parent / source.name
    try:
        lock = FileLock.acquire(source / LOCK)
        if lock is None:
            return False
        try:
            if not target.exists():
                copy = target_parent / f"{TRASH}{secrets.token_hex(6)}"
                try:
                    _rename_or_copy(source, copy)
                    os.rename(copy, target)
                finally:
                    shutil.rmtree(copy, ignore_errors=True)
            return not source.exists() or throw_away(source, lock)
        finally:
            lock.release()
    except (OSError, shutil.Error) as error:
        _log.warning("The song %s stays in the old cache: %s", source.name, error)
        return False


def _rename_or_copy(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV and sys.platform != "win32":
            raise
        shutil.copytree(source, target)


def _size(folder: Path) -> int:
    size = 0
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            size += path.stat().st_size
    return size


def _describe(folder: Path) -> CachedSong:
    try:
        manifest = read_manifest(folder)
        used_s = (folder / MANIFEST).stat().st_mtime
    except (InvalidError, OSError):
        return CachedSong(folder, "", _size(folder), 0.0, 0.0)
    return CachedSong(folder, manifest.name, _size(folder), manifest.fraction, used_s)
