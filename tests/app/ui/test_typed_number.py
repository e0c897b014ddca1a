"""Numbers with units, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.typed_number import number_reader, read_db, read_ms, read_percent, write_db, write_ms, write_percent


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("480", 480.0), ("480 ms", 480.0), ("0,5 s", 500.0), ("1.2S", 1200.0), (".5s", 500.0)]
)
def test_times_are_read_with_either_unit(text: str, milliseconds: float) -> None:
    assert read_ms(text) == pytest.approx(milliseconds)


@pytest.mark.parametrize("text", ["", "fast", "1 2", "3 kg", "1.2.3", "--1", "nan", "inf", "1e3", "%"])
def test_what_is_no_number_is_refused(text: str) -> None:
    for read in (read_ms, read_percent, read_db, number_reader({"": 1.0})):
        with pytest.raises(ValueError, match="not a number"):
            read(text)


@given(st.floats(0.0, 1.0))
def test_a_written_share_is_read_back(share: float) -> None:
    assert read_percent(write_percent(share)) == pytest.approx(share, abs=0.005001)


@given(st.floats(-60.0, 12.0))
def test_a_written_level_is_read_back(level_db: float) -> None:
    assert read_db(write_db(level_db)) == pytest.approx(level_db, abs=0.050001)


@given(st.floats(0.0, 12_000.0))
def test_a_written_time_is_read_back(milliseconds: float) -> None:
    assert read_ms(write_ms(milliseconds)) == pytest.approx(milliseconds, abs=5.001)
