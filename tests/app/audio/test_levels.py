"""Levels against definitions, the pyramid against looking at every sample."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.levels import PeakPyramid, peak_dbfs, rms_dbfs

Samples = NDArray[np.float32]


def noise(frames: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).standard_normal((frames, 2)).astype(np.float32)


def test_levels_of_a_sine() -> None:
    sine = np.sin(2 * np.pi * np.arange(4800) / 48)[:, None].astype(np.float32) * 0.5
    assert peak_dbfs(sine) == pytest.approx(-6.0206, abs=1e-4)
    assert rms_dbfs(sine) == pytest.approx(-6.0206 - 3.0103, abs=1e-3)


def test_levels_of_silence_and_of_nothing() -> None:
    for samples in (np.zeros((10, 2), np.float32), np.zeros((0, 2), np.float32)):
        assert peak_dbfs(samples) == -math.inf
        assert rms_dbfs(samples) == -math.inf


@settings(deadline=None, max_examples=50)
@given(data=st.data(), frames=st.integers(1, 20_000), seed=st.integers(0, 5))
def test_columns_on_bucket_edges_are_exact(data: st.DataObject, frames: int, seed: int) -> None:
    samples = noise(frames, seed)
    pyramid = PeakPyramid()
    cuts = sorted(data.draw(st.lists(st.integers(0, frames), max_size=6)))
    pieces = list(zip([0, *cuts], [*cuts, frames], strict=True))
    for start, stop in data.draw(st.permutations(pieces)):
        pyramid.update(start, samples[start:stop])
    width = PeakPyramid.BUCKET_FRAMES * data.draw(st.sampled_from([1, 2, 4, 16, 20]))
    columns = data.draw(st.integers(1, 30))
    low, high = pyramid.envelope(0, width * columns, columns)
    assert pyramid.frames == frames
    for column in range(columns):
        inside = samples[column * width : (column + 1) * width]
        assert low[column] == min(0.0, inside.min(initial=0.0))
        assert high[column] == max(0.0, inside.max(initial=0.0))


@settings(deadline=None, max_examples=50)
@given(start=st.floats(-3000, 60_000), width=st.floats(1, 5000), columns=st.integers(1, 40))
def test_any_view_lies_between_its_columns_and_their_neighbourhood(start: float, width: float, columns: int) -> None:
    samples = noise(50_000)
    pyramid = PeakPyramid()
    pyramid.update(0, samples)
    low, high = pyramid.envelope(start, start + width * columns, columns)
    margin = max(PeakPyramid.BUCKET_FRAMES, width / 4)
    for column in range(columns):
        first, last = start + column * width, start + (column + 1) * width
        inner = samples[max(0, math.ceil(first)) : max(0, math.floor(last))]
        outer = samples[max(0, math.floor(first - margin)) : max(0, math.ceil(last + margin))]
        assert max(0.0, inner.max(initial=0.0)) <= high[column] <= max(0.0, outer.max(initial=0.0))
        assert min(0.0, inner.min(initial=0.0)) >= low[column] >= min(0.0, outer.min(initial=0.0))


def test_a_second_pass_replaces_whole_buckets() -> None:
    pyramid = PeakPyramid()
    pyramid.update(0, np.ones((1024, 2), np.float32))
    pyramid.update(0, np.full((1024, 2), 0.25, np.float32))
    for columns in (1, 2, 8):
        assert np.all(pyramid.envelope(0, 1024, columns)[1] == 0.25)


def test_an_empty_view_is_refused() -> None:
    with pytest.raises(ValueError, match="envelope"):
        PeakPyramid().envelope(5, 5, 10)
