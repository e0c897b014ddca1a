"""One song in the cache of stems: its files, and a manifest that says which of them count.

The song's own files are the entry: float32, mapped, as playback reads them, so that nothing is copied when a known song
is opened and no precision is lost. `entry.json` is written last, whole, after what it speaks of has reached the disk.
What is killed or loses its power in between is missing at the next opening and separated again, never half there.
"""

import contextlib
import logging
import os
import secrets
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.atomic_file import sync_file
from app.audio.levels import PeakPyramid
from app.json_file import InvalidError, is_number, list_of, read_json, read_object, text, write_json
from app.song.coverage import Coverage, Spans
from app.song.file_lock import FileLock
from app.song.stores import StoreFolder
from models.activation import activation_frame_count
from models.instruments import INSTRUMENTS

MANIFEST: Final = "entry.json"
LOCK: Final = "lock"
TRASH: Final = ".gone-"
"""How the names of folders begin that are being deleted or made."""
FORMAT: Final = 1
STORES: Final = ("mix", "stems", "activations", "peaks")

CHECK_FRAMES: Final = 1 << 16
"""Frames under one checksum."""
_CHECKED_AT_OPENING: Final = 6
"""So many of the blocks are read again when an entry is opened, spread over the song: 19 MB."""
_WRITE_PERIOD_S = 1.0
_LARGEST_MANIFEST_BYTES: Final = 8_000_000
_MOST_SPANS: Final = 100_000
_MOST_FRAMES: Final = 1 << 40

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SongFacts:
    """What a song's file said: sample rate in Hz, length in frames, channels."""

    rate: int
    frames: int
    channels: int

    def values(self) -> dict[str, int]:
        """How many float32 values each of the `STORES` has."""
        outline = PeakPyramid.values_for(self.frames)
        activations = len(INSTRUMENTS) * activation_frame_count(self.frames, self.rate)
        counts = (2 * self.frames, 2 * len(INSTRUMENTS) * self.frames, activations, (1 + len(INSTRUMENTS)) * outline)
        return dict(zip(STORES, counts, strict=True))

    @property
    def size_bytes(self) -> int:
        """What they take on the disk."""
        return 4 * sum(self.values().values())


@dataclass(frozen=True)
class Manifest:
    """What `entry.json` says. `checks` has a CRC-32 for each `CHECK_FRAMES`, 0 where not all of them are there."""

    song: str
    separation: str
    name: str
    facts: SongFacts
    spans: Spans = ()
    activation_spans: Spans = ()
    checks: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))

    @property
    def complete(self) -> bool:
        """Whether the whole song is separated."""
        return self.spans == ((0, self.facts.frames),)

    @property
    def fraction(self) -> float:
        """How much of it is."""
        return Coverage(self.spans).fraction(self.facts.frames)


