import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.song.stem_cache import StemCache
from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.instruments import INSTRUMENTS, STEMS
from tests.app.headless.command_line import FAKE, ROOT, assert_one_sentence, left_behind, partwise
from tests.fake_separator import SHARES
from tests.songs import noise, write_wav

WEIGHTS = ROOT / "models" / "pretrained" / "iass-six" / "weights.safetensors"
KEYS = {"song", "model", "seconds", "separate_s", "real_time_factor", "peak_rss_mb", "null_dbfs", "files"}


def expected_files(suffix: str = ".wav") -> list[str]:
    return sorted([*(f"{stem}{suffix}" for stem in STEMS), "activations.csv"])


@pytest.mark.parametrize(
    ("rate", "frames", "channels"),
    [
        (44100, 44100 * 2 + 1, 2),
        (48000, 48001, 1),
        (8000, 12_345, 2),
        (192000, 96_001, 2),
        (44100, 1, 2),
        (44100, 999, 16),
    ],
)
def test_seven_files_that_sum_to_the_song(tmp_path: Path, rate: int, frames: int, channels: int) -> None:
    samples = noise(frames, channels)
    song = write_wav(tmp_path / "a song.wav", samples, rate)
    ended = partwise("separate", song, "--output", tmp_path / "out" / "deep", "--json", *FAKE)
    assert ended.status == 0, ended
    assert ended.err == ""
    folder = tmp_path / "out" / "deep" / "a song"
    assert left_behind(tmp_path / "out" / "deep") == ["a song", *(f"a song/{name}" for name in expected_files())]
    summary = json.loads(ended.out.splitlines()[-1])
    assert set(summary) == KEYS
    assert summary["song"] == str(song)
    assert summary["seconds"] == pytest.approx(frames / rate, abs=1e-6)
    assert summary["real_time_factor"] * summary["seconds"] == pytest.approx(summary["separate_s"], abs=2e-3)
    assert summary["peak_rss_mb"] > 10
    assert summary["null_dbfs"] <= -120.0
    assert sorted(summary["files"]) == [str(folder / name) for name in expected_files()]
    stems = {}
    for stem in STEMS:
        with soundfile.SoundFile(folder / f"{stem}.wav") as file:
            assert (file.frames, file.samplerate, file.subtype) == (frames, rate, "FLOAT")
            assert file.channels == min(2, channels)
            stems[stem] = file.read(dtype="float32", always_2d=True)
    if channels <= 2:
        np.testing.assert_allclose(sum(stems.values()), samples, atol=1e-6)
        np.testing.assert_allclose(stems["bass"], SHARES[4] * samples, atol=1e-6)
    rows = list(csv.reader((folder / "activations.csv").read_text().splitlines()))
    assert rows[0] == ["time_s", *INSTRUMENTS]
    assert len(rows) == 1 + activation_frame_count(frames, rate)
    assert float(rows[-1][0]) == pytest.approx((len(rows) - 2) / ACTIVATION_RATE_HZ, abs=1e-4)
    assert {value for row in rows[1:] for value in row[1:]} == {"0.9000"}


@pytest.mark.parametrize("arguments", [("--format", "flac"), ("--subtype", "PCM_16")])
def test_pcm_files_null_within_their_rounding(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    song = write_wav(tmp_path / "song.wav", noise(8000), 8000)
    ended = partwise("separate", song, "--output", tmp_path / "out", "--json", *arguments, *FAKE)
    assert ended.status == 0, ended
    assert json.loads(ended.out)["null_dbfs"] < (-130.0 if "flac" in arguments else -85.0)


def test_lossy_files_at_a_rate_that_mp3_does_not_have(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(96_000), 96_000)
    arguments = ("--output", tmp_path / "out", "--json", "--format", "mp3", "--quality", "0.3")
    ended = partwise("separate", song, *arguments, *FAKE)
    assert ended.status == 0, ended
    assert json.loads(ended.out)["null_dbfs"] is None
    assert left_behind(tmp_path / "out" / "song") == expected_files(".mp3")
    assert soundfile.info(tmp_path / "out" / "song" / "bass.mp3").duration == pytest.approx(1.0, abs=1e-4)


def test_silence_gives_valid_json(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", np.zeros((8000, 2), np.float32), 8000)
    ended = partwise("separate", song, "--output", tmp_path / "out", "--json", *FAKE)
    assert json.loads(ended.out)["null_dbfs"] == -300.0


def test_clipping_is_told(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(8000) * 400, 8000)
    ended = partwise("separate", song, "--output", tmp_path / "out", "--subtype", "PCM_16", *FAKE)
    assert ended.status == 0
    assert ended.err.endswith(" samples beyond full scale were clipped in PCM_16; FLOAT would keep them.\n")
    assert ended.out.startswith("Wrote 7 stems and activations.csv to ")


def test_files_are_only_replaced_when_asked_to(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(8000), 8000)
    folder = tmp_path / "out" / "song"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "bass.wav").write_text("mine too")
    refused = partwise("separate", song, "--output", tmp_path / "out", *FAKE)
    assert_one_sentence(refused, 2)
    assert "use --overwrite" in refused.err
    assert left_behind(folder) == ["bass.wav", "notes.txt"]
    assert partwise("separate", song, "--output", tmp_path / "out", "--overwrite", *FAKE).status == 0
    assert left_behind(folder) == sorted([*expected_files(), "notes.txt"])
    assert (folder / "notes.txt").read_text() == "mine"
    assert soundfile.info(folder / "bass.wav").frames == 8000


def bad_input(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.wav"
    good = noise(20_000)
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("This is not music.\n" * 100)
    elif kind == "no frames":
        write_wav(path, good[:0])
    elif kind == "nan":
        good[777] = np.nan
        write_wav(path, good)
    elif kind == "infinite":
        good[777] = np.inf
        write_wav(path, good)
    elif kind == "header":
        write_wav(path, good)
        path.write_bytes(path.read_bytes()[:30])
    elif kind == "mp3":
        path = folder / "mp3.mp3"
        soundfile.write(path, good, 44100)
        path.write_bytes(path.read_bytes()[:3])
    return path


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "empty", "text", "no frames", "nan", "infinite", "header", "mp3"]
)
def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    path = bad_input(tmp_path, kind)
    ended = partwise("separate", path, "--output", tmp_path / "out", "--json", *FAKE)
    assert_one_sentence(ended, 2)
    assert f"“{path.name}”" in ended.err
    assert left_behind(tmp_path / "out") == []
    assert open_songs() == []


