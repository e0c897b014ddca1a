"""From probabilities to weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.activation import (
    LONGEST_FADE_FRAMES,
    ActivationMode,
    ActivationSettings,
    activation_decisions,
    activation_frame_count,
    activation_weights,
)

PROBABILITIES = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 80)), elements=st.floats(0, 1, width=32))
SETTINGS = st.builds(
    ActivationSettings,
    mode=st.sampled_from(["off", "soft", "hard"]),
    threshold=st.floats(0.05, 0.95),
    median_frames=st.integers(0, 20).map(lambda n: 2 * n + 1),
)
MODES: st.SearchStrategy[ActivationMode] = st.sampled_from(["soft", "hard"])
EVERY_RULE = st.builds(replace, SETTINGS, hysteresis=st.floats(0.0, 1.0), minimum_frames=st.integers(1, 30))


@settings(deadline=None, max_examples=50)
@given(PROBABILITIES, EVERY_RULE)
def test_weights_are_weights(probabilities: np.ndarray, rule: ActivationSettings) -> None:
    weights = activation_weights(probabilities, rule)
    assert weights.shape == probabilities.shape
    assert weights.dtype == np.float32
    assert ((weights >= 0) & (weights <= 1)).all()


@settings(deadline=None, max_examples=50)
@given(PROBABILITIES, SETTINGS, st.integers(0, 79))
def test_a_frame_depends_on_its_surroundings_only(
    probabilities: np.ndarray, rule: ActivationSettings, frame: int
) -> None:
    frame %= probabilities.shape[1]
    changed = probabilities.copy()
    changed[:, frame] = 1 - changed[:, frame]
    different = activation_weights(probabilities, rule) != activation_weights(changed, rule)
    reach = rule.median_frames // 2
    away = np.abs(np.arange(probabilities.shape[1]) - frame) > reach
    assert not different[:, away].any()


@settings(deadline=None, max_examples=50)
@given(PROBABILITIES, EVERY_RULE)
def test_decisions_are_the_hard_weights_and_where_soft_ones_are_full(
    probabilities: np.ndarray, rule: ActivationSettings
) -> None:
    playing = activation_decisions(probabilities, rule)
    hard = activation_weights(probabilities, replace(rule, mode="hard"))
    soft = activation_weights(probabilities, replace(rule, mode="soft"))
    np.testing.assert_array_equal(playing, hard == 1)
    assert (soft >= hard).all()


@settings(deadline=None, max_examples=50)
@given(PROBABILITIES, EVERY_RULE)
def test_no_passage_or_pause_is_too_short(probabilities: np.ndarray, rule: ActivationSettings) -> None:
    for row in activation_decisions(probabilities, rule):
        borders = np.flatnonzero(np.diff(row.astype(int))) + 1
        assert (np.diff(borders) >= rule.minimum_frames).all(), "between two changes, away from the ends"


@settings(deadline=None, max_examples=50)
@given(PROBABILITIES, EVERY_RULE)
def test_instruments_do_not_disturb_each_other(probabilities: np.ndarray, rule: ActivationSettings) -> None:
    together = activation_weights(probabilities, rule)
    alone = [activation_weights(row, rule) for row in probabilities]
    np.testing.assert_array_equal(together, alone)


def test_hysteresis_keeps_what_hangs_together() -> None:
    probabilities = np.array([0.3, 0.3, 0.1, 0.3, 0.6, 0.3, 0.1, 0.4], np.float32)
    rule = ActivationSettings("hard", 0.5, 1, hysteresis=0.5)
    np.testing.assert_array_equal(activation_weights(probabilities, rule), [0, 0, 0, 1, 1, 1, 0, 0])


def test_short_pauses_are_filled_before_short_passages_are_dropped() -> None:
    playing = np.array([0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1], np.float32)
    expected = np.array([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    for mode in ("hard", "soft"):
        weights = activation_weights(playing, ActivationSettings(mode, 0.5, 1, minimum_frames=3))
        np.testing.assert_array_equal(weights, expected, "the last one may go on beyond the end")


def test_hard_is_the_published_rule() -> None:
    probabilities = np.zeros(100, np.float32)
    probabilities[40:60] = 0.9
    probabilities[10] = 0.9
    weights = activation_weights(probabilities, ActivationSettings("hard", 0.5, 21))
    expected = np.zeros(100, np.float32)
    expected[40:60] = 1
    np.testing.assert_array_equal(weights, expected)


def test_soft_has_a_knee_below_the_threshold() -> None:
    probabilities = np.array([0.1, 0.25, 0.375, 0.5, 0.9], np.float32)
    weights = activation_weights(probabilities, ActivationSettings("soft", 0.5, 1))
    np.testing.assert_allclose(weights, [0, 0, 0.5, 1, 1], atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(0, LONGEST_FADE_FRAMES), MODES)
def test_fades_lie_outside_what_plays_and_are_straight(seed: int, frames: int, fade: int, mode: ActivationMode) -> None:
    probabilities = np.random.default_rng(seed).random((2, 1 + frames // 9)).repeat(9, axis=1)[:, :frames]
    rule = ActivationSettings(mode, 0.6, 1)
    plain = activation_weights(probabilities.astype(np.float32), rule)
    faded = activation_weights(probabilities.astype(np.float32), replace(rule, fade_frames=fade))
    places = np.arange(frames)
    distance = np.abs(places[:, np.newaxis] - places)
    expected = (plain[:, np.newaxis, :] - distance / (fade + 1)).max(axis=-1)
    np.testing.assert_allclose(faded, expected if fade else plain, atol=1e-5)
    assert (faded >= plain).all()
    np.testing.assert_array_equal(faded[plain == 1.0], 1.0)
    if fade:
        assert np.abs(np.diff(faded)).max(initial=0.0) <= 1 / (fade + 1) + 1e-5


def test_a_fade_by_hand() -> None:
    probabilities = np.zeros(12, np.float32)
    probabilities[5:7] = 0.9
    weights = activation_weights(probabilities, ActivationSettings("hard", 0.5, 1, fade_frames=3))
    assert weights.tolist() == [0, 0, 0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25, 0, 0]


def test_the_lowest_threshold_there_is_divides_by_nothing() -> None:
    weights = activation_weights(np.array([0.0, 1e-4, 1.0], np.float32), ActivationSettings("soft", 5e-324, 1))
    assert weights.tolist() == [0, 1, 1]


def test_off_keeps_everything() -> None:
    assert activation_weights(np.zeros((6, 9), np.float32), ActivationSettings("off")).min() == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mode": "loud"}, "mode"),
        ({"threshold": 1.0}, "threshold"),
        ({"median_frames": 4}, "median_frames"),
        ({"hysteresis": 1.5}, "hysteresis"),
        ({"minimum_frames": 0}, "minimum_frames"),
        ({"fade_frames": -1}, "fade_frames"),
        ({"fade_frames": LONGEST_FADE_FRAMES + 1}, "fade_frames"),
    ],
)
def test_wrong_settings_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ActivationSettings(**fields)


@pytest.mark.parametrize(("frames", "rate", "expected"), [(0, 44100, 1), (1023, 44100, 1), (1024, 44100, 2)])
def test_frame_count(frames: int, rate: int, expected: int) -> None:
    assert activation_frame_count(frames, rate) == expected
