"""How the timeline is looked at."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.view_state import LANE_HEIGHTS, ViewState, view_from_json, view_to_json
from models.instruments import INSTRUMENTS

NAMES = st.sampled_from(INSTRUMENTS)


@settings(max_examples=50)
@given(
    order=st.permutations(INSTRUMENTS),
    collapsed=st.sets(NAMES),
    heights=st.dictionaries(NAMES, st.integers(*LANE_HEIGHTS)),
    start_s=st.floats(0.0, 1e4),
    span_s=st.none() | st.floats(0.1, 1e4),
)
def test_a_view_comes_back_from_json(
    order: list[str], collapsed: set[str], heights: dict[str, int], start_s: float, span_s: float | None
) -> None:
    stop_s = None if span_s is None else start_s + span_s
    view = ViewState(tuple(order), tuple(collapsed), tuple(heights.items()), (), start_s, stop_s)
    assert view_from_json(json.loads(json.dumps(view_to_json(view)))) == view


@given(name=NAMES, place=st.integers(-3, 9))
def test_moving_a_lane_keeps_all_of_them(name: str, place: int) -> None:
    moved = ViewState().moved(name, place)
    assert moved.order.index(name) == min(max(0, place), len(INSTRUMENTS) - 1)
    assert [other for other in moved.order if other != name] == [other for other in INSTRUMENTS if other != name]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"order": ["vocals"]},
        {"zoom": 3},
        {"heights": {"bass": 1}},
        {"heights": {"kazoo": 60}},
        {"start_s": True},
        {"start_s": 3.0, "stop_s": 2.0},
        {"collapsed": ["bass", "bass"]},
    ],
)
def test_nonsense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        view_from_json(value)
