"""Curves brought down to pixels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.decimation import decimate

RATE_HZ = 43.0


@settings(deadline=None, max_examples=50)
@given(
    count=st.integers(1, 5000),
    start=st.floats(0.0, 0.95),
    part=st.floats(0.01, 1.0),
    columns=st.integers(1, 800),
    peak=st.integers(0, 4999),
)
def test_nothing_in_view_is_lost_and_little_is_drawn(
    count: int, start: float, part: float, columns: int, peak: int
) -> None:
    values = np.zeros((2, count), np.float32)
    values[1, peak % count] = 1.0
    duration_s = count / RATE_HZ
    start_s = start * duration_s
    stop_s = min(duration_s, start_s + part * duration_s)
    time_s, shown = decimate(values, RATE_HZ, start_s, stop_s, columns)
    assert shown.shape == (2, len(time_s))
    assert len(time_s) <= columns + 6
    assert np.all(np.diff(time_s) > 0)
    assert np.all(shown[0] == 0.0)
    if start_s <= (peak % count) / RATE_HZ <= stop_s:
        assert shown[1].max() == 1.0


def test_few_values_are_drawn_as_they_are() -> None:
    values = np.arange(10, dtype=np.float32)[None]
    time_s, shown = decimate(values, 1.0, 2.0, 6.0, 100)
    assert np.array_equal(time_s, np.arange(1.0, 8.0))
    assert np.array_equal(shown[0], np.arange(1.0, 8.0))


def test_bins_stay_where_they_are_while_the_view_scrolls() -> None:
    values = np.random.default_rng(1).random((1, 4000)).astype(np.float32)
    points: dict[float, float] = {}
    for start_s in np.linspace(10.0, 11.0, 7):
        time_s, shown = decimate(values, RATE_HZ, float(start_s), float(start_s) + 60.0, 100)
        for at, value in zip(time_s[1:-1], shown[0][1:-1], strict=True):
            assert points.setdefault(round(float(at), 6), float(value)) == value
