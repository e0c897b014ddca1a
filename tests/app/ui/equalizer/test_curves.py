"""What is drawn is what the digital filters do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mixing.equalizer import response_db
from app.mixing.settings import DEFAULT_BANDS, EqualizerSettings
from app.ui.equalizer.curves import band_response_db, equalizer_response_db, frequencies


@st.composite
def equalizers(draw: st.DrawFn) -> EqualizerSettings:
    return EqualizerSettings(
        tuple(
            replace(
                band,
                on=draw(st.booleans()),
                frequency_hz=draw(st.floats(20.0, 20_000.0)),
                gain_db=draw(st.floats(-24.0, 24.0)),
                q=draw(st.floats(0.1, 18.0)),
                slope_db_per_octave=draw(st.sampled_from((12, 24))),
            )
            for band in DEFAULT_BANDS
        )
    )


@settings(max_examples=25, deadline=None)
@given(equalizers(), st.sampled_from((11025, 44100, 48000, 96000)))
def test_the_sum_of_the_bands_is_the_response(equalizer: EqualizerSettings, rate: int) -> None:
    exact = response_db(equalizer, rate, frequencies())
    drawn = equalizer_response_db(equalizer, rate)
    np.testing.assert_allclose(drawn, exact, atol=1e-6)
    assert np.array_equal(np.isnan(drawn), frequencies() >= rate / 2)


def test_a_bypassed_equalizer_is_still_drawn() -> None:
    equalizer = EqualizerSettings().with_band(3, gain_db=6.0)
    np.testing.assert_array_equal(
        equalizer_response_db(replace(equalizer, bypass=True), 44100), equalizer_response_db(equalizer, 44100)
    )


def test_a_narrow_peak_reaches_its_height_between_the_points() -> None:
    for frequency_hz in np.geomspace(100.0, 5000.0, 37):
        band = replace(DEFAULT_BANDS[3], gain_db=12.0, q=18.0, frequency_hz=float(frequency_hz))
        assert band_response_db(3, band, 44100).max() == pytest.approx(12.0, abs=0.2)
