"""The command: a report from songs, kept song by song, and sentences for what cannot be used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from models.data.multitrack import Multitrack
from models.evaluate import main
from models.evaluation import run
from models.evaluation.song import SongResult, evaluate_song

SECONDS = 2


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """Two songs of vocals and drums, one of them with a rest."""
    random = np.random.default_rng(0)
    for name in ("one", "two"):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for stem in ("vocals", "drums"):
            audio = random.normal(0, 0.1, (44100 * SECONDS, 2))
            if (name, stem) == ("two", "drums"):
                audio[: 44100 * SECONDS // 2] = 0
            soundfile.write(folder / f"{stem}.wav", audio, 44100)
    return tmp_path / "data"


def evaluate(songs: Path, tiny_model: Path, output: Path, *more: str) -> int:
    model = ["--models", str(tiny_model / "tiny"), "--oracles", "ibm", "input"]
    return main(["--data", str(songs), *model, "--output", str(output), "--jobs", "1", *more])


def test_report(songs: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(songs, tiny_model, tmp_path / "report", "--name", "noise") == 0
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert (results["dataset"], results["songs"]) == ("noise", 2)
    assert list(results["models"]) == ["tiny", "tiny, weighted", "ibm", "input"]
    scores = results["models"]["input"]["vocals"]
    assert list(scores) == ["SDR", "SIR", "SAR", "ISR"]
    assert results["models"]["ibm"]["drums"]["SDR"] > results["models"]["input"]["drums"]["SDR"] + 1
    assert set(results["activation"]["tiny"]) == {"vocals", "drums"}
    assert set(results["activation"]["tiny"]["vocals"]) <= {"precision", "recall", "f1", "auc"}
    report = (tmp_path / "report" / "report.md").read_text()
    assert report in capsys.readouterr().out
    assert "| drums | 3 | 1 | 0 |" in report, "seconds scored and left out"
    assert len(list((tmp_path / "report" / "activations").glob("*.svg"))) == 2


def test_goes_on_where_it_was_ended(
    songs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report"
    assert evaluate(songs, tiny_model, report) == 0
    first = (report / "results.json").read_bytes()
    (report / "songs" / "two.json").write_text("{")
    measured: list[str] = []

    def remembering(song: Multitrack, *rest: Any) -> SongResult:
        measured.append(song.folder.name)
        return evaluate_song(song, *rest)

    monkeypatch.setattr(run, "evaluate_song", remembering)
    assert evaluate(songs, tiny_model, report) == 0
    assert measured == ["two"], "what is broken is measured again, the rest is not"
    assert (report / "results.json").read_bytes() == first
    assert evaluate(songs, tiny_model, report, "--length", "2", "--songs", "one") == 0
    assert measured == ["two", "one"], "with other settings the scores are others"


def test_processes_give_the_same(songs: Path, tmp_path: Path) -> None:
    """Without a model, so that the processes start soon."""
    for jobs in ("1", "2"):
        output = str(tmp_path / jobs)
        assert main(["--data", str(songs), "--oracles", "input", "--output", output, "--jobs", jobs]) == 0
    assert (tmp_path / "1" / "results.json").read_text() == (tmp_path / "2" / "results.json").read_text()


def test_a_song_that_breaks_is_left_out_and_counted(
    songs: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (songs / "two" / "drums.wav").write_bytes(b"RIFF")
    assert evaluate(songs, tiny_model, tmp_path / "report") == 0
    assert json.loads((tmp_path / "report" / "results.json").read_text())["songs"] == 1
    printed = capsys.readouterr()
    assert "drums.wav" in printed.err
    assert "could not be used: 1" in printed.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere:here", "--oracles", "input"], "names no dataset"),
        (["--data", "DATA", "--models", "no-such-model"], "There is no model"),
        (["--data", "DATA", "--oracles", "input", "--songs", "three"], "None of the songs three"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    named = [str(songs) if argument == "DATA" else argument for argument in arguments]
    assert main([*named, "--output", str(tmp_path / "report")]) == 1
    assert message in capsys.readouterr().err


def test_nothing_to_measure_is_a_usage_error(songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(songs), "--output", str(tmp_path)])
    assert "at least one model or oracle" in capsys.readouterr().err
