"""The equalizer by its physics, and against filters that were designed by another formula."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import freqz_sos

from app.mixing.equalizer import design, magnitude_response_db
from app.mixing.mixer import Mixer
from app.mixing.settings import EqualizerSettings, MixSettings

Floats = NDArray[np.float64]

gains = st.floats(-24.0, 12.0)
equalizers = st.builds(
    EqualizerSettings,
    low_gain_db=gains,
    mid_gain_db=gains,
    high_gain_db=gains,
    low_cutoff_hz=st.floats(20.0, 2000.0),
    mid_center_hz=st.floats(100.0, 10_000.0),
    mid_q=st.floats(0.1, 10.0),
    high_cutoff_hz=st.floats(500.0, 20_000.0),
)


def response_db(equalizer: EqualizerSettings, *frequency_hz: float, rate: int = 44100) -> Floats:
    return magnitude_response_db(equalizer, np.array(frequency_hz), rate)


@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 0.1, 12.0])
@pytest.mark.parametrize("rate", [44100, 96000])
def test_a_shelf_has_its_gain_on_one_side_and_half_of_it_at_the_cutoff(gain_db: float, rate: int) -> None:
    low = response_db(EqualizerSettings(low_gain_db=gain_db, low_cutoff_hz=500.0), 0.5, 500.0, 20_000.0, rate=rate)
    high = response_db(EqualizerSettings(high_gain_db=gain_db, high_cutoff_hz=2000.0), 2.0, 2000.0, 22_049.0, rate=rate)
    np.testing.assert_allclose(low, [gain_db, gain_db / 2, 0.0], atol=0.02)
    np.testing.assert_allclose(high, [0.0, gain_db / 2, gain_db], atol=0.02)


@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 12.0])
@pytest.mark.parametrize("q", [0.3, 0.7, 5.0])
def test_a_bell_has_its_gain_at_the_center_and_none_far_away(gain_db: float, q: float) -> None:
    bell = EqualizerSettings(mid_gain_db=gain_db, mid_center_hz=1000.0, mid_q=q)
    center = response_db(bell, 1000.0)[0]
    assert center == pytest.approx(gain_db, abs=1e-9)
    np.testing.assert_allclose(response_db(bell, 0.01, 22_049.99), [0.0, 0.0], atol=0.02)
    around = response_db(bell, *np.geomspace(20, 20_000, 500))
    assert np.all(around * math.copysign(1, gain_db) >= -1e-9)
    assert np.all(np.abs(around) <= abs(center) + 1e-9)


def test_a_bell_of_more_q_is_narrower() -> None:
    widths = []
    for q in (0.5, 1.0, 2.0, 4.0):
        grid = np.geomspace(20, 20_000, 2000)
        bell = magnitude_response_db(EqualizerSettings(mid_gain_db=12.0, mid_q=q), grid, 192_000)
        inside = grid[bell > 6.0]
        widths.append(math.log2(inside[-1] / inside[0]))
    assert widths == sorted(widths, reverse=True)
    # Half the gain in dB at f0 * 2**(+-width/2): Robert Bristow-Johnson's definition of the bandwidth.
    for q, width in zip((0.5, 1.0, 2.0, 4.0), widths, strict=True):
        assert width == pytest.approx(2 / math.log(2) * math.asinh(1 / (2 * q)), rel=0.02)


@settings(deadline=None, max_examples=50)
@given(equalizer=equalizers)
def test_boost_and_cut_mirror_each_other(equalizer: EqualizerSettings) -> None:
    limited = {name: max(-12.0, getattr(equalizer, name)) for name in ("low_gain_db", "mid_gain_db", "high_gain_db")}
    fixed = {name: getattr(equalizer, name) for name in ("low_cutoff_hz", "mid_center_hz", "mid_q", "high_cutoff_hz")}
    grid = np.geomspace(10, 21_000, 100)
    boost = magnitude_response_db(EqualizerSettings(**limited, **fixed), grid, 44100)
    cut = magnitude_response_db(EqualizerSettings(**{k: -v for k, v in limited.items()}, **fixed), grid, 44100)
    np.testing.assert_allclose(boost, -cut, atol=1e-6)


def cookbook(equalizer: EqualizerSettings, rate: int) -> Floats:
    """The same bands as biquads `(3, 6)`, after R. Bristow-Johnson, "Cookbook formulae for audio EQ biquads"."""
    sections = []
    for kind, gain_db, frequency, q in (
        ("low", equalizer.low_gain_db, equalizer.low_cutoff_hz, math.sqrt(0.5)),
        ("bell", equalizer.mid_gain_db, equalizer.mid_center_hz, equalizer.mid_q),
        ("high", equalizer.high_gain_db, equalizer.high_cutoff_hz, math.sqrt(0.5)),
    ):
        a = 10 ** (gain_db / 40)
        w = 2 * math.pi * frequency / rate
        c, alpha = math.cos(w), math.sin(w) / (2 * q)
        if kind == "bell":
            b = [1 + alpha * a, -2 * c, 1 - alpha * a]
            d = [1 + alpha / a, -2 * c, 1 - alpha / a]
        else:
            sign, root = (1 if kind == "low" else -1), 2 * math.sqrt(a) * alpha
            p, m = a + 1, a - 1
            b = [a * (p - sign * m * c + root), sign * 2 * a * (m - sign * p * c), a * (p - sign * m * c - root)]
            d = [p + sign * m * c + root, -sign * 2 * (m + sign * p * c), p + sign * m * c - root]
        sections.append([*(x / d[0] for x in b), *(x / d[0] for x in d)])
    return np.array(sections)


@settings(deadline=None, max_examples=50)
@given(equalizer=equalizers, rate=st.sampled_from([44100, 48000, 192000]))
def test_the_response_is_that_of_the_cookbook_filters(equalizer: EqualizerSettings, rate: int) -> None:
    grid = np.geomspace(10, 21_000, 60)
    expected = 20 * np.log10(np.abs(freqz_sos(cookbook(equalizer, rate), grid, fs=rate)[1]))
    np.testing.assert_allclose(magnitude_response_db(equalizer, grid, rate), expected, atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(equalizer=equalizers, rate=st.sampled_from([8000, 44100, 96000]))
def test_the_mixer_filters_as_drawn(make_song: Callable[..., object], equalizer: EqualizerSettings, rate: int) -> None:
    """An impulse through the `other` strip; its spectrum is the frequency response."""
    song = make_song(frames=1 << 16, rate=rate, spans=())
    song.mix[:] = 0.0  # type: ignore[attr-defined]
    song.mix[0] = 0.5  # type: ignore[attr-defined]
    mixer = Mixer(song, MixSettings().with_strip("other", equalizer=equalizer))  # type: ignore[arg-type]
    impulse = mixer.render(0, 1 << 16)[:, 0].astype(np.float64)
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(impulse)) / 0.5)
    frequency = np.fft.rfftfreq(len(impulse), 1 / rate)
    audible = (frequency > 30) & (frequency < 0.48 * rate)
    drawn = magnitude_response_db(equalizer, frequency[audible], rate)
    np.testing.assert_allclose(spectrum[audible], drawn, atol=0.05)


@pytest.mark.parametrize("frequency_hz", [60.0, 250.0, 1000.0, 4000.0, 12_000.0])
def test_sines_through_the_mixer(make_song: Callable[..., object], frequency_hz: float) -> None:
    equalizer = EqualizerSettings(6.0, -9.0, 4.0, mid_q=2.0)
    song = make_song(frames=44100, spans=())
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(44100) / 44100) * 0.25
    song.mix[:] = sine[:, None]  # type: ignore[attr-defined]
    mixer = Mixer(song, MixSettings().with_strip("other", equalizer=equalizer))  # type: ignore[arg-type]
    settled = mixer.render(0, 44100)[22050:, 1].astype(np.float64)
    gain_db = 10 * np.log10(np.mean(settled**2) / np.mean(sine[22050:] ** 2))
    assert gain_db == pytest.approx(response_db(equalizer, frequency_hz)[0], abs=0.01)


def test_flat_and_bypassed_bands_pass_samples_exactly() -> None:
    for equalizer in (EqualizerSettings(low_cutoff_hz=77.0), EqualizerSettings(9.0, -20.0, 3.0, bypass=True)):
        np.testing.assert_array_equal(design(equalizer, 44100)[:, 2:], [[1.0, 0.0, 0.0]] * 3)
        assert np.all(response_db(equalizer, 20.0, 1000.0, 20_000.0) == 0.0)


@pytest.mark.parametrize("rate", [2000, 8000, 11025])
def test_frequencies_beyond_a_low_rate_stay_finite(rate: int) -> None:
    equalizer = EqualizerSettings(6.0, 6.0, 6.0, low_cutoff_hz=20_000, mid_center_hz=20_000, high_cutoff_hz=20_000)
    assert np.isfinite(design(equalizer, rate)).all()
    assert np.isfinite(response_db(equalizer, 10.0, rate * 0.49, rate=rate)).all()
    assert np.isnan(response_db(equalizer, rate, rate=rate)).all()
