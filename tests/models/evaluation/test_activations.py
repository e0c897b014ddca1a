"""Precision, recall, F1 and the area under the curve on cases that can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.activations import area_under_curve, detection_scores


def flags(text: str) -> np.ndarray:
    return np.array([letter == "1" for letter in text])


def test_by_hand() -> None:
    scores = detection_scores(flags("1111000000"), flags("1110100000"), np.linspace(1, 0, 10, dtype=np.float32))
    assert scores.precision == 3 / 4
    assert scores.recall == 3 / 4
    assert scores.f1 == 3 / 4
    assert scores.auc == 1.0


def test_unequal_precision_and_recall() -> None:
    scores = detection_scores(flags("11000000"), flags("11110000"), np.zeros(8, np.float32))
    assert (scores.precision, scores.recall) == (1 / 2, 1.0)
    assert scores.f1 == pytest.approx(2 / 3)


def test_nothing_to_divide_by() -> None:
    silent = detection_scores(flags("0000"), flags("0000"), np.zeros(4, np.float32))
    assert np.isnan([silent.precision, silent.recall, silent.f1, silent.auc]).all()
    false_alarm = detection_scores(flags("0000"), flags("0100"), np.zeros(4, np.float32))
    assert (false_alarm.precision, false_alarm.f1) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5] * 4, 0.5), ([0.9, 0.4, 0.4, 0.1], 0.875)],
)
def test_area_under_curve(probabilities: list[float], expected: float) -> None:
    assert area_under_curve(flags("1100"), np.array(probabilities, np.float32)) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 60), st.integers(0, 10_000))
def test_area_is_the_share_of_pairs_in_order(frames: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.random(frames) < 0.4
    values = random.integers(0, 5, frames).astype(np.float32)
    if truth.all() or not truth.any():
        assert np.isnan(area_under_curve(truth, values))
        return
    difference = values[truth][:, None] - values[~truth][None]
    assert area_under_curve(truth, values) == pytest.approx(((difference > 0) + 0.5 * (difference == 0)).mean())
