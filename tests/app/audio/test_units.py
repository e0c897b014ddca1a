"""Decibels, times and frames."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.units import (
    db_to_linear,
    format_time,
    frames_to_seconds,
    linear_to_db,
    parse_time,
    seconds_to_frames,
)


def test_known_gains() -> None:
    assert db_to_linear(0.0) == 1.0
    assert db_to_linear(20.0) == pytest.approx(10.0)
    assert db_to_linear(-6.0) == pytest.approx(0.501187, abs=1e-6)
    assert db_to_linear(-math.inf) == 0.0
    assert linear_to_db(0.0) == -math.inf
    with pytest.raises(ValueError, match="negative"):
        linear_to_db(-0.1)


@settings(deadline=None, max_examples=50)
@given(st.floats(-200.0, 60.0))
def test_gain_returns_through_linear(gain_db: float) -> None:
    assert linear_to_db(db_to_linear(gain_db)) == pytest.approx(gain_db, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**10), st.integers(8000, 192000))
def test_frames_return_through_seconds(frames: int, rate: int) -> None:
    assert seconds_to_frames(frames_to_seconds(frames, rate), rate) == frames


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (0.0, 1, "0:00.0"),
        (83.4, 1, "1:23.4"),
        (59.97, 1, "1:00.0"),
        (3599.96, 1, "1:00:00.0"),
        (245.0, 0, "4:05"),
        (3.4567, 3, "0:03.457"),
        (-1.5, 1, "-0:01.5"),
        (-0.01, 1, "0:00.0"),
    ],
)
def test_format_time(seconds: float, decimals: int, text: str) -> None:
    assert format_time(seconds, decimals) == text


@settings(deadline=None, max_examples=50)
@given(st.floats(0.0, 1e5))
def test_time_returns_through_text(seconds: float) -> None:
    assert parse_time(format_time(seconds, 3)) == pytest.approx(seconds, abs=6e-4)


@pytest.mark.parametrize("text", ["", "x", "1:", ":1", "1:2:3:4", "-1", "nan"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time(text)
