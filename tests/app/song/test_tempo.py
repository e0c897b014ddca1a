import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.errors import Cancelled
from app.song.tempo import FASTEST_BPM, SLOWEST_BPM, Tempo, estimate_tempo, tap_tempo

RATE = 44100


def drummed(bpm: float, first_s: float, seconds: float, rate: int = RATE, jitter_s: float = 0.0) -> NDArray[np.float32]:
    """A drum on every beat, a brighter, softer one between, over a held chord and some noise."""
    random = np.random.default_rng(3)
    song = 0.002 * random.normal(size=round(seconds * rate))
    time_s = np.arange(len(song)) / rate
    song += sum(0.02 * np.sin(2 * np.pi * hertz * time_s) for hertz in (220.0, 277.2, 329.6))
    length = rate // 10
    decay = np.exp(-np.arange(length) / (0.02 * rate))
    thump = decay * np.sin(2 * np.pi * 80.0 * np.arange(length) / rate)
    tick = decay**3 * random.normal(size=length)
    half_s = 30.0 / bpm
    for number in range(int((seconds - first_s) / half_s)):
        start = round((first_s + number * half_s + random.normal(0.0, jitter_s)) * rate)
        part = 0.5 * (thump + 0.5 * tick) if number % 2 == 0 else 0.03 * tick
        stop = min(start + length, len(song))
        if start >= 0:
            song[start:stop] += part[: stop - start]
    return np.repeat(song[:, np.newaxis], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize(("bpm", "first_s"), [(72.0, 0.1), (90.5, 0.3), (120.0, 0.02), (128.0, 0.25), (151.3, 0.2)])
def test_a_drummed_tempo_and_its_beats_are_found(bpm: float, first_s: float) -> None:
    tempo = estimate_tempo(drummed(bpm, first_s, 30.0, jitter_s=0.004), RATE)
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=0.003)
    beats = tempo.beat_frames(RATE, 30 * RATE) / RATE
    wanted = first_s + np.arange(0, 40) * 60.0 / bpm
    wanted = wanted[wanted < 28.0]
    distance = np.abs(beats[:, np.newaxis] - wanted).min(axis=0)
    assert np.median(distance) < 0.015
    assert distance.max() < 0.06


def test_the_rate_makes_no_difference() -> None:
    tempo = estimate_tempo(drummed(100.0, 0.2, 15.0, rate=8000), 8000)
    assert tempo is not None
    assert tempo.bpm == pytest.approx(100.0, rel=0.005)


def test_without_a_pulse_there_is_no_tempo() -> None:
    assert estimate_tempo(np.zeros((10 * RATE, 2), np.float32), RATE) is None
    assert estimate_tempo(drummed(120.0, 0.0, 1.0), RATE) is None
    assert estimate_tempo(np.zeros((0, 2), np.float32), RATE) is None


def test_the_search_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        estimate_tempo(np.zeros((10 * RATE, 2), np.float32), RATE, cancelled=lambda: True)


@settings(deadline=None, max_examples=50)
@given(bpm=st.floats(SLOWEST_BPM, FASTEST_BPM), taps=st.integers(4, 20), seed=st.integers(0, 99))
def test_taps_become_a_tempo(bpm: float, taps: int, seed: int) -> None:
    wobble = np.random.default_rng(seed).uniform(-0.02, 0.02, taps) * 60.0 / bpm
    times = 100.0 + np.arange(taps) * 60.0 / bpm + wobble
    assert tap_tempo(times.tolist()) == pytest.approx(bpm, rel=0.03)


def test_taps_are_limited_and_must_rise() -> None:
    assert tap_tempo([0.0, 0.001]) == FASTEST_BPM
    assert tap_tempo([0.0, 60.0]) == SLOWEST_BPM
    for taps in ([], [1.0], [1.0, 1.0], [2.0, 1.0]):
        with pytest.raises(ValueError, match="two taps"):
            tap_tempo(taps)


@settings(deadline=None)
@given(
    bpm=st.floats(SLOWEST_BPM, FASTEST_BPM), first=st.integers(0, 10**6), bar=st.integers(1, 12),
    frames=st.integers(0, 10**7),
)  # fmt: skip
def test_the_grid_covers_the_song_and_knows_its_bars(bpm: float, first: int, bar: int, frames: int) -> None:
    tempo = Tempo(bpm, first, bar)
    period = RATE * 60.0 / bpm
    beats = tempo.beat_frames(RATE, frames)
    assert np.all(np.abs(np.diff(beats) - period) <= 1.0)
    if frames > first + 1:
        assert 0 <= beats[0] <= period
        assert frames - period - 2 <= beats[-1] < frames
    if frames > first + 1:
        index = int(np.argmin(np.abs(beats - first)))
        assert abs(int(beats[index]) - first) <= 1
        assert (tempo.first_beat_in_bar(RATE) + index) % bar == 0, "the beat that was named is the first of its bar"


def test_beats_that_were_found_are_kept_and_continued() -> None:
    tempo = Tempo(60.0, 2 * RATE + 500, 3, found=(RATE + 700, 2 * RATE + 500, 3 * RATE + 900))
    np.testing.assert_array_equal(
        tempo.beat_frames(RATE, 5 * RATE), [700, RATE + 700, 2 * RATE + 500, 3 * RATE + 900, 4 * RATE + 900]
    )
    assert tempo.first_beat_in_bar(RATE) == 1
    np.testing.assert_array_equal(tempo.beat_frames(RATE, 2 * RATE), [700, RATE + 700])


def test_a_tempo_is_checked() -> None:
    for arguments in ((0.0,), (float("nan"),), (1000.0,), (120.0, 0, 0)):
        with pytest.raises(ValueError):
            Tempo(*arguments)
