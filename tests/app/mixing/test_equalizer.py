"""The equalizer by its physics, against the analogue prototypes, and as the mixer plays it."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import freqs

from app.mixing.equalizer import SECTIONS, design, design_band, effective_q, prototype_response_db, response_db
from app.mixing.mixer import Mixer
from app.mixing.settings import DEFAULT_BANDS, BandKind, BandSettings, EqualizerSettings, MixSettings
from tests import mixes

Floats = NDArray[np.float64]

HIGH_PASS, LOW_SHELF, PEAK, HIGH_SHELF, LOW_PASS = 0, 1, 3, 6, 7
AUDIBLE_HZ = np.geomspace(10.0, 10_000.0, 400)


def one_band(index: int, **changes: Any) -> EqualizerSettings:
    return EqualizerSettings().with_band(index, on=True, **changes)


def gain_db(equalizer: EqualizerSettings, *frequency_hz: float, rate: int = 44100) -> Floats:
    return response_db(equalizer, rate, np.array(frequency_hz))


@pytest.mark.parametrize("index", [HIGH_PASS, LOW_PASS])
@pytest.mark.parametrize("slope", [12, 24])
@pytest.mark.parametrize("frequency_hz", [30.0, 300.0, 3000.0, 9000.0])
def test_a_pass_has_3_db_less_at_its_cutoff_and_its_slope_beyond(index: int, slope: int, frequency_hz: float) -> None:
    filtered = one_band(index, frequency_hz=frequency_hz, slope_db_per_octave=slope)
    assert gain_db(filtered, frequency_hz)[0] == pytest.approx(-3.01, abs=0.02)
    away = 1 / 8 if index == HIGH_PASS else 8  # three octaves into the stop band
    rate = 44100 if index == HIGH_PASS else 352_800
    one, next_one = gain_db(filtered, frequency_hz * away, frequency_hz * away * (2 if away > 1 else 0.5), rate=rate)
    assert one == pytest.approx(-3 * slope, abs=0.6)
    assert next_one - one == pytest.approx(-slope, abs=0.3)
    passed = frequency_hz * 20 if index == HIGH_PASS else frequency_hz / 20
    if passed < 20_000:
        assert gain_db(filtered, passed)[0] == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("slope", [12, 24])
@pytest.mark.parametrize("q", [0.5, 1.0, 3.0])
def test_the_gain_at_a_cutoff_is_q(slope: int, q: float) -> None:
    for index in (HIGH_PASS, LOW_PASS):
        filtered = one_band(index, frequency_hz=1000.0, slope_db_per_octave=slope, q=q)
        assert gain_db(filtered, 1000.0)[0] == pytest.approx(20 * math.log10(q), abs=0.02)


@pytest.mark.parametrize("gain", [-24.0, -6.0, 0.1, 12.0, 24.0])
@pytest.mark.parametrize("rate", [44100, 96000])
def test_a_shelf_has_its_gain_on_one_side_and_half_of_it_at_its_frequency(gain: float, rate: int) -> None:
    low = gain_db(one_band(LOW_SHELF, gain_db=gain, frequency_hz=500.0), 0.5, 500.0, 20_000.0, rate=rate)
    high = gain_db(one_band(HIGH_SHELF, gain_db=gain, frequency_hz=800.0), 2.0, 800.0, 20_000.0, rate=rate)
    np.testing.assert_allclose(low, [gain, gain / 2, 0.0], atol=0.03)
    np.testing.assert_allclose(high, [0.0, gain / 2, gain], atol=0.03)


@pytest.mark.parametrize("gain", [-24.0, -6.0, 12.0])
@pytest.mark.parametrize("q", [0.3, 0.7, 5.0, 18.0])
@pytest.mark.parametrize("frequency_hz", [40.0, 1000.0, 10_000.0])
def test_a_peak_has_its_gain_at_its_center_and_none_far_away(gain: float, q: float, frequency_hz: float) -> None:
    peak = one_band(PEAK, gain_db=gain, frequency_hz=frequency_hz, q=q)
    assert gain_db(peak, frequency_hz)[0] == pytest.approx(gain, abs=0.01)
    assert gain_db(peak, 0.01)[0] == pytest.approx(0.0, abs=0.02)
    around = gain_db(peak, *np.geomspace(20, 20_000, 500)) * math.copysign(1, gain)
    assert np.all(around >= -0.05)
    assert np.all(around <= abs(gain) + 0.05)


def test_a_peak_of_more_q_is_narrower() -> None:
    grid = np.geomspace(20, 10_000, 20_000)
    for q in (0.7, 1.0, 2.0, 4.0, 16.0):
        inside = grid[response_db(one_band(PEAK, gain_db=12.0, q=q, frequency_hz=800.0), 44100, grid) > 6.0]
        # Half the gain in dB at f0 * 2**(+-width/2): Robert Bristow-Johnson's definition of the bandwidth.
        width = 2 / math.log(2) * math.asinh(1 / (2 * q))
        assert math.log2(inside[-1] / inside[0]) == pytest.approx(width, rel=0.03)


@st.composite
def single_bands(draw: st.DrawFn) -> tuple[int, BandSettings]:
    """Everything that the settings allow."""
    index = draw(st.sampled_from([HIGH_PASS, LOW_SHELF, PEAK, HIGH_SHELF, LOW_PASS]))
    kind = DEFAULT_BANDS[index].kind
    frequency_hz = 20.0 * 1000.0 ** draw(st.floats(0.0, 1.0))
    q = draw(st.one_of(st.floats(0.0, 1.0).map(lambda share: 0.1 * 180.0**share), st.just(18.0)))
    slope = draw(st.sampled_from([12, 24]))
    return index, BandSettings(kind, True, frequency_hz, draw(st.floats(-24.0, 24.0)), q, slope)


def deviation_db(index: int, band: BandSettings, rate: int) -> float:
    equalizer = replace(EqualizerSettings(), bands=(*DEFAULT_BANDS[:index], replace(band), *DEFAULT_BANDS[index + 1 :]))
    grid = np.concatenate([AUDIBLE_HZ, np.clip(band.frequency_hz * np.linspace(0.9, 1.1, 41), 10.0, 10_000.0)])
    wanted = prototype_response_db(equalizer, grid)
    heard = wanted > -100.0
    return float(np.abs(response_db(equalizer, rate, grid) - wanted)[heard].max())


@settings(deadline=None, max_examples=400)
@given(single_bands(), st.sampled_from([44100, 48000, 96000, 192_000]))
@example((HIGH_PASS, BandSettings(BandKind.HIGH_PASS, True, 10_063.0, 0.0, 17.4, 24)), 44100)
@example((LOW_SHELF, BandSettings(BandKind.LOW_SHELF, True, 6358.0, 17.9, 17.8)), 44100)
@example((PEAK, BandSettings(BandKind.PEAK, True, 19_500.0, 21.0, 1.5)), 44100)
@example((HIGH_SHELF, BandSettings(BandKind.HIGH_SHELF, True, 5000.0, 24.0, 8.0)), 44100)
def test_bands_are_within_a_tenth_db_of_the_prototype_up_to_10_khz(made: tuple[int, BandSettings], rate: int) -> None:
    assert deviation_db(*made, rate) < 0.1


@pytest.mark.parametrize("gain", [-24.0, -6.0, 6.0, 24.0])
@pytest.mark.parametrize("index", [LOW_SHELF, HIGH_SHELF])
def test_a_shelf_stays_a_shelf_whatever_its_q(index: int, gain: float) -> None:
    """It overshoots on both sides alike, by no more than a quarter of its gain and 1.5 dB."""
    shelf = response_db(
        one_band(index, gain_db=gain, frequency_hz=1000.0, q=18.0), 44100, np.geomspace(5, 20_000, 2000)
    )
    over = max(shelf.max() - max(gain, 0.0), min(gain, 0.0) - shelf.min())
    assert over < 0.25 * abs(gain) + 1.5


def test_the_q_that_a_band_gets_is_told() -> None:
    sharp = {kind: BandSettings(kind, True, 10_000.0, 6.0, 18.0) for kind in BandKind}
    assert {kind.value: effective_q(made) for kind, made in sharp.items()} == {
        "high_pass": 2.0, "low_shelf": 2.0, "peak": 18.0, "high_shelf": 2.0, "low_pass": 18.0,
    }  # fmt: skip
    assert effective_q(BandSettings(BandKind.HIGH_PASS, True, 200.0, q=18.0)) == 18.0
    assert effective_q(BandSettings(BandKind.HIGH_PASS, True, 4000.0, q=18.0)) == 16.0


@pytest.mark.parametrize("q", [0.5, 0.7071, 2.0])
def test_the_prototypes_are_those_of_the_cookbook(q: float) -> None:
    a, f0 = 10 ** (9.0 / 40), 700.0
    w = AUDIBLE_HZ / f0
    expected = {
        LOW_SHELF: ([a, a * math.sqrt(a) / q, a * a], [a, math.sqrt(a) / q, 1]),
        PEAK: ([1, a / q, 1], [1, 1 / (a * q), 1]),
        HIGH_SHELF: ([a * a, a * math.sqrt(a) / q, a], [1, math.sqrt(a) / q, a]),
        HIGH_PASS: ([1, 0, 0], [1, 1 / q, 1]),
        LOW_PASS: ([0, 0, 1], [1, 1 / q, 1]),
    }
    for index, (numerator, denominator) in expected.items():
        reference = 20 * np.log10(np.abs(freqs(numerator, denominator, worN=w)[1]))
        ours = prototype_response_db(one_band(index, frequency_hz=f0, gain_db=9.0, q=q), AUDIBLE_HZ)
        np.testing.assert_allclose(ours, reference, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(single_bands())
def test_boost_and_cut_mirror_each_other(made: tuple[int, BandSettings]) -> None:
    index, band = made
    if band.kind.is_pass:
        return
    boost, cut = (one_band(index, frequency_hz=band.frequency_hz, q=band.q, gain_db=s * band.gain_db) for s in (1, -1))
    np.testing.assert_allclose(response_db(boost, 44100, AUDIBLE_HZ), -response_db(cut, 44100, AUDIBLE_HZ), atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(single_bands(), st.sampled_from([8000, 22_050, 44100, 192_000]))
def test_every_band_is_stable_and_its_coefficients_are_numbers(made: tuple[int, BandSettings], rate: int) -> None:
    for g, k, *m in design_band(made[1], rate):
        assert g > 0.0
        assert k > 0.0
        assert np.isfinite([g, k, *m]).all()


@settings(deadline=None, max_examples=20)
@given(equalizer=mixes.equalizers, rate=st.sampled_from([44100, 96000]))
def test_the_mixer_filters_as_drawn(make_song: Callable[..., Any], equalizer: EqualizerSettings, rate: int) -> None:
    """An impulse through the `other` strip; its spectrum is the frequency response."""
    low = [b.frequency_hz < 100 or b.q > 4 for b in equalizer.bands]
    tame = tuple(replace(b, on=False) if slow else b for b, slow in zip(equalizer.bands, low, strict=True))
    equalizer = replace(equalizer, bands=tame)  # those that ring for longer than the impulse is recorded
    song = make_song(frames=1 << 15, rate=rate, spans=())
    song.mix[:] = 0.0
    song.mix[0] = 0.5
    impulse = Mixer(song, MixSettings().with_strip("other", equalizer=equalizer)).render(0, 1 << 15)[:, 0]
    spectrum = np.abs(np.fft.rfft(impulse.astype(np.float64))) / 0.5
    frequency = np.fft.rfftfreq(len(impulse), 1 / rate)
    seen = (frequency > 30) & (frequency < 0.48 * rate)
    drawn = 10 ** (response_db(equalizer, rate, frequency[seen]) / 20)
    np.testing.assert_allclose(spectrum[seen], drawn, rtol=0.005, atol=1e-4 * max(1.0, float(drawn.max())))


@pytest.mark.parametrize("frequency_hz", [60.0, 250.0, 1000.0, 4000.0, 12_000.0])
def test_sines_through_the_mixer(make_song: Callable[..., Any], frequency_hz: float) -> None:
    equalizer = one_band(LOW_SHELF, gain_db=6.0).with_band(PEAK, gain_db=-9.0, q=2.0).with_band(HIGH_SHELF, gain_db=4.0)
    song = make_song(frames=44100, spans=())
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(44100) / 44100) * 0.25
    song.mix[:] = sine[:, None]
    mixer = Mixer(song, MixSettings().with_strip("other", equalizer=equalizer))
    settled = mixer.render(0, 44100)[22050:, 1].astype(np.float64)
    measured = 10 * np.log10(np.mean(settled**2) / np.mean(sine[22050:] ** 2))
    assert measured == pytest.approx(gain_db(equalizer, frequency_hz)[0], abs=0.01)


def test_flat_and_bypassed_bands_pass_samples_exactly() -> None:
    full = EqualizerSettings(tuple(replace(band, on=True, gain_db=5.0) for band in DEFAULT_BANDS), bypass=True)
    for equalizer in (EqualizerSettings(), one_band(PEAK, gain_db=0.0), full):
        np.testing.assert_array_equal(design(equalizer, 44100)[:, 2:], [[1.0, 0.0, 0.0]] * SECTIONS)
        assert np.all(gain_db(equalizer, 20.0, 1000.0, 20_000.0) == 0.0)
    assert not np.all(design(replace(full, bypass=False), 44100)[:, 2] == 1.0)


@pytest.mark.parametrize("rate", [2000, 8000, 11025])
def test_frequencies_beyond_a_low_rate_stay_finite(rate: int) -> None:
    bands = tuple(replace(band, on=True, gain_db=6.0, frequency_hz=20_000.0) for band in DEFAULT_BANDS)
    equalizer = EqualizerSettings(bands)
    assert np.isfinite(design(equalizer, rate)).all()
    assert np.isfinite(gain_db(equalizer, 10.0, rate * 0.49, rate=rate)).all()
    assert np.isnan(gain_db(equalizer, rate, rate=rate)).all()
