"""The document: a song's samples, what has been separated of it, and when its instruments play."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.audio.decode import AudioInfo, decode_blocks
from app.audio.levels import PeakPyramid
from app.audio.tags import read_tags, song_title
from app.errors import AudioFileError, Cancelled, SeparationError
from app.events import Event
from app.song.cache_entry import SongFacts
from app.song.content_hash import content_hash
from app.song.coverage import Coverage, Spans
from app.song.stem_cache import StemCache, StemKey
from app.song.stores import SampleFile, SongStores, StoreFolder
from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.instruments import INSTRUMENTS
from models.mapped_pages import release_pages

Samples = NDArray[np.float32]

LARGEST_SAMPLE: Final = 1e4
"""+80 dBFS; floating-point samples beyond it are damage, not music, and would overflow in the mixer."""


@dataclass(frozen=True)
class Known:
    """What is separated already: spans of frames, and of activation frames."""

    spans: Spans = ()
    activation_spans: Spans = ()


NOTHING_KNOWN: Final = Known()


class Song:
    """An open song. Close it when done: its samples fill a folder on the disk, which is kept if the cache knows it.

    `add_span` and reading may happen on different threads.

    Attributes:
        content_hash: of the file, see `app.song.content_hash`; None if nobody asked for it.
        path: the file it was opened from. title: by its tags, or else that file's name without its ending.
        rate: sample rate in Hz. frames: length. source_channels: how many channels the file had.
        mix: float32 `(frames, 2)`, mapped from `mix_path`.
        stems: float32 `(6, frames, 2)`, mapped from `stems_path`; zeros where nothing is separated yet.
        activations: float32 `(6, activation frames)` probabilities 0..1.
        coverage: the frames whose stems are there.
        mix_peaks, stem_peaks: outlines for drawing, of the mix and of each instrument.
        span_added: emitted as (start, stop) by `add_span`, on its thread.
    """

    def __init__(
        self,
        path: Path,
        rate: int,
        frames: int,
        source_channels: int,
        stores: StoreFolder,
        *,
        content_hash: str | None = None,
        known: Known = NOTHING_KNOWN,
    ) -> None:
        """Map the song's files; `stores` holds its mix already, and what `known` says. See `open_song`.

        Raises PartwiseError if the disk is full.
        """
        self.path = path
        self.content_hash = content_hash
        self.title = song_title(path, read_tags(path))
        self.rate = rate
        self.frames = frames
        self.source_channels = source_channels
        self._stores = stores
        self.mix_path = stores.path("mix")
        self.stems_path = stores.path("stems")
        self.mix: Samples = stores.map("mix", (frames, 2))
        self.stems: Samples = _file(stores, "stems", (len(INSTRUMENTS), frames, 2))
        count = activation_frame_count(frames, rate)
        self.activations: Samples = _file(stores, "activations", (len(INSTRUMENTS), count))
        self.coverage = Coverage(known.spans)
        self._known_activations = Coverage(known.activation_spans)
        self._peaks = _file(stores, "peaks", (1 + len(INSTRUMENTS), PeakPyramid.values_for(frames)))
        reach = self.coverage.spans[-1][1] if self.coverage.spans else 0
        self.mix_peaks = PeakPyramid(self._peaks[0], frames)
        self.stem_peaks = tuple(PeakPyramid(values, reach) for values in self._peaks[1:])
        self.span_added: Event[int, int] = Event()
        self.closed = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate

    @property
    def activation_coverage(self) -> Spans:
        """Spans of activation frames (start, stop) that may weight a stem.

        These are the frames whose probability is known and whose neighbours on both sides lie within covered samples
        (or outside the song): a weight interpolated between activation frames has then faded to zero before the
        stem's samples end.
        """
        hop = self.rate / ACTIVATION_RATE_HZ
        count = self.activations.shape[1]
        usable = []
        for start, stop in self.coverage.spans:
            first = 0 if start == 0 else math.ceil(start / hop) + 1
            last = count if stop >= self.frames else math.floor((stop - 1) / hop)
            for known_start, known_stop in self._known_activations.spans:
                low, high = max(first, known_start), min(last, known_stop)
                if low < high:
                    usable.append((low, high))
        return tuple(usable)

    def add_span(
        self,
        start: int,
        stems: Samples | None,
        first_activation: int,
        activations: Samples,
        *,
        stop: int | None = None,
    ) -> None:
        """Take in a finished stretch of the separation and tell the listeners of `span_added`.

        Args:
            start: its first frame.
            stems: float32 `(6, n, 2)` before activation weighting, or None if another process has written them into
                `stems_path` already; then `stop` says where they end.
            first_activation: index of the first activation frame.
            activations: float32 `(6, m)` probabilities.
            stop: one past the last frame; needed only without `stems`.

        Raises:
            ValueError: the arrays do not fit the song.
            SeparationError: a sample is undefined or infinite; the span is left out.
        """
        if self.closed:
            return  # a result that was under way when the song was closed
        stop = self._span_stop(start, stems, stop)
        last_activation = first_activation + activations.shape[-1]
        expected = (len(INSTRUMENTS), last_activation - first_activation)
        if activations.shape != expected or first_activation < 0 or last_activation > self.activations.shape[1]:
            raise ValueError(f"activations {activations.shape} at {first_activation} do not fit the song")
        if stems is not None:
            self.stems[:, start:stop] = stems
        if not np.isfinite(self.stems[:, start:stop].sum()):  # one such sample would silence the mixer's filters
            self.stems[:, start:stop] = 0.0
            raise SeparationError("The separation gave samples that are not numbers; the song plays on without them.")
        for peaks, stem in zip(self.stem_peaks, self.stems, strict=True):
            peaks.update(start, stem[start:stop])
        self.activations[:, first_activation:last_activation] = activations
        self._known_activations.add(first_activation, last_activation)
        self._stores.record(start, stop, (first_activation, last_activation))
        release_pages(self.stems, start, stop)
        release_pages(self._peaks, 0, len(self._peaks))
        self.coverage.add(start, stop)
        self.span_added.emit(start, stop)

    def release_memory(self, start: int, stop: int) -> None:
        """Who has read through these frames needs them in this process's memory no more; see `release_pages`."""
        release_pages(self.mix, start, stop)
        release_pages(self.stems, start, stop)

    def close(self) -> None:
        """Let go of the samples; a private folder is deleted with them. May be called more than once."""
        if self.closed:
            return
        self.closed = True
        self.activations = np.array(self.activations)
        self.mix_peaks, self.stem_peaks = PeakPyramid(), tuple(PeakPyramid() for _ in INSTRUMENTS)
        del self._peaks
        # The maps go when the last reader drops its reference; an empty array keeps late readers from failing.
        del self.mix, self.stems
        self.mix = np.zeros((0, 2), np.float32)
        self.stems = np.zeros((len(INSTRUMENTS), 0, 2), np.float32)
        self._stores.remove()

    def _span_stop(self, start: int, stems: Samples | None, stop: int | None) -> int:
        if stems is not None:
            stop = start + stems.shape[1]
            if stems.shape != (len(INSTRUMENTS), stop - start, 2):
                raise ValueError(f"stems must have the shape (6, frames, 2), not {stems.shape}")
        if stop is None:
            raise ValueError("a span without stems needs its stop")
        if not 0 <= start < stop <= self.frames:
            raise ValueError(f"the span {start}..{stop} does not lie within the song's {self.frames} frames")
        return stop


