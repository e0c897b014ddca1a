"""A disk that is really full, for the child process too: a tiny tmpfs, where this system lets us mount one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.mixing.export import ExportRequest
from app.playback.output import OutputSettings, SilentOutput
from app.playback.player import Player
from app.session.commands import SetGain
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.stem_cache import StemCache
from tests.app.session.loop import Loop
from tests.songs import noise, write_wav

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a tmpfs")

RATE = 8000
SECONDS = 12
SIZE_BYTES = 7_500_000
"""Room for one song of that length with its stems, 5.4 MB, and for an export."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(disk)]
    if mount is None or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a tmpfs")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take the last byte."""
    path = disk / "fill"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    assert os.statvfs(disk).f_bavail == 0
    return path


def test_the_song_is_separated_and_played_to_its_end_and_nothing_is_lost(disk: Path, tmp_path: Path) -> None:
    first = write_wav(tmp_path / "first.wav", noise(SECONDS * RATE), RATE)
    second = write_wav(tmp_path / "second.wav", noise(SECONDS * RATE, seed=1), RATE)
    loop, failures = Loop(), list[str]()
    session = Session(
        loop.post,
        Player(OutputSettings(), SilentOutput),
        Preferences(),
        separation_process=SeparationProcess("fake", "tests.fake_separator:load_slow"),
        cache=StemCache(disk / "cache"),
        data_folder=disk / "data",
        play_on_open=True,
    )
    session.failed.subscribe(failures.append)
    with closing(session):
        session.open(first)
        loop.run_until(lambda: session.song is not None)
        song, job = session.song, session.separation
        assert song is not None
        assert job is not None
        assert not song.coverage.covers(0, song.frames)
        filling = fill(disk)

        loop.run_until(lambda: not job.running)
        assert job.state == "done", job.error
        assert failures == []
        assert song.coverage.covers(0, song.frames)
        assert np.abs(song.stems).max(axis=(1, 2)).min() > 0.0
        assert session.player.playing

        session.do(SetGain("bass", -6.0))
        document = session.document
        session.project.save_as(disk / "mine.partwise")
        loop.run_until(lambda: failures)
        export = session.export(ExportRequest(disk / "mine.wav"))
        assert export is not None
        loop.run_until(lambda: not export.running)
        assert export.state == "failed"
        session.open(second)
        loop.run_until(lambda: len(failures) == 3)
        assert "mine.partwise" in failures[0]
        assert "the disk is full" in failures[0]
        assert "mine.wav" in failures[1]
        assert "has no room for the song" in failures[2]
        assert not any("\n" in failure for failure in failures)
        assert session.song is song
        assert session.document == document
        assert session.player.playing
        assert {path.name for path in disk.iterdir()} <= {"cache", "data", "fill"}

        filling.unlink()
        session.project.save_as(disk / "mine.partwise")
        loop.run_until(lambda: (disk / "mine.partwise").is_file())
        again = session.export(ExportRequest(disk / "mine.wav"))
        assert again is not None
        loop.run_until(lambda: not again.running)
        assert again.state == "done", again.error
        assert soundfile.info(disk / "mine.wav").frames == song.frames
