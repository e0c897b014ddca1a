"""The tempo is found, tapped or typed, and the metronome follows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.playback.output import SilentOutput
from app.playback.player import Player
from app.session.commands import Command, SetTempo
from app.session.history import History
from app.session.jobs import JobRunner
from app.session.song_jobs import SongJobs
from app.session.song_tempo import SongTempo
from app.song.song import Song, open_song
from app.song.tempo import Tempo
from tests.app.session.loop import Loop
from tests.songs import write_wav

RATE = 8000
BPM = 100.0
FOUND = Tempo(90.0, 100, 3)


class Listener:
    """A song that is held where the test puts it, and a clock that stands still."""

    def __init__(self, song: Song) -> None:
        self.song = song
        self.loop = Loop()
        self.history = History()
        self.now_s = 0.0
        self.position: int | None = None
        self.failures: list[str] = []
        self.jobs = SongJobs(JobRunner(self.loop.post), self.failures.append)
        self.player = HeldPlayer(self)
        self.tempo = SongTempo(self.player, self.jobs, lambda: self.history.document, self.do, lambda: self.now_s)
        self.changes: list[Tempo | None] = []
        self.tempo.changed.subscribe(lambda: self.changes.append(self.tempo.current))

    def do(self, command: Command) -> None:
        if self.history.do(command):
            self.tempo.update()

    def find(self) -> None:
        self.tempo.begin(self.song)
        job = self.tempo.finding
        assert job is not None
        self.loop.run_until(lambda: not job.running)


class HeldPlayer(Player):
    """Stands where the listener says, or does not play."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(open_output=SilentOutput)
        self._listener = listener

    @property
    def playing(self) -> bool:
        return self._listener.position is not None

    @property
    def position(self) -> int:
        return self._listener.position or 0


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    """Two bars of clicks at 100 beats a minute, the first after a quarter of a second."""
    samples = np.zeros((10 * RATE, 2), np.float32)
    burst = np.random.default_rng(0).normal(0.0, 0.3, (200, 2)).astype(np.float32)
    for beat in range(16):
        start = round((0.25 + beat * 60.0 / BPM) * RATE)
        samples[start : start + len(burst)] = burst[: len(samples) - start]
    song = open_song(write_wav(tmp_path / "clicks.wav", samples, RATE))
    made = Listener(song)
    made.jobs.keep(song)
    yield made
    made.player.close()
    made.jobs.close_all()


def tapped(listener: Listener, beats: int, bpm: float, move: Callable[[float], None]) -> None:
    for beat in range(beats):
        move(beat * 60.0 / bpm)
        listener.tempo.tap()


def test_the_tempo_is_found_in_the_background(listener: Listener) -> None:
    listener.find()
    assert listener.failures == []
    found = listener.tempo.current
    assert found is not None
    assert min(abs(found.bpm / BPM - factor) for factor in (0.5, 1.0, 2.0)) < 0.02
    assert listener.player.metronome.beats == found
    assert listener.changes[-1] == found
    assert not listener.history.can_undo, "it is no step of the user"


def test_what_the_user_says_goes_before_what_was_found(listener: Listener) -> None:
    listener.tempo.detected = FOUND
    typed = Tempo(120.0, 10, 4)
    listener.do(SetTempo(typed))
    assert listener.player.metronome.beats == listener.tempo.current == typed
    listener.history.undo()
    listener.tempo.update()
    assert listener.player.metronome.beats == FOUND
    assert listener.changes == [typed, FOUND]


def test_taps_of_the_playing_song_say_where_its_beats_are(listener: Listener) -> None:
    listener.find()
    listener.tempo.detected = FOUND

    def play_to(time_s: float) -> None:
        listener.position = round((5.0 + time_s) * RATE)

    tapped(listener, 2, 120.0, play_to)
    assert listener.tempo.current == FOUND, "two taps are no tempo"
    tapped(listener, 6, 120.0, play_to)
    tempo = listener.tempo.current
    assert tempo is not None
    assert tempo.bpm == pytest.approx(120.0, rel=1e-3)
    assert abs((tempo.first_beat_frame + RATE // 4) % (RATE // 2) - RATE // 4) <= 8
    assert tempo.beats_per_bar == FOUND.beats_per_bar
    assert listener.history.undo() is not None
    assert not listener.history.can_undo, "all taps are one step"


def test_taps_in_silence_leave_the_beats_where_they_are(listener: Listener) -> None:
    listener.find()
    listener.tempo.detected = FOUND

    def wait_to(time_s: float) -> None:
        listener.now_s = 1000.0 + time_s

    tapped(listener, 4, 150.0, wait_to)
    tempo = listener.tempo.current
    assert tempo is not None
    assert tempo.bpm == pytest.approx(150.0, rel=1e-3)
    assert tempo.first_beat_frame == FOUND.first_beat_frame


def test_a_pause_begins_anew(listener: Listener) -> None:
    listener.find()
    listener.tempo.detected = FOUND
    for now_s in (0.0, 0.5, 10.0, 10.4):
        listener.now_s = now_s
        listener.tempo.tap()
    assert listener.tempo.current == FOUND
    listener.now_s = 10.8
    listener.tempo.tap()
    assert listener.tempo.current is not None
    assert listener.tempo.current.bpm == pytest.approx(150.0, rel=1e-3)


def test_without_a_song_there_is_no_tempo(listener: Listener) -> None:
    for _ in range(4):
        listener.tempo.tap()
        listener.now_s += 0.5
    assert listener.tempo.current is None
    listener.find()
    listener.tempo.end()
    assert listener.tempo.current is None
    assert listener.player.metronome.beats is None
    listener.tempo.begin(listener.song)
    job = listener.tempo.finding
    assert job is not None
    listener.tempo.end()
    listener.loop.run_until(lambda: not job.running)
    assert listener.tempo.current is None, "a result of the song before is dropped"
