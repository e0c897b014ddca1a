"""Design of the three equalizer bands, and what they do to each frequency.

The filters are state variable filters in the trapezoidal form, from Andrew Simper, "Solving the continuous SVF
equations using trapezoidal integration and equivalent currents" (Cytomic, 2013). With `s = j tan(pi f / rate) / g`
a band's response is

    H(s) = m0 + (m1 s + m2) / (s^2 + k s + 1)

and the filter stays stable while `g`, `k` and the `m`s move, which is what lets the mixer glide between settings.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.settings import EqualizerSettings

BANDS: Final = 3
COEFFICIENTS: Final = 5
"""Per band, in this order: g, k, m0, m1, m2."""

SHELF_Q: Final = math.sqrt(0.5)
"""The steepest shelf without a bump."""

HIGHEST_FREQUENCY: Final = 0.49
"""Band frequencies are limited to this share of the sample rate, below the Nyquist frequency, where g is infinite."""


def design(settings: EqualizerSettings, rate: int) -> NDArray[np.float64]:
    """The coefficients of the low shelf, the bell and the high shelf at `rate` Hz.

    Returns:
        float64 `(3, 5)`: for each band g, k, m0, m1, m2. A band with a gain of 0 dB, or any band while bypassed, has
        m = (1, 0, 0) exactly and so passes samples unchanged.
    """
    gains = (settings.low_gain_db, settings.mid_gain_db, settings.high_gain_db)
    low, mid, high = (0.0, 0.0, 0.0) if settings.bypass else gains
    return np.array(
        [
            low_shelf(low, settings.low_cutoff_hz, rate),
            bell(mid, settings.mid_center_hz, settings.mid_q, rate),
            high_shelf(high, settings.high_cutoff_hz, rate),
        ]
    )


def low_shelf(gain_db: float, cutoff_hz: float, rate: int) -> tuple[float, ...]:
    """g, k, m0, m1, m2 of a low shelf: `gain_db` far below the cutoff, half of that at it, 0 dB far above."""
    a = 10.0 ** (gain_db / 40.0)
    k = 1.0 / SHELF_Q
    return _warp(cutoff_hz, rate) / math.sqrt(a), k, 1.0, k * (a - 1.0), a * a - 1.0


def bell(gain_db: float, center_hz: float, q: float, rate: int) -> tuple[float, ...]:
    """g, k, m0, m1, m2 of a bell: `gain_db` at the center, 0 dB far from it, the same width for boost and cut."""
    a = 10.0 ** (gain_db / 40.0)
    k = 1.0 / (q * a)
    return _warp(center_hz, rate), k, 1.0, k * (a * a - 1.0), 0.0


def high_shelf(gain_db: float, cutoff_hz: float, rate: int) -> tuple[float, ...]:
    """g, k, m0, m1, m2 of a high shelf: `gain_db` far above the cutoff, half of that at it, 0 dB far below."""
    a = 10.0 ** (gain_db / 40.0)
    k = 1.0 / SHELF_Q
    return _warp(cutoff_hz, rate) * math.sqrt(a), k, a * a, k * (1.0 - a) * a, 1.0 - a * a


def magnitude_response_db(
    settings: EqualizerSettings, frequency_hz: NDArray[np.floating], rate: int
) -> NDArray[np.float64]:
    """The equalizer's gain at each frequency.

    Args:
        settings: the equalizer; 0 dB everywhere if it is bypassed.
        frequency_hz: any shape, 0 up to (not including) half of `rate`; higher ones give NaN.
        rate: sample rate in Hz.

    Returns:
        float64 of the same shape, in dB. It is what the digital filters do, the warping near the Nyquist frequency
        included.
    """
    frequency = np.asarray(frequency_hz, np.float64)
    below = frequency < rate / 2
    warped = np.tan(np.pi * np.where(below, frequency, 0.0) / rate)
    response = np.ones(frequency.shape, np.complex128)
    for g, k, m0, m1, m2 in design(settings, rate):
        s = 1j * warped / g
        response *= m0 + (m1 * s + m2) / (s * s + k * s + 1.0)
    decibels: NDArray[np.float64] = np.where(below, 20.0 * np.log10(np.abs(response)), np.nan)
    return decibels


def _warp(frequency_hz: float, rate: int) -> float:
    return math.tan(math.pi * min(frequency_hz / rate, HIGHEST_FREQUENCY))
