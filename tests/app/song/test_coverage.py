"""Coverage against a plain array of flags."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.song.coverage import Coverage

TOTAL = 20
spans = st.lists(st.tuples(st.integers(0, TOTAL), st.integers(0, TOTAL)), max_size=12)


@settings(deadline=None, max_examples=50)
@given(spans=spans, asked=st.tuples(st.integers(0, TOTAL), st.integers(0, TOTAL)))
def test_like_an_array_of_flags(spans: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    coverage, flags = Coverage(), np.zeros(TOTAL, bool)
    for start, stop in spans:
        before, version = flags.copy(), coverage.version
        coverage.add(start, stop)
        flags[start:stop] = True
        assert (coverage.version > version) == bool((flags != before).any())
    rebuilt = np.zeros(TOTAL, bool)
    for start, stop in coverage.spans:
        assert start < stop
        rebuilt[start:stop] = True
    np.testing.assert_array_equal(rebuilt, flags)
    edges = [edge for span in coverage.spans for edge in span]
    assert edges == sorted(set(edges))  # disjoint, sorted, and no two touch
    gaps = ~rebuilt
    for start, stop in coverage.gaps(TOTAL):
        assert gaps[start:stop].all()
        gaps[start:stop] = False
    assert not gaps.any()
    assert coverage.fraction(TOTAL) == pytest.approx(flags.mean())
    assert coverage.covers(*asked) == bool(flags[asked[0] : asked[1]].all())


def test_spans_that_touch_become_one() -> None:
    coverage = Coverage(((0, 10), (20, 30), (10, 15)))
    coverage.add(28, 35)
    assert coverage.spans == ((0, 15), (20, 35))


def test_a_span_that_fills_a_gap_joins_its_neighbours() -> None:
    assert Coverage(((0, 15), (20, 30), (15, 20))).spans == ((0, 30),)


def test_a_shorter_total_cuts_spans() -> None:
    coverage = Coverage(((0, 10), (20, 30)))
    assert coverage.fraction(25) == 15 / 25
    assert coverage.gaps(25) == ((10, 20),)
    assert coverage.gaps(5) == ()
    assert coverage.fraction(0) == 1.0


def test_clear_and_refuse() -> None:
    coverage = Coverage(((0, 10),))
    version = coverage.version
    coverage.clear()
    assert coverage.spans == ()
    assert coverage.version > version
    with pytest.raises(ValueError, match="-1"):
        coverage.add(-1, 3)
