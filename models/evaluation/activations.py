"""How well estimated activations agree with the labels, frame by frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class DetectionScores:
    """Shares from 0 to 1; NaN where there is nothing to divide by (no frame detected, none active, or all active)."""

    precision: float
    recall: float
    f1: float
    auc: float


def detection_scores(truth: Flags, decisions: Flags, probabilities: NDArray[np.float32]) -> DetectionScores:
    """Compare decisions and the probabilities behind them with the truth, all `(frames,)`."""
    hits, found, active = (int(np.count_nonzero(flags)) for flags in (truth & decisions, decisions, truth))
    return DetectionScores(
        precision=hits / found if found else np.nan,
        recall=hits / active if active else np.nan,
        f1=2 * hits / (found + active) if found + active else np.nan,
        auc=area_under_curve(truth, probabilities),
    )


def area_under_curve(truth: Flags, probabilities: NDArray[np.float32]) -> float:
    """Area under the receiver operating characteristic.

    It is the chance that an active frame has a higher probability than a silent one, a tie counting half
    (Mann & Whitney 1947). NaN if all frames are active or all silent.
    """
    active = int(np.count_nonzero(truth))
    silent = len(truth) - active
    if not active or not silent:
        return np.nan
    _, place, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal values share the mean of their ranks
    return float((ranks[place][truth].sum() - active * (active + 1) / 2) / (active * silent))
