"""Other speeds, other pitches and other sample rates: what comes out has the right pitch, length and place."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.mixing.mixer import RAMP_S
from app.mixing.settings import MixSettings
from app.playback.output import OutputSettings
from app.song.song import Song, open_song
from tests.app.playback.desk import Desk, is_playing
from tests.songs import write_wav

RATE = 44100
HERTZ = 440.0


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.player.close()


@pytest.fixture
def make_song(tmp_path: Path) -> Iterator[Callable[..., Song]]:
    songs: list[Song] = []

    def make(samples: NDArray[np.float64], rate: int = RATE) -> Song:
        path = write_wav(tmp_path / f"{len(songs)}.wav", samples.astype(np.float32), rate)
        songs.append(open_song(path, folder=tmp_path / "stores"))
        return songs[-1]

    yield make
    for song in songs:
        song.close()


def tone(seconds: float, rate: int = RATE, hertz: float = HERTZ) -> NDArray[np.float64]:
    """`(frames, 2)`: a tone of 0.25, on the right an octave higher and softer."""
    time_s = np.arange(round(seconds * rate)) / rate
    left, right = (level * np.sin(2 * np.pi * f * time_s) for level, f in ((0.25, hertz), (0.1, 2 * hertz)))
    return np.stack([left, right], axis=1)


def frequency(samples: NDArray[np.float32], rate: int = RATE) -> float:
    """Of the strongest partial (parabola through the logarithms of a zero-padded spectrum's peak)."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    peak = int(np.argmax(spectrum))
    low, middle, high = np.log(spectrum[peak - 1 : peak + 2])
    return float((peak + (low - high) / (2 * (low - 2 * middle + high))) * rate / (8 * len(samples)))


def cents(heard: float, wanted: float) -> float:
    return float(1200 * np.log2(heard / wanted))


def play_to_the_end(desk: Desk, block: int = 1024) -> NDArray[np.float32]:
    """Everything from the first to the last sound, with what comes after it cut off by whole blocks only."""
    desk.player.play()
    parts = []
    while is_playing(desk.player):
        parts.append(desk.pull(block))
        assert len(parts) < 2000
    parts.append(desk.pull(block))
    out = np.concatenate(parts)
    sounding = np.flatnonzero(np.abs(out).max(axis=1) > 1e-3)
    return out[sounding[0] : sounding[-1] + 1]


@pytest.mark.parametrize("semitones", [-12.0, -3.63, 0.0, 7.37, 12.0])
@pytest.mark.parametrize("tempo", [0.5, 0.73, 1.0, 1.37, 2.0])
def test_pitch_and_length(desk: Desk, make_song: Callable[..., Song], tempo: float, semitones: float) -> None:
    """The whole grid of what the player allows, its corners included."""
    song = make_song(tone(1.0))
    desk.player.tempo = tempo
    desk.player.transpose_semitones = semitones
    desk.player.load(song, MixSettings())
    out = play_to_the_end(desk)
    assert len(out) == pytest.approx(song.frames / tempo, abs=1024)
    middle = out[len(out) // 4 : -len(out) // 4]
    for channel, hertz, level in ((0, HERTZ, 0.25), (1, 2 * HERTZ, 0.1)):
        wanted = hertz * 2 ** (semitones / 12)
        assert abs(cents(frequency(middle[:, channel]), wanted)) < 5.0
        assert np.sqrt(2 * np.mean(middle[:, channel] ** 2)) == pytest.approx(level, rel=0.02)
    assert desk.player.dropouts == 0


def test_at_the_songs_own_speed_and_pitch_the_song_itself_is_played(desk: Desk, make_song: Callable[..., Song]) -> None:
    song = make_song(tone(1.0))
    desk.player.tempo = 0.5
    desk.player.tempo = 1.0
    desk.player.load(song, MixSettings())
    desk.player.play()
    np.testing.assert_array_equal(desk.pull(8192)[221:], song.mix[221:8192])


@pytest.mark.parametrize(("rate", "output_rate"), [(44100, 48000), (96000, 44100), (8000, 44100)])
def test_another_rate_is_resampled(make_song: Callable[..., Song], rate: int, output_rate: int) -> None:
    desk = Desk(OutputSettings(rate=output_rate))
    try:
        song = make_song(tone(1.5, rate), rate)
        desk.player.load(song, MixSettings())
        assert f"{output_rate} Hz" in desk.player.device_line
        out = play_to_the_end(desk)
        assert len(out) == pytest.approx(1.5 * output_rate, abs=1024)
        middle = out[len(out) // 4 : -len(out) // 4]
        assert abs(cents(frequency(middle[:, 0], output_rate), HERTZ)) < 0.1
        time_s = np.arange(len(middle)) / output_rate
        basis = np.stack([f(2 * np.pi * HERTZ * time_s) for f in (np.sin, np.cos)], axis=1)
        rest = middle[:, 0] - basis @ np.linalg.lstsq(basis, middle[:, 0], rcond=None)[0]
        assert np.abs(rest).max() < 1e-4 * 0.25, "soxr's distortion is far below what is heard"
    finally:
        desk.player.close()


def test_position_follows_the_speed(desk: Desk, make_song: Callable[..., Song]) -> None:
    song = make_song(tone(4.0))
    desk.player.tempo = 0.5
    desk.player.load(song, MixSettings())
    desk.player.seek(RATE)
    desk.player.play()
    desk.pull_until_sound()
    start = desk.player.position
    desk.pull(20_480)
    assert desk.player.position - start == pytest.approx(10_240, abs=2)


def test_a_change_of_speed_goes_on_where_it_was(desk: Desk, make_song: Callable[..., Song]) -> None:
    ramp = np.repeat(np.linspace(-0.4, 0.4, 6 * RATE)[:, np.newaxis], 2, axis=1)
    song = make_song(ramp)
    desk.player.load(song, MixSettings())
    desk.player.play()
    heard = [desk.pull(8192)]
    for tempo in (0.7, 1.6, 1.0):
        desk.player.tempo = tempo
        heard.append(desk.pull(20_480))
    places = (np.concatenate(heard)[:, 0].astype(float) + 0.4) / 0.8 * song.frames
    assert places[-1] == pytest.approx(desk.player.position, abs=0.02 * RATE)
    settled = np.abs(np.concatenate(heard)[:, 1] - np.concatenate(heard)[:, 0]) < 1e-6
    assert settled.all()
    quiet = np.flatnonzero(np.abs(np.concatenate(heard)[4000:, 0]) < 1e-5)
    assert len(quiet) < 2000, "only the fades are silent"


def test_a_loop_keeps_its_ends_at_any_speed(desk: Desk, make_song: Callable[..., Song]) -> None:
    ramp = np.repeat(np.linspace(0.0, 0.8, 4 * RATE)[:, np.newaxis], 2, axis=1)
    song = make_song(ramp)
    desk.player.tempo = 1.5
    desk.player.load(song, MixSettings())
    desk.player.loop = (RATE, 2 * RATE)
    desk.player.seek(RATE)
    desk.player.play()
    desk.pull_until_sound()
    positions = []
    for _ in range(100):
        desk.pull(1024)
        positions.append(desk.player.position)
    assert min(positions) >= RATE
    assert max(positions) <= 2 * RATE
    steps = np.diff(positions)
    turns = np.flatnonzero(steps < 0)
    assert len(turns) == 3
    forward = steps[steps > 0]
    assert np.median(forward) == pytest.approx(1536, abs=1)
    for first, second in itertools.pairwise(turns):
        assert (second - first) * 1536 == pytest.approx(RATE, abs=1537)


def test_faders_answer_at_once_at_any_speed(desk: Desk, make_song: Callable[..., Song]) -> None:
    song = make_song(tone(3.0))
    desk.player.tempo = 0.5
    desk.player.load(song, MixSettings())
    desk.player.play()
    desk.pull_until_sound()
    assert np.abs(desk.pull(4096)).max() > 0.2
    desk.player.mix = MixSettings().with_strip("other", mute=True)
    after = desk.pull(4096)
    assert not after[round((RAMP_S + 0.001) * RATE) :].any(), "gone after what any change takes"


def test_seeking_while_stretched(desk: Desk, make_song: Callable[..., Song]) -> None:
    song = make_song(np.concatenate([tone(2.0), tone(2.0, hertz=660.0)]))
    desk.player.transpose_semitones = -2.0
    desk.player.load(song, MixSettings())
    desk.player.play()
    desk.pull_until_sound()
    desk.pull(8192)
    desk.player.seek(round(2.2 * RATE))
    assert desk.player.position == round(2.2 * RATE)
    desk.pull(512)
    out = desk.pull(32_768)[8192:]
    assert abs(cents(frequency(out[:, 0]), 660.0 * 2 ** (-2 / 12))) < 5.0
    assert not np.isnan(out).any()
