"""The dB scale that faders and meters share: where a level lies between bottom (0) and top (1)."""

import math
import re
from typing import Final

import numpy as np

from app.mixing.settings import MAX_GAIN_DB

FLOOR_DB: Final = -60.0
"""The lowest level on the scale; below it is only -inf."""

_LEVELS_DB: Final = (FLOOR_DB, -48.0, -36.0, -24.0, -12.0, -6.0, 0.0, 6.0, MAX_GAIN_DB)
_FRACTIONS: Final = (0.05, 0.11, 0.19, 0.31, 0.50, 0.62, 0.76, 0.88, 1.0)
_CUT_FRACTION: Final = 0.025

MARKS_DB: Final = (12.0, 6.0, 0.0, -6.0, -12.0, -24.0, -48.0, -math.inf)
"""The levels that are written beside a fader."""


def fraction_of(level_db: float) -> float:
    """Where a level lies; 0 for -inf, and never outside 0..1."""
    if level_db < FLOOR_DB:
        return 0.0
    return float(np.interp(level_db, _LEVELS_DB, _FRACTIONS))


def level_at(fraction: float) -> float:
    """The level at a place on the scale, to a hundredth of a dB; -inf at the bottom."""
    if fraction < _CUT_FRACTION:
        return -math.inf
    return round(float(np.interp(fraction, _FRACTIONS, _LEVELS_DB)), 2)


def format_db(level_db: float, *, unit: bool = True) -> str:
    """`-3.0 dB`, `+1.5 dB`, `0.0 dB` or `-∞ dB` with a true minus sign."""
    if level_db == -math.inf:
        text = "−∞"
    else:
        rounded = round(level_db, 1) + 0.0
        text = f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.1f}"
    return f"{text} dB" if unit else text


def parse_db(text: str, highest_db: float = MAX_GAIN_DB) -> float:
    """The level that somebody typed: `-3`, `−3,5 dB`, `+2`, `-inf`, `off`. Raises ValueError if it is none.

    Levels above `highest_db` become that, levels below the scale -inf.
    """
    plain = text.strip().lower().replace("−", "-").replace(",", ".").removesuffix("db").strip()
    if re.fullmatch(r"-\s*(∞|inf|oo)|off", plain):
        return -math.inf
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain):
        raise ValueError(f"not a level: {text!r}")
    value = float(plain)
    return -math.inf if value < FLOOR_DB else min(value, highest_db)
