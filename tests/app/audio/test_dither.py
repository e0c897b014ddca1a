"""Dither by its statistics: the error knows nothing of the signal, and nothing happens where there is no error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.dither import Quantizer

STEP = 2.0**-15


def error_in_steps(samples: NDArray[np.float32], *, dither: bool = True, seed: int = 0) -> NDArray[np.float64]:
    steps = Quantizer(16, dither=dither, seed=seed).quantize(samples)
    return steps - samples.astype(np.float64) / STEP


def quiet_tone(frames: int = 200_000) -> NDArray[np.float32]:
    """A sine of 1.3 steps with an offset, in which rounding alone would leave strong overtones."""
    wave = 1.3 * np.sin(2 * np.pi * 997 / 44100 * np.arange(frames)) + 0.2
    return (np.stack([wave, np.roll(wave, 11)], axis=1) * STEP).astype(np.float32)


def test_mean_and_power_of_the_error_do_not_depend_on_the_signal() -> None:
    """Lipshitz et al.: with triangular dither the first two moments are those of the noise, 0 and 1/4 step squared."""
    for level in (0.1, 0.25, 0.5, 0.7, 1234.4):
        error = error_in_steps(np.full((200_000, 1), level * STEP, np.float32))
        assert error.mean() == pytest.approx(0.0, abs=0.005)
        assert np.square(error).mean() == pytest.approx(0.25, abs=0.005)
        assert np.abs(error).max() < 1.5


def test_the_error_is_triangular_where_the_signal_is_spread_out() -> None:
    """Rounding (uniform, one step) plus the dither (triangular, two steps): variance 1/12 + 2/12."""
    noise = (0.1 * np.random.default_rng(1).standard_normal((200_000, 1))).astype(np.float32)
    error = error_in_steps(noise)
    kurtosis = np.power(error, 4).mean() / np.square(error).mean() ** 2
    assert np.var(error) == pytest.approx(3 / 12, rel=0.01)
    assert kurtosis == pytest.approx(3 - 3 * 1.2 / 9, abs=0.03)  # three uniform variables: excess -1.2 / 3
    plain = error_in_steps(noise, dither=False)
    assert np.var(plain) == pytest.approx(1 / 12, rel=0.01)
    assert np.abs(plain).max() <= 0.5


def test_the_error_is_white_and_not_correlated_with_the_signal_or_the_other_channel() -> None:
    tone = quiet_tone()
    error = error_in_steps(tone)
    expected = 4 / np.sqrt(len(tone))  # four standard deviations
    assert abs(np.corrcoef(error[:, 0], tone[:, 0])[0, 1]) < expected
    assert abs(np.corrcoef(error[:, 0], error[:, 1])[0, 1]) < expected
    for lag in (1, 2, 44, 100):
        assert abs(np.corrcoef(error[lag:, 0], error[:-lag, 0])[0, 1]) < expected
    rounded = error_in_steps(tone, dither=False)
    assert abs(np.corrcoef(rounded[:, 0], tone[:, 0])[0, 1]) > 10 * expected, "the test could not fail"


def test_a_quiet_tone_has_no_overtones() -> None:
    tone = quiet_tone()[:, :1]

    def overtone_db(*, dither: bool) -> float:
        heard = Quantizer(16, dither=dither).quantize(tone)[:, 0].astype(np.float64)
        phase = 2 * np.pi * 997 / 44100 * np.arange(len(heard))
        amplitudes = [np.abs(np.mean(heard * np.exp(-1j * n * phase))) for n in (1, 2, 3, 4, 5)]
        return float(20 * np.log10(max(amplitudes[1:]) / amplitudes[0]))

    assert overtone_db(dither=False) > -30.0
    assert overtone_db(dither=True) < -45.0


@settings(deadline=None)
@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_what_lies_on_a_step_stays(values: list[int]) -> None:
    steps = np.array(values, np.int16)[:, None]
    quantizer = Quantizer(16)
    np.testing.assert_array_equal(quantizer.quantize((steps * STEP).astype(np.float32)), steps)
    assert quantizer.clipped_samples == 0


def test_silence_stays_silent() -> None:
    assert not Quantizer(16).quantize(np.zeros((1000, 2), np.float32)).any()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=8))
def test_blocks_and_runs_give_the_same(lengths: list[int]) -> None:
    samples = quiet_tone(sum(lengths))
    whole = Quantizer(16, seed=3).quantize(samples)
    quantizer = Quantizer(16, seed=3)
    cuts = np.cumsum(lengths)[:-1]
    np.testing.assert_array_equal(np.concatenate([quantizer.quantize(b) for b in np.split(samples, cuts)]), whole)


def test_seeds_give_unrelated_noise() -> None:
    tone = quiet_tone()[:, :1]
    one, other = (error_in_steps(tone, seed=seed)[:, 0] for seed in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(one))


@pytest.mark.parametrize("bits", [16, 24])
def test_full_scale_is_the_limit_and_counted(bits: int) -> None:
    quantizer = Quantizer(bits)  # type: ignore[arg-type]
    samples = np.array([[1.0], [-1.0], [1.5], [-1.5], [0.9999]], np.float32)
    steps = quantizer.quantize(samples)[:, 0].astype(np.int64) >> (8 if bits == 24 else 0)
    top = 1 << (bits - 1)
    np.testing.assert_array_equal(steps[:4], [top - 1, -top, top - 1, -top])
    assert quantizer.clipped_samples == 2


def test_24_bits_are_only_rounded() -> None:
    samples = (np.random.default_rng(0).random((10_000, 2)) - 0.5).astype(np.float32) * np.float32(0.01)
    steps = Quantizer(24).quantize(samples)
    assert np.abs(steps / 256 - samples.astype(np.float64) * 2**23).max() <= 0.5
    assert not (steps & 0xFF).any()
