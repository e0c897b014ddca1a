"""The session and its cache: known songs at once, the rest of others, settings."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.cache import separation_identity, stem_cache
from app.session.preferences import Preferences, load_preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.cache_entry import SongFacts
from app.song.stem_cache import StemCache
from tests.app.session.loop import Loop
from tests.app.session.test_queue import RATE, silent, song

Start = Callable[..., Session]


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def start(loop: Loop, tmp_path: Path) -> Iterator[Start]:
    """A program's run; all share one cache."""
    sessions = []

    def start(function: str = "load_slow", **options: object) -> Session:
        process = SeparationProcess(str(options.pop("model", "fake")), f"tests.fake_separator:{function}")
        session = Session(
            loop.post, Player(OutputSettings(), silent), Preferences(), separation_process=process,
            cache=StemCache(tmp_path / "cache"), play_on_open=False, preferences_path=tmp_path / "preferences.json",
        )  # fmt: skip
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close()


def test_a_known_song_is_there_at_once_and_a_part_goes_on(start: Start, loop: Loop, tmp_path: Path) -> None:
    path = song(tmp_path / "song.wav", 10)
    with closing(start()) as session:
        session.open(path)
        loop.run_until(lambda: session.song is not None and len(session.song.coverage.spans) > 0)
        loop.run_until(lambda: session.song is not None and session.song.coverage.fraction(session.song.frames) > 0.25)
    with closing(start()) as session:
        session.open(path)
        loop.run_until(lambda: session.song is not None)
        assert session.song is not None
        assert session.song.coverage.fraction(session.song.frames) > 0.2
        loop.run_until(lambda: session.separation is not None and session.separation.state == "done")
        stems = np.array(session.song.stems)
    with closing(start()) as session:
        session.open(path)
        loop.run_until(lambda: session.song is not None)
        assert session.song is not None
        assert session.separation is None, "there is nothing left to separate"
        np.testing.assert_array_equal(session.song.stems, stems)


def test_a_dead_separator_offers_smaller_chunks(start: Start, loop: Loop, tmp_path: Path) -> None:
    session = start("load_dying", model=str(tmp_path / "marker"))
    failures: list[str] = []
    session.failed.subscribe(failures.append)
    session.open(song(tmp_path / "song.wav", 4))
    loop.run_until(lambda: failures)
    assert failures[0].endswith("try again with smaller chunks.")
    assert session.separator_died, "smaller chunks are offered"
    opened = session.song
    assert opened is not None, "the song stays open and plays"
    session.separate(small_chunks=True)
    loop.run_until(lambda: session.separation is not None and session.separation.state == "done")
    assert opened.coverage.covers(0, opened.frames)


def test_it_is_measured_limited_moved_and_cleared(start: Start, loop: Loop, tmp_path: Path) -> None:
    session = start("load")
    told: list[str] = []
    session.message.subscribe(told.append)
    session.open(song(tmp_path / "song.wav", 2))
    loop.run_until(lambda: session.separation is not None and session.separation.state == "done")
    session.close_song()
    cache = session.cache
    assert cache.stems is not None
    assert cache.stems.wait(5.0)
    cache.measure()
    loop.run_until(lambda: cache.size_bytes)
    assert cache.songs == 1
    assert cache.size_bytes == pytest.approx(SongFacts(RATE, 2 * RATE, 2).size_bytes, rel=1e-2)
    cache.move(tmp_path / "elsewhere")
    loop.run_until(lambda: told)
    assert cache.folder == tmp_path / "elsewhere"
    assert len(cache.stems.songs()) == 1
    cache.limit(2.0)
    loop.run_until(lambda: cache.job is not None and not cache.job.running)
    kept = load_preferences(tmp_path / "preferences.json")
    assert (kept.cache_folder, kept.cache_limit_gb) == (tmp_path / "elsewhere", 2.0)
    refused: list[str] = []
    session.failed.subscribe(refused.append)
    cache.measure()
    cache.clear()  # which needs not wait for the measuring
    assert refused == []
    cache.clear()
    assert "wait" in refused.pop()
    loop.run_until(lambda: len(told) == 2)
    assert told[1].startswith("Cleared ")
    assert cache.size_bytes == 0
    assert refused == []


def test_preferences_and_environment_say_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences = Preferences(cache_folder=tmp_path / "mine", cache_limit_gb=3.0)
    monkeypatch.setenv("PARTWISE_CACHE", str(tmp_path / "other"))
    assert stem_cache(preferences).folder == tmp_path / "other" / "stems"
    monkeypatch.delenv("PARTWISE_CACHE")
    assert stem_cache(preferences).folder == tmp_path / "mine"
    assert stem_cache(preferences).limit_bytes == 3_000_000_000


def test_what_separates_is_told_apart() -> None:
    assert separation_identity("iass-six") != separation_identity("iass-six", "a:b") != separation_identity("x", "a:b")
    assert separation_identity("nonsense") is None
