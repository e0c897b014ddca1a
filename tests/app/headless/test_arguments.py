import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.headless.arguments import VERSION, WindowArguments, parse
from models.registry import list_models
from tests.app.headless.command_line import ROOT, assert_one_sentence, partwise


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["separate"], "required: SONG, --output"),
        (["separate", "song.wav"], "required: --output"),
        (["separate", "song.wav", "--output", "d", "--format", "ogg"], "invalid choice: 'ogg'"),
        (["separate", "song.wav", "--output", "d", "--format", "flac", "--subtype", "FLOAT"], "FLAC has no FLOAT"),
        (["separate", "song.wav", "--output", "d", "--mode", "x"], "unrecognized arguments: --mode x"),
        (["remix", "song.wav"], "required: --mix, --output"),
        (["remix", "song.wav", "--mix", "m", "--output", "out.mp3"], "must be named .wav or .flac"),
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


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
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
