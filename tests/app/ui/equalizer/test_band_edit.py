"""Moving a band never leaves what the mixer allows, and means what the filter does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mixing.equalizer import prototype_response_db
from app.mixing.settings import BUTTERWORTH_Q, DEFAULT_BANDS, EqualizerSettings
from app.ui.equalizer.band_edit import (
    format_q,
    level_of,
    neutral_level_of,
    parse_gain,
    parse_q,
    with_frequency,
    with_level,
    with_q,
)

bands = st.sampled_from(DEFAULT_BANDS)


@given(bands, st.floats(-200.0, 200.0), st.floats(0.01, 1e6), st.floats(1e-6, 1e6))
def test_any_move_stays_allowed(band: object, level_db: float, frequency_hz: float, q: float) -> None:
    for moved in (
        with_level(band, level_db),  # type: ignore[arg-type]
        with_frequency(band, frequency_hz),  # type: ignore[arg-type]
        with_q(band, q),  # type: ignore[arg-type]
    ):
        assert replace(moved) == moved  # the settings check their ranges themselves


@given(st.integers(0, 7), st.floats(-20.0, 20.0))
def test_a_node_stands_where_it_was_put(index: int, level_db: float) -> None:
    band = with_level(DEFAULT_BANDS[index], level_db)
    assert level_of(band) == pytest.approx(level_db, abs=0.06)


@pytest.mark.parametrize("index", [0, 7])
@pytest.mark.parametrize("slope", [12, 24])
def test_a_passs_node_lies_on_its_curve(index: int, slope: int) -> None:
    band = replace(with_level(DEFAULT_BANDS[index], 5.0), on=True, slope_db_per_octave=slope)
    settings = EqualizerSettings((*DEFAULT_BANDS[:index], band, *DEFAULT_BANDS[index + 1 :]))
    at_cutoff_db = prototype_response_db(settings, np.array([band.frequency_hz]))[0]
    assert at_cutoff_db == pytest.approx(level_of(band), abs=0.01)


def test_the_neutral_q_is_met_exactly() -> None:
    band = with_q(DEFAULT_BANDS[0], 3.0)
    assert with_level(band, neutral_level_of(band)).q == BUTTERWORTH_Q
    assert with_q(band, 0.7074).q == BUTTERWORTH_Q


def test_values_can_be_typed() -> None:
    assert parse_q(" q 1,4 ") == 1.4
    assert parse_q("99") == 18.0
    assert parse_q(format_q(0.71)) == 0.71
    assert parse_gain("−3,5 dB") == -3.5
    assert parse_gain("40") == 24.0
    assert parse_gain("-99") == -24.0
    for text in ("", "off", "loud", "-inf"):
        with pytest.raises(ValueError, match="not"):
            parse_gain(text)
    for text in ("", "0", "-1", "wide"):
        with pytest.raises(ValueError, match="not a Q"):
            parse_q(text)
