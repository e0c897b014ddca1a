"""Edits are laid over weights in their order, and only where they say."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.song.activation_edits import (
    HEARD_LEVEL,
    LAST_FRAME,
    ActivationEdit,
    EditKind,
    apply_edits,
    changed_spans,
    edited_decisions,
    snap_to_edges,
)
from models.instruments import INSTRUMENTS
from tests.mixes import edits

FRAMES = 1300


def some_weights(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((FRAMES, 8)).astype(np.float32)


def test_each_kind() -> None:
    weights = some_weights()
    edited = apply_edits(
        weights,
        (
            ActivationEdit("bass", 10, 20, "on"),
            ActivationEdit("bass", 15, 30, "off"),
            ActivationEdit("bass", 18, 22, "automatic"),
            ActivationEdit("drums", 0, 4, "level", (0.5,)),
            ActivationEdit("drums", 10, 15, "level", (0.0, 1.0)),
            ActivationEdit("drums", 20, 23, "level", (0.25, 0.5, 0.75)),
            ActivationEdit("drums", FRAMES - 2, FRAMES + 50, "on"),
        ),
    )
    bass, drums = edited[:, INSTRUMENTS.index("bass")], edited[:, INSTRUMENTS.index("drums")]
    assert bass[10:15].tolist() == [1.0] * 5
    assert bass[15:18].tolist() == [0.0] * 3
    np.testing.assert_array_equal(bass[18:22], weights[18:22, INSTRUMENTS.index("bass")])
    assert not bass[22:30].any()
    assert drums[:4].tolist() == [0.5] * 4
    assert drums[10:15].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert drums[20:23].tolist() == [0.25, 0.5, 0.75]
    assert drums[-2:].tolist() == [1.0, 1.0]
    others = [column for column in range(8) if column not in (4, 5)]
    np.testing.assert_array_equal(edited[:, others], weights[:, others])


@settings(deadline=None, max_examples=80)
@given(st.lists(edits, max_size=6).map(tuple), st.integers(0, FRAMES), st.integers(0, FRAMES))
def test_a_part_is_edited_as_the_whole_is(some: tuple[ActivationEdit, ...], one: int, other: int) -> None:
    start, stop = sorted((one, other))
    weights = some_weights()
    whole, part = apply_edits(weights, some), apply_edits(weights, some, (start, stop))
    np.testing.assert_array_equal(part[start:stop], whole[start:stop])
    np.testing.assert_array_equal(part[:start], weights[:start])
    np.testing.assert_array_equal(part[stop:], weights[stop:])
    assert whole.min() >= 0.0
    assert whole.max() <= 1.0


@settings(deadline=None, max_examples=80)
@given(st.lists(edits, max_size=6).map(tuple), st.lists(edits, max_size=3).map(tuple), st.integers(0, 6), st.data())
def test_what_has_changed_lies_within_the_spans(
    before: tuple[ActivationEdit, ...], new: tuple[ActivationEdit, ...], place: int, data: st.DataObject
) -> None:
    drop = data.draw(st.integers(0, len(before)))
    after = (*before[:place], *new, *before[place + drop :])
    spans = changed_spans(before, after)
    weights = some_weights()
    different = apply_edits(weights, before) != apply_edits(weights, after)
    for column, instrument in enumerate(INSTRUMENTS):
        rows = np.flatnonzero(different[:, column])
        if len(rows):
            start, stop = spans[instrument]
            assert start <= rows[0]
            assert rows[-1] < stop
    assert not changed_spans(before, before)


@settings(deadline=None, max_examples=60)
@given(st.lists(edits, max_size=6).map(tuple))
def test_it_plays_where_its_weight_is_heard(some: tuple[ActivationEdit, ...]) -> None:
    playing = some_weights()[:, 0] > 0.5
    weights = np.zeros((FRAMES, 8), np.float32)
    weights[:, 0] = playing
    expected = apply_edits(weights, some)[:, 0] >= HEARD_LEVEL
    np.testing.assert_array_equal(edited_decisions(playing, some, INSTRUMENTS[0]), expected)


@pytest.mark.parametrize(
    ("instrument", "start", "stop", "kind", "levels"),
    [
        ("other", 0, 1, "on", ()),
        ("bass", -1, 1, "on", ()),
        ("bass", 5, 5, "off", ()),
        ("bass", 0, LAST_FRAME + 1, "off", ()),
        ("bass", 0, 5, "loud", ()),
        ("bass", 0, 5, "on", (1.0,)),
        ("bass", 0, 5, "level", ()),
        ("bass", 0, 5, "level", (1.1,)),
        ("bass", 0, 5, "level", (float("nan"),)),
        ("bass", 0, 5, "level", (0.5,) * 6),
    ],
)
def test_nonsense(instrument: str, start: int, stop: int, kind: EditKind, levels: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"edit|instrument|level"):
        ActivationEdit(instrument, start, stop, kind, levels)


@given(st.integers(0, 100), st.sets(st.integers(0, 100)), st.integers(0, 20), st.booleans())
def test_snapping_takes_the_nearest_edge_or_none(frame: int, some: set[int], tolerance: int, as_array: bool) -> None:
    edges = sorted(some)
    snapped = snap_to_edges(frame, np.array(edges, np.int64) if as_array else edges, tolerance)
    near = [edge for edge in edges if abs(edge - frame) <= tolerance]
    if near:
        assert snapped in near
        assert abs(snapped - frame) == min(abs(edge - frame) for edge in near)
    else:
        assert snapped == frame
    assert all(a < b for a, b in pairwise(edges))
