"""The command line: what can be asked for, and its help. Imports nothing heavy, so that `--help` is instant."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from app.audio.units import parse_time
from app.headless.models_arguments import ModelsArguments, parse_models
from app.version import VERSION
from models.instruments import STEMS

SUBTYPES: Final = ("PCM_16", "PCM_24", "FLOAT")
FORMATS: Final = ("wav", "flac", "ogg", "mp3")
BITRATES_KBPS: Final = (64, 96, 128, 160, 192, 224, 256, 320)
WHAT: Final = ("remix", "stems", "stems-through-strips")
LEVELS: Final = ("none", "scale", "limit")
ACTIVATION_FORMATS: Final = ("csv", "json", "labels", "midi")

DEFAULT_CEILING_DBTP: Final = -1.0


@dataclass(frozen=True)
class EncodingArguments:
    """How files are written. `bitrate_kbps` and `quality` None for the defaults."""

    format: str
    subtype: str
    dither: bool = True
    bitrate_kbps: int | None = None
    quality: float | None = None
    tags: bool = True


@dataclass(frozen=True)
class LevelArguments:
    """`--level`, `--ceiling`, `--loudness`."""

    level: str = "none"
    ceiling_dbtp: float = DEFAULT_CEILING_DBTP
    loudness_lufs: float | None = None


@dataclass(frozen=True)
class SeparateArguments:
    """`separate SONG ... --output DIR`: files and folders; `model` and `separator` None for the defaults."""

    songs: tuple[Path, ...]
    output: Path
    model: str | None
    encoding: EncodingArguments
    json: bool
    overwrite: bool
    separator: str | None


@dataclass(frozen=True)
class RemixArguments:
    """`remix SONG --mix MIX.json --output OUT.wav`.

    `mix` None for a flat one, `stems` None for all; `start_s` and `stop_s` None for the song's ends; `pattern` None for
    the default.
    """

    song: Path
    mix: Path | None
    output: Path
    model: str | None
    encoding: EncodingArguments
    levels: LevelArguments
    what: str
    stems: tuple[str, ...] | None
    start_s: float | None
    stop_s: float | None
    pattern: str | None
    tempo_bpm: float | None
    overwrite: bool
    separator: str | None


@dataclass(frozen=True)
class ActivationsArguments:
    """`activations SONG --format FORMAT --output FILE`; `mix` None for the default settings."""

    song: Path
    format: str
    output: Path
    mix: Path | None
    model: str | None
    overwrite: bool
    separator: str | None


@dataclass(frozen=True)
class ExampleArguments:
    """`remix --example`."""


@dataclass(frozen=True)
class ListModelsArguments:
    """`--list-models`."""


@dataclass(frozen=True)
class ListDevicesArguments:
    """`--list-devices`."""


@dataclass(frozen=True)
class WindowArguments:
    """`[SONG ...]`, `--demo`: the window."""

    songs: tuple[Path, ...]
    demo: bool


Arguments = (
    SeparateArguments
    | RemixArguments
    | ActivationsArguments
    | ExampleArguments
    | ListModelsArguments
    | ListDevicesArguments
    | ModelsArguments
    | WindowArguments
)


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage in one line, and does not guess what an abbreviated option means."""

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        super().__init__(prog, description=description, epilog=epilog, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit with status 2."""
        self.exit(2, f"{self.prog}: {message.rstrip('.')} (see {self.prog} --help).\n")


def parse(argv: Sequence[str]) -> Arguments:
    """The typed arguments. Prints and raises SystemExit for --help, --version (0) and wrong usage (2)."""
    if argv and argv[0] == "separate":
        return _parse_separate(argv[1:])
    if argv and argv[0] == "remix":
        return _parse_remix(argv[1:])
    if argv and argv[0] == "activations":
        return _parse_activations(argv[1:])
    if argv and argv[0] == "models":
        return parse_models(_Parser, argv[1:])
    return _parse_window(argv)


def _parse_window(argv: Sequence[str]) -> Arguments:
    parser = _Parser(
        prog="partwise",
        description="Take a song apart into its instruments while it plays, and remix it live.",
        epilog="Without a window: partwise separate --help, partwise remix --help, partwise activations --help,"
        " partwise models --help.",
    )
    parser.add_argument(
        "song", nargs="*", type=Path, help="the song (wav, flac, ogg, mp3, aiff, m4a) or project to open"
    )
    parser.add_argument("--demo", action="store_true", help="open the demo song if no other is given")
    parser.add_argument("--version", action="version", version=f"Partwise {VERSION}")
    parser.add_argument("--list-models", action="store_true", help="list the separators and exit")
    parser.add_argument("--list-devices", action="store_true", help="list the audio outputs and exit")
    found = parser.parse_args(argv)
    if found.list_models:
        return ListModelsArguments()
    if found.list_devices:
        return ListDevicesArguments()
    return WindowArguments(tuple(found.song), found.demo)


def _parse_separate(argv: Sequence[str]) -> Arguments:
    parser = _Parser(
        prog="partwise separate",
        description="Take a song apart and write DIR/<song name>/: vocals, electric_guitar, acoustic_guitar, piano,"
        " bass, drums and other, whose sum is the song, and activations.csv (how probably each plays, over time).",
        epilog="Of several songs or a folder, those whose files are there are skipped, one that fails does not stop the"
        " others, and a table at the end says how each went. The same command goes on where it was interrupted.",
    )
    parser.add_argument(
        "song", type=Path, metavar="SONG", nargs="+", help="audio files, and folders to look for them in"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", required=True, help="folder for the song's folder")
    _add_encoding(parser)
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object, last on stdout")
    _add_common(parser)
    found = parser.parse_args(argv)
    return SeparateArguments(
        songs=tuple(found.song),
        output=found.output,
        model=found.model,
        encoding=_encoding(parser, found, found.format or "wav"),
        json=found.json,
        overwrite=found.overwrite,
        separator=found.separator,
    )


def _parse_remix(argv: Sequence[str]) -> Arguments:
    parser = _Parser(
        prog="partwise remix",
        description="Take a song apart, put it together again as a mix file says, and write the result.",
        epilog="Mixes are saved by the window, or written by hand: start from the one that --example prints.",
    )
    parser.add_argument("song", type=Path, nargs="?", metavar="SONG", help="an audio file")
    parser.add_argument("--mix", type=Path, metavar="MIX.json", help="the mix; not needed for --what stems")
    parser.add_argument(
        "--output", type=Path, metavar="OUT", help="the file to write (.wav, .flac, .ogg, .mp3), or a folder"
    )
    parser.add_argument("--example", action="store_true", help="print a mix that explains itself, and exit")
    _add_selection(parser)
    _add_levels(parser)
    _add_encoding(parser)
    _add_common(parser)
    found = parser.parse_args(argv)
    if found.example:
        return ExampleArguments()
    needed = {"SONG": found.song, "--mix": found.mix or found.what == "stems" or None, "--output": found.output}
    if missing := [name for name, value in needed.items() if value is None]:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    if None not in (found.start, found.stop) and not found.start < found.stop:
        parser.error("--to must come after --from")
    return RemixArguments(
        song=found.song,
        mix=found.mix,
        output=found.output,
        model=found.model,
        encoding=_encoding(parser, found, _format_of(parser, found.output, found.format, found.what)),
        levels=LevelArguments(found.level, found.ceiling, found.loudness),
        what=found.what.replace("-", "_"),
        stems=found.stems,
        start_s=found.start,
        stop_s=found.stop,
        pattern=found.name,
        tempo_bpm=found.tempo,
        overwrite=found.overwrite,
        separator=found.separator,
    )


def _parse_activations(argv: Sequence[str]) -> Arguments:
    parser = _Parser(
        prog="partwise activations",
        description="Find out when the instruments of a song play, and write it down.",
    )
    parser.add_argument("song", type=Path, metavar="SONG", help="an audio file")
    parser.add_argument(
        "--format",
        choices=ACTIVATION_FORMATS,
        default="csv",
        help="csv: probabilities, a row for each 23 ms (default); json: regions and the settings that made them;"
        " labels: regions as Audacity's labels; midi: a marker where an instrument enters or leaves",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", required=True, help="the file to write")
    parser.add_argument("--mix", type=Path, metavar="MIX.json", help="a mix whose activation settings make the regions")
    _add_common(parser)
    found = parser.parse_args(argv)
    return ActivationsArguments(
        song=found.song,
        format=found.format,
        output=found.output,
        mix=found.mix,
        model=found.model,
        overwrite=found.overwrite,
        separator=found.separator,
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--what",
        choices=WHAT,
        default="remix",
        help="the remix (default); the stems, which sum to the song; or each stem as it leaves its strip, which sum to"
        " the remix before the master. Stems go into the folder OUT",
    )
    group.add_argument("--stems", type=_stems, metavar="A,B", help=f"which stems (default: all): {', '.join(STEMS)}")
    group.add_argument("--from", dest="start", type=_time, metavar="TIME", help="start there: 83.4 or 1:23.4")
    group.add_argument("--to", dest="stop", type=_time, metavar="TIME", help="end there")
    group.add_argument(
        "--name",
        metavar="PATTERN",
        help="names of the files in a folder, default “{title} - {stem}”; also {artist}, {album}, {year}, {track},"
        " {number}, {tempo}",
    )
    group.add_argument("--tempo", type=float, metavar="BPM", help="what {tempo} stands for")


def _add_levels(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("levels")
    group.add_argument(
        "--level",
        choices=LEVELS,
        default="none",
        help="none: as it is (default); scale: one gain brings the true peak to the ceiling; limit: a limiter keeps"
        " peaks below it",
    )
    group.add_argument(
        "--ceiling",
        type=float,
        default=DEFAULT_CEILING_DBTP,
        metavar="DBTP",
        help=f"the highest true peak (default: {DEFAULT_CEILING_DBTP:g})",
    )
    group.add_argument(
        "--loudness",
        type=float,
        metavar="LUFS",
        help="integrated loudness to reach, such as -14; with --level scale no louder than the ceiling allows",
    )


def _add_encoding(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument("--format", choices=FORMATS, help="file format (default: wav, or as the output is named)")
    group.add_argument(
        "--subtype",
        choices=SUBTYPES,
        help="samples of wav and flac (default: FLOAT for wav, PCM_24 for flac, which has no FLOAT)",
    )
    group.add_argument("--no-dither", action="store_true", help="round 16 bit samples without dither")
    group.add_argument("--bitrate", type=int, choices=BITRATES_KBPS, help="constant bitrate of mp3 in kbit/s")
    group.add_argument(
        "--quality", type=float, metavar="Q", help="of ogg, and of mp3 without --bitrate: 0 (small) to 1 (good)"
    )
    group.add_argument("--no-tags", action="store_true", help="do not copy the song's tags and cover")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--model", metavar="NAME", help="which separator (see partwise --list-models)")
    parser.add_argument("--separator", metavar="MODULE:FUNCTION", help=argparse.SUPPRESS)


def _encoding(parser: _Parser, found: argparse.Namespace, audio_format: str) -> EncodingArguments:
    lossy = audio_format in ("ogg", "mp3")
    if found.subtype is not None and lossy:
        parser.error(f"--subtype is for wav and flac, not for {audio_format}")
    if audio_format == "flac" and found.subtype == "FLOAT":
        parser.error("FLAC has no FLOAT samples, take --subtype PCM_24 or --format wav")
    if found.bitrate is not None and audio_format != "mp3":
        parser.error("--bitrate is for mp3" + (", take --quality for ogg" if lossy else ""))
    if found.quality is not None and not lossy:
        parser.error("--quality is for ogg and mp3")
    if found.quality is not None and found.bitrate is not None:
        parser.error("--bitrate and --quality exclude each other")
    if found.quality is not None and not 0.0 <= found.quality <= 1.0:
        parser.error("--quality must lie between 0 and 1")
    return EncodingArguments(
        format=audio_format,
        subtype=found.subtype or ("FLOAT" if audio_format == "wav" else "PCM_24"),
        dither=not found.no_dither,
        bitrate_kbps=found.bitrate,
        quality=found.quality,
        tags=not found.no_tags,
    )


def _format_of(parser: _Parser, output: Path, audio_format: str | None, what: str) -> str:
    """The format that a file's name stands for; for a folder the one asked for."""
    if what != "remix" or output.is_dir():
        return audio_format or "wav"
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        parser.error(f"the output “{output.name}” must be named .wav, .flac, .ogg or .mp3")
    if audio_format not in (None, suffix):
        parser.error(f"the output “{output.name}” is not named .{audio_format}")
    return suffix


def _stems(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in STEMS]:
        raise argparse.ArgumentTypeError(f"there is no stem {unknown[0]!r}: take some of {', '.join(STEMS)}")
    return tuple(dict.fromkeys(names))


def _time(text: str) -> float:
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
