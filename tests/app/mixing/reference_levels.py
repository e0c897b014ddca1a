"""Loudness and true peak of a whole signal, computed with SciPy and not with what is tested."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float32]

_RATE_HZ = 48_000
_K_WEIGHTING = [  # ITU-R BS.1770-5, tables 1 and 2, at 48 kHz
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def integrated_lufs(samples: Samples, rate: int) -> float:
    """EBU R128, of `(n, 2)` samples at any rate; -inf if nothing passes the gates."""
    divisor = math.gcd(rate, _RATE_HZ)
    at_48_khz = signal.resample_poly(samples.astype(np.float64), _RATE_HZ // divisor, rate // divisor, axis=0)
    power = np.square(signal.sosfilt(_K_WEIGHTING, at_48_khz, axis=0)).sum(axis=1)
    hop = _RATE_HZ // 10
    hops = power[: len(power) // hop * hop].reshape(-1, hop).mean(axis=1)
    if len(hops) < 4:
        return -math.inf
    blocks = np.convolve(hops, np.full(4, 0.25), "valid")
    blocks = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if len(blocks) == 0:
        return -math.inf
    return float(-0.691 + 10 * np.log10(blocks[blocks > 0.1 * blocks.mean()].mean()))


def true_peak_dbtp(samples: Samples) -> float:
    """Eight times oversampled with a long filter; -inf for silence."""
    silence = np.zeros((200, 2))
    padded = np.concatenate([silence, samples.astype(np.float64), silence])
    between = signal.resample_poly(padded, 8, 1, axis=0, window=("kaiser", 9.0))
    largest = max(float(np.abs(between).max()), float(np.abs(padded).max()))
    return 20 * math.log10(largest) if largest else -math.inf
