"""The settings that are chosen are those that a listener would choose."""

from dataclasses import replace

import numpy as np
import pytest

from models.activation import ActivationMode, ActivationSettings
from models.evaluation.activation_choice import HopSums, choose, measure
from models.evaluation.estimates import weight_stems

RATE, SECONDS = 44100, 8
FRAMES = RATE * SECONDS // 1024 + 1


def song(unsure: float = 0.3) -> tuple[HopSums, np.ndarray, np.ndarray, np.ndarray]:
    """Vocals that sound in the second half, and leakage throughout; probability `unsure` where they do, else 0.05."""
    random = np.random.default_rng(0)
    truths, stems = np.zeros((6, RATE * SECONDS, 2), np.float32), np.zeros((6, RATE * SECONDS, 2), np.float32)
    truths[0, RATE * SECONDS // 2 :] = random.normal(0, 0.1, (RATE * SECONDS // 2, 2))
    stems[0] = truths[0] + random.normal(0, 0.02, truths[0].shape)
    active = np.zeros((6, FRAMES), bool)
    active[0, FRAMES // 2 :] = True
    probabilities = np.where(active, unsure, 0.05).astype(np.float32)
    sums = HopSums.of(stems, truths, active, probabilities, ("vocals",), ("vocals", "piano"))
    return sums, stems, truths, probabilities


def test_a_low_threshold_is_chosen_where_the_network_is_unsure() -> None:
    plain, ranked = choose([song()[0]], [ActivationSettings("hard", threshold, 1) for threshold in (0.02, 0.2, 0.6)])
    assert [choice.settings.threshold for choice in ranked] == [0.2, 0.02, 0.6]
    assert ranked[0].f1 == {"vocals": pytest.approx(1.0)}
    assert ranked[0].sdr_db >= plain.sdr_db
    assert ranked[0].rest_gain_db < -20, "rests become quiet"
    assert ranked[-1].sdr_db == pytest.approx(0.0, abs=0.1), "everything is muted"


@pytest.mark.parametrize("mode", ["off", "soft", "hard"])
def test_sdr_is_that_of_the_weighted_samples(mode: ActivationMode) -> None:
    sums, stems, truths, probabilities = song(unsure=0.18)
    settings = replace(ActivationSettings(threshold=0.2, median_frames=1), mode=mode)
    weighted = weight_stems(stems, probabilities, settings)[0]
    window = 43 * 1024
    ratios = []
    for start in range(0, len(weighted) - window + 1, window):
        truth = truths[0, start : start + window].astype(np.float64)
        if np.square(truth).mean() > 1e-6:
            ratios.append(
                10 * np.log10(np.square(truth).sum() / np.square(weighted[start : start + window] - truth).sum())
            )
    assert measure([sums], settings).sdr_db == pytest.approx(np.median(ratios), abs=0.05)
