"""Loudness as EBU R128 states it."""

import math
from dataclasses import dataclass
from typing import Final

_OFFSET_LU: Final = -0.691  # of BS.1770: a 997 Hz sine of 0 dBFS in one channel has -3.01 LKFS

_SILENCE: Final = 1e-30  # less comes from what keeps filters from denormal numbers


@dataclass(frozen=True)
class Loudness:
    """Levels of a programme; -inf for silence or before there is enough of it.

    Attributes:
        momentary_lufs: over the last 0.4 s.
        short_term_lufs: over the last 3 s.
        integrated_lufs: since the start of the measurement, gated.
        true_peak_dbtp: the highest since then, between samples too.
    """

    momentary_lufs: float = -math.inf
    short_term_lufs: float = -math.inf
    integrated_lufs: float = -math.inf
    true_peak_dbtp: float = -math.inf


def power_to_lufs(power: float) -> float:
    """The loudness of a mean square, K-weighted and summed over the channels; -inf for silence."""
    return _OFFSET_LU + 10.0 * math.log10(power) if power > _SILENCE else -math.inf
