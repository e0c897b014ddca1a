"""The command line: what can be asked for, and its help. Imports nothing but argparse, so that `--help` is instant."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

VERSION: Final = "0.1.0"
SUBTYPES: Final = ("PCM_16", "PCM_24", "FLOAT")
FORMATS: Final = ("wav", "flac")


@dataclass(frozen=True)
class SeparateArguments:
    """`separate SONG --output DIR`; `model` and `separator` None for the defaults."""

    song: Path
    output: Path
    model: str | None
    format: str
    subtype: str
    json: bool
    overwrite: bool
    separator: str | None


@dataclass(frozen=True)
class RemixArguments:
    """`remix SONG --mix MIX.json --output OUT.wav`."""

    song: Path
    mix: Path
    output: Path
    model: str | None
    format: str
    subtype: str
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
    SeparateArguments | RemixArguments | ExampleArguments | ListModelsArguments | ListDevicesArguments | WindowArguments
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
    return _parse_window(argv)


def _parse_window(argv: Sequence[str]) -> Arguments:
    parser = _Parser(
        prog="partwise",
        description="Take a song apart into its instruments while it plays, and remix it live.",
        epilog="Without a window: partwise separate --help, partwise remix --help.",
    )
    parser.add_argument("song", nargs="*", type=Path, help="the song to open (wav, flac, ogg, mp3, aiff, m4a)")
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
    )
    parser.add_argument("song", type=Path, metavar="SONG", help="an audio file")
    parser.add_argument("--output", type=Path, metavar="DIR", required=True, help="folder for the song's folder")
    _add_encoding(parser)
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object, last on stdout")
    _add_common(parser)
    found = parser.parse_args(argv)
    audio_format = found.format or "wav"
    return SeparateArguments(
        song=found.song,
        output=found.output,
        model=found.model,
        format=audio_format,
        subtype=_subtype(parser, audio_format, found.subtype),
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
    parser.add_argument("--mix", type=Path, metavar="MIX.json", help="the mix")
    parser.add_argument("--output", type=Path, metavar="OUT", help="the file to write, .wav or .flac")
    parser.add_argument("--example", action="store_true", help="print a mix that explains itself, and exit")
    _add_encoding(parser)
    _add_common(parser)
    found = parser.parse_args(argv)
    if found.example:
        return ExampleArguments()
    needed = {"SONG": found.song, "--mix": found.mix, "--output": found.output}
    if missing := [name for name, value in needed.items() if value is None]:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    audio_format = _format_of(parser, found.output, found.format)
    return RemixArguments(
        song=found.song,
        mix=found.mix,
        output=found.output,
        model=found.model,
        format=audio_format,
        subtype=_subtype(parser, audio_format, found.subtype),
        overwrite=found.overwrite,
        separator=found.separator,
    )


def _add_encoding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, help="file format (default: wav, or as the output is named)")
    parser.add_argument(
        "--subtype",
        choices=SUBTYPES,
        help="sample format (default: FLOAT for wav, PCM_24 for flac, which has no FLOAT)",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--model", metavar="NAME", help="which separator (see partwise --list-models)")
    parser.add_argument("--separator", metavar="MODULE:FUNCTION", help=argparse.SUPPRESS)


def _subtype(parser: _Parser, audio_format: str, subtype: str | None) -> str:
    if subtype is None:
        return "FLOAT" if audio_format == "wav" else "PCM_24"
    if audio_format == "flac" and subtype == "FLOAT":
        parser.error("FLAC has no FLOAT samples, take --subtype PCM_24 or --format wav")
    return subtype


def _format_of(parser: _Parser, output: Path, audio_format: str | None) -> str:
    """The format a file's name stands for, or else the one asked for."""
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        parser.error(f"the output “{output.name}” must be named .wav or .flac")
    if audio_format not in (None, suffix):
        parser.error(f"the output “{output.name}” is not named .{audio_format}")
    return suffix
