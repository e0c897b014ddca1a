"""The frequency axis, and what is written and typed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.equalizer.frequency import (
    HIGHEST_HZ,
    LOWEST_HZ,
    format_hz,
    fraction_of,
    frequency_at,
    note_of,
    parse_hz,
    rounded,
)

frequencies = st.floats(LOWEST_HZ, HIGHEST_HZ)


def test_the_axis_is_logarithmic_from_end_to_end() -> None:
    assert fraction_of(LOWEST_HZ) == 0.0
    assert fraction_of(HIGHEST_HZ) == pytest.approx(1.0)
    assert fraction_of(200.0) == pytest.approx(1 / 3)
    assert fraction_of(880.0) - fraction_of(440.0) == pytest.approx(fraction_of(80.0) - fraction_of(40.0))


@given(frequencies)
def test_a_place_on_the_axis_is_a_frequency(frequency_hz: float) -> None:
    assert frequency_at(fraction_of(frequency_hz)) == pytest.approx(frequency_hz)


@given(st.floats(1.0, 1e6))
def test_rounding_keeps_three_digits_within_the_axis(frequency_hz: float) -> None:
    value = rounded(frequency_hz)
    assert LOWEST_HZ <= value <= HIGHEST_HZ
    assert rounded(value) == value
    if LOWEST_HZ <= frequency_hz <= HIGHEST_HZ:
        assert value == pytest.approx(frequency_hz, rel=0.0051)


@given(frequencies)
def test_what_is_written_can_be_typed(frequency_hz: float) -> None:
    assert parse_hz(format_hz(frequency_hz)) == pytest.approx(rounded(frequency_hz), rel=1e-9)


@pytest.mark.parametrize(
    ("text", "frequency_hz"),
    [
        ("440", 440.0),
        ("1.2k", 1200.0),
        (" 1,2 kHz ", 1200.0),
        ("82.4 Hz", 82.4),
        ("A4", 440.0),
        ("a5", 880.0),
        ("C4", 261.6256),
        ("c#3", 138.5913),
        ("E♭2", 77.7817),
        ("3", LOWEST_HZ),
        ("99k", HIGHEST_HZ),
    ],
)
def test_frequencies_and_notes_can_be_typed(text: str, frequency_hz: float) -> None:
    assert parse_hz(text) == pytest.approx(frequency_hz, rel=1e-6)


@pytest.mark.parametrize("text", ["", "loud", "-3", "h4", "1.2.3", "4 dB", "nan", "inf"])
def test_nonsense_is_no_frequency(text: str) -> None:
    with pytest.raises(ValueError, match="not a frequency"):
        parse_hz(text)


@given(st.integers(16, 134))
def test_notes_are_named_as_they_are_typed(number: int) -> None:
    frequency_hz = 440.0 * 2.0 ** ((number - 69) / 12.0)
    if LOWEST_HZ < frequency_hz < HIGHEST_HZ and note_of(frequency_hz)[-2] != "-":
        assert math.isclose(parse_hz(note_of(frequency_hz)), frequency_hz, rel_tol=1e-9)
