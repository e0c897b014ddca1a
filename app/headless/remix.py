"""`partwise remix`: a song, taken apart and mixed as a mix file says."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.audio.tags import read_tags, song_title
from app.audio.units import seconds_to_frames
from app.headless.arguments import RemixArguments
from app.headless.console import UsageError, progress_bar, say
from app.headless.encoding import encode_settings
from app.headless.separated import checked_model, separated_song
from app.mixing.export import ExportRequest, ExportResult, export, export_paths
from app.mixing.mix_file import example_mix, load_mix
from app.mixing.settings import MixSettings

if TYPE_CHECKING:
    from app.song.song import Song


@dataclass(frozen=True)
class _Named:
    """What names the files, before the song is decoded."""

    path: Path
    title: str


def remix(arguments: RemixArguments) -> int:
    """Write the remix, or the stems. Raises PartwiseError; then the output is as it was."""
    request = _request(arguments)
    checked_model(arguments.model, arguments.separator)
    mix = load_mix(arguments.mix) if arguments.mix is not None else MixSettings()
    _check_output(arguments, request)
    with separated_song(arguments.song, arguments.model, arguments.separator) as separated:
        request = replace(request, span=_span(arguments, separated.song))
        with progress_bar("Mixing    ") as progress:
            result = export(separated.song, mix, request, progress=progress)
    _report(arguments, result)
    return 0


def print_example() -> int:
    """Print a mix file that explains itself."""
    print(example_mix(), end="")
    return 0


def _request(arguments: RemixArguments) -> ExportRequest:
    """The request, for the whole song still."""
    try:
        request = ExportRequest(
            arguments.output,
            arguments.what,  # type: ignore[arg-type]
            encode=encode_settings(arguments.encoding),
            level=arguments.levels.level,  # type: ignore[arg-type]
            ceiling_dbtp=arguments.levels.ceiling_dbtp,
            loudness_lufs=arguments.levels.loudness_lufs,
            tempo_bpm=arguments.tempo_bpm,
            copy_tags=arguments.encoding.tags,
            overwrite=arguments.overwrite,
        )
        if arguments.stems is not None:
            request = replace(request, stems=arguments.stems)
        if arguments.pattern is not None:
            request = replace(request, pattern=arguments.pattern)
    except ValueError as error:
        raise UsageError(f"This cannot be exported: {error}.") from None
    return request


def _check_output(arguments: RemixArguments, request: ExportRequest) -> None:
    """Say what is wrong with the output before the song is separated, which takes a while."""
    if request.what != "remix" and arguments.output.exists() and not arguments.output.is_dir():
        raise UsageError(f"Cannot write to “{arguments.output}”: it is a file, choose another --output.")
    if request.what == "remix" and not arguments.output.absolute().parent.is_dir():
        raise UsageError(f"There is no folder “{arguments.output.parent}” for the output.")
    tags = read_tags(arguments.song)
    paths = export_paths(_Named(arguments.song, song_title(arguments.song, tags)), request, tags)
    existing = next((path for path in paths if path.exists()), None)
    if existing is not None and not arguments.overwrite:
        raise UsageError(f"“{existing}” exists already: use --overwrite to replace it.")


def _span(arguments: RemixArguments, song: "Song") -> tuple[int, int] | None:
    if arguments.start_s is None and arguments.stop_s is None:
        return None
    start = seconds_to_frames(arguments.start_s or 0.0, song.rate)
    stop = song.frames if arguments.stop_s is None else seconds_to_frames(arguments.stop_s, song.rate)
    start, stop = min(start, song.frames), min(stop, song.frames)
    if start >= stop:
        raise UsageError(f"There is nothing between --from and --to: the song has {song.duration_s:.1f} seconds.")
    return start, stop


def _report(arguments: RemixArguments, result: ExportResult) -> None:
    if result.clipped_samples:
        advice = "lower master_gain_db, take --level scale or limit, or FLOAT"
        say(f"{result.clipped_samples} samples beyond full scale were clipped: {advice}.")
    where = result.paths[0] if len(result.paths) == 1 else f"{len(result.paths)} files to {arguments.output}"
    print(f"Wrote {where} (peak {result.peak_dbfs:.1f} dBFS, {result.sentence}).")
