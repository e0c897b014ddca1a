"""Songs that are separated into folders one after the other, while the window is used for something else."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from app.audio.encode import EncodeSettings
from app.events import Event
from app.session.batch import BatchItem, plan_batch
from app.session.queue_file import QueueFile
from app.session.separating import separate_missing

if TYPE_CHECKING:
    from app.session.jobs import Job, JobRunner, WorkerSide
    from app.session.separation_process import SeparationProcess
    from app.session.session import Session
    from app.song.song import Song
    from app.song.stem_cache import StemCache

ItemState = Literal["waiting", "running", "done", "skipped", "failed", "cancelled"]
FINISHED: Final = ("done", "skipped", "failed", "cancelled")

_WRITING_SHARE: Final = 0.1
"""How much of an item's progress bar is the writing of its files."""


class QueueItem:
    """A song in the queue.

    Attributes:
        source, target: its file, and the folder for its stems.
        state: how far it has come. "skipped": its files were there already.
        fraction: 0..1 of the work.
        error: the sentence of a failed one.
    """

    def __init__(self, item: BatchItem) -> None:
        self.source, self.target = item.source, item.target
        self.state: ItemState = "waiting"
        self.fraction = 0.0
        self.error = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINISHED


class SeparationQueue:
    """The queue. To be used on the session's thread.

    It steps aside for the open song: while that is opened or separated, the running item waits after its chunk, and
    goes on later where it stopped if there is a cache. What still waits when the program ends, however it ends, waits
    again at the next start, paused.

    Attributes:
        changed: emitted when items come, go, move on or end.
        items: in the order in which they are done.
        paused: True keeps everything waiting.
        encode: how files are written.
    """

    def __init__(
        self,
        session: "Session",
        runner: "JobRunner",
        process: "Callable[[], SeparationProcess]",
        file: QueueFile,
    ) -> None:
        """Make a queue of what waited the last time.

        Args:
            session: whose open song comes first, and whose cache keeps parts.
            runner: starts the queue's work, and tells when jobs of the session have changed.
            process: gives what separates.
            file: remembers what waits.
        """
        self.changed: Event[[]] = Event()
        self.items: tuple[QueueItem, ...] = tuple(QueueItem(item) for item in file.read())
        self.paused = bool(self.items)
        self.encode = EncodeSettings(subtype="FLOAT")
        self._session, self._runner, self._process = session, runner, process
        self._job: Job | None = None
        self._running: QueueItem | None = None
        self._rate_s_per_byte: float | None = None
        self._closed = False
        self._file = file
        runner.changed.subscribe(self._look)

    @property
    def job(self) -> "Job | None":
        """The work on the running item."""
        return self._job

    @property
    def eta_s(self) -> float | None:
        """Seconds until all items are done, None while that is unknown, 0 if there are none."""
        waiting = [item for item in self.items if item.state == "waiting"]
        rest_s = 0.0
        if self._job is not None and self._running is not None:
            running_s = self._job.eta_s
            if running_s is None:
                return None
            rest_s = running_s
        if not waiting:
            return rest_s
        if self._rate_s_per_byte is None:
            return None
        return rest_s + sum(_size(item.source) for item in waiting) * self._rate_s_per_byte

    def add(self, paths: Sequence[Path], output: Path) -> int:
        """Put songs and folders of songs at the end; returns how many came. See `plan_batch`.

        What is in the queue already and not finished is not taken twice.
        """
        here = {item.source.resolve() for item in self.items if not item.finished}
        taken = [item.target for item in self.items if not item.finished]
        planned = plan_batch(paths, output, taken)
        new = tuple(QueueItem(item) for item in planned if item.source.resolve() not in here)
        self.items += new
        self._tell()
        return len(new)

    def move(self, item: QueueItem, index: int) -> None:
        """Put an item elsewhere."""
        rest = [other for other in self.items if other is not item]
        index = min(max(index, 0), len(rest))
        self.items = (*rest[:index], item, *rest[index:])
        self._tell()

    def cancel(self, item: QueueItem) -> None:
        """Give up an item; what is running stops after its chunk. A finished one is taken off the list."""
        if item is self._running and self._job is not None:
            item.state = "cancelled"
            self._job.cancel()
        elif item.finished:
            self.items = tuple(other for other in self.items if other is not item)
        else:
            item.state = "cancelled"
        self._tell()

    def retry(self, item: QueueItem) -> None:
        """Have a failed or cancelled one wait again."""
        if item.state in ("failed", "cancelled") and item is not self._running:
            item.state, item.error, item.fraction = "waiting", "", 0.0
            self._tell()

    def clear_finished(self) -> None:
        """Take the finished ones off the list."""
        self.items = tuple(item for item in self.items if not item.finished or item is self._running)
        self._tell()

    def pause(self, paused: bool) -> None:
        """Stop after the chunk that is being computed, or go on."""
        self.paused = paused
        self._tell()

    def close(self) -> None:
        """Stop for good."""
        self._closed = True
        if self._job is not None:
            self._job.cancel()

    def _busy(self) -> bool:
        """Whether the open song needs the separator now. Any thread."""
        jobs = (self._session.opening, self._session.separation)
        return any(job is not None and job.running for job in jobs)

    def _tell(self) -> None:
        self._look()
        self._remember()
        self.changed.emit()

    def _remember(self) -> None:
        self._file.write([BatchItem(item.source, item.target) for item in self.items if not item.finished])

    def _look(self) -> None:
        """Start the next item if nothing stands against it; take over how far the running one is."""
        if self._running is not None:
            if self._job is not None:
                self._running.fraction = self._job.fraction
                self.changed.emit()
            return
        if self.paused or self._closed or self._busy():
            return
        item = next((item for item in self.items if item.state == "waiting"), None)
        if item is not None:
            self._start(item)

    def _start(self, item: QueueItem) -> None:
        from app.mixing.stem_folder import is_complete, stem_file_names

        if is_complete(item.target, stem_file_names(self.encode)):
            item.state, item.fraction = "skipped", 1.0
            self._tell()
            return
        started_s = time.monotonic()
        process, cache, encode = self._process(), self._session.cache.stems, self.encode
        item.state, self._running = "running", item

        def stop() -> bool:
            return self.paused or self._busy()

        def done(result: None) -> None:
            item.state, item.fraction = "done", 1.0
            self._rate_s_per_byte = (time.monotonic() - started_s) / max(_size(item.source), 1)

        def failed(sentence: str) -> None:
            item.state, item.error = "failed", sentence

        def finished() -> None:
            self._running = self._job = None
            if item.state == "running":  # it made room for the open song, or the queue is paused
                item.state = "waiting"
            self._remember()
            self.changed.emit()

        self._job = self._runner.start(
            f"Separating “{item.source.name}” for the queue",
            lambda side: _separate_to_folder(item, process, cache, encode, side, stop),
            done,
            failed,
            finished=finished,
        )


