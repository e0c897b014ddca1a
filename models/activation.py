"""From activation probabilities to the weight that a stem is multiplied with.

Frames in this file are *activation frames*: STFT frames of 1024 samples at 44.1 kHz, whatever the song's own rate is.
Frame `k` is centred at `k / ACTIVATION_RATE_HZ` seconds. NumPy and SciPy only, so that the app can use it live.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

ACTIVATION_RATE_HZ: Final = 44100 / 1024
"""Activation frames per second."""

ActivationMode = Literal["off", "soft", "hard"]


@dataclass(frozen=True)
class ActivationSettings:
    """How probabilities become weights.

    `off` leaves the stem as estimated (weight 1). `hard` is the published rule (Hung & Lerch 2020): 1 where the
    median-filtered decision `probability > threshold` holds, else 0. `soft` keeps a knee below the threshold: the
    weight rises linearly from 0 at half the threshold to 1 at the threshold, so an unsure frame is turned down
    instead of cut.
    """

    mode: ActivationMode = "soft"
    threshold: float = 0.5
    median_frames: int = 21

    def __post_init__(self) -> None:
        if self.mode not in ("off", "soft", "hard"):
            raise ValueError(f"mode must be off, soft or hard, not {self.mode!r}")
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold must lie between 0 and 1, not {self.threshold}")
        if not (1 <= self.median_frames <= 501 and self.median_frames % 2 == 1):
            raise ValueError(f"median_frames must be odd and 1..501, not {self.median_frames}")


def activation_frame_count(frames: int, rate: int) -> int:
    """How many activation frames a song of `frames` sample frames at `rate` Hz has (at least one)."""
    return int(frames * ACTIVATION_RATE_HZ / rate) + 1


def activation_weights(probabilities: NDArray[np.float32], settings: ActivationSettings) -> NDArray[np.float32]:
    """Turn probabilities into weights.

    Args:
        probabilities: `(..., frames)` in 0..1.
        settings: the rule.

    Returns:
        float32 of the same shape, 0..1. A frame depends on at most `median_frames // 2` frames on either side.
    """
    if settings.mode == "off" or probabilities.shape[-1] == 0:
        return np.ones_like(probabilities, dtype=np.float32)
    if settings.mode == "hard":
        return _running_median((probabilities > settings.threshold).astype(np.float32), settings.median_frames)
    smooth = _running_median(probabilities.astype(np.float32, copy=False), settings.median_frames)
    half = settings.threshold / 2
    weights: NDArray[np.float32] = np.clip((smooth - half) / half, 0.0, 1.0).astype(np.float32, copy=False)
    return weights


def _running_median(values: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """The median of each value and its neighbours along the last axis; the ends are held."""
    from scipy.ndimage import median_filter  # takes a quarter of a second to load, which a window need not wait for

    size = (1,) * (values.ndim - 1) + (frames,)
    median: NDArray[np.float32] = median_filter(values, size=size, mode="nearest")
    return median