class CacheEntry(StoreFolder):
    """A song's folder in the cache, locked. `record` and `remove` may come from any thread.

    An entry whose song is complete may be open in several processes; before that only in the one that separates.
    Within a process several songs may share it; each of them calls `remove` once.
    """

    def __init__(
        self,
        folder: Path,
        lock: FileLock,
        manifest: Manifest | None,
        identity: tuple[str, str, str],
        make_room: Callable[[int], bool],
        closed: Callable[["CacheEntry"], None],
    ) -> None:
        """Take over a locked folder.

        Args:
            folder: it.
            lock: on its file `LOCK`; let go of at the end.
            manifest: what is there; None for a new entry.
            identity: song's hash, separation's hash and the name of the song's file.
            make_room: see `StoreFolder.make_room`.
            closed: called when the last song has let go, on any thread.
        """
        super().__init__(folder)
        self.facts = manifest.facts if manifest else None
        self.references = 1
        self.closing = False
        self._lock = lock
        self._identity = identity
        self._make_room, self._closed = make_room, closed
        self._coverage = Coverage(manifest.spans if manifest else ())
        self._activations = Coverage(manifest.activation_spans if manifest else ())
        self._checks = manifest.checks.copy() if manifest else np.zeros(0, np.uint32)
        self._abandoned = False
        self._state = threading.Condition()
        self._fresh: list[tuple[int, int]] = []  # recorded since the manifest was written
        self._dirty = False
        self._writer: threading.Thread | None = None
        self._failed = False

    @property
    def spans(self) -> Spans:
        """The frames whose stems are here."""
        return self._coverage.spans

    @property
    def activation_spans(self) -> Spans:
        """The activation frames that are known."""
        return self._activations.spans

    @property
    def sharable(self) -> bool:
        """Whether another song of this process may use it."""
        return self.facts is not None and not self.closing

    def make_room(self, size: int) -> bool:  # noqa: D102 - as in the base
        return self._make_room(size)

    def begin(self, facts: SongFacts) -> None:
        """The song is decoded: its mix and its empty stems are here."""
        self._checks = np.zeros(-(-facts.frames // CHECK_FRAMES), np.uint32)
        self.facts = facts
        self._touch()

    def abandon(self) -> None:
        """Keep nothing of it beyond the songs that use it now."""
        self._abandoned, self.facts = True, None

    def record(self, start: int, stop: int, activation_span: tuple[int, int]) -> None:
        """Frames `start` to `stop` are in the files, with these activation frames. Returns at once."""
        if not self._abandoned:
            with self._state:
                self._coverage.add(start, stop)
                self._activations.add(*activation_span)
                self._fresh.append((start, stop))
            self._touch()

    def remove(self) -> None:
        """One of the songs needs it no more; what it recorded is written down soon. See `StemCache.wait`."""
        with self._state:
            self.references -= 1
            if self.references > 0 or self.closing:
                return
            self.closing = True
            self._state.notify_all()
            has_writer = self._writer is not None
        if not has_writer:
            self._end()

    # the manifest

    def _touch(self) -> None:
        with self._state:
            self._dirty = True
            if self._writer is None and not self.closing:
                self._writer = threading.Thread(target=self._write_along, name="cache entry", daemon=True)
                self._writer.start()
            self._state.notify_all()

    def _write_along(self) -> None:
        """Write the manifest now and then, and at the end."""
        try:
            while True:
                with self._state:
                    self._state.wait_for(lambda: self._dirty or self.closing)
                    closing, dirty = self.closing, self._dirty
                if dirty and not self._abandoned:
                    self._write()
                if closing:
                    return
                with self._state:
                    self._state.wait_for(lambda: self.closing, _WRITE_PERIOD_S)
        finally:
            self._end()

    def _write(self) -> None:
        with self._state:
            fresh, self._fresh, self._dirty = self._fresh, [], False
            spans, activation_spans, facts = self.spans, self.activation_spans, self.facts
        if facts is None:
            return
        try:
            for store in STORES:
                sync_file(self.path(store))
            self._refresh_checks(facts, fresh, spans)
            manifest = Manifest(*self._identity, facts, spans, activation_spans, self._checks)
            write_json(self.folder / MANIFEST, manifest_to_json(manifest))
        except OSError as error:
            with self._state:  # the next span tries again: there may be room by then
                self._fresh = fresh + self._fresh
                self._dirty = True
            if not self._failed:
                _log.warning("The cache cannot note how far %s is separated: %s", self.folder.name, error.strerror)
            self._failed = True
        else:
            self._failed = False
            if manifest.complete:
                self._lock.share()

    def _refresh_checks(self, facts: SongFacts, fresh: list[tuple[int, int]], spans: Spans) -> None:
        covered = Coverage(spans)
        touched = {block for start, stop in fresh for block in range(start // CHECK_FRAMES, -(-stop // CHECK_FRAMES))}
        for block in sorted(touched):
            start, stop = block * CHECK_FRAMES, min((block + 1) * CHECK_FRAMES, facts.frames)
            self._checks[block] = checksum(self.folder, facts.frames, block) if covered.covers(start, stop) else 0

    def _end(self) -> None:
        """Nobody uses it any more."""
        if self.facts is None:  # it never became an entry
            throw_away(self.folder, self._lock)
        with contextlib.suppress(OSError):
            os.utime(self.folder / MANIFEST)  # it was used until now
        self._lock.release()
        self._closed(self)


def throw_away(folder: Path, lock: FileLock) -> bool:
    """Delete a locked folder: first its name, so that nobody finds a part of it. The lock is let go of."""
    trash = folder.with_name(f"{TRASH}{secrets.token_hex(6)}")
    try:
        os.rename(folder, trash)
    except OSError:  # Windows does not rename what has an open file in it
        trash = folder
        with contextlib.suppress(OSError):
            (folder / MANIFEST).unlink(missing_ok=True)
    lock.release()
    shutil.rmtree(trash, ignore_errors=True)
    return not folder.exists()


def checksum(folder: Path, frames: int, block: int) -> int:
    """CRC-32 of all stems in a block of `CHECK_FRAMES`, never 0. Raises OSError."""
    start, stop = block * CHECK_FRAMES, min((block + 1) * CHECK_FRAMES, frames)
    value = 0
    with StoreFolder(folder).path("stems").open("rb", buffering=0) as file:
        for stem in range(len(INSTRUMENTS)):
            file.seek(8 * (stem * frames + start))
            value = zlib.crc32(file.read(8 * (stop - start)), value)
    return value or 1


def read_manifest(folder: Path) -> Manifest:
    """What a folder's manifest says. Raises InvalidError."""
    value = read_json(folder / MANIFEST, _LARGEST_MANIFEST_BYTES, "the manifest of a song in the cache")
    found = read_object(
        value,
        "",
        {
            "format": _integer(FORMAT, FORMAT),
            "song": text,
            "separation": text,
            "name": text,
            "rate": _integer(1, 1 << 30),
            "frames": _integer(1, _MOST_FRAMES),
            "channels": _integer(1, 1 << 16),
            "spans": list_of(list_of(_integer(0, _MOST_FRAMES), 2), _MOST_SPANS),
            "activation_spans": list_of(list_of(_integer(0, _MOST_FRAMES), 2), _MOST_SPANS),
            "checks": _checks,
        },
    )
    if len(found) != 10:
        raise InvalidError("keys are missing")
    facts = SongFacts(found["rate"], found["frames"], found["channels"])
    manifest = Manifest(
        found["song"], found["separation"], found["name"], facts, found["spans"], found["activation_spans"],
        found["checks"],
    )  # fmt: skip
    _check_spans(manifest.spans, facts.frames)
    _check_spans(manifest.activation_spans, activation_frame_count(facts.frames, facts.rate))
    if len(manifest.checks) != -(-facts.frames // CHECK_FRAMES):
        raise InvalidError("the checksums do not fit the song")
    return manifest


def manifest_to_json(manifest: Manifest) -> dict[str, object]:
    """What `read_manifest` reads."""
    return {
        "format": FORMAT,
        "song": manifest.song,
        "separation": manifest.separation,
        "name": manifest.name,
        "rate": manifest.facts.rate,
        "frames": manifest.facts.frames,
        "channels": manifest.facts.channels,
        "spans": [list(span) for span in manifest.spans],
        "activation_spans": [list(span) for span in manifest.activation_spans],
        "checks": manifest.checks.astype("<u4").tobytes().hex(),
    }


def verify(folder: Path, manifest: Manifest) -> None:
    """Raises InvalidError if the files are not as the manifest says: sizes, activations, a sample of the checksums."""
    try:
        for store, values in manifest.facts.values().items():
            if StoreFolder(folder).path(store).stat().st_size != 4 * values:
                raise InvalidError(f"{store} does not have the song's length")
        if not np.isfinite(np.fromfile(StoreFolder(folder).path("activations"), np.float32)).all():
            raise InvalidError("activations are not numbers")
        for block in _blocks_to_check(manifest):
            if checksum(folder, manifest.facts.frames, block) != manifest.checks[block]:
                raise InvalidError(f"the stems have changed around frame {block * CHECK_FRAMES}")
    except OSError as error:
        raise InvalidError(error.strerror or str(error)) from None


def _blocks_to_check(manifest: Manifest) -> Iterator[int]:
    known = np.flatnonzero(manifest.checks)
    if len(known):
        yield from np.unique(known[np.linspace(0, len(known) - 1, _CHECKED_AT_OPENING).astype(int)]).tolist()


def _check_spans(spans: Spans, end: int) -> None:
    last = -1
    for span in spans:
        if len(span) != 2 or not last < span[0] < span[1] <= end:
            raise InvalidError("the spans do not fit the song")
        last = span[1]


def _integer(low: int, high: int) -> Callable[[Any, str], int]:
    def read(value: Any, key: str) -> int:
        if not is_number(value) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidError(f"{key} must be a whole number from {low} to {high}")
        return value

    return read


def _checks(value: Any, key: str) -> NDArray[np.uint32]:
    if not isinstance(value, str):
        raise InvalidError(f"{key} must be a text")
    try:
        return np.frombuffer(bytes.fromhex(value), "<u4").astype(np.uint32)
    except ValueError:
        raise InvalidError(f"{key} must be hexadecimal") from None
