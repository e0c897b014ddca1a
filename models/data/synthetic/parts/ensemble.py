"""Everything else: pads, strings, organs, winds, brass, synthesisers and effects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.data.synthetic.parts.melody import MelodyManner, compose
from models.data.synthetic.plan import Bar, Pen, Plan
from models.data.synthetic.theory import close_voicing, nearest_pitch

Role = Callable[[Pen, Plan, Sequence[Bar]], None]


def _held(low: float, high: float, voices: int, bass: bool = False) -> Role:
    def role(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
        centre = float(pen.rng.uniform(low, high))
        for bar in bars:
            for span in bar.chords:
                for pitch in close_voicing(span.chord, centre, voices):
                    pen.note(span.beat, span.beats * 1.0, pitch, 0.55 + 0.2 * bar.energy, "held")
                if bass:
                    pen.note(span.beat, span.beats, nearest_pitch(span.chord.bass, 45), 0.5, "held")

    return role


def _line(low: int, high: int, density: float, rest: float = 0.2) -> Role:
    def role(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
        shift = int(pen.rng.integers(-3, 4))
        manner = MelodyManner(
            density, low + shift, high + shift, leap=0.15, rest=rest, pentatonic=bool(pen.rng.random() < 0.4)
        )
        for tone in compose(pen.rng, plan, bars, manner):
            long = tone.beats * 60 / plan.tempo_bpm > 0.5
            bend = ((0.0, float(pen.rng.choice([-1.0, 1.0, -2.0]))), (0.07, 0.0)) if tone.slur else ()
            pen.note(
                tone.beat,
                tone.beats * 0.96,
                tone.pitch,
                tone.strength,
                "vibrato" if long else "line",
                bend=bend,
            )

    return role


def _strings(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Chords with a line on top."""
    _held(58, 66, 3, bass=True)(pen, plan, bars)
    if pen.rng.random() < 0.6:
        _line(67, 84, 0.55, 0.05)(pen, plan, bars)


def _arp(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Sixteenths or eighths through the chord over one or two octaves."""
    rng = pen.rng
    rate, octaves, centre = int(rng.choice([2, 4, 4])), int(rng.integers(1, 3)), float(rng.uniform(58, 72))
    kind, gate = int(rng.integers(3)), float(rng.uniform(0.3, 0.9))
    for bar in bars:
        for step in range(bar.beats * rate):
            beat = bar.beat + step / rate
            voicing = close_voicing(bar.chord_at(beat), centre, 3)
            tones = [p + 12 * o for o in range(octaves) for p in voicing]
            cycle = tones if kind == 0 else tones[::-1] if kind == 1 else tones + tones[-2:0:-1]
            pen.note(beat, gate / rate, cycle[step % len(cycle)], 0.7 if step % rate == 0 else 0.55, "short")


def _rhythm_chords(hits_low: int, hits_high: int, length: float, centre: float) -> Role:
    def role(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
        section, hits = -1, [0.0]
        for bar in bars:
            if bar.section != section:
                section = bar.section
                count = int(pen.rng.integers(hits_low, hits_high + 1))
                hits = sorted({float(h) / 4 for h in pen.rng.choice(bar.beats * 4, count, replace=False)})
            if bar.position % 2 and pen.rng.random() < 0.25:
                continue
            for hit in hits:
                if hit < bar.beats:
                    for pitch in close_voicing(bar.chord_at(bar.beat + hit), centre, 3):
                        pen.note(bar.beat + hit, length, pitch, 0.75, "short")

    return role


def _pluck(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A repeated figure of short notes."""
    for tone in compose(pen.rng, plan, bars, MelodyManner(2.4, 60, 79, leap=0.3, pentatonic=True, rest=0.05, slur=0.0)):
        pen.note(tone.beat, min(tone.beats, 0.4), tone.pitch, tone.strength, "short")


def _effects(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Risers into sections, impacts on them, sweeps within."""
    for bar in bars:
        if bar.left == 0 and pen.rng.random() < 0.7:
            pen.note(bar.beat, bar.beats, 60, 0.7, "riser")
        if bar.position == 0 and pen.rng.random() < 0.6:
            pen.note(bar.beat, 4.0, 36, 0.8, "impact")
        if pen.rng.random() < 0.15:
            pen.note(bar.beat, bar.beats * 2.0, 60, 0.5, "sweep")


ROLES: Final[Mapping[str, Role]] = {
    "pad": _held(55, 68, 3), "strings": _strings, "organ": _held(56, 66, 4, bass=True), "lead": _line(62, 82, 1.6),
    "voice_lead": _line(62, 79, 1.4), "winds": _line(58, 78, 1.3), "vibes": _line(60, 80, 1.6),
    "brass": _rhythm_chords(2, 5, 0.4, 63), "stabs": _rhythm_chords(3, 6, 0.25, 65), "clav": _rhythm_chords(5, 8,
        0.15, 62),
    "epiano": _rhythm_chords(2, 4, 1.2, 61), "arp": _arp, "pluck": _pluck, "effects": _effects,
}  # fmt: skip
"""Manners of playing that belong to no other stem."""
