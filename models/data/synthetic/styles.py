"""Styles of music as data: what plays, how fast, on which harmony and in which manner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Style:
    """One style.

    `presence` is the probability that a stem is in a song at all; the `*_roles` mappings weight the manners of playing
    (names of functions in `parts`); `grooves` weights drum patterns; `drive` weights amplifier settings.
    """

    name: str
    tempo_bpm: tuple[float, float]
    modes: Weights
    presence: Weights
    grooves: Weights
    bass_roles: Weights
    electric_roles: Weights
    acoustic_roles: Weights
    piano_roles: Weights
    other_roles: Weights
    drive: Weights
    seventh: float = 0.1
    swing: tuple[float, float] = (0.5, 0.5)
    swing_unit_beats: float = 1.0
    waltz: float = 0.0
    looseness_s: float = 0.008
    electronic: float = 0.1


def _presence(
    vocals: float, electric: float, acoustic: float, piano: float, bass: float, drums: float, other: float
) -> Weights:
    names = ("vocals", "electric_guitar", "acoustic_guitar", "piano", "bass", "drums", "other")
    return dict(zip(names, (vocals, electric, acoustic, piano, bass, drums, other), strict=True))


PROGRESSIONS: Final[Mapping[str, tuple[tuple[int, ...], ...]]] = {
    "major": (
        (0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (0, 3, 0, 4), (3, 0, 4, 5), (0, 2, 3, 4),
        (0, 4, 3, 3), (0, 0, 3, 3), (0, 5, 1, 4), (3, 4, 2, 5), (0, 1, 3, 0), (0, 3, 5, 4), (5, 4, 3, 4),
        (0, 4, 5, 2, 3, 0, 3, 4), (1, 4, 0, 0), (0, 3, 1, 4), (0, 0, 4, 4),
    ),
    "minor": (
        (0, 5, 2, 6), (0, 6, 5, 6), (0, 3, 6, 2), (0, 5, 6, 0), (0, 3, 0, 6), (0, 2, 6, 3), (0, 6, 5, 4),
        (5, 6, 0, 0), (0, 0, 5, 6), (0, 3, 5, 4), (0, 0, 0, 6), (3, 0, 5, 6),
    ),
    "dorian": ((0, 3, 0, 3), (0, 6, 3, 0), (0, 2, 3, 0), (0, 3, 6, 0), (0, 0, 3, 3)),
    "mixolydian": ((0, 6, 3, 0), (0, 3, 6, 3), (0, 6, 0, 6), (0, 4, 3, 0)),
    "phrygian": ((0, 1, 0, 1), (0, 5, 1, 0), (0, 1, 6, 0)),
}  # fmt: skip

STYLES: Final[tuple[Style, ...]] = (
    Style(
        "rock", (95, 168), {"major": 4, "minor": 4, "mixolydian": 3, "dorian": 1},
        _presence(0.88, 0.98, 0.42, 0.42, 0.97, 0.98, 0.4),
        {"rock": 4, "rock_busy": 3, "four_floor": 1, "half_time": 1, "punk": 1, "toms": 1},
        {"eighths": 4, "follow_kick": 3, "riff": 2, "root_fifth": 1},
        {"power": 4, "strum": 3, "riff": 3, "lead": 4, "arpeggio": 1, "sustain": 2, "octaves": 1},
        {"strum": 4, "pick": 1, "eighth_strum": 1}, {"pulse": 3, "block": 3, "stabs": 1, "riff": 1},
        {"organ": 4, "pad": 2, "strings": 1, "lead": 1, "brass": 1, "effects": 1},
        {"crunch": 5, "high": 4, "clean": 1},
    ),
    Style(
        "pop", (84, 132), {"major": 6, "minor": 4, "mixolydian": 1},
        _presence(0.93, 0.7, 0.6, 0.72, 0.94, 0.93, 0.8),
        {"pop": 4, "four_floor": 3, "rock": 2, "sixteenth": 2, "half_time": 1, "trap": 1},
        {"follow_kick": 4, "eighths": 3, "octaves": 2, "long": 2, "riff": 1},
        {"strum": 3, "arpeggio": 3, "funk": 2, "power": 1, "lead": 3, "octaves": 2, "sustain": 1},
        {"strum": 4, "pick": 3, "eighth_strum": 2}, {"block": 4, "pulse": 3, "arpeggio": 3, "stabs": 2, "riff": 1},
        {"pad": 4, "strings": 2, "arp": 3, "lead": 2, "epiano": 2, "brass": 1, "effects": 2, "pluck": 2, "organ": 1},
        {"clean": 5, "crunch": 4, "high": 1}, electronic=0.4,
    ),
    Style(
        "ballad", (58, 86), {"major": 6, "minor": 4},
        _presence(0.95, 0.55, 0.6, 0.85, 0.82, 0.75, 0.7),
        {"ballad": 4, "pop": 2, "half_time": 2, "six_eight": 2, "brushes": 1},
        {"long": 4, "root_fifth": 2, "follow_kick": 2},
        {"arpeggio": 4, "lead": 3, "sustain": 3, "strum": 1, "power": 1},
        {"pick": 4, "strum": 3}, {"ballad": 5, "arpeggio": 4, "block": 3},
        {"strings": 5, "pad": 4, "epiano": 2, "winds": 2, "organ": 1}, {"clean": 4, "crunch": 3, "high": 1},
        seventh=0.25, waltz=0.12, looseness_s=0.012,
    ),
    Style(
        "folk", (76, 142), {"major": 6, "dorian": 2, "minor": 2, "mixolydian": 2},
        _presence(0.9, 0.35, 0.98, 0.45, 0.75, 0.55, 0.45),
        {"train": 3, "pop": 2, "brushes": 2, "ballad": 1, "toms": 1},
        {"root_fifth": 5, "long": 2, "walking": 1},
        {"arpeggio": 3, "lead": 2, "strum": 1}, {"strum": 4, "pick": 5, "boom_chick": 3, "eighth_strum": 1,
        "melody": 2},
        {"block": 3, "arpeggio": 2, "stabs": 1}, {"winds": 3, "strings": 3, "organ": 1, "pluck": 1, "pad": 1},
        {"clean": 6, "crunch": 2}, swing=(0.5, 0.62), waltz=0.18, looseness_s=0.013,
    ),
    Style(
        "funk", (92, 122), {"dorian": 5, "minor": 3, "mixolydian": 4},
        _presence(0.75, 0.9, 0.25, 0.55, 0.99, 0.99, 0.8),
        {"funk": 5, "funk_busy": 4, "disco": 2, "four_floor": 1}, {"slap": 5, "riff": 3, "octaves": 2,
        "follow_kick": 1},
        {"funk": 7, "lead": 2, "riff": 2}, {"strum": 1}, {"stabs": 4, "riff": 2, "pulse": 1},
        {"brass": 4, "epiano": 3, "organ": 3, "clav": 3, "lead": 2, "strings": 1}, {"clean": 7, "crunch": 2},
        seventh=0.7, swing=(0.5, 0.58), swing_unit_beats=0.5,
    ),
    Style(
        "electronic", (100, 146), {"minor": 6, "major": 4, "dorian": 1},
        _presence(0.85, 0.3, 0.25, 0.6, 0.88, 0.97, 0.99),
        {"four_floor": 5, "house": 4, "breakbeat": 2, "trap": 2, "disco": 1, "sixteenth": 1},
        {"sub": 3, "offbeat": 3, "octaves": 3, "sixteenths": 3, "follow_kick": 1},
        {"arpeggio": 2, "funk": 2, "sustain": 1, "lead": 1}, {"pick": 1, "strum": 1},
        {"stabs": 4, "block": 3, "arpeggio": 2, "riff": 2},
        {"pad": 4, "arp": 5, "lead": 4, "pluck": 4, "stabs": 4, "effects": 4, "strings": 1, "voice_lead": 2},
        {"clean": 5, "crunch": 2}, electronic=0.95, looseness_s=0.0015,
    ),
    Style(
        "jazz", (88, 190), {"major": 5, "minor": 3, "dorian": 3},
        _presence(0.6, 0.5, 0.2, 0.85, 0.98, 0.9, 0.55),
        {"swing": 6, "brushes": 3, "bossa": 3}, {"walking": 6, "bossa": 2, "root_fifth": 1},
        {"comp": 4, "lead": 4}, {"pick": 2, "bossa": 3}, {"jazz": 6, "riff": 1, "melody": 3},
        {"winds": 5, "brass": 2, "organ": 1, "vibes": 3, "strings": 1}, {"clean": 8},
        seventh=1.0, swing=(0.6, 0.67), waltz=0.08, looseness_s=0.014, electronic=0.0,
    ),
    Style(
        "metal", (100, 190), {"minor": 5, "phrygian": 4, "dorian": 1},
        _presence(0.75, 0.99, 0.3, 0.3, 0.97, 0.99, 0.4),
        {"metal": 4, "double_kick": 4, "punk": 3, "half_time": 2, "rock_busy": 1},
        {"follow_guitar": 4, "eighths": 3, "sixteenths": 2},
        {"chug": 6, "riff": 4, "power": 3, "lead": 4, "sustain": 1}, {"pick": 3}, {"arpeggio": 2, "block": 1},
        {"strings": 2, "pad": 2, "organ": 1, "effects": 1}, {"high": 9, "crunch": 1}, seventh=0.0,
    ),
    Style(
        "indie", (98, 150), {"major": 6, "minor": 3, "mixolydian": 2},
        _presence(0.88, 0.92, 0.5, 0.5, 0.95, 0.95, 0.55),
        {"rock": 3, "four_floor": 2, "disco": 2, "sixteenth": 2, "toms": 2, "rock_busy": 2},
        {"eighths": 4, "follow_kick": 2, "octaves": 1, "riff": 2},
        {"arpeggio": 4, "strum": 3, "octaves": 3, "riff": 2, "lead": 3, "funk": 1}, {"strum": 3, "eighth_strum": 2,
        "pick": 1},
        {"pulse": 3, "riff": 2, "block": 2}, {"lead": 3, "pad": 3, "organ": 2, "arp": 1, "pluck": 1},
        {"crunch": 5, "clean": 5, "high": 1},
    ),
    Style(
        "urban", (70, 104), {"minor": 6, "dorian": 3, "major": 3},
        _presence(0.92, 0.35, 0.35, 0.65, 0.92, 0.97, 0.85),
        {"trap": 4, "boom_bap": 4, "half_time": 2, "breakbeat": 1}, {"sub": 5, "long": 2, "follow_kick": 3},
        {"arpeggio": 3, "lead": 2, "funk": 1}, {"pick": 3, "strum": 1}, {"block": 3, "riff": 3, "jazz": 2,
        "arpeggio": 1},
        {"epiano": 3, "pad": 3, "pluck": 3, "strings": 2, "effects": 2, "vibes": 1, "lead": 1, "brass": 1},
        {"clean": 6, "crunch": 1}, seventh=0.5, swing=(0.5, 0.6), swing_unit_beats=0.5, electronic=0.8,
    ),
)  # fmt: skip
"""All styles; `arranger.arrange` draws one unless it is told which."""
