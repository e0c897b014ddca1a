"""Melodies: phrases with a rhythm, a contour, repetition and room to breathe."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.data.synthetic.plan import Bar, Plan
from models.data.synthetic.theory import MODES, PENTATONIC, scale_pitches


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of a melody in song beats. `start` and `end` mark a phrase's edges, `slur` ties to the tone before."""

    beat: float
    beats: float
    pitch: int
    strength: float
    start: bool = False
    end: bool = False
    slur: bool = False


@dataclass(frozen=True, slots=True)
class MelodyManner:
    """How a melody moves: notes a beat, compass in MIDI, share of slurred notes, share of leaps, whether pentatonic."""

    density: float
    low: int
    high: int
    slur: float = 0.12
    leap: float = 0.15
    pentatonic: bool = False
    rest: float = 0.22


def _rhythm(rng: np.random.Generator, beats: float, density: float, rest: float) -> list[tuple[float, float]]:
    """Onsets and lengths (beats) within a phrase that leaves `rest` of its length empty at the end."""
    sung = beats * (1 - rest * float(rng.uniform(0.6, 1.4)))
    values = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
    weights = np.exp(-0.5 * ((np.log(values) - np.log(1 / density)) / 0.55) ** 2)
    weights[[1, 3]] *= 1.8
    beat = float(rng.choice([0.0, 0.0, 0.5, 1.0, -0.5]))
    rhythm: list[tuple[float, float]] = []
    while beat < sung - 0.2:
        length = float(rng.choice(values, p=weights / weights.sum()))
        if beat % 0.5 != 0:
            length = 0.25 if length < 0.5 else length - 0.25
        length = min(length, max(0.25, sung - beat))
        if rng.random() < 0.07 and rhythm:
            beat += 0.5
            continue
        rhythm.append((beat, length))
        beat += length
    if rhythm:
        onset, length = rhythm[-1]
        rhythm[-1] = (onset, max(length, min(float(rng.choice([1.0, 1.5, 2.0])), beats - onset - 0.25)))
    return rhythm


def compose(rng: np.random.Generator, plan: Plan, bars: Sequence[Bar], manner: MelodyManner) -> list[Tone]:
    """Write a melody over bars: two-bar phrases, of which later ones repeat or vary earlier ones of the section.

    Strong beats prefer chord tones, other tones move mostly by step within the scale.
    """
    steps = PENTATONIC[plan.mode] if manner.pentatonic else MODES[plan.mode]
    scale = scale_pitches(plan.key, steps, manner.low, manner.high)
    centre = float(rng.uniform(0.3, 0.65))
    tones: list[Tone] = []
    rhythms: dict[str, list[list[tuple[float, float]]]] = {}
    contours: dict[str, list[list[int]]] = {}
    place = int(centre * (len(scale) - 1))
    for first in range(0, len(bars), 2):
        pair = bars[first : first + 2]
        if len(pair) == 2 and (pair[1].index != pair[0].index + 1 or pair[1].section != pair[0].section):
            pair = pair[:1]
        beats = float(sum(bar.beats for bar in pair))
        name = f"{pair[0].section_name}{len(pair)}"
        known = rhythms.setdefault(name, [])
        moves = contours.setdefault(name, [])
        if known and rng.random() < 0.65:
            which = int(rng.integers(len(known)))
            rhythm, contour = known[which], list(moves[which])
            if rng.random() < 0.5 and contour:
                contour[-1] += int(rng.integers(-1, 2))
        else:
            density = manner.density * (1.15 if pair[0].energy > 0.8 else 1.0) * float(rng.uniform(0.75, 1.3))
            rhythm = _rhythm(rng, beats, density, manner.rest)
            contour = [_move(rng, manner.leap) for _ in rhythm]
            known.append(rhythm)
            moves.append(contour)
        lift = 0.12 if pair[0].energy > 0.8 else 0.0
        place = int(np.clip(0.5 * place + 0.5 * (centre + lift) * (len(scale) - 1), 0, len(scale) - 1))
        place = _phrase(rng, pair, rhythm, contour, scale, place, manner, tones)
    return tones


def _move(rng: np.random.Generator, leap: float) -> int:
    if rng.random() < leap:
        return int(rng.choice([-4, -3, 3, 4, 5]))
    return int(rng.choice([-2, -1, -1, 0, 1, 1, 2]))


def _phrase(
    rng: np.random.Generator, bars: Sequence[Bar], rhythm: Sequence[tuple[float, float]], contour: Sequence[int],
    scale: Sequence[int], place: int, manner: MelodyManner, tones: list[Tone],
) -> int:  # fmt: skip
    """Append one phrase and return the last place in the scale."""
    start = bars[0].beat
    for position, ((onset, length), move) in enumerate(zip(rhythm, contour, strict=True)):
        beat = max(0.0, start + onset)
        if tones and beat < tones[-1].beat + tones[-1].beats:
            beat = tones[-1].beat + tones[-1].beats
        bar = next((b for b in reversed(bars) if b.beat <= beat + 1e-6), bars[0])
        place = int(np.clip(place + move, 0, len(scale) - 1))
        last = position == len(rhythm) - 1
        if onset % 1 == 0 or length >= 1 or last:
            classes = bar.chord_at(beat).pitch_classes
            near = sorted(range(len(scale)), key=lambda k: (abs(k - place), k))
            place = next((k for k in near[:7] if scale[k] % 12 in classes), place)
        tones.append(
            Tone(
                beat, length, scale[place], 0.62 + 0.2 * (onset % 1 == 0) + 0.1 * float(rng.random()),
                start=position == 0, end=last, slur=position > 0 and length <= 1 and rng.random() < manner.slur,
            )
        )  # fmt: skip
    return place
