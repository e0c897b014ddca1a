"""Writing what is heard, and the stems, to files. Playback's `Mixer.render` is what makes the samples."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from app.audio.encode import AtomicAudioWriter, EncodeSettings
from app.audio.units import linear_to_db
from app.errors import Cancelled, ExportError
from app.mixing.mixer import Mixer, MixSource
from app.mixing.settings import MixSettings
from models.instruments import STEMS

BLOCK_FRAMES: Final = 1 << 15
"""Frames between two looks at `cancelled`: well under a tenth of a second of work."""

_FORBIDDEN: Final = '<>:"/\\|?*'  # in file names on Windows


class ExportSource(MixSource, Protocol):
    """What an export needs of a song besides what the mixer does."""

    path: Path
    title: str


@dataclass(frozen=True)
class ExportRequest:
    """What to export and where. `stems` None: the remix into the file `target`; else these into the folder `target`."""

    target: Path
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    stems: tuple[str, ...] | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class ExportResult:
    """What was written. `clipped_samples` counts what a PCM format had to limit; FLOAT limits nothing."""

    paths: tuple[Path, ...]
    peak_dbfs: float
    clipped_samples: int


def export(
    song: ExportSource,
    settings: MixSettings,
    request: ExportRequest,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ExportResult:
    """Carry out a request: `export_remix` or `export_stems`, which see."""
    if request.stems is None:
        return export_remix(
            song, settings, request.target, request.encode,
            overwrite=request.overwrite, progress=progress, cancelled=cancelled,
        )  # fmt: skip
    return export_stems(
        song, settings, request.target, request.encode,
        stems=request.stems, overwrite=request.overwrite, progress=progress, cancelled=cancelled,
    )  # fmt: skip


def export_remix(
    song: ExportSource,
    settings: MixSettings,
    path: Path | str,
    encode: EncodeSettings,
    *,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ExportResult:
    """Write the mix as it is heard, sample for sample.

    Args:
        song: the song.
        settings: the mix.
        path: the file; its name is taken as it is.
        encode: format and samples.
        overwrite: whether a file of that name may be replaced. The song's own file never is.
        progress: called with 0..1.
        cancelled: asked after every block.

    Raises:
        ExportError: the file exists or cannot be written.
        Cancelled: `cancelled` said so. The target is untouched in both cases.
    """
    path = Path(path)
    _spare_the_source(song, path)
    mixer = Mixer(song, settings)
    with AtomicAudioWriter(path, song.rate, 2, encode, overwrite, expected_frames=song.frames) as writer:
        for start, frames in _blocks(song.frames, progress, cancelled):
            writer.write(mixer.render(start, frames))
    return ExportResult((path,), linear_to_db(writer.peak), writer.clipped_samples)


def export_stems(
    song: ExportSource,
    settings: MixSettings,
    folder: Path | str,
    encode: EncodeSettings,
    *,
    stems: Sequence[str] = STEMS,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ExportResult:
    """Write stems as they enter their strips: weighted by the activation, before equalizer, pan and fader.

    All seven sum to the song, up to the rounding of the format; what is not separated yet is in `other`.

    Args:
        song: the song.
        settings: of these only the activation settings matter.
        folder: where to; made if need be. The files are named by `stem_file_name`.
        encode: format and samples.
        stems: which of `models.instruments.STEMS`.
        overwrite: whether files of these names may be replaced.
        progress: called with 0..1.
        cancelled: asked after every block.

    Raises:
        ExportError: a file exists or cannot be written.
        Cancelled: `cancelled` said so. In both cases no file has been written, nor a folder made.
        ValueError: no stem or one that there is not.
    """
    if not stems or not set(stems) <= set(STEMS):
        raise ValueError(f"stems must be some of {', '.join(STEMS)}, not {', '.join(stems) or 'none'}")
    folder = Path(folder)
    paths = [folder / stem_file_name(song.title, stem, encode) for stem in stems]
    for path in paths:
        _spare_the_source(song, path)
    mixer = Mixer(song, settings)
    with _folder(folder), contextlib.ExitStack() as discarding:
        writers = []
        for path in paths:
            writers.append(AtomicAudioWriter(path, song.rate, 2, encode, overwrite, expected_frames=song.frames))
            discarding.callback(writers[-1].discard)
        for start, frames in _blocks(song.frames, progress, cancelled):
            split = mixer.render_stems(start, frames, first=start == 0)
            for stem, writer in zip(stems, writers, strict=True):
                writer.write(split[STEMS.index(stem)])
        _commit_all(writers, overwrite)
        discarding.pop_all()
    peak = max(writer.peak for writer in writers)
    return ExportResult(tuple(paths), linear_to_db(peak), sum(writer.clipped_samples for writer in writers))


def stem_file_name(title: str, stem: str, encode: EncodeSettings) -> str:
    """`Song - Electric guitar.wav`, without characters that some file system forbids."""
    name = f"{title} - {stem.replace('_', ' ').capitalize()}"
    return "".join("_" if c in _FORBIDDEN or ord(c) < 32 else c for c in name) + encode.suffix


def _blocks(
    total: int, progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
) -> Iterator[tuple[int, int]]:
    for start in range(0, total, BLOCK_FRAMES):
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(start / total)
        yield start, min(BLOCK_FRAMES, total - start)
    if cancelled is not None and cancelled():
        raise Cancelled
    if progress is not None:
        progress(1.0)


def _spare_the_source(song: ExportSource, path: Path) -> None:
    with contextlib.suppress(OSError):  # one of them does not exist: they are not the same
        if path.samefile(song.path):
            raise ExportError(path, "it is the song that is open; choose another name")


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make the folder, and remove it again if nothing came into it."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(folder, error.strerror or str(error)) from None
    try:
        yield
    except BaseException:
        if made:
            with contextlib.suppress(OSError):  # something else is in it: leave it
                folder.rmdir()
        raise


def _commit_all(writers: Sequence[AtomicAudioWriter], overwrite: bool) -> None:
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
