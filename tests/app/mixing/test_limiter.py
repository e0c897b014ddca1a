"""The limiter: a ceiling for true peaks that nothing exceeds, and otherwise no change."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.mixing.kernel_layout import LANES, LOUDNESS, METERS
from app.mixing.limiter_kernel import latency_frames
from app.mixing.loudness_kernel import TRUE_PEAK
from app.mixing.master_kernel import limit_block, master_block, master_state
from app.mixing.mixer import Mixer
from app.mixing.settings import LimiterSettings, MixSettings
from tests.app.mixing.conftest import MemorySong

Samples = NDArray[np.float32]

RATE = 44100


def limited(samples: Samples, ceiling_dbtp: float, rate: int = RATE, size: int = 4096) -> Samples:
    """With silence behind it for what is delayed."""
    out = np.concatenate([samples, np.zeros((latency_frames(rate) + 50, 2), np.float32)])
    state = master_state(rate)
    for start in range(0, len(out), size):
        block = out[start : start + size]
        limit_block(block, len(block), True, db_to_linear(ceiling_dbtp), state)
    return out


def true_peak_db(samples: Samples, rate: int = RATE) -> float:
    meters = np.zeros((METERS, LANES))
    samples = np.concatenate([samples, np.zeros((50, 2), np.float32)])
    master_block(samples, len(samples), False, 1.0, master_state(rate), meters)
    return 20 * math.log10(max(meters[LOUDNESS, TRUE_PEAK], 1e-12))


@st.composite
def loud_signals(draw: st.DrawFn) -> Samples:
    """Noise, tones, clicks and squares whose level jumps up and down by up to 60 dB, in pieces of any length."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pieces = []
    for _ in range(draw(st.integers(1, 6))):
        length, level = draw(st.integers(1, 900)), db_to_linear(draw(st.floats(-40.0, 40.0)))
        time = np.arange(length)
        match draw(st.integers(0, 4)):
            case 0:
                piece = rng.standard_normal((length, 2))
            case 1:
                piece = np.sin(time * draw(st.floats(0.01, 3.14)) + rng.random() * 6)[:, None] * [1.0, 0.7]
            case 2:
                piece = np.where(rng.random((length, 2)) < 0.02, 1.0, 0.0)
            case 3:
                piece = rng.choice([-1.0, 1.0], (length, 2))
            case _:  # what an interpolator likes least: the signs of its own taps
                piece = np.sign(np.sinc(time - length / 2 + 0.5))[:, None] * [1.0, -1.0]
        pieces.append(level * piece)
    return np.concatenate(pieces).astype(np.float32)


@settings(deadline=None, max_examples=200)
@given(signal=loud_signals(), ceiling=st.floats(-12.0, 0.0), rate=st.sampled_from([44_100, 96_000, 8000]))
def test_no_true_peak_exceeds_the_ceiling(signal: Samples, ceiling: float, rate: int) -> None:
    out = limited(signal, ceiling, rate)
    assert np.isfinite(out).all()
    assert true_peak_db(out, rate) <= ceiling + 1e-4


@settings(deadline=None, max_examples=50)
@given(signal=loud_signals(), ceiling=st.floats(-12.0, 0.0))
def test_what_stays_below_the_ceiling_only_comes_later(signal: Samples, ceiling: float) -> None:
    quiet = (signal * (0.9 * db_to_linear(ceiling - true_peak_db(signal)))).astype(np.float32)
    delay = latency_frames(RATE)
    out = limited(quiet, ceiling)
    np.testing.assert_array_equal(out[delay : delay + len(quiet)], quiet)
    assert not out[:delay].any()


def test_it_looks_ahead_two_milliseconds() -> None:
    for rate in (8000, 44_100, 48_000, 96_000, 192_000):
        assert latency_frames(rate) / rate < 0.002 + 16 / rate


def test_both_channels_get_the_same_gain_and_the_gain_recovers() -> None:
    time = np.arange(RATE)
    signal = (0.2 * np.sin(2 * np.pi * 500 * time / RATE)[:, None] * [1.0, 0.25]).astype(np.float32)
    signal[10_000:10_400] *= 10.0
    out = limited(signal, -6.0)
    delay = latency_frames(RATE)
    heard = out[delay : delay + RATE].astype(np.float64)
    np.testing.assert_allclose(heard[:, 1], heard[:, 0] / 4, atol=1e-6)
    np.testing.assert_array_equal(heard[:9000], signal[:9000])
    loudest = np.abs(heard[10_000:10_400, 0]).max()
    assert loudest == pytest.approx(db_to_linear(-6.1), rel=0.02)  # it takes no more than it must
    np.testing.assert_allclose(heard[-1000:], signal[-1000:], rtol=1e-3)


def test_the_gain_moves_softly() -> None:
    """On a constant the limiter's gain is what one hears: it has no steps."""
    signal = np.full((20_000, 2), 0.1, np.float32)
    signal[8000:8100] = 4.0
    out = limited(signal, -1.0)[:, 0].astype(np.float64)
    delay = latency_frames(RATE)
    gain = out[delay : delay + 20_000] / signal[:, 0]
    assert gain.min() == pytest.approx(db_to_linear(-1.1) / 4.0, rel=0.15)
    assert np.abs(np.diff(gain)).max() < 0.05


@pytest.mark.parametrize("size", [1, 7, 64, 512])
def test_the_size_of_the_blocks_does_not_matter(size: int) -> None:
    rng = np.random.default_rng(3)
    signal = (rng.standard_normal((6000, 2)) * np.repeat([0.1, 3.0, 0.2, 9.0], 1500)[:, None]).astype(np.float32)
    np.testing.assert_array_equal(limited(signal, -1.0, size=size), limited(signal, -1.0, size=6000))


def test_the_mixer_is_late_by_as_much_as_it_says() -> None:
    song = MemorySong(9000)
    song.mix *= 0.5
    off, on = MixSettings(), MixSettings(limiter=LimiterSettings(True, 0.0))
    assert Mixer(song, off).latency_frames == 0
    mixer = Mixer(song, on)
    delay = mixer.latency_frames
    assert delay == latency_frames(RATE)
    late = np.concatenate([mixer.render(start, 500) for start in range(0, 10_000, 500)])
    np.testing.assert_array_equal(late[delay : delay + 9000], Mixer(song, off).render(0, 9000))
    assert not late[delay + 9000 :].any()


def test_after_the_limiter_the_song_is_itself_again() -> None:
    song = MemorySong(12_000)
    mixer = Mixer(song, MixSettings(master_gain_db=12.0, limiter=LimiterSettings(True, -6.0)))
    assert np.abs(mixer.render(0, 5000)).max() < db_to_linear(-6.0)
    mixer.settings = MixSettings()
    mixer.render(5000, 1200)
    np.testing.assert_array_equal(mixer.render(6200, 5000), Mixer(song).render(6200, 5000))


def test_a_lower_ceiling_is_kept_after_the_look_ahead() -> None:
    song = MemorySong(12_000)
    mixer = Mixer(song, MixSettings(master_gain_db=12.0, limiter=LimiterSettings(True, 0.0)))
    mixer.render(0, 5000)
    mixer.settings = MixSettings(master_gain_db=12.0, limiter=LimiterSettings(True, -12.0))
    mixer.render(5000, 4 * latency_frames(RATE))
    assert true_peak_db(mixer.render(5000 + 4 * latency_frames(RATE), 5000)) < -11.5
