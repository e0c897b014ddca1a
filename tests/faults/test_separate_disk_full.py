"""A disk that is full while a song is separated, and one that is too full to begin."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.playback.output import SilentOutput
from app.playback.player import Player
from app.session.commands import SetGain
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.stem_cache import StemCache
from tests.app.session.loop import Loop
from tests.songs import noise, write_wav

if sys.platform != "win32":
    from tests.faults.limits import full_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")

RATE = 8000


class Room:
    """A session with a child that separates slowly, a cache, and a note of its failures."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop()
        self.failures: list[str] = []
        self.session = Session(
            self.loop.post,
            Player(open_output=SilentOutput),
            Preferences(),
            separation_process=SeparationProcess("fake", "tests.fake_separator:load_slow"),
            cache=StemCache(folder / "cache"),
            data_folder=folder / "data",
            play_on_open=False,
        )
        self.session.failed.subscribe(self.failures.append)

    def separated(self) -> bool:
        job = self.session.separation
        return job is not None and job.state == "done"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    with closing(room.session):
        yield room


def test_what_was_begun_is_finished_and_kept(room: Room, tmp_path: Path) -> None:
    """The room for stems is set aside when a song is opened, so that a full disk comes too late to matter."""
    path = write_wav(tmp_path / "song.wav", noise(20 * RATE), RATE)
    room.session.open(path)
    room.loop.run_until(lambda: room.session.song is not None)
    assert not room.separated()
    with full_disk(0):
        room.loop.run_until(room.separated)
        room.session.do(SetGain("bass", -6.0))
    song = room.session.song
    assert song is not None
    assert room.failures == []
    assert song.coverage.covers(0, song.frames)
    assert room.session.document.mix.strips[4].gain_db == -6.0
    room.session.close_song()
    room.session.cache.wait(5.0)
    room.session.open(path)
    room.loop.run_until(lambda: room.session.song is not None)
    again = room.session.song
    assert again is not None
    assert again.coverage.covers(0, again.frames), "it came from the cache"


def test_a_song_that_has_no_room_leaves_the_open_one(room: Room, tmp_path: Path) -> None:
    first = write_wav(tmp_path / "first.wav", noise(RATE), RATE)
    second = write_wav(tmp_path / "second.wav", noise(20 * RATE, seed=1), RATE)
    room.session.open(first)
    room.loop.run_until(room.separated)
    room.session.do(SetGain("bass", -6.0))
    document = room.session.document
    with full_disk(100_000):
        room.session.open(second)
        room.loop.run_until(lambda: room.failures)
    assert len(room.failures) == 1
    assert "has no room for the song" in room.failures[0]
    assert room.session.song is not None
    assert room.session.song.path == first
    assert room.session.document == document
    room.session.open(second)
    room.loop.run_until(lambda: room.session.song is not None and room.session.song.path == second)
