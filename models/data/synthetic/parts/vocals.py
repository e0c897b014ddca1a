"""Sung lines: a lead, its doubles, harmonies in the scale, and choirs behind."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.data.synthetic.parts.melody import MelodyManner, Tone, compose
from models.data.synthetic.plan import Bar, Pen, Plan
from models.data.synthetic.theory import MODES, close_voicing, scale_pitches


def compose_lead(rng: np.random.Generator, plan: Plan, bars: Sequence[Bar], low: int, high: int) -> list[Tone]:
    """Compose the melody that is sung; fast tempi get fewer syllables a beat. A share of songs is nearly spoken."""
    syllables_per_second = float(rng.uniform(1.6, 3.6))
    if plan.style.name == "urban" and rng.random() < 0.6:
        syllables_per_second, low, high = float(rng.uniform(3.5, 5.5)), low, min(high, low + 7)
    density = float(np.clip(syllables_per_second * 60 / plan.tempo_bpm, 0.45, 3.4))
    manner = MelodyManner(
        density, low, high, slur=float(rng.uniform(0.03, 0.25)), leap=float(rng.uniform(0.05, 0.25)),
        pentatonic=bool(rng.random() < 0.45), rest=float(rng.uniform(0.12, 0.38)),
    )  # fmt: skip
    return compose(rng, plan, bars, manner)


def sing(pen: Pen, tones: Sequence[Tone], level: float = 1.0) -> None:
    """Write tones as syllables. Articulations: `phrase` begins a phrase, `slur` goes on with the vowel before."""
    swell = 1.0
    for tone in tones:
        swell = float(pen.rng.uniform(0.6, 1.15)) if tone.start else swell
        kind = "slur" if tone.slur else "phrase" if tone.start else "last" if tone.end else "syllable"
        pen.note(
            tone.beat,
            tone.beats * (0.97 if not tone.end else 0.9),
            tone.pitch,
            min(1.0, tone.strength * level * swell),
            kind,
        )


def harmonise(plan: Plan, tones: Sequence[Tone], scale_steps: int) -> list[Tone]:
    """Move a melody in parallel by steps of the scale (2 is a third above, -3 a fourth below)."""
    scale = scale_pitches(plan.key, MODES[plan.mode], 24, 100)
    moved = []
    for tone in tones:
        place = int(np.argmin([abs(pitch - tone.pitch) for pitch in scale]))
        moved.append(replace(tone, pitch=scale[place + scale_steps]))
    return moved


def choir(pen: Pen, bars: Sequence[Bar], centre: float) -> None:
    """Held chords behind the lead, one a chord change."""
    for bar in bars:
        for span in bar.chords:
            for pitch in close_voicing(span.chord, centre, 3):
                pen.note(span.beat, span.beats * 0.98, pitch, 0.6, "choir")


def interjections(pen: Pen, plan: Plan, bars: Sequence[Bar], low: int, high: int) -> None:
    """Short answers (oh, hey) at the ends of bars."""
    scale = scale_pitches(plan.key, MODES[plan.mode], low, high)
    for bar in bars:
        if pen.rng.random() < 0.4:
            pitch = scale[int(pen.rng.integers(len(scale)))]
            for k in range(int(pen.rng.integers(1, 3))):
                pen.note(bar.beat + bar.beats - 1 + 0.5 * k, 0.45, pitch, 0.75, "phrase" if k == 0 else "syllable")
