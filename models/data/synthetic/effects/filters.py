"""Second-order filters after R. Bristow-Johnson's Audio EQ Cookbook."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects.kernels import biquads

FilterKind = Literal["low-pass", "high-pass", "peak", "low-shelf", "high-shelf"]


def section(kind: FilterKind, frequency_hz: float, gain_db: float = 0.0, q: float = 0.707) -> NDArray[np.float64]:
    """Coefficients b0 b1 b2 a1 a2 of one section at 44.1 kHz; `gain_db` matters to peaks and shelves only."""
    omega = 2 * np.pi * min(max(frequency_hz, 10.0), 0.47 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    cosine, alpha = np.cos(omega), np.sin(omega) / (2 * q)
    amplitude = 10 ** (gain_db / 40)
    if kind == "low-pass":
        b = [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2]
        a = [1 + alpha, -2 * cosine, 1 - alpha]
    elif kind == "high-pass":
        b = [(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2]
        a = [1 + alpha, -2 * cosine, 1 - alpha]
    elif kind == "peak":
        b = [1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude]
        a = [1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude]
    else:
        sign = 1.0 if kind == "low-shelf" else -1.0
        root = 2 * np.sqrt(amplitude) * alpha
        plus, minus = amplitude + 1, amplitude - 1
        b = [
            amplitude * (plus - sign * minus * cosine + root),
            sign * 2 * amplitude * (minus - sign * plus * cosine),
            amplitude * (plus - sign * minus * cosine - root),
        ]
        a = [
            plus + sign * minus * cosine + root,
            -sign * 2 * (minus + sign * plus * cosine),
            plus + sign * minus * cosine - root,
        ]
    return np.array([b[0], b[1], b[2], a[1], a[2]]) / a[0]


def apply(audio: NDArray[np.float32], *sections: NDArray[np.float64]) -> None:
    """Filter `(frames, channels)` in place by sections in series."""
    if sections:
        biquads(audio, np.ascontiguousarray(np.stack(sections)))
