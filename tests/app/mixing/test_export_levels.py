"""Gain, limiter and meters of an export: whatever the blocks, nothing late, nothing above the ceiling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.mixing.export_levels import MOST_CORRECTION_DB, MOST_GAIN_DB, Levels, LevelSettings, Measurement
from tests.app.mixing.reference_levels import integrated_lufs, true_peak_dbtp

Samples = NDArray[np.float32]
LIMIT = LevelSettings("limit", ceiling_dbtp=-3.0)


def noise(frames: int, level: float, seed: int = 0) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal((frames, 2))).astype(np.float32)


def run(levels: Levels, samples: Samples, lengths: list[int]) -> Samples:
    blocks = [levels.process([block])[0] for block in np.split(samples, np.cumsum(lengths)) if len(block)]
    return np.concatenate([*blocks, *levels.flush()])


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([8_000, 44_100, 96_000, 192_000]),
    st.floats(-12.0, 0.0),
    st.floats(0.01, 3.0),
    st.integers(1, 20_000),
)
def test_the_ceiling_holds_from_the_first_frame_on(rate: int, ceiling_dbtp: float, level: float, frames: int) -> None:
    levels = Levels(rate, 1, LevelSettings("limit", ceiling_dbtp), 0.0)
    got = run(levels, noise(frames, level), [])
    assert got.shape == (frames, 2)
    assert levels.measured.true_peaks_dbtp[0] <= ceiling_dbtp + 0.05
    assert true_peak_dbtp(got) <= ceiling_dbtp + 0.6  # of white noise, up to the Nyquist frequency


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 6000), min_size=1, max_size=9), st.sampled_from([0.0, 5.0]))
def test_blocks_do_not_matter(lengths: list[int], gain_db: float) -> None:
    samples = noise(20_000, 0.5)
    one, many = Levels(44_100, 1, LIMIT, gain_db), Levels(44_100, 1, LIMIT, gain_db)
    np.testing.assert_array_equal(run(many, samples, lengths), run(one, samples, []))
    assert many.measured.true_peaks_dbtp == one.measured.true_peaks_dbtp
    assert many.measured.loudness_lufs == pytest.approx(one.measured.loudness_lufs, abs=1e-9)


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    samples = noise(10_000, 0.5)
    np.testing.assert_array_equal(run(Levels(44_100, 1, LevelSettings(), 0.0), samples, [777]), samples)
    quiet = np.clip(noise(10_000, 0.05), -0.2, 0.2)
    np.testing.assert_array_equal(run(Levels(44_100, 1, LIMIT, 0.0), quiet, [777]), quiet)


def test_what_is_measured() -> None:
    one, other = noise(96_000, 0.1), noise(96_000, 0.2, seed=1)
    measured = Measurement(48_000, 2)
    for start in range(0, 96_000, 5000):
        measured.add([one[start : start + 5000], other[start : start + 5000]])
    assert measured.true_peaks_dbtp == pytest.approx([true_peak_dbtp(one), true_peak_dbtp(other)], abs=0.4)
    assert measured.loudness_lufs == pytest.approx(integrated_lufs(one + other, 48_000), abs=0.02)
    again = measured.true_peaks_dbtp, measured.loudness_lufs
    assert (measured.true_peaks_dbtp, measured.loudness_lufs) == again, "looking changes nothing"


def test_a_peak_after_the_last_sample_counts() -> None:
    samples = np.zeros((500, 2), np.float32)
    samples[-2:] = 0.9
    measured = Measurement(48_000, 1)
    measured.add([samples])
    assert measured.true_peaks_dbtp[0] > 20 * math.log10(0.9) + 1.0


def measured_noise(level: float) -> Measurement:
    measured = Measurement(48_000, 1)
    measured.add([noise(48_000, level)])
    return measured


def test_gains() -> None:
    quiet, silent = measured_noise(0.01), measured_noise(0.0)
    headroom_db = -1.0 - quiet.true_peaks_dbtp[0]
    assert LevelSettings("scale").gain_db(quiet) == pytest.approx(headroom_db)
    assert LevelSettings("none", loudness_lufs=-14.0).gain_db(quiet) == pytest.approx(-14.0 - quiet.loudness_lufs)
    assert LevelSettings("scale", loudness_lufs=-5.0).gain_db(quiet) == pytest.approx(headroom_db)
    assert LevelSettings("scale").gain_db(measured_noise(1e-6)) == MOST_GAIN_DB
    for levels in (LevelSettings("scale"), LevelSettings("limit", loudness_lufs=-14.0)):
        assert levels.gain_db(silent) == 0.0
        assert levels.corrected_gain_db(3.0, silent) == 3.0
    limit = LevelSettings("limit", loudness_lufs=quiet.loudness_lufs + 2.0)
    assert limit.corrected_gain_db(3.0, quiet) == pytest.approx(5.0)
    assert LevelSettings("limit", loudness_lufs=-5.0).corrected_gain_db(3.0, quiet) == 3.0 + MOST_CORRECTION_DB


def test_how_often_it_has_to_be_heard() -> None:
    passes = {
        (level, target): LevelSettings(level, loudness_lufs=target).measuring_passes
        for level in ("none", "scale", "limit")
        for target in (None, -14.0)
    }
    assert list(passes.values()) == [0, 1, 1, 1, 0, 2]