def _file(stores: StoreFolder, name: str, shape: tuple[int, ...]) -> Samples:
    return stores.map(name, shape) if stores.has(name) else stores.create(name, shape)


def open_song(
    path: Path | str,
    *,
    folder: Path | None = None,
    cache: StemCache | None = None,
    separation: str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Song:
    """A song from its file, or from the cache if that knows it.

    Args:
        path: an audio file, see `app.audio.decode.SUFFIXES`.
        folder: what a private folder is made in; by default one in the user's cache.
        cache: where songs are kept; None for a private folder that goes with the song. It is also used for a song that
            the cache cannot take: it is too large, or another process works on it.
        separation: what will separate it, for the cache: see `app.song.stem_cache.StemKey`.
        progress: called with 0..1.
        cancelled: asked after every block.

    Raises:
        AudioFileError: the file cannot be decoded, or holds no, infinite or undefined samples.
        PartwiseError: the disk has no room.
        Cancelled: `cancelled` said so. Nothing is left on the disk in any of these cases.
    """
    path = Path(path)
    progress, cancelled = progress or (lambda fraction: None), cancelled or (lambda: False)
    if cache is None or separation is None:
        return _decoded(path, SongStores(folder), progress, cancelled)
    before = file_state(path)
    digest = content_hash(path, cancelled=cancelled)
    entry = cache.open(StemKey(digest, separation), path.name, cancelled)
    if entry is None:
        return _decoded(path, SongStores(folder), progress, cancelled, digest)
    try:
        if entry.facts is not None:
            facts = entry.facts
            known = Known(entry.spans, entry.activation_spans)
            song = Song(path, facts.rate, facts.frames, facts.channels, entry, content_hash=digest, known=known)
        else:
            song = _decoded(path, entry, progress, cancelled, digest)
            if file_state(path) == before:
                cache.keep(entry, SongFacts(song.rate, song.frames, song.source_channels))
            else:  # it was changed while it was read
                entry.abandon()
    except BaseException:
        entry.remove()
        raise
    progress(1.0)
    return song


def file_state(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change of a file, None if it is not there: whether it has changed meanwhile."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return state.st_size, state.st_mtime_ns


def _decoded(
    path: Path,
    stores: StoreFolder,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    digest: str | None = None,
) -> Song:
    """Decode a file into these stores, which are removed if that fails."""
    try:
        with decode_blocks(path) as (info, blocks):
            peaks = PeakPyramid()
            mix = SampleFile(stores, "mix")
            try:
                for block in blocks:
                    if cancelled():
                        raise Cancelled
                    stereo = to_stereo(_checked(info, block))
                    peaks.update(mix.values // 2, stereo)
                    mix.append(stereo)
                    if info.frames:
                        progress(min(1.0, mix.values / 2 / info.frames))
            finally:
                mix.close()
        song = Song(path, info.rate, mix.values // 2, info.channels, stores, content_hash=digest)
    except BaseException:
        stores.remove()
        raise
    song.mix_peaks.copy_from(peaks)
    progress(1.0)
    return song


def to_stereo(samples: Samples) -> Samples:
    """Two channels from any number.

    Mono becomes two equal channels. Of more than two, the first two are left and right and the others are added to
    both at -3 dB; the sum is divided by the sum of its gains, so that it cannot exceed full scale.

    Args:
        samples: float32 `(n, channels)`.

    Returns:
        float32 `(n, 2)`.
    """
    channels = samples.shape[1]
    if channels == 2:
        return samples
    if channels == 1:
        return np.repeat(samples, 2, axis=1)
    rest = samples[:, 2:].sum(axis=1, keepdims=True, dtype=np.float32) * np.float32(math.sqrt(0.5))
    stereo: Samples = (samples[:, :2] + rest) / np.float32(1.0 + math.sqrt(0.5) * (channels - 2))
    return stereo


def _checked(info: AudioInfo, block: Samples) -> Samples:
    largest = float(np.abs(block).max())
    if not math.isfinite(largest):  # NaN propagates through max
        raise AudioFileError(info.path, "it contains samples that are not numbers or infinite; export it again")
    if largest > LARGEST_SAMPLE:
        raise AudioFileError(info.path, "it contains samples far beyond full scale; it seems to be damaged")
    return block
