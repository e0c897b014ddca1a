"""What moving a band does to its settings. Everything comes back within the ranges that the mixer allows."""

import math
import re
from dataclasses import replace
from typing import Final

from app.audio.units import linear_to_db
from app.mixing.settings import BUTTERWORTH_Q, EQUALIZER_GAIN_RANGE_DB, EQUALIZER_Q_RANGE, BandSettings
from app.ui.equalizer.frequency import rounded
from app.ui.gain_scale import parse_db

Q_STEP: Final = 2.0**0.25
"""One notch of the wheel, or one press of a key."""

_LOWEST_DB, _HIGHEST_DB = EQUALIZER_GAIN_RANGE_DB


def level_of(band: BandSettings) -> float:
    """Where the band's node stands in dB: its gain; that of a pass at its cutoff, which is its Q."""
    return linear_to_db(band.q) if band.kind.is_pass else band.gain_db


def neutral_level_of(band: BandSettings) -> float:
    """The level of a band that changes nothing, or of a pass that does not ring."""
    return linear_to_db(BUTTERWORTH_Q) if band.kind.is_pass else 0.0


def with_level(band: BandSettings, level_db: float) -> BandSettings:
    """The band with its node at that level."""
    if band.kind.is_pass:
        neutral = abs(level_db - neutral_level_of(band)) < 1e-9
        return with_q(band, BUTTERWORTH_Q if neutral else 10.0 ** (level_db / 20.0))
    return replace(band, gain_db=round(min(_HIGHEST_DB, max(_LOWEST_DB, level_db)), 1) + 0.0)


def with_frequency(band: BandSettings, frequency_hz: float) -> BandSettings:
    """The band at that frequency."""
    return replace(band, frequency_hz=rounded(frequency_hz))


def with_q(band: BandSettings, q: float) -> BandSettings:
    """The band with that Q, to three digits; the one without a resonance is exact."""
    lowest, highest = EQUALIZER_Q_RANGE
    q = min(highest, max(lowest, q))
    q = BUTTERWORTH_Q if abs(q - BUTTERWORTH_Q) < 1e-3 else round(q, 2 - math.floor(math.log10(q)))
    return replace(band, q=q)


def switched_on(band: BandSettings) -> BandSettings:
    """The band, on: who moves a node wants to hear it."""
    return replace(band, on=True)


def format_q(q: float) -> str:
    """`0.71`, `1.00`, `12.0`."""
    return f"{q:.{2 if q < 10.0 else 1}f}"


def parse_q(text: str) -> float:
    """What somebody typed, limited to what is allowed. Raises ValueError if it is no positive number."""
    plain = text.strip().lower().removeprefix("q").strip().replace(",", ".")
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", plain) or float(plain) <= 0.0:
        raise ValueError(f"not a Q: {text!r}")
    lowest, highest = EQUALIZER_Q_RANGE
    return min(highest, max(lowest, float(plain)))


def parse_gain(text: str) -> float:
    """A band's gain that somebody typed, limited to what is allowed. Raises ValueError if it is none."""
    gain_db = parse_db(text, _HIGHEST_DB)
    if gain_db == -math.inf and not re.search(r"\d", text):
        raise ValueError(f"not the gain of a band: {text!r}")
    return max(_LOWEST_DB, gain_db)
