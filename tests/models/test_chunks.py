"""The cut of a song and its joining: nothing lost, nothing twice, no seam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.chunks import MODEL_RATE, ChunkPlan, CrossFader, Schedule

RATES = st.sampled_from([8000, 11025, 22050, 44100, 44101, 48000, 96000, 192000])


@settings(deadline=None, max_examples=50)
@given(frames=st.integers(1, 3_000_000), rate=RATES)
def test_borders_are_whole_samples_at_both_rates(frames: int, rate: int) -> None:
    plan = ChunkPlan.of(frames, rate)
    for boundary in (plan.length, plan.context):
        assert boundary * MODEL_RATE % rate == 0
    assert (plan.count - 1) * plan.length < frames <= plan.count * plan.length


@settings(deadline=None, max_examples=50)
@given(frames=st.integers(1, 4000), position=st.integers(-5, 5000), seed=st.integers(0, 1000))
def test_joining_gives_the_song_back_in_any_order(frames: int, position: int, seed: int) -> None:
    plan = ChunkPlan(frames, unit=1, length=700, context=100, fade=60)
    random = np.random.default_rng(seed)
    song = random.standard_normal((2, frames, 2)).astype(np.float32)
    fader, joined = CrossFader(plan), np.full_like(song, np.nan)
    schedule, places = Schedule(plan), iter([position, *random.integers(0, frames, 10)])
    while (chunk := schedule.next(lambda: int(next(places)))) is not None:
        start, stop = plan.kept_range(chunk)
        for at, piece in fader.add(chunk, song[:, start:stop]):
            assert np.isnan(joined[:, at : at + piece.shape[1]]).all(), "a frame was finished twice"
            joined[:, at : at + piece.shape[1]] = piece
    np.testing.assert_allclose(joined, song, atol=1e-6)


def test_neighbours_that_disagree_meet_without_a_step() -> None:
    plan = ChunkPlan(2000, unit=1, length=1000, context=100, fade=200)
    fader, joined = CrossFader(plan), np.zeros((1, 2000, 2), np.float32)
    for chunk, level in ((0, 0.0), (1, 1.0)):
        cell = range(chunk, chunk + 1)
        start, stop = plan.kept_range(cell)
        for at, piece in fader.add(cell, np.full((1, stop - start, 2), level, np.float32)):
            joined[:, at : at + piece.shape[1]] = piece
    assert np.abs(np.diff(joined[0, :, 0])).max() <= 1.01 / 200


@pytest.mark.parametrize(
    ("position", "expected"), [(0, [0, 1, 2]), (1500, [1, 2, 0]), (10**9, [2, 0, 1]), (-3, [0, 1, 2])]
)
def test_order_starts_at_the_position(position: int, expected: list[int]) -> None:
    assert list(ChunkPlan(2500, 1, 1000, 100, 60).order(position)) == expected


def test_schedule_is_short_at_a_new_place_then_long() -> None:
    plan = ChunkPlan(10_000, unit=1, length=1000, context=100, fade=60)
    schedule = Schedule(plan, done=((5970, 7030),), longest=3)
    places = iter([2500, 2500, 0, 0, 0, 0, 0, 0])
    chunks = []
    while (chunk := schedule.next(lambda: next(places))) is not None:
        chunks.append((chunk.start, chunk.stop))
    assert chunks == [(2, 3), (3, 6), (0, 1), (1, 2), (7, 8), (8, 10)]


def test_nothing_is_asked_when_nothing_is_missing() -> None:
    schedule = Schedule(ChunkPlan(10_000, 1, 1000, 100, 60), done=((0, 10_000),))
    assert schedule.next(lambda: 1 // 0) is None
