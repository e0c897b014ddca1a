"""Peaks between samples: a signal at four times its rate, as ITU-R BS.1770-5, annex 2, estimates true peaks.

The interpolator is a sinc under a Kaiser window, 16 samples wide, flat to 0.1 dB up to 0.4 of the sample rate. Peaks at
a quarter of a sample's distance can still hide up to 0.7 dB of a sine at the Nyquist frequency, 0.2 dB of one at half
of it, which is what the standard allows for.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner

TILE: Final = 64
"""Frames that are looked at together."""

TAPS: Final = 16
AHEAD: Final = TAPS // 2
"""How many samples after a point the interpolator looks at."""

HISTORY: Final = TAPS - 1
_KAISER_BETA: Final = 4.5
_PHASES: Final = 4

Floats = NDArray[np.float64]


def _interpolator() -> Floats:
    """Taps `(3, 16)` for the points a quarter, a half and three quarters of a sample after the eighth one."""
    distance = np.arange(TAPS) - (AHEAD - 1) - np.arange(1, _PHASES)[:, np.newaxis] / _PHASES
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(1.0 - (distance / AHEAD) ** 2, 0.0)))
    taps = np.sinc(distance) * window
    return taps / taps.sum(axis=1, keepdims=True)


_INTERPOLATOR: Final = _interpolator()


@inner
def peaks_between(line: Floats, scratch: Floats, peaks: Floats) -> None:
    """Raise `peaks` to the peaks of one channel.

    Args:
        line: float64 (79,): 15 samples that came before, and a tile of new ones.
        scratch: float64 (64,).
        peaks: float64 (64,), raised. Entry t tells the largest absolute value from the sample 8 before the t-th new one
            up to the next.
    """
    for t in range(TILE):
        peaks[t] = max(peaks[t], abs(line[t + AHEAD - 1]))
    for phase in range(_PHASES - 1):
        for t in range(TILE):
            scratch[t] = _INTERPOLATOR[phase, 0] * line[t]
        for tap in range(1, TAPS):
            factor = _INTERPOLATOR[phase, tap]
            for t in range(TILE):
                scratch[t] += factor * line[t + tap]
        for t in range(TILE):
            peaks[t] = max(peaks[t], abs(scratch[t]))
