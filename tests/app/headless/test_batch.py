"""Many songs: skipped if done, none stops the others, a table tells how it went."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.session.batch import plan_batch
from app.song.stem_cache import StemCache
from tests.app.headless.command_line import FAKE, ROOT, assert_one_sentence, left_behind, partwise
from tests.app.headless.test_separate import expected_files
from tests.songs import noise, write_wav

RATE = 8000


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARTWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "stems"


def song(path: Path, seconds: float = 1.0, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_wav(path, noise(round(seconds * RATE), seed=seed), RATE)


def test_files_and_folders_are_separated_and_the_bad_one_is_told(tmp_path: Path, own_cache: Path) -> None:
    music = tmp_path / "music"
    song(music / "a.wav", seed=1)
    song(music / "live" / "b.wav", seed=2)
    song(tmp_path / "single.wav", seed=3)
    (music / "broken.mp3").write_text("no music")
    (music / "notes.txt").write_text("no song at all")
    arguments = ("separate", music, tmp_path / "single.wav", tmp_path / "gone.wav", "--output", music / "out")
    ended = partwise(*arguments, *FAKE)
    assert ended.status == 1, ended
    lines = ended.out.splitlines()
    assert lines[0].split() == ["Song", "Result", "Time"]
    assert [line.split()[:2] for line in lines[1:-1]] == [
        ["a.wav", "written"], ["broken.mp3", "failed"], ["b.wav", "written"], ["single.wav", "written"],
        ["gone.wav", "failed"],
    ]  # fmt: skip
    assert lines[-1] == "3 written, 0 skipped, 2 failed."
    assert "Traceback" not in ended.err
    for name in ("a", "live/b", "single"):
        assert left_behind(music / "out" / name) == expected_files()
    assert StemCache(own_cache).songs() == (), "a batch does not fill the cache"
    again = partwise(*arguments, "--json", *FAKE)
    assert again.status == 1
    told = json.loads(again.out)
    assert (told["written"], told["skipped"], told["failed"]) == (0, 3, 2)
    (music / "broken.mp3").unlink()
    fine = partwise("separate", music, tmp_path / "single.wav", "--output", music / "out", *FAKE)
    assert fine.status == 0, "the output's own files are not taken for songs"
    assert fine.out.endswith("0 written, 3 skipped, 0 failed.\n")


def test_a_folder_without_songs(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = partwise("separate", tmp_path / "empty", "--output", tmp_path / "out", *FAKE)
    assert_one_sentence(ended, 2)
    assert "“empty”" in ended.err


def test_it_goes_on_after_a_kill(tmp_path: Path, own_cache: Path) -> None:
    for number in range(3):
        song(tmp_path / "music" / f"{number}.wav", seconds=25 if number == 1 else 1, seed=number)
    command = ["separate", str(tmp_path / "music"), "--output", str(tmp_path / "out")]
    slow = ("--separator", "tests.fake_separator:load_slow")
    with subprocess.Popen(
        [sys.executable, "main.py", *command, *slow],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True,
    ) as process:  # fmt: skip
        deadline_s = time.monotonic() + 60
        cache = StemCache(own_cache)
        while not any(0 < entry.fraction < 1 and entry.name == "1.wav" for entry in cache.songs()):
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    before = (tmp_path / "out" / "0" / "bass.wav").stat().st_mtime_ns
    ended = partwise(*command, "--json", *slow)
    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert [entry["status"] for entry in told["songs"]] == ["skipped", "written", "written"]
    assert told["songs"][1]["separate_s"] < 2.4, "it has 25 chunks of 0.1 s, and did not do them all again"
    assert (tmp_path / "out" / "0" / "bass.wav").stat().st_mtime_ns == before
    for number in range(3):
        assert left_behind(tmp_path / "out" / str(number)) == expected_files()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0", "1", "2"]


def test_names_that_meet_get_their_ending(tmp_path: Path) -> None:
    paths = [song(tmp_path / name) for name in ("a/x.wav", "b/X.wav", "c/x.wav", "d/x.wav")]
    out = tmp_path / "out"
    targets = [item.target.relative_to(out) for item in plan_batch(paths, out)]
    assert targets == [Path("x"), Path("X.wav"), Path("x.wav (2)"), Path("x.wav (3)")]
    assert plan_batch([paths[0], tmp_path / "a", paths[0]], out) == plan_batch([paths[0]], out)
    assert plan_batch(paths[:1], out, taken=[out / "X"])[0].target == out / "x.wav"


def test_a_folder_keeps_its_shape_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    for name in ("b.FLAC", "a.mp3", "deep/er/c.wav", ".hidden.wav", ".trash/d.wav", "cover.jpg", "out/e.wav"):
        (tmp_path / "music" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "music" / name).touch()
    (tmp_path / "music" / "loop").symlink_to(tmp_path / "music", target_is_directory=True)
    items = plan_batch([tmp_path / "music"], tmp_path / "music" / "out")
    assert [str(item.target.relative_to(tmp_path / "music" / "out")) for item in items] == ["a", "b", "deep/er/c"]
