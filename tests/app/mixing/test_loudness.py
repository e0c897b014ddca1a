"""Loudness and true peak against the signals of EBU Tech 3341 and ITU-R BS.1770."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import resample_poly, sosfreqz

from app.mixing.kernel_layout import LANES, LOUDNESS, METERS
from app.mixing.loudness import Loudness, power_to_lufs
from app.mixing.loudness_kernel import k_weighting
from app.mixing.master_kernel import master_block, master_state
from app.mixing.meters import Meters

Samples = NDArray[np.float32]


def tone(seconds: float, level_db: float, rate: int = 48_000, frequency_hz: float = 1000.0) -> Samples:
    """The same sine in both channels; dBFS is of its peak."""
    sine = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(sine.astype(np.float32)[:, None], 2, axis=1)


def measured(samples: Samples, rate: int = 48_000, size: int = 4096) -> Loudness:
    meters, state = Meters(), master_state(rate)
    for start in range(0, len(samples), size):
        block = samples[start : start + size].copy()
        master_block(block, len(block), False, 1.0, state, meters.values)
    return meters.loudness


@pytest.mark.parametrize(("level_db", "rate"), [(-23.0, 48_000), (-33.0, 48_000), (-23.0, 44_100), (-23.0, 96_000)])
def test_a_steady_tone(level_db: float, rate: int) -> None:
    """Tests 1 and 2: 1 kHz in both channels, 20 s."""
    loudness = measured(tone(20, level_db, rate), rate)
    for value in (loudness.momentary_lufs, loudness.short_term_lufs, loudness.integrated_lufs):
        assert value == pytest.approx(level_db, abs=0.1)


@pytest.mark.parametrize(
    "parts",
    [
        ((10, -36.0), (60, -23.0), (10, -36.0)),  # test 3: the relative gate
        ((10, -72.0), (10, -36.0), (60, -23.0), (10, -36.0), (10, -72.0)),  # test 4: both gates
        ((20, -26.0), (20.1, -20.0), (20, -26.0)),  # test 5
    ],
)
def test_the_gates(parts: tuple[tuple[float, float], ...]) -> None:
    programme = np.concatenate([tone(seconds, level) for seconds, level in parts])
    assert measured(programme).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_short_term_and_momentary_forget() -> None:
    """After 3 s of a quieter tone short-term loudness is that tone's; momentary after 0.4 s."""
    before, after = tone(5, -20.0), tone(3.1, -40.0)
    soon = measured(np.concatenate([before, after[:24_000]]))
    assert soon.momentary_lufs == pytest.approx(-40.0, abs=0.1)
    assert soon.short_term_lufs > -24.0
    assert measured(np.concatenate([before, after])).short_term_lufs == pytest.approx(-40.0, abs=0.1)


def test_silence_and_too_little() -> None:
    silence = measured(np.zeros((48_000, 2), np.float32))
    assert silence == Loudness()
    assert measured(tone(0.35, -20.0)).integrated_lufs == -math.inf
    assert measured(tone(3.0, -75.0)).integrated_lufs == -math.inf  # below the absolute gate
    assert power_to_lufs(0.0) == -math.inf


def test_one_channel_is_3_lu_less() -> None:
    """BS.1770: a 997 Hz sine of 0 dBFS in one channel reads -3.01 LKFS."""
    left = tone(3, 0.0, frequency_hz=997.0)
    left[:, 1] = 0.0
    assert measured(left).integrated_lufs == pytest.approx(-3.01, abs=0.05)


def test_the_k_weighting_at_48_khz_is_the_table_of_the_standard() -> None:
    shelf, high_pass = k_weighting(48_000)
    table = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585]
    np.testing.assert_allclose(shelf, table, atol=1e-8)
    np.testing.assert_allclose(high_pass, [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621], atol=1e-8)


def test_the_k_weighting_is_the_same_curve_at_every_rate() -> None:
    grid = np.geomspace(20, 10_000, 50)

    def curve(rate: int) -> NDArray[np.float64]:
        sections = [[*row[:3], 1.0, *row[3:]] for row in k_weighting(rate)]
        curve: NDArray[np.float64] = 20 * np.log10(np.abs(sosfreqz(sections, worN=grid, fs=rate)[1]))
        return curve

    for rate in (32_000, 44_100, 96_000, 192_000):
        np.testing.assert_allclose(curve(rate), curve(48_000), atol=0.15)


@pytest.mark.parametrize(("divisor", "phase_deg"), [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_true_peaks(divisor: int, phase_deg: float, rate: int) -> None:
    """Tests 15 to 18: sines of -6 dBFS whose peaks lie between samples; tolerance +0.2, -0.4 dB."""
    time = np.arange(rate // 10)
    sine = 0.5 * np.sin(2 * np.pi * time / divisor + math.radians(phase_deg))
    sine *= np.minimum(1.0, np.minimum(time, time[::-1]) / 1000)  # a hard edge has a true peak of its own
    true_peak = measured(np.repeat(sine.astype(np.float32)[:, None], 2, axis=1), rate).true_peak_dbtp
    assert -6.42 <= true_peak <= -5.82


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000))
def test_a_true_peak_is_never_below_a_sample_and_close_to_a_finer_interpolation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.standard_normal(4000), np.hanning(8) / 3, "same")  # music has little near Nyquist
    noise[-100:] = 0.0
    samples = np.repeat(noise.astype(np.float32)[:, None], 2, axis=1)
    linear = 10 ** (measured(samples).true_peak_dbtp / 20)
    fine = np.abs(resample_poly(noise, 16, 1, window=("kaiser", 8.0))).max()
    assert linear >= np.abs(samples).max() * (1 - 1e-6)
    assert 20 * math.log10(linear / fine) == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("size", [1, 7, 64, 512])
def test_the_size_of_the_blocks_does_not_matter(size: int) -> None:
    rng = np.random.default_rng(0)
    noise = (0.1 * rng.standard_normal((30_000, 2))).astype(np.float32)
    assert measured(noise, size=size) == measured(noise, size=30_000)


def test_a_new_programme_begins_in_the_middle_of_a_block_of_the_old() -> None:
    meters, state = Meters(), master_state(48_000)
    assert meters.values.shape == (METERS, LANES)
    for level_db in (0.0, -30.0):
        block = tone(1.03, level_db)
        meters.reset_loudness()
        assert not meters.values[LOUDNESS, :4].any()
        master_block(block, len(block), False, 1.0, state, meters.values)
        assert meters.loudness.integrated_lufs == pytest.approx(level_db, abs=0.1)
