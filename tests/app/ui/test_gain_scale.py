"""The dB scale of faders and meters."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.gain_scale import FLOOR_DB, format_db, fraction_of, level_at, parse_db


@settings(deadline=None, max_examples=50)
@given(st.floats(FLOOR_DB, 12.0))
def test_a_level_comes_back_from_its_place_on_the_scale(level_db: float) -> None:
    assert level_at(fraction_of(level_db)) == pytest.approx(level_db, abs=0.01)


@settings(deadline=None, max_examples=50)
@given(st.floats(-90.0, 20.0), st.floats(-90.0, 20.0))
def test_the_scale_rises_and_stays_within_its_ends(one_db: float, other_db: float) -> None:
    low, high = sorted((one_db, other_db))
    assert 0.0 <= fraction_of(low) <= fraction_of(high) <= 1.0


def test_the_ends_of_the_scale() -> None:
    assert fraction_of(-math.inf) == 0.0
    assert level_at(0.0) == -math.inf
    assert level_at(1.0) == 12.0


@settings(deadline=None, max_examples=50)
@given(st.floats(-59.9, 12.0))
def test_what_is_written_can_be_typed(level_db: float) -> None:
    assert parse_db(format_db(level_db)) == pytest.approx(level_db, abs=0.0501)


@pytest.mark.parametrize(
    ("text", "level_db"),
    [
        ("-3", -3.0),
        ("−3,5 dB", -3.5),
        (" +2.25dB ", 2.25),
        (".5", 0.5),
        ("-inf", -math.inf),
        ("−∞ dB", -math.inf),
        ("off", -math.inf),
        ("-200", -math.inf),
        ("99", 12.0),
    ],
)
def test_ways_to_type_a_level(text: str, level_db: float) -> None:
    assert parse_db(text) == level_db


@pytest.mark.parametrize("text", ["", "loud", "3 dBu", "--3", "1e3", "nan", "inf"])
def test_what_is_no_level_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a level"):
        parse_db(text)


def test_zero_has_no_sign() -> None:
    assert format_db(-0.04) == format_db(0.0) == "0.0 dB"
    assert format_db(-3.0) == "−3.0 dB"
    assert format_db(-math.inf) == "−∞ dB"
