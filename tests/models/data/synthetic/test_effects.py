import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from models.data.synthetic.effects import filters
from models.data.synthetic.effects.amplifier import amplify, draw_amplifier
from models.data.synthetic.effects.dynamics import apply_limiter, compress, limiter_gain
from models.data.synthetic.effects.kernels import feedback_delay, modulated_delay, soft_clip
from models.data.synthetic.effects.reverb import Convolver, draw_room, impulse_response

RATE = 44100


def response_db(section: np.ndarray, frequency_hz: float) -> float:
    z = np.exp(-2j * np.pi * frequency_hz / RATE)
    b0, b1, b2, a1, a2 = section
    return float(20 * np.log10(abs((b0 + b1 * z + b2 * z**2) / (1 + a1 * z + a2 * z**2))))


def noise(frames: int, level: float = 0.3) -> np.ndarray:
    return (level * np.random.default_rng(1).standard_normal((frames, 2))).astype(np.float32)


@settings(deadline=None, max_examples=50)
@given(st.floats(40, 15000), st.floats(-12, 12))
def test_filters_do_what_their_names_say(frequency_hz: float, gain_db: float) -> None:
    assert response_db(filters.section("low-pass", frequency_hz), frequency_hz) == pytest.approx(-3.01, abs=0.05)
    assert response_db(filters.section("high-pass", frequency_hz), frequency_hz) == pytest.approx(-3.01, abs=0.05)
    assert response_db(filters.section("peak", frequency_hz, gain_db), frequency_hz) == pytest.approx(gain_db, abs=0.01)
    assert response_db(filters.section("low-shelf", frequency_hz, gain_db), 0.01) == pytest.approx(gain_db, abs=0.1)
    assert response_db(filters.section("high-shelf", frequency_hz, gain_db), 22049) == pytest.approx(gain_db, abs=0.1)


def test_sections_in_series_equal_sections_one_by_one() -> None:
    together, apart = noise(2000), noise(2000)
    chain = (filters.section("peak", 500, 5), filters.section("high-pass", 80), filters.section("high-shelf", 6000, -4))
    filters.apply(together, *chain)
    for section in chain:
        filters.apply(apart, section)
    np.testing.assert_allclose(together, apart, atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.2, 0.9))
def test_limiter_holds_its_ceiling(seed: int, ceiling: float) -> None:
    audio = np.random.default_rng(seed).standard_normal((8000, 2)).astype(np.float32)
    apply_limiter(audio, limiter_gain(audio, ceiling, 0.1))
    assert np.abs(audio).max() <= ceiling * 1.001


def test_limiter_leaves_soft_music_alone() -> None:
    audio = noise(5000, 0.01)
    np.testing.assert_array_equal(limiter_gain(audio, 0.9, 0.1), 1.0)


def test_compressor_lowers_loud_by_its_ratio_and_nothing_below_the_threshold() -> None:
    time_s = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * time_s)[:, None].repeat(2, axis=1).astype(np.float32)
    loud, soft = tone.copy(), 0.05 * tone
    compress(loud, -20.0, 4.0, 0.001, 0.2)
    before = soft.copy()
    compress(soft, -20.0, 4.0, 0.001, 0.2)
    np.testing.assert_allclose(soft, before, atol=1e-7)
    assert 20 * np.log10(np.abs(loud[RATE // 2 :]).max()) == pytest.approx(-15.0, abs=0.7)


def test_convolver_is_a_convolution_of_the_middle() -> None:
    response = impulse_response(np.random.default_rng(2), draw_room(np.random.default_rng(3), 0.2, 0.3))
    assert np.allclose((response**2).sum(axis=0), 1.0, atol=1e-3)
    audio = noise(6000)
    wet = Convolver(response, len(audio)).process(audio)
    for channel in range(2):
        expected = fftconvolve(audio.mean(axis=1), response[:, channel])[: len(audio)]
        np.testing.assert_allclose(wet[:, channel], expected, atol=1e-4)


def test_echoes_come_at_their_time_and_fade() -> None:
    audio = np.zeros((5000, 2), np.float32)
    audio[0] = 1.0
    wet = feedback_delay(audio, 1000, 1500, 0.5, 1.0, 0.0)
    assert list(np.flatnonzero(wet[:, 0])) == [1000, 2000, 3000, 4000]
    np.testing.assert_allclose(wet[[1000, 2000, 3000], 0], [1, 0.5, 0.25], atol=1e-6)
    assert np.flatnonzero(wet[:, 1])[0] == 1500


def test_chorus_without_mix_changes_nothing() -> None:
    audio = noise(3000)
    before = audio.copy()
    modulated_delay(audio, 300.0, 50.0, 1e-5, 0.0, 0.0, 0.0)
    np.testing.assert_array_equal(audio, before)


def test_soft_clip_is_bounded_odd_and_keeps_silence_silent() -> None:
    audio = noise(4000, 3.0)
    negative = -audio
    soft_clip(audio, 4.0, 0.0)
    soft_clip(negative, 4.0, 0.0)
    np.testing.assert_allclose(audio, -negative, atol=1e-6)
    assert np.abs(audio).max() <= 1.0 + 1e-6
    silence = np.zeros((100, 2), np.float32)
    soft_clip(silence, 4.0, 0.3)
    np.testing.assert_allclose(silence, 0, atol=1e-6)


@pytest.mark.parametrize("kind", ["clean", "crunch", "high"])
def test_amplifier_keeps_level_and_length_and_cuts_what_a_cabinet_cuts(kind: str) -> None:
    time_s = np.arange(RATE) / RATE
    direct = (0.3 * np.sin(2 * np.pi * 196 * time_s) * np.exp(-time_s))[:, None].astype(np.float32)
    played = amplify(direct, draw_amplifier(np.random.default_rng(4), kind))
    assert played.shape == direct.shape
    assert np.isfinite(played).all()
    assert np.sqrt(np.mean(played**2)) == pytest.approx(0.1, rel=0.3)
    spectrum = np.abs(np.fft.rfft(played[:, 0])) ** 2
    assert spectrum[12000:].sum() < 1e-3 * spectrum.sum()
