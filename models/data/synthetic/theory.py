"""Scales, chords and voicings. Pitches are MIDI numbers, pitch classes 0 (C) to 11 (B)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

MODES: Final[Mapping[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}

PENTATONIC: Final[Mapping[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 7, 9),
    "mixolydian": (0, 2, 4, 7, 9),
    "minor": (0, 3, 5, 7, 10),
    "dorian": (0, 3, 5, 7, 10),
    "phrygian": (0, 3, 5, 7, 10),
}

KEY_NAMES: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

GUITAR_TUNING: Final = (40, 45, 50, 55, 59, 64)
"""Open strings of a guitar, low to high."""


@dataclass(frozen=True, slots=True)
class Chord:
    """A root pitch class, intervals above it in semitones (the root's 0 first), and the bass pitch class."""

    root: int
    intervals: tuple[int, ...]
    bass: int

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of the chord, root first."""
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    @property
    def fifth(self) -> int:
        """Interval of the chord's fifth in semitones."""
        return next((i for i in self.intervals if 6 <= i <= 8), 7)


def diatonic_chord(key: int, mode: str, degree: int, size: int = 3) -> Chord:
    """Stack thirds on a scale degree (0 is the tonic); `size` 3 is a triad, 4 a seventh chord, 5 a ninth chord."""
    scale = MODES[mode]
    tones = [scale[(degree + 2 * k) % 7] + 12 * ((degree + 2 * k) // 7) for k in range(size)]
    root = (key + scale[degree % 7]) % 12
    base = tones[0]
    return Chord(root, tuple(tone - base for tone in tones), root)


def nearest_pitch(pitch_class: int, around: float) -> int:
    """The pitch of a class that lies nearest to `around`."""
    return int(pitch_class + 12 * round((around - pitch_class) / 12))


def scale_pitches(key: int, steps: Sequence[int], low: int, high: int) -> list[int]:
    """All pitches of a scale from `low` to `high`."""
    classes = {(key + step) % 12 for step in steps}
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]


def close_voicing(chord: Chord, centre: float, voices: int = 3) -> tuple[int, ...]:
    """Voice a chord closely around a pitch: the inversion whose mean lies nearest to `centre`."""
    classes = chord.pitch_classes[:voices] if voices <= len(chord.intervals) else chord.pitch_classes
    best: tuple[int, ...] = ()
    best_distance = np.inf
    for inversion in range(len(classes)):
        order = classes[inversion:] + classes[:inversion]
        for octave in range(2, 8):
            pitches = [order[0] + 12 * octave]
            for pitch_class in order[1:]:
                pitches.append(pitches[-1] + ((pitch_class - pitches[-1]) % 12 or 12))
            distance = abs(sum(pitches) / len(pitches) - centre)
            if distance < best_distance:
                best, best_distance = tuple(pitches), distance
    return best


def guitar_shape(chord: Chord, position: int = 0, capo: int = 0, reach: int = 4) -> tuple[int, ...]:
    """Finger a chord on six strings: pitches low to high, from the lowest string that can take the bass note.

    Args:
        chord: what to finger.
        position: lowest fret used, above the capo.
        capo: fret of the capo.
        reach: frets the hand spans.
    """
    classes = set(chord.pitch_classes)
    shape: list[int] = []
    for string, open_pitch in enumerate(GUITAR_TUNING):
        lowest = open_pitch + capo + position
        fitting = [p for p in range(lowest, lowest + reach + 1) if p % 12 in classes]
        if not shape:
            bass = [p for p in range(lowest, lowest + reach + 1) if p % 12 == chord.bass % 12]
            if bass:
                shape.append(bass[0])
            elif string >= 3 and fitting:
                shape.append(fitting[0])
        elif fitting:
            shape.append(fitting[0])
    return tuple(shape)
