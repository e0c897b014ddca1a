"""From activation probabilities to the weight that a stem is multiplied with.

Frames in this file are *activation frames*: STFT frames of 1024 samples at 44.1 kHz, whatever the song's own rate is.
Frame `k` is centred at `k / ACTIVATION_RATE_HZ` seconds. NumPy and SciPy only, so that the app can use it live.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

ACTIVATION_RATE_HZ: Final = 44100 / 1024
"""Activation frames per second."""

LONGEST_FADE_FRAMES: Final = 86
"""Two seconds."""

ActivationMode = Literal["off", "soft", "hard"]
_ROUNDING: Final = 1e-6

Probabilities = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ActivationSettings:
    """How probabilities become weights.

    An instrument *plays* where its median-filtered probability is above the threshold: the published rule (Hung & Lerch
    2020). With `hysteresis` it also plays in the frames around those as long as the probability stays above
    `threshold * (1 - hysteresis)`, as Canny (1986) traces edges. Pauses shorter than `minimum_frames` are then filled,
    and after that passages shorter than it dropped; not where they touch the end of what is known.

    `off` leaves the stem as estimated (weight 1). `hard` weighs 1 where the instrument plays, else 0. `soft` keeps a
    knee below the threshold: the weight rises linearly from 0 at half the threshold to 1 at the threshold, so an unsure
    frame is turned down instead of cut. In both, no weight rises or falls faster than from 0 to 1 in `fade_frames`
    frames and one more: it is raised before what plays and after it, so that nothing of that is lost.
    """

    mode: ActivationMode = "soft"
    threshold: float = 0.5
    median_frames: int = 21
    hysteresis: float = 0.0
    minimum_frames: int = 1
    fade_frames: int = 0

    def __post_init__(self) -> None:
        if self.mode not in ("off", "soft", "hard"):
            raise ValueError(f"mode must be off, soft or hard, not {self.mode!r}")
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold must lie between 0 and 1, not {self.threshold}")
        if not (1 <= self.median_frames <= 501 and self.median_frames % 2 == 1):
            raise ValueError(f"median_frames must be odd and 1..501, not {self.median_frames}")
        if not 0.0 <= self.hysteresis <= 1.0:
            raise ValueError(f"hysteresis must be 0..1, not {self.hysteresis}")
        if not 1 <= self.minimum_frames <= 501:
            raise ValueError(f"minimum_frames must be 1..501, not {self.minimum_frames}")
        if not 0 <= self.fade_frames <= LONGEST_FADE_FRAMES:
            raise ValueError(f"fade_frames must be 0..{LONGEST_FADE_FRAMES}, not {self.fade_frames}")


def activation_frame_count(frames: int, rate: int) -> int:
    """How many activation frames a song of `frames` sample frames at `rate` Hz has (at least one)."""
    return int(frames * ACTIVATION_RATE_HZ / rate) + 1


def activation_weights(probabilities: Probabilities, settings: ActivationSettings) -> Probabilities:
    """Turn probabilities into weights.

    Args:
        probabilities: `(..., frames)` in 0..1.
        settings: the rule.

    Returns:
        float32 of the same shape, 0..1. Without hysteresis and minimum, a frame depends on at most
        `median_frames // 2 + fade_frames` frames on either side.
    """
    if settings.mode == "off" or probabilities.shape[-1] == 0:
        return np.ones_like(probabilities, dtype=np.float32)
    smooth = _running_median(probabilities.astype(np.float32, copy=False), settings.median_frames)
    found = _by_threshold(smooth, settings)
    playing = _by_duration(found, settings.minimum_frames)
    if settings.mode == "hard":
        return _faded(playing.astype(np.float32), settings.fade_frames)
    half = max(settings.threshold / 2, _ROUNDING)  # nothing is divided by zero, however low the threshold is
    knee = np.clip((smooth - half) / half, 0.0, 1.0)
    weights: Probabilities = np.where(playing, np.float32(1.0), knee).astype(np.float32, copy=False)
    if settings.minimum_frames > 1:  # what is too short to be played is dropped with its flanks
        audible = weights > 0
        weights[_runs_that_hold(audible, found) & ~_runs_that_hold(audible, playing)] = 0.0
    return _faded(weights, settings.fade_frames)


def activation_decisions(probabilities: Probabilities, settings: ActivationSettings) -> Flags:
    """In which frames each instrument plays, `(..., frames)`: the weight of the mode `hard`, whatever the mode is."""
    if probabilities.shape[-1] == 0:
        return np.zeros(probabilities.shape, bool)
    smooth = _running_median(probabilities.astype(np.float32, copy=False), settings.median_frames)
    return _by_duration(_by_threshold(smooth, settings), settings.minimum_frames)


def _faded(weights: Probabilities, fade_frames: int) -> Probabilities:
    """Raise weights beside higher ones: neighbours differ by at most `1 / (fade_frames + 1)`."""
    if fade_frames == 0:
        return weights
    slope = np.arange(weights.shape[-1]) / (fade_frames + 1)  # float64: it grows with the song
    after = np.maximum.accumulate(weights + slope, axis=-1) - slope
    before = np.maximum.accumulate((weights - slope)[..., ::-1], axis=-1)[..., ::-1] + slope
    raised = np.maximum(after, before).astype(np.float32)
    faded: Probabilities = np.where(raised > weights + _ROUNDING, raised, weights)
    return faded


def _by_threshold(smooth: Probabilities, settings: ActivationSettings) -> Flags:
    sure: Flags = smooth > settings.threshold
    if not settings.hysteresis:
        return sure
    return _runs_that_hold(smooth > settings.threshold * (1 - settings.hysteresis), sure)


def _by_duration(playing: Flags, minimum_frames: int) -> Flags:
    if minimum_frames == 1:
        return playing
    filled = ~_long_runs(~playing, minimum_frames)
    return _long_runs(filled, minimum_frames)


def _long_runs(flags: Flags, minimum_frames: int) -> Flags:
    """The runs of set frames that are not too short; those that touch an end may go on beyond it."""
    frames = flags.shape[-1]
    return _select_runs(
        flags, lambda row, start, stop: (stop - start >= minimum_frames) | (start == 0) | (stop == frames)
    )


def _runs_that_hold(flags: Flags, marks: Flags) -> Flags:
    """The runs of set frames in which a mark is set."""
    counts = np.concatenate((np.zeros((*marks.shape[:-1], 1), int), np.cumsum(marks, -1)), -1)
    rows = counts.reshape(-1, counts.shape[-1])
    return _select_runs(flags, lambda row, start, stop: rows[row, stop] > rows[row, start])


_Choice = Callable[[int, NDArray[np.int64], NDArray[np.int64]], Flags]


def _select_runs(flags: Flags, choose: _Choice) -> Flags:
    """Keep the runs `[start, stop)` along the last axis that `choose(row, starts, stops)` says."""
    frames = flags.shape[-1]
    selected = np.zeros((flags.size // frames, frames), bool)
    for row, source in enumerate(flags.reshape(-1, frames)):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], source, [False])).astype(np.int8)))
        starts, stops = edges[::2], edges[1::2]
        chosen = choose(row, starts, stops)
        steps = np.zeros(frames + 1, np.int64)
        steps[starts[chosen]] = 1
        steps[stops[chosen]] -= 1
        selected[row] = np.cumsum(steps[:-1]) > 0
    return selected.reshape(flags.shape)


def _running_median(values: Probabilities, frames: int) -> Probabilities:
    """The median of each value and its neighbours along the last axis; the ends are held."""
    if frames == 1:
        return values
    from scipy.ndimage import median_filter  # takes a quarter of a second to load, which a window need not wait for

    size = (1,) * (values.ndim - 1) + (frames,)
    median: Probabilities = median_filter(values, size=size, mode="nearest")
    return median
