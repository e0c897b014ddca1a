"""The cache of stems as the session and the settings see it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.events import Event
from models.chunks import ChunkPlan
from models.registry import ModelError, find_lender, find_model

if TYPE_CHECKING:
    from app.session.jobs import Job, JobRunner, WorkerSide
    from app.session.preferences import Preferences
    from app.session.separation_process import SeparationProcess
    from app.session.session import Session
    from app.song.song import Song
    from app.song.stem_cache import StemCache

STEMS_VERSION: Final = 1
"""To be raised when the same weights and chunks give other stems than before."""

GIGABYTE: Final = 1_000_000_000
_BLOCK_BYTES: Final = 1 << 20
_MEASURING: Final = "Measuring the cache"


def separation_identity(model: str, factory: str | None = None) -> str | None:
    """A hash of all that stems depend on besides the song: the model's files, the chunks, and who loads it.

    Args:
        model: its name in the registry.
        factory: `module:function` that makes the separator without files of the registry; None for the usual way.

    Returns:
        40 hexadecimal digits; None if the model cannot be read, or there is none of that name.
    """
    digest = hashlib.blake2b(digest_size=20)
    one_minute = ChunkPlan.of(60 * 44_100, 44_100)
    digest.update(repr((STEMS_VERSION, factory, model, one_minute)).encode())
    if factory is not None:
        return digest.hexdigest()
    try:
        info = find_model(model)
        lender = find_lender(info)  # whose activations it gets
        infos = [info] if lender is None else [info, lender]
        for path in (path for each in infos for path in (*each.descriptions, *each.weights)):
            digest.update(path.name.encode())
            with path.open("rb", buffering=0) as file:
                while block := file.read(_BLOCK_BYTES):
                    digest.update(block)
    except (ModelError, OSError):
        return None
    return digest.hexdigest()


def stem_cache(preferences: "Preferences") -> "StemCache":
    """The cache where the preferences say; the environment (`app.song.stores.CACHE_VARIABLE`) comes first."""
    import os

    from app.song.stem_cache import StemCache
    from app.song.stores import CACHE_VARIABLE

    folder = None if os.environ.get(CACHE_VARIABLE) else preferences.cache_folder
    return StemCache(folder, round(preferences.cache_limit_gb * GIGABYTE))


class CacheKeeper:
    """Shows, limits, clears and moves the cache, in the background. To be used on the session's thread.

    Attributes:
        stems: the cache, None if there is none.
        changed: emitted when size or folder are known anew.
        size_bytes: as it was measured last; None before the first time.
        songs: how many there were then.
        job: what is being done, or was done last.
    """

    def __init__(self, stems: "StemCache | None", session: "Session", runner: "JobRunner") -> None:
        """`session` has the preferences and tells the user; `runner` starts the work."""
        self.stems = stems
        self.changed: Event[[]] = Event()
        self.size_bytes: int | None = None
        self.songs = 0
        self.job: Job | None = None
        self._session, self._runner = session, runner

    @property
    def folder(self) -> Path | None:
        """Where it lies."""
        return self.stems.folder if self.stems else None

    def open_song(
        self,
        path: Path,
        process: "SeparationProcess",
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> "Song":
        """A song, from the cache if it is known there; see `app.song.song.open_song`. Any thread."""
        from app.song.song import open_song

        identity = process.identity() if self.stems is not None else None
        return open_song(path, cache=self.stems, separation=identity, progress=progress, cancelled=cancelled)

    def wait(self, timeout_s: float) -> None:
        """Let songs that were closed write down how far they are separated."""
        if self.stems is not None:
            self.stems.wait(timeout_s)

    def measure(self) -> None:
        """Find out how large it is."""
        self._start(_MEASURING, lambda stems, side: None)

    def limit(self, gigabytes: float) -> None:
        """Set how large it may become, in 10^9 bytes; what is beyond that is deleted."""
        if self.stems is None or gigabytes == self._session.preferences.cache_limit_gb:
            return
        self._session.set_preferences(replace(self._session.preferences, cache_limit_gb=gigabytes))
        self.stems.limit_bytes = round(gigabytes * GIGABYTE)
        self._start("Trimming the cache", lambda stems, side: _ignore(stems.trim()))

    def clear(self) -> None:
        """Delete all songs that are not open."""

        def work(stems: "StemCache", side: "WorkerSide") -> str:
            freed = stems.clear()
            kept = f"; {count} open stay" if (count := len(stems.songs())) else ""
            return f"Cleared {freed / GIGABYTE:.1f} GB of separated songs{kept}."

        self._start("Clearing the cache", work)

    def move(self, folder: Path) -> None:
        """Keep it in another folder from now on, and take along what is not open."""

        def work(stems: "StemCache", side: "WorkerSide") -> str:
            stayed = stems.move(folder, side.progress, side.cancelled)
            rest = f"; {stayed} songs are open or did not fit and stay where they were" if stayed else ""
            return f"The cache is in “{folder}” now{rest}."

        def done() -> None:
            self._session.set_preferences(replace(self._session.preferences, cache_folder=folder))

        self._start("Moving the cache", work, done)

    def _start(
        self,
        name: str,
        work: "Callable[[StemCache, WorkerSide], str | None]",
        succeeded: Callable[[], None] = lambda: None,
    ) -> None:
        stems = self.stems
        if stems is None:
            return
        if self.job is not None and self.job.running:
            if name == _MEASURING:
                return
            if self.job.name != _MEASURING:
                self._session.failed.emit("The cache is being changed already, wait until that is done.")
                return
            self.job.cancel()  # what it measures is measured anew after the change

        def measured(side: "WorkerSide") -> tuple[str | None, int, int]:
            sentence = work(stems, side)
            return sentence, stems.size_bytes(), len(stems.songs())

        def done(result: tuple[str | None, int, int]) -> None:
            sentence, self.size_bytes, self.songs = result
            succeeded()
            if sentence:
                self._session.message.emit(sentence)
            self.changed.emit()

        self.job = self._runner.start(name, measured, done, self._session.failed.emit, finished=self.changed.emit)


def _ignore(result: object) -> None:
    """For work whose result nobody asks for."""
