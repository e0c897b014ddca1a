"""The queue: in order, around the open song, whatever fails; stopped and gone on with."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import soundfile

from app.mixing.stem_folder import stem_file_names
from app.playback.output import OutputSettings, Render, SilentOutput, Stopped
from app.playback.player import Player
from app.session.batch import BatchItem
from app.session.preferences import Preferences
from app.session.queue import SeparationQueue
from app.session.queue_file import QueueFile
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.stem_cache import StemCache
from models.instruments import STEMS
from tests.app.session.loop import Loop
from tests.songs import noise, write_wav

RATE = 8000


def silent(settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> SilentOutput:
    return SilentOutput(settings, rate, render, stopped)


@pytest.fixture
def loop() -> Loop:
    return Loop()


def make_session(loop: Loop, folder: Path) -> Session:
    return Session(
        loop.post,
        Player(OutputSettings(), silent),
        Preferences(),
        separation_process=SeparationProcess("fake", "tests.fake_separator:load_slow"),
        cache=StemCache(folder / "cache"),
        play_on_open=False,
        data_folder=folder / "data",
    )


@pytest.fixture
def session(loop: Loop, tmp_path: Path) -> Iterator[Session]:
    with closing(make_session(loop, tmp_path)) as session:
        yield session


@pytest.fixture
def queue(session: Session) -> SeparationQueue:
    return session.queue


def song(path: Path, seconds: float = 1.0, seed: int = 0) -> Path:
    return write_wav(path, noise(round(seconds * RATE), seed=seed), RATE)


def states(queue: SeparationQueue) -> list[str]:
    return [item.state for item in queue.items]


def test_songs_are_separated_in_order_and_one_that_fails_stops_none(
    queue: SeparationQueue, loop: Loop, tmp_path: Path
) -> None:
    (tmp_path / "b.wav").write_text("no music")
    paths = [song(tmp_path / "a.wav", seed=1), tmp_path / "b.wav", song(tmp_path / "c.wav", 3, seed=2)]
    assert queue.add(paths, tmp_path / "out") == 3
    assert queue.add(paths, tmp_path / "out") == 0
    loop.run_until(lambda: all(item.finished for item in queue.items))
    assert states(queue) == ["done", "failed", "done"]
    assert "“b.wav”" in queue.items[1].error
    names = stem_file_names(queue.encode)
    for name in "ac":
        assert sorted(path.name for path in (tmp_path / "out" / name).iterdir()) == sorted(names)
    stems = [soundfile.read(tmp_path / "out" / "c" / f"{stem}.wav", dtype="float32")[0] for stem in STEMS]
    assert abs(sum(stems) - noise(3 * RATE, seed=2)).max() < 1e-6
    assert queue.eta_s == 0.0
    assert queue.add(paths[:1], tmp_path / "out") == 1
    loop.run_until(lambda: queue.items[-1].finished)
    assert states(queue)[-1] == "skipped"
    queue.clear_finished()
    assert queue.items == ()


def test_it_is_reordered_paused_and_cancelled(queue: SeparationQueue, loop: Loop, tmp_path: Path) -> None:
    queue.pause(True)
    queue.add([song(tmp_path / f"{n}.wav", 12, seed=n) for n in range(3)], tmp_path / "out")
    first, second, third = queue.items
    queue.move(third, 0)
    queue.cancel(second)
    assert states(queue) == ["waiting", "waiting", "cancelled"]
    queue.pause(False)
    loop.run_until(lambda: third.fraction > 0.2)
    assert states(queue)[0] == "running"
    queue.pause(True)
    loop.run_until(lambda: third.state == "waiting")
    had = third.fraction
    queue.pause(False)
    loop.run_until(lambda: queue.job is not None and queue.job.fraction >= had * 0.99)
    queue.cancel(third)
    loop.run_until(lambda: first.state == "running")
    assert states(queue)[0] == "cancelled"
    assert not (tmp_path / "out" / "2").exists()
    queue.retry(third)
    assert states(queue)[0] == "waiting"
    queue.cancel(first)
    queue.cancel(third)
    loop.run_until(lambda: queue.job is None)
    assert list((tmp_path / "out").glob("*")) == [] if (tmp_path / "out").exists() else True


def test_the_open_song_comes_first(session: Session, queue: SeparationQueue, loop: Loop, tmp_path: Path) -> None:
    queue.add([song(tmp_path / "long.wav", 15)], tmp_path / "out")
    item = queue.items[0]
    loop.run_until(lambda: item.fraction > 0.1)
    session.open(song(tmp_path / "now.wav", 2, seed=4))
    loop.run_until(lambda: session.separation is not None and session.separation.running)
    loop.run_until(lambda: item.state == "waiting")
    assert session.separation is not None
    loop.run_until(lambda: session.separation is not None and session.separation.state == "done")
    loop.run_until(lambda: item.state == "done")
    assert (tmp_path / "out" / "long" / "other.wav").is_file()


def test_what_waits_waits_again_at_the_next_start(
    session: Session, queue: SeparationQueue, loop: Loop, tmp_path: Path
) -> None:
    songs = [song(tmp_path / f"{number}.wav", seed=number) for number in range(3)]
    queue.add(songs[:1], tmp_path / "out")
    loop.run_until(lambda: states(queue) == ["done"])
    queue.pause(True)
    queue.add(songs[1:], tmp_path / "out")
    queue.move(queue.items[2], 1)
    session.close()
    with closing(make_session(loop, tmp_path)) as again:
        assert [item.source for item in again.queue.items] == [songs[2], songs[1]]
        assert states(again.queue) == ["waiting", "waiting"]
        assert again.queue.paused, "nothing starts by itself"
        again.queue.pause(False)
        loop.run_until(lambda: states(again.queue) == ["done", "done"])
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0", "1", "2"]
    with closing(make_session(loop, tmp_path)) as last:
        assert last.queue.items == ()
        assert not last.queue.paused


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"partwise_queue": 2, "songs": []}',
        b'{"partwise_queue": 1}',
        b'{"partwise_queue": 1, "songs": [{"source": "/a"}]}',
        b'{"partwise_queue": 1, "songs": [{"source": "a", "target": "b"}]}',
        b'{"partwise_queue": 1, "songs": [{"source": "/a\\u0000", "target": "/b"}]}',
    ],
)
def test_a_damaged_queue_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "queue.json").write_bytes(content)
    file = QueueFile(tmp_path)
    assert file.read() == ()
    items = [BatchItem(tmp_path / "song.wav", tmp_path / "song")]
    file.write(items)
    assert QueueFile(tmp_path).read() == tuple(items)
