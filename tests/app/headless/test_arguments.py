import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from app.audio.encode import BITRATES_KBPS, FORMATS, SAMPLE_FORMATS
from app.headless import arguments
from app.headless.arguments import RemixArguments, SeparateArguments, WindowArguments, parse
from app.mixing.export import ExportRequest, Level, What
from app.version import VERSION
from models.registry import list_models
from tests.app.headless.command_line import ROOT, assert_one_sentence, partwise


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["separate"], "required: SONG, --output"),
        (["separate", "song.wav"], "required: --output"),
        (["separate", "song.wav", "--output", "d", "--format", "aac"], "invalid choice: 'aac'"),
        (["separate", "song.wav", "--output", "d", "--format", "ogg", "--bitrate", "128"], "take --quality for ogg"),
        (["separate", "song.wav", "--output", "d", "--format", "mp3", "--bitrate", "100"], "invalid choice: 100"),
        (["separate", "song.wav", "--output", "d", "--format", "mp3", "--subtype", "FLOAT"], "not for mp3"),
        (["separate", "song.wav", "--output", "d", "--quality", "0.5"], "--quality is for ogg and mp3"),
        (["separate", "song.wav", "--output", "d", "--format", "ogg", "--quality", "7"], "between 0 and 1"),
        (["separate", "song.wav", "--output", "d", "--format", "flac", "--subtype", "FLOAT"], "FLAC has no FLOAT"),
        (["separate", "song.wav", "--output", "d", "--mode", "x"], "unrecognized arguments: --mode x"),
        (["remix", "song.wav"], "required: --mix, --output"),
        (["remix", "song.wav", "--what", "stems"], "required: --output"),
        (["remix", "song.wav", "--output", "o.wav"], "required: --mix"),
        (["remix", "song.wav", "--mix", "m", "--output", "out.aac"], "must be named .wav, .flac, .ogg or .mp3"),
        (["remix", "song.wav", "--mix", "m", "--output", "o.wav", "--stems", "bass,lute"], "no stem 'lute'"),
        (["remix", "song.wav", "--mix", "m", "--output", "o.wav", "--from", "soon"], "not a time: 'soon'"),
        (["remix", "song.wav", "--mix", "m", "--output", "o.wav", "--from", "9", "--to", "0:08"], "--to must come"),
        (["remix", "song.wav", "--mix", "m", "--output", "o.wav", "--level", "loud"], "invalid choice: 'loud'"),
        (["remix", "song.wav", "--mix", "m", "--output", "o.wav", "--format", "flac"], "is not named .flac"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert reason in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--help"], ["separate", "--help"], ["remix", "--help"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "usage: partwise" in out
    assert "--separator" not in out


def test_the_window() -> None:
    assert parse([]) == WindowArguments((), demo=False)
    assert parse(["a.wav", "--demo"]) == WindowArguments((Path("a.wav"),), demo=True)


def test_the_choices_are_those_that_there_are() -> None:
    """They are written down twice because `--help` must not load what knows them."""
    assert arguments.FORMATS == FORMATS
    assert arguments.SUBTYPES == SAMPLE_FORMATS
    assert arguments.BITRATES_KBPS == BITRATES_KBPS
    assert tuple(what.replace("-", "_") for what in arguments.WHAT) == get_args(What)
    assert get_args(Level) == arguments.LEVELS
    assert ExportRequest(Path()).ceiling_dbtp == arguments.DEFAULT_CEILING_DBTP


def test_all_options_of_a_remix(tmp_path: Path) -> None:
    command = (
        f"remix s.mp3 --mix m.json --output {tmp_path} --what stems-through-strips --stems bass,drums --from 1:02.5"
        " --to 63 --level limit --ceiling -2 --loudness -14 --name {number} --tempo 120 --format mp3 --bitrate 320"
        " --no-dither --no-tags --overwrite --model x"
    )
    got = parse(command.split())
    assert isinstance(got, RemixArguments)
    assert (got.what, got.stems) == ("stems_through_strips", ("bass", "drums"))
    assert (got.start_s, got.stop_s) == (62.5, 63.0)
    assert got.levels == arguments.LevelArguments("limit", -2.0, -14.0)
    assert (got.pattern, got.tempo_bpm, got.overwrite, got.model) == ("{number}", 120.0, True, "x")
    assert got.encoding == arguments.EncodingArguments("mp3", "PCM_24", False, 320, None, False)


def test_defaults() -> None:
    remix = parse(["remix", "s.wav", "--mix", "m", "--output", "o.flac"])
    assert isinstance(remix, RemixArguments)
    assert remix.encoding == arguments.EncodingArguments("flac", "PCM_24")
    assert remix.levels == arguments.LevelArguments()
    assert (remix.what, remix.stems, remix.start_s, remix.stop_s, remix.pattern) == ("remix", None, None, None, None)
    separate = parse(["separate", "s.wav", "--output", "d"])
    assert isinstance(separate, SeparateArguments)
    assert separate.encoding == arguments.EncodingArguments("wav", "FLOAT")


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "app.version.VERSION"}
    assert partwise("--version").out == f"Partwise {VERSION}\n"


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "main.py", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines()}
    assert "argparse" in loaded
    assert not loaded & {"torch", "numba", "numpy", "scipy", "PySide6", "soundfile", "sounddevice", "tqdm"}


def test_an_unknown_model_lists_the_known_ones(tmp_path: Path) -> None:
    ended = partwise("separate", tmp_path / "song.wav", "--output", tmp_path, "--model", "nonsense")
    assert_one_sentence(ended, 2)
    for model in list_models():
        assert model.name in ended.err


def test_lists() -> None:
    models = partwise("--list-models")
    assert models.status == 0, models
    assert all(f"{model.name}: {model.title}" in models.out for model in list_models())
    devices = partwise("--list-devices")
    assert devices.status == 0
    assert devices.out.strip()
