"""The window of time that the timeline shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.timeline.time_view import TimeView

PARTS = st.floats(0.0, 1.0)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 7200.0), st.lists(st.tuples(st.floats(0.2, 5.0), PARTS, st.floats(-500.0, 500.0)), max_size=8))
def test_the_view_never_leaves_the_song(duration_s: float, moves: list[tuple[float, float, float]]) -> None:
    view = TimeView()
    view.reset(duration_s)
    for factor, part, seconds in moves:
        view.zoom(factor, view.start_s + part * view.span_s)
        view.scroll(seconds)
        assert -1e-9 <= view.start_s < view.stop_s <= duration_s + 1e-9


@settings(deadline=None, max_examples=50)
@given(PARTS, st.floats(1.0, 20.0))
def test_zooming_in_keeps_the_moment_where_it_is(part: float, factor: float) -> None:
    view = TimeView()
    view.reset(300.0)
    moment_s = part * 300.0
    view.zoom(factor, moment_s)
    assert (moment_s - view.start_s) / view.span_s == pytest.approx(part, abs=1e-9)


def test_following_turns_the_page_only_when_needed() -> None:
    view = TimeView()
    view.reset(100.0)
    view.zoom(10.0, 0.0)
    view.follow(9.5)
    assert view.start_s == 0.0
    view.follow(10.5)
    assert view.start_s <= 10.5 < view.start_s + 0.1 * view.span_s
