"""Compression and limiting with plain parameters."""

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects.kernels import apply_gain, compression_gain, hop_peaks, lookahead_gain

_HOP_FRAMES = 32


def _coefficient(time_s: float) -> float:
    """One-pole coefficient per hop that reaches 63 % in `time_s`."""
    return float(1 - np.exp(-_HOP_FRAMES / (max(time_s, 1e-4) * SAMPLE_RATE_HZ)))


def compress(
    audio: NDArray[np.float32],
    threshold_db: float,
    ratio: float,
    attack_s: float = 0.005,
    release_s: float = 0.1,
) -> None:
    """Compress `(frames, 2)` in place, channels linked; `threshold_db` is dBFS of the peak level. No make-up gain."""
    gains = compression_gain(
        audio, 10 ** (threshold_db / 20), ratio, _coefficient(attack_s), _coefficient(release_s), _HOP_FRAMES
    )
    apply_gain(audio, gains, _HOP_FRAMES)


def limiter_gain(audio: NDArray[np.float32], ceiling: float, release_s: float) -> NDArray[np.float32]:
    """Gain every 32 frames (for `apply_limiter`) that keeps the peaks of `(frames, 2)` at `ceiling`."""
    return lookahead_gain(hop_peaks(audio, _HOP_FRAMES), ceiling, 4, _coefficient(release_s))


def apply_limiter(audio: NDArray[np.float32], gains: NDArray[np.float32]) -> None:
    """Apply a gain curve of `limiter_gain` in place: the same curve on every stem keeps their sum the mix."""
    apply_gain(audio, gains, _HOP_FRAMES)
