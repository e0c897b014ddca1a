"""`partwise separate`: a song's seven stems and its activations, as files."""

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.audio.tags import Tags, read_tags
from app.headless.arguments import SeparateArguments
from app.headless.console import UsageError, progress_bar, say
from app.headless.encoding import encode_settings
from app.headless.separated import Separated, checked_model, separated_song
from app.mixing.stem_folder import (
    ACTIVATIONS_FILE,
    folder_in_the_making,
    stem_file_names,
    stem_weighting,
    write_activations,
    write_stems,
)
from models.instruments import STEMS

if TYPE_CHECKING:
    from app.song.song import Song

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
    """Write the files of one song or of many, and report.

    Raises PartwiseError for a song alone; then nothing new is left in the output folder.
    """
    if len(arguments.songs) > 1 or arguments.songs[0].is_dir():
        from app.headless.batch import separate_all

        return separate_all(arguments)
    encode, song_path = encode_settings(arguments.encoding), arguments.songs[0]
    checked_model(arguments.model, arguments.separator)
    target = arguments.output / song_path.stem
    check_target(target, stem_file_names(encode), arguments.overwrite)
    with separated_song(song_path, arguments.model, arguments.separator) as separated:
        summary = write_song(separated, target, arguments)
    if arguments.json:
        print(json.dumps(summary.__dict__, ensure_ascii=False))
    else:
        null = "" if summary.null_dbfs is None else f" (null {summary.null_dbfs:.0f} dBFS)"
        print(f"Wrote {len(STEMS)} stems and {ACTIVATIONS_FILE} to {target}{null}.")
    return 0


def write_song(separated: Separated, target: Path, arguments: SeparateArguments) -> Summary:
    """Write the files of a separated song into `target`. Raises PartwiseError; then it is as it was."""
    encode = encode_settings(arguments.encoding)
    names, song = stem_file_names(encode), separated.song
    with folder_in_the_making(target, names) as folder:
        tags = read_tags(song.path) if arguments.encoding.tags else Tags()
        with progress_bar("Writing   ") as progress:
            clipped = write_stems(song, folder, encode, tags, progress, activation=stem_weighting(separated.model))
        write_activations(song, folder / ACTIVATIONS_FILE)
        null_dbfs = None if encode.is_lossy else measure_null_dbfs(song, [folder / name for name in names[:-1]])
        check_target(target, names, arguments.overwrite)
    if clipped:
        kind = encode.format if encode.is_lossy else encode.subtype
        say(f"{clipped} samples beyond full scale were clipped in {kind}; FLOAT would keep them.")
    return _summary(separated, null_dbfs, [target / name for name in names])


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
            song.release_memory(start, start + len(rest))
            energy += float(np.square(rest).sum())
    if energy == 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10.0 * float(np.log10(energy / (song.frames * channels))))


def check_target(target: Path, names: tuple[str, ...], overwrite: bool) -> None:
    """Raises UsageError if the folder is a file, or has some of these files and they may not be replaced."""
    if target.exists() and not target.is_dir():
        raise UsageError(f"Cannot write to “{target}”: it is a file, choose another --output.")
    existing = [name for name in names if (target / name).exists()]
    if existing and not overwrite:
        raise UsageError(f"“{target}” has {existing[0]} already: use --overwrite to replace it.")


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
