"""Outlines at several resolutions: nothing is lost between columns, whatever is looked at and in whatever order."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.song.peaks import CurvePeaks, SongPeaks
from app.song.song import Song, open_song
from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.instruments import INSTRUMENTS
from tests.songs import noise, write_wav

Values = NDArray[np.float32]
LENGTH = 3001


def curve(seed: int, count: int = LENGTH) -> Values:
    return np.random.default_rng(seed).random(count).astype(np.float32)


def filled(values: Values) -> CurvePeaks:
    peaks = CurvePeaks(len(values))
    peaks.update(0, values)
    return peaks


@given(
    start=st.floats(-50.0, LENGTH),
    length=st.floats(1.0, 2.0 * LENGTH),
    columns=st.integers(1, 700),
    seed=st.integers(0, 5),
)
@settings(max_examples=150)
def test_every_value_in_view_is_in_its_column(start: float, length: float, columns: int, seed: int) -> None:
    values = curve(seed)
    low, high = filled(values).envelope(start, start + length, columns)
    width = length / columns
    inside = np.flatnonzero((np.arange(LENGTH) >= start) & (np.arange(LENGTH) < start + length))
    column = np.minimum(((inside - start) / width).astype(int), columns - 1)
    near = np.stack([np.clip(column + step, 0, columns - 1) for step in (-1, 0, 1)])  # rounding at an edge
    assert (high[near].max(axis=0) >= values[inside]).all()
    assert (low[near].min(axis=0) <= values[inside]).all()
    assert low.shape == high.shape == (columns,)
    assert (low <= high).all()
    assert values.min() <= low.min()
    assert high.max() <= values.max()


@given(pieces=st.permutations(range(6)), seed=st.integers(0, 3))
@settings(max_examples=20)
def test_the_order_of_writing_does_not_matter(pieces: list[int], seed: int) -> None:
    values = curve(seed)
    peaks, edges = CurvePeaks(LENGTH), np.linspace(0, LENGTH, 7).astype(int)
    for piece in pieces:
        peaks.update(int(edges[piece]), values[edges[piece] : edges[piece + 1]])
    for columns in (1, 7, 400):
        for ours, theirs in zip(
            peaks.envelope(0, LENGTH, columns), filled(values).envelope(0, LENGTH, columns), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


def test_columns_do_not_reach_far_beyond_their_edges() -> None:
    values = np.zeros(4096, np.float32)
    values[2048] = 1.0
    for columns in (16, 64, 256, 4096):
        high = filled(values).envelope(0, 4096, columns)[1]
        assert 1 <= np.count_nonzero(high) <= 3
        assert np.abs(np.flatnonzero(high) * 4096 / columns - 2048).max() <= 2 * 4096 / columns


def test_between_two_values_a_curve_is_straight() -> None:
    low, high = filled(np.array([0.0, 1.0], np.float32)).envelope(0.0, 1.0, 10)
    np.testing.assert_allclose(low, np.arange(10) / 10, atol=1e-6)
    np.testing.assert_allclose(high, np.arange(1, 11) / 10, atol=1e-6)


@pytest.mark.parametrize(("start", "stop", "columns"), [(0, 0, 5), (3, 2, 5), (0, 5, 0)])
def test_an_empty_view_is_refused(start: float, stop: float, columns: int) -> None:
    with pytest.raises(ValueError, match="at least one column"):
        CurvePeaks(10).envelope(start, stop, columns)


def test_values_beyond_the_end_are_refused() -> None:
    with pytest.raises(ValueError, match="do not lie within"):
        CurvePeaks(10).update(8, np.zeros(3, np.float32))


@pytest.fixture
def song(tmp_path: Path) -> Song:
    """Twelve seconds, nothing separated."""
    return open_song(write_wav(tmp_path / "song.wav", noise(12 * 44100)), folder=tmp_path / "stores")


def separate(song: Song, start_s: float, stop_s: float, seed: int = 1) -> None:
    """Fill in a stretch with noise whose loudness differs from stem to stem."""
    rng = np.random.default_rng(seed)
    start, stop = round(start_s * song.rate), round(stop_s * song.rate)
    first = round(start_s * ACTIVATION_RATE_HZ)
    last = min(activation_frame_count(song.frames, song.rate), round(stop_s * ACTIVATION_RATE_HZ))
    loudness = np.linspace(0.1, 0.6, len(INSTRUMENTS))[:, None, None]
    stems = (loudness * rng.uniform(-1, 1, (len(INSTRUMENTS), stop - start, 2))).astype(np.float32)
    song.add_span(start, stems, first, rng.random((len(INSTRUMENTS), last - first)).astype(np.float32))


def test_what_is_separated_is_drawn_and_the_rest_is_silent(song: Song) -> None:
    peaks = SongPeaks(song)
    assert not peaks.update()
    separate(song, 4.0, 8.0)
    assert peaks.update()
    assert not peaks.update()
    peaks.set_weights(np.ones((song.activations.shape[1], 8), np.float32))
    for row in range(len(INSTRUMENTS)):
        high = peaks.heard(row, 0.0, 12.0, 120)[1]
        assert (high[:39] == 0.0).all()
        assert (high[81:] == 0.0).all()
        stem = song.stems[row]
        expected = np.abs(stem).max()
        assert high[41:79].max() == pytest.approx(expected, rel=0.02)
    assert peaks.loudest == pytest.approx(float(np.abs(song.stems).max()), rel=1e-6)


def test_the_outline_is_weighted_at_every_zoom(song: Song) -> None:
    separate(song, 0.0, 12.0)
    peaks = SongPeaks(song)
    peaks.update()
    weights = np.ones((song.activations.shape[1], 8), np.float32)
    first, last = (round(time_s * ACTIVATION_RATE_HZ) for time_s in (3.0, 6.0))
    weights[first:last, 2] = 0.0
    weights[:, 3] = 0.5
    assert peaks.set_weights(weights) == tuple(range(len(INSTRUMENTS)))
    assert peaks.set_weights(weights.copy()) == ()
    for start_s, stop_s, columns in ((0.0, 12.0, 60), (2.5, 6.5, 800), (4.0, 4.1, 500)):
        low, high = peaks.heard(2, start_s, stop_s, columns)
        at = start_s + (np.arange(columns) + 0.5) * (stop_s - start_s) / columns
        room_s = max(0.06, (stop_s - start_s) / columns)
        inside = (at > 3.0 + room_s) & (at < 6.0 - room_s)
        outside = (at < 3.0 - room_s) | (at > 6.0 + room_s)
        assert inside.any()
        assert not high[inside].any()
        assert not low[inside].any()
        assert (high[outside] - low[outside] > 0).all() or not outside.any()
        half = peaks.heard(3, start_s, stop_s, columns)[1]
        assert half.max() <= 0.5 * np.abs(song.stems[3]).max() * 1.001
    weights[:, 3] = 1.0
    assert peaks.set_weights(weights) == (3,)
    assert peaks.weight_at(3, 100) == 1.0
    assert peaks.weight(2, 4.0, 5.0, 10)[1].max() == 0.0
    np.testing.assert_allclose(
        peaks.probability(1, 0.0, 12.0, song.activations.shape[1])[1].max(), song.activations[1].max()
    )
