"""Writing what is heard, and the stems, to files. Playback's `Mixer.render` is what makes the samples."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Literal, get_args

from app.audio.encode import AtomicAudioWriter, EncodeSettings
from app.audio.tags import Tags, read_tags
from app.audio.units import linear_to_db
from app.errors import Cancelled, ExportError
from app.mixing.export_levels import ExportedFile, Level, Levels, LevelSettings, Measurement
from app.mixing.export_names import DEFAULT_PATTERN, REMIX_LABEL, check_pattern, file_names, song_facts, stem_label
from app.mixing.export_sources import ExportSource, Named, Render, Samples, remix_source, stems_source, strips_source
from app.mixing.settings import MixSettings
from app.song.activation_edits import Edits
from models.instruments import STEMS
from models.mapped_pages import release_pages

__all__ = [
    "ExportRequest", "ExportResult", "ExportSource", "ExportedFile", "Level", "What", "export", "export_paths",
]  # fmt: skip

BLOCK_FRAMES: Final = 1 << 15
"""Frames between two looks at `cancelled`: well under a tenth of a second of work."""

What = Literal["remix", "stems", "stems_through_strips"]


@dataclass(frozen=True)
class ExportRequest:
    """What to export, where to and how. Raises ValueError for what makes no sense.

    Attributes:
        target: for the remix the file, or a folder that exists, in which `pattern` names it; else the folder, which is
            made if need be.
        what: "remix": as it is heard. "stems": each as it enters its strip, weighted by the activation; all seven sum
            to the song. "stems_through_strips": each as it leaves its strip, silent if it is not heard; all seven sum
            to the remix before master fader and limiter.
        stems: which of `models.instruments.STEMS`; the remix does not look at them.
        span: the half-open range of frames, such as the loop; None for the whole song. It begins as playback does
            after a jump there.
        encode: format and samples.
        level: "none": as it is. "scale": one gain for all files brings the highest true peak to `ceiling_dbtp`.
            "limit": a limiter keeps each file below `ceiling_dbtp` (limited stems no longer sum to the remix).
        ceiling_dbtp: the highest true peak for scale and limit.
        loudness_lufs: one gain for all files gives their sum this integrated loudness (EBU R128), before the limiter;
            "scale" then only turns down. None leaves it.
        pattern: of the files' names, see `app.mixing.export_names`.
        tempo_bpm: what `{tempo}` stands for, if it is known.
        copy_tags: whether tags and cover of the song's file are copied; what is in the file is added to the title.
        overwrite: whether files of these names may be replaced. The song's own file never is.
    """

    target: Path
    what: What = "remix"
    stems: tuple[str, ...] = STEMS
    span: tuple[int, int] | None = None
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    level: Level = "none"
    ceiling_dbtp: float = -1.0
    loudness_lufs: float | None = None
    pattern: str = DEFAULT_PATTERN
    tempo_bpm: float | None = None
    copy_tags: bool = True
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.what not in get_args(What):
            raise ValueError(f"what must be one of {get_args(What)}, not {self.what!r}")
        if not self.stems or not set(self.stems) <= set(STEMS) or len(set(self.stems)) < len(self.stems):
            raise ValueError(f"stems must be some of {', '.join(STEMS)}, not {', '.join(self.stems) or 'none'}")
        if self.span is not None and not 0 <= self.span[0] < self.span[1]:
            raise ValueError(f"a span must end after it starts, not be {self.span}")
        check_pattern(self.pattern)
        self.levels  # noqa: B018 (it checks its values)

    @property
    def levels(self) -> LevelSettings:
        """The part of it that is about levels."""
        return LevelSettings(self.level, self.ceiling_dbtp, self.loudness_lufs)

    @property
    def labels(self) -> tuple[str, ...]:
        """What is in each file."""
        return (REMIX_LABEL,) if self.what == "remix" else tuple(stem_label(stem) for stem in self.stems)


@dataclass(frozen=True)
class ExportResult:
    """What was written. Levels are of the samples before PCM rounding or lossy compression.

    Attributes:
        files: each file with its peak, true peak and clipped samples.
        gain_db: what the level settings did to all of them alike.
        loudness_lufs: the integrated loudness of their sum; -inf for silence.
    """

    files: tuple[ExportedFile, ...]
    gain_db: float
    loudness_lufs: float

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(file.path for file in self.files)

    @property
    def peak_dbfs(self) -> float:
        """The highest sample peak; -inf for silence."""
        return max(file.peak_dbfs for file in self.files)

    @property
    def true_peak_dbtp(self) -> float:
        """The highest true peak; -inf for silence."""
        return max(file.true_peak_dbtp for file in self.files)

    @property
    def clipped_samples(self) -> int:
        """How many samples lay beyond full scale and a format had to limit; FLOAT limits nothing."""
        return sum(file.clipped_samples for file in self.files)

    @property
    def sentence(self) -> str:
        """The levels as a person reads them: `true peak -1.0 dBTP, -14.2 LUFS, turned down by 3.1 dB`."""
        parts = [f"true peak {self.true_peak_dbtp:.1f} dBTP" if self.peak_dbfs > -math.inf else "silent"]
        if self.loudness_lufs > -math.inf:
            parts.append(f"{self.loudness_lufs:.1f} LUFS")
        if abs(self.gain_db) >= 0.05:
            parts.append(f"turned {'up' if self.gain_db > 0 else 'down'} by {abs(self.gain_db):.1f} dB")
        if self.clipped_samples:
            parts.append(f"{self.clipped_samples} samples clipped")
        return ", ".join(parts)


def export(
    song: ExportSource,
    settings: MixSettings,
    request: ExportRequest,
    *,
    edits: Edits = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ExportResult:
    """Write files as a request says, the samples as `Mixer.render` gives them to playback.

    With level "none" and no loudness target, and with a gain that comes out as 0 dB, the samples are exactly those.
    Scaling and a loudness target render everything once more before, to measure it, and a loudness target with the
    limiter twice: limiting makes quieter.

    Args:
        song: the song.
        settings: the mix. Of plain stems only its activation settings matter.
        request: what, where to and how.
        edits: of the activations.
        progress: called with 0..1.
        cancelled: asked after every block.

    Raises:
        ExportError: a file exists or cannot be written.
        Cancelled: `cancelled` said so. In both cases no file has been written, nor a folder made.
        ValueError: the span does not lie within the song.
    """
    start, stop = request.span if request.span is not None else (0, song.frames)
    if stop > song.frames:
        raise ValueError(f"frames {start} to {stop} do not lie within the song")
    tags = read_tags(song.path) if request.copy_tags else Tags()
    paths = export_paths(song, request, tags)
    for path in paths:
        _spare_the_source(song, path)
    passes = _Passes(song, (start, stop), 1 + request.levels.measuring_passes, progress, cancelled)
    source = partial(_source, song, settings, request, edits)
    gain_db = _gain_db(song, source, request, passes)
    with contextlib.ExitStack() as cleaning:
        if request.what != "remix":
            cleaning.enter_context(_folder(request.target))
        writers = []
        for index, path in enumerate(paths):
            named = tags.with_texts(title=_title(song, tags, request.labels[index])) if tags else tags
            writers.append(
                AtomicAudioWriter(
                    path, song.rate, 2, request.encode, request.overwrite, stop - start, tags=named, seed=index
                )
            )
            cleaning.callback(writers[-1].discard)
        levels = Levels(song.rate, len(paths), request.levels, gain_db)
        for blocks in passes.run(source()):
            _write(writers, levels.process(blocks))
        if rest := levels.flush():
            _write(writers, rest)
        passes.finish(writers)
        _commit_all(writers)
        cleaning.pop_all()
    return _result(writers, levels, gain_db)


def export_paths(song: Named, request: ExportRequest, tags: Tags | None = None) -> list[Path]:
    """The files that a request would write, for a look at what is there already.

    Args:
        song: the song.
        request: the request.
        tags: of the song's file, if they have been read.
    """
    if request.what == "remix" and not request.target.is_dir():
        return [request.target]
    facts = song_facts(song.title, tags if tags is not None else read_tags(song.path), request.tempo_bpm)
    return [request.target / name for name in file_names(request.pattern, facts, request.labels, request.encode.suffix)]


def _gain_db(song: ExportSource, source: Callable[[], Render], request: ExportRequest, passes: "_Passes") -> float:
    """Measure as often as it takes to know the gain of all files."""
    gain_db = 0.0
    levels = request.levels
    if levels.measuring_passes > 0:
        measured = Measurement(song.rate, len(request.labels))
        for blocks in passes.run(source()):
            measured.add(blocks)
        gain_db = levels.gain_db(measured)
    if levels.measuring_passes > 1:
        trial = Levels(song.rate, len(request.labels), levels, gain_db)
        for blocks in passes.run(source()):
            trial.process(blocks)
        trial.flush()
        gain_db = levels.corrected_gain_db(gain_db, trial.measured)
    return gain_db


def _source(song: ExportSource, settings: MixSettings, request: ExportRequest, edits: Edits) -> Render:
    match request.what:
        case "remix":
            return remix_source(song, settings, edits)
        case "stems":
            return stems_source(song, settings, request.stems, edits)
        case "stems_through_strips":
            return strips_source(song, settings, request.stems, edits)


class _Passes:
    """Goes over the frames once or twice, tells how far it is, and looks whether it shall stop."""

    def __init__(
        self,
        song: ExportSource,
        span: tuple[int, int],
        count: int,
        progress: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._song = song
        self._span = span
        self._total = count * (span[1] - span[0])
        self._done = 0
        self._progress = progress or (lambda fraction: None)
        self._cancelled = cancelled or (lambda: False)

    def run(self, render: Render) -> Iterator[list[Samples]]:
        """Each block of the span, of all files."""
        start, stop = self._span
        for first in range(start, stop, BLOCK_FRAMES):
            self._look()
            self._progress(self._done / self._total)
            frames = min(BLOCK_FRAMES, stop - first)
            yield render(first, frames)
            release_pages(self._song.mix, first - BLOCK_FRAMES, first + frames)
            release_pages(self._song.stems, first - BLOCK_FRAMES, first + frames)
            self._done += frames
        self._look()

    def finish(self, writers: Sequence[AtomicAudioWriter]) -> None:
        """Complete all files on the disk before the first gets its name."""
        for writer in writers:
            writer.finish()
            self._look()
        self._progress(1.0)

    def _look(self) -> None:
        if self._cancelled():
            raise Cancelled


def _write(writers: Sequence[AtomicAudioWriter], blocks: Sequence[Samples]) -> None:
    for writer, block in zip(writers, blocks, strict=True):
        writer.write(block)


def _result(writers: Sequence[AtomicAudioWriter], levels: Levels, gain_db: float) -> ExportResult:
    files = [
        ExportedFile(writer.path, linear_to_db(writer.peak), true_peak_dbtp, writer.clipped_samples)
        for writer, true_peak_dbtp in zip(writers, levels.measured.true_peaks_dbtp, strict=True)
    ]
    return ExportResult(tuple(files), gain_db, levels.measured.loudness_lufs)


def _title(song: Named, tags: Tags, label: str) -> str:
    """Players show the title, which has to tell the files of an export from the song and from each other."""
    return f"{tags.get('title') or song.title} ({label})"


def _spare_the_source(song: Named, path: Path) -> None:
    with contextlib.suppress(OSError):  # one of them does not exist: they are not the same
        if path.samefile(song.path):
            raise ExportError(path, "it is the song that is open; choose another name")


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make the folder, and remove it again if nothing came into it."""
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(folder, error.strerror or str(error)) from None
    try:
        yield
    except BaseException:
        for parent in made:
            with contextlib.suppress(OSError):  # something else is in it: leave it
                parent.rmdir()
        raise


def _commit_all(writers: Sequence[AtomicAudioWriter]) -> None:
    """Give all files their names. If one fails, those just made go too, except where they replaced another."""
    done = []
    try:
        for writer in writers:
            existed = writer.path.exists()
            writer.commit()
            if not existed:
                done.append(writer.path)
    except ExportError:
        for path in done:
            path.unlink(missing_ok=True)
        raise