def test_a_truncated_mp3_is_separated_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    soundfile.write(path, noise(3 * 44100), 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    ended = partwise("separate", path, "--output", tmp_path / "out", "--json", *FAKE)
    assert ended.status == 0, ended
    summary = json.loads(ended.out)
    assert 1.0 < summary["seconds"] < 2.0
    assert summary["null_dbfs"] <= -120.0


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("load_failing", "there is not enough memory"),
        ("load_nothing", "the model iass-six is not here"),
        ("no_such_function", "no_such_function"),
    ],
)
def test_a_failing_separator_leaves_nothing(tmp_path: Path, function: str, reason: str) -> None:
    song = write_wav(tmp_path / "song.wav", noise(3 * 8000), 8000)
    arguments = ("--separator", f"tests.fake_separator:{function}")
    ended = partwise("separate", song, "--output", tmp_path / "out", *arguments)
    assert_one_sentence(ended, 1)
    assert reason in ended.err
    assert left_behind(tmp_path / "out") == []
    assert open_songs() == []


def test_an_output_that_cannot_be_made(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(8000), 8000)
    (tmp_path / "file").touch()
    assert_one_sentence(partwise("separate", song, "--output", tmp_path / "file", *FAKE), 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "song").touch()
    assert_one_sentence(partwise("separate", song, "--output", tmp_path / "out", *FAKE), 2)


@pytest.fixture
def interrupts_heard() -> Iterator[None]:
    """A shell has its background jobs ignore Ctrl+C, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("interrupts_heard")
def test_an_interrupt_cleans_up_and_the_next_run_goes_on(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PARTWISE_TEST_GATE", str(tmp_path / "gate"))
    song = write_wav(tmp_path / "song.wav", noise(10 * 8000), 8000)
    command = [sys.executable, "main.py", "separate", str(song), "--output", str(tmp_path / "out")]
    waiting = ("--separator", "tests.fake_separator:load_waiting")
    with subprocess.Popen(
        [*command, *waiting],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline_s = time.monotonic() + 30
        while not (separated := separated_part(tmp_path / "cache")):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "Interrupted.\n")
    assert left_behind(tmp_path / "out") == []
    assert separated <= separated_part(tmp_path / "cache") < 1.0
    (tmp_path / "gate").touch()
    assert partwise("separate", song, "--output", tmp_path / "out", *waiting).status == 0
    assert separated_part(tmp_path / "cache") == 1.0
    assert left_behind(tmp_path / "out" / "song") == expected_files()


def open_songs() -> list[Path]:
    """The private folders of open songs; see `private_folders` in conftest.py."""
    return list((Path(os.environ["PARTWISE_CACHE"]) / "open-songs").glob("song-*"))


def separated_part(cache: Path) -> float:
    """How much of the only song in the cache is separated."""
    return sum(song.fraction for song in StemCache(cache / "stems").songs())


def test_what_is_in_the_cache_is_not_separated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTWISE_CACHE", str(tmp_path / "cache"))
    song = write_wav(tmp_path / "song.wav", noise(3 * 8000), 8000)
    first = partwise("separate", song, "--output", tmp_path / "a", "--json", *FAKE)
    again = partwise("separate", song, "--output", tmp_path / "b", "--json", *FAKE)
    assert json.loads(first.out)["separate_s"] > 0
    assert json.loads(again.out)["separate_s"] == 0
    for stem in STEMS:
        samples = [soundfile.read(tmp_path / name / "song" / f"{stem}.wav")[0] for name in "ab"]
        np.testing.assert_array_equal(samples[0], samples[1])


def test_a_separator_that_dies_is_tried_once_more_with_smaller_chunks(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(3 * 8000, seed=8), 8000)
    marker = tmp_path / "marker"
    ended = partwise(
        "separate",
        song,
        "--output",
        tmp_path / "out",
        "--separator",
        "tests.fake_separator:load_dying",
        "--model",
        marker,
    )
    assert ended.status == 0, ended
    assert ended.err.endswith("ended with status 7; try again with smaller chunks.\n")
    assert left_behind(tmp_path / "out" / "song") == expected_files()


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the model's weights are not here")
def test_the_real_model(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(3 * 44100))
    ended = partwise("separate", song, "--output", tmp_path / "out", "--json")
    assert ended.status == 0, ended
    summary = json.loads(ended.out.splitlines()[-1])
    assert summary["model"] == "iass-six"
    assert summary["null_dbfs"] <= -120.0
    assert left_behind(tmp_path / "out" / "song") == expected_files()