def _separate_to_folder(
    item: QueueItem,
    process: "SeparationProcess",
    cache: "StemCache | None",
    encode: EncodeSettings,
    side: "WorkerSide",
    stop: Callable[[], bool],
) -> None:
    """The work on an item, on a thread of its own."""
    from app.song.song import open_song

    def cancelled() -> bool:
        return side.cancelled() or stop()

    identity = process.identity() if cache is not None else None
    song = open_song(item.source, cache=cache, separation=identity, cancelled=cancelled)
    known = song.coverage.covers(0, song.frames)
    try:
        separate_missing(song, process, side, cancelled=cancelled, share=1.0 - _WRITING_SHARE)
        _write(song, item.target, encode, side, cancelled, process.model)
    finally:
        song.close()
    if cache is not None and identity is not None and song.content_hash is not None and not known:
        from app.song.stem_cache import StemKey

        cache.wait(1.0)
        cache.delete(StemKey(song.content_hash, identity))  # unless it is open, see `app.headless.batch`


def _write(
    song: "Song",
    target: Path,
    encode: EncodeSettings,
    side: "WorkerSide",
    cancelled: Callable[[], bool],
    model: str,
) -> None:
    from app.audio.tags import read_tags
    from app.mixing.stem_folder import (
        ACTIVATIONS_FILE,
        folder_in_the_making,
        stem_file_names,
        stem_weighting,
        write_activations,
        write_stems,
    )

    with folder_in_the_making(target, stem_file_names(encode)) as folder:
        done = 1.0 - _WRITING_SHARE
        write_stems(
            song,
            folder,
            encode,
            read_tags(song.path),
            lambda part: side.progress(done + _WRITING_SHARE * part),
            cancelled,
            stem_weighting(model),
        )
        write_activations(song, folder / ACTIVATIONS_FILE)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
