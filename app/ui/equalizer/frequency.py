"""Frequencies as they are drawn, written and typed."""

import math
import re
from typing import Final

from app.mixing.settings import EQUALIZER_FREQUENCY_RANGE_HZ

LOWEST_HZ, HIGHEST_HZ = EQUALIZER_FREQUENCY_RANGE_HZ
OCTAVES: Final = math.log2(HIGHEST_HZ / LOWEST_HZ)

MARKS_HZ: Final = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0)
"""Where the axis has numbers."""

FINE_MARKS_HZ: Final = tuple(digit * decade for decade in (10.0, 100.0, 1000.0, 10_000.0) for digit in range(1, 10))
"""Where it has lines between them."""

_NOTES: Final = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_A4_HZ: Final = 440.0
_A4_NUMBER: Final = 69  # of MIDI


def fraction_of(frequency_hz: float) -> float:
    """Where a frequency lies between 20 Hz (0) and 20 kHz (1) on a logarithmic axis; beyond them outside 0..1."""
    return math.log2(frequency_hz / LOWEST_HZ) / OCTAVES


def frequency_at(fraction: float) -> float:
    """The frequency at a place on the axis."""
    return LOWEST_HZ * 2.0 ** (OCTAVES * fraction)


def rounded(frequency_hz: float) -> float:
    """To three digits, which is what is written, and within the axis."""
    frequency_hz = min(HIGHEST_HZ, max(LOWEST_HZ, frequency_hz))
    return round(frequency_hz, 2 - math.floor(math.log10(frequency_hz)))


def format_hz(frequency_hz: float) -> str:
    """`82.4 Hz`, `440 Hz`, `1.25 kHz`, `12.5 kHz`."""
    frequency_hz = rounded(frequency_hz)
    if frequency_hz < 1000.0:
        return f"{frequency_hz:.3g} Hz"
    return f"{frequency_hz / 1000.0:.{2 if frequency_hz < 10_000.0 else 1}f} kHz"


def format_mark(frequency_hz: float) -> str:
    """`50`, `2k`: on the axis."""
    return f"{frequency_hz:.0f}" if frequency_hz < 1000.0 else f"{frequency_hz / 1000.0:.0f}k"


def note_of(frequency_hz: float) -> str:
    """The nearest note of equal temperament at A4 = 440 Hz, `C♯4` or `E2`."""
    number = round(_A4_NUMBER + 12.0 * math.log2(frequency_hz / _A4_HZ))
    return f"{_NOTES[number % 12]}{number // 12 - 1}"


def parse_hz(text: str) -> float:
    """What somebody typed: `440`, `1.2k`, `1,2 kHz`, or a note, `A4`, `c#3`, `Eb2`. Raises ValueError for neither.

    It is limited to the axis.
    """
    plain = text.strip().lower().replace(",", ".").replace("♯", "#").replace("♭", "b")
    if note := re.fullmatch(r"([a-g])([#b]?)(-?\d{1,2})", plain):
        letter, accidental, octave = note.groups()
        number = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter] + 12 * (int(octave) + 1)
        number += {"": 0, "#": 1, "b": -1}[accidental]
        frequency_hz = _A4_HZ * 2.0 ** ((number - _A4_NUMBER) / 12.0)
    elif value := re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*(k?)\s*(hz)?", plain):
        frequency_hz = float(value[1]) * (1000.0 if value[2] else 1.0)
    else:
        raise ValueError(f"not a frequency: {text!r}")
    return min(HIGHEST_HZ, max(LOWEST_HZ, frequency_hz))
