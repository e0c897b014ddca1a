"""`partwise separate`: a song's seven stems and its activations, as files."""

import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.audio.encode import AtomicAudioWriter, EncodeSettings
from app.audio.tags import Tags, read_tags
from app.errors import ExportError
from app.headless.activations import write_whole
from app.headless.arguments import SeparateArguments
from app.headless.console import UsageError, progress_bar, say
from app.headless.encoding import encode_settings
from app.headless.separated import Separated, checked_model, separated_song
from models.instruments import STEMS

if TYPE_CHECKING:
    from app.song.song import Song

ACTIVATIONS_FILE: Final = "activations.csv"
SILENCE_DBFS: Final = -300.0
"""What exact silence is reported as, since JSON has no infinity."""

_BLOCK_FRAMES: Final = 1 << 16


@dataclass(frozen=True)
class Summary:
    """The JSON object.

    `separate_s` is without loading; `null_dbfs` is the level of song minus the sum of the files, None for lossy ones.
    """

    song: str
    model: str
    seconds: float
    separate_s: float
    real_time_factor: float
    peak_rss_mb: float | None
    null_dbfs: float | None
    files: tuple[str, ...]


def separate(arguments: SeparateArguments) -> int:
    """Write the files and report. Raises PartwiseError; then nothing new is left in the output folder."""
    encode = encode_settings(arguments.encoding)
    checked_model(arguments.model, arguments.separator)
    names = (*(f"{stem}{encode.suffix}" for stem in STEMS), ACTIVATIONS_FILE)
    target = arguments.output / arguments.song.stem
    _check_target(target, names, arguments.overwrite)
    with separated_song(arguments.song, arguments.model, arguments.separator) as separated:
        song = separated.song
        with _folder_in_the_making(target) as folder:
            clipped = write_stems(song, folder, encode, read_tags(song.path) if arguments.encoding.tags else Tags())
            write_activations(song, folder / ACTIVATIONS_FILE)
            null_dbfs = None if encode.is_lossy else measure_null_dbfs(song, [folder / name for name in names[:-1]])
            _check_target(target, names, arguments.overwrite)
            _publish(folder, target, names)
    if clipped:
        kind = encode.format if encode.is_lossy else encode.subtype
        say(f"{clipped} samples beyond full scale were clipped in {kind}; FLOAT would keep them.")
    summary = _summary(separated, null_dbfs, [target / name for name in names])
    if arguments.json:
        print(json.dumps(summary.__dict__, ensure_ascii=False))
    else:
        null = "" if null_dbfs is None else f" (null {null_dbfs:.0f} dBFS)"
        print(f"Wrote {len(STEMS)} stems and {ACTIVATIONS_FILE} to {target}{null}.")
    return 0


def write_stems(song: "Song", folder: Path, encode: EncodeSettings, tags: Tags) -> int:
    """Write the seven weighted stems of a song, mono if the song is, with the song's tags if it has any.

    Returns:
        How many samples were clipped.

    Raises:
        ExportError: the disk does not take them.
    """
    from app.mixing.export_names import stem_label
    from app.mixing.mixer import Mixer

    channels = min(2, song.source_channels)
    mixer = Mixer(song)
    with ExitStack() as open_files, progress_bar("Writing   ") as progress:
        writers = [
            open_files.enter_context(
                AtomicAudioWriter(
                    folder / f"{stem}{encode.suffix}",
                    song.rate,
                    channels,
                    encode,
                    expected_frames=song.frames,
                    tags=tags.with_texts(title=f"{song.title} ({stem_label(stem)})") if tags else tags,
                    seed=seed,
                )
            )
            for seed, stem in enumerate(STEMS)
        ]
        for start in range(0, song.frames, _BLOCK_FRAMES):
            stems = mixer.render_stems(start, min(_BLOCK_FRAMES, song.frames - start), first=start == 0)
            for writer, stem in zip(writers, stems, strict=True):
                writer.write(stem[:, :channels])
            progress(min(1.0, (start + _BLOCK_FRAMES) / song.frames))
    return sum(writer.clipped_samples for writer in writers)


def write_activations(song: "Song", path: Path) -> None:
    """Write the probabilities as CSV, see `csv_text`. Raises ExportError."""
    from app.song.activation_files import csv_text

    write_whole(path, csv_text(song.activations).encode())


def measure_null_dbfs(song: "Song", paths: list[Path]) -> float:
    """Level (RMS over all channels) of the song minus the sum of these files, read back; at least `SILENCE_DBFS`."""
    import soundfile

    energy, channels = 0.0, min(2, song.source_channels)
    with ExitStack() as open_files:
        files = [open_files.enter_context(soundfile.SoundFile(path)) for path in paths]
        for start in range(0, song.frames, _BLOCK_FRAMES):
            rest = song.mix[start : start + _BLOCK_FRAMES, :channels].astype(np.float64)
            for file in files:
                rest -= file.read(len(rest), dtype="float64", always_2d=True)
            energy += float(np.square(rest).sum())
    if energy == 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10.0 * float(np.log10(energy / (song.frames * channels))))


def _check_target(target: Path, names: tuple[str, ...], overwrite: bool) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"Cannot write to “{target}”: it is a file, choose another --output.")
    existing = [name for name in names if (target / name).exists()]
    if existing and not overwrite:
        raise UsageError(f"“{target}” has {existing[0]} already: use --overwrite to replace it.")


@contextmanager
def _folder_in_the_making(target: Path) -> Iterator[Path]:
    """A hidden folder beside the target, gone afterwards; so is the target's parent if it was made for nothing."""
    made = [parent for parent in target.parents if not parent.exists()]
    folder = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ExportError(target.parent, error.strerror or str(error)) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):  # it holds something now, as it should
                parent.rmdir()


def _publish(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """Move the finished files to where they belong."""
    try:
        target.mkdir(exist_ok=True)
        for name in names:
            os.replace(folder / name, target / name)
    except OSError as error:
        raise ExportError(target, error.strerror or str(error)) from None


def _summary(separated: Separated, null_dbfs: float | None, paths: list[Path]) -> Summary:
    song = separated.song
    return Summary(
        song=str(song.path),
        model=separated.model,
        seconds=round(song.duration_s, 6),
        separate_s=round(separated.separate_s, 3),
        real_time_factor=round(separated.separate_s / song.duration_s, 4),
        peak_rss_mb=_peak_rss_mb(),
        null_dbfs=None if null_dbfs is None else round(null_dbfs, 2),
        files=tuple(str(path) for path in paths),
    )


def _peak_rss_mb() -> float | None:
    """Largest memory of this process plus that of its largest child that has ended; None where it is not counted."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(sum(peaks) * unit / 1e6, 1)
