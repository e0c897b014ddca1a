"""Piano parts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.data.synthetic.parts.melody import MelodyManner, compose
from models.data.synthetic.plan import Bar, Pen, Plan
from models.data.synthetic.theory import Chord, close_voicing, nearest_pitch

Role = Callable[[Pen, Plan, Sequence[Bar]], None]


def _chord(pen: Pen, chord: Chord, beat: float, beats: float, velocity: float, centre: float, voices: int = 3) -> None:
    for pitch in close_voicing(chord, centre, voices):
        pen.note(beat, beats, pitch, velocity * float(pen.rng.uniform(0.9, 1.05)))


def _left(pen: Pen, chord: Chord, beat: float, beats: float, velocity: float, octave: bool) -> None:
    low = nearest_pitch(chord.bass, 41)
    pen.note(beat, beats, low, velocity)
    if octave:
        pen.note(beat, beats, low - 12, velocity * 0.9)


def _block(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A held chord a change, at times struck again."""
    centre, octave = float(pen.rng.uniform(58, 67)), bool(pen.rng.random() < 0.5)
    again = float(pen.rng.uniform(0, 0.6))
    for bar in bars:
        for span in bar.chords:
            _chord(pen, span.chord, span.beat, span.beats * 0.96, 0.5 + 0.25 * bar.energy, centre)
            _left(pen, span.chord, span.beat, span.beats * 0.96, 0.5 + 0.2 * bar.energy, octave)
            if span.beats >= 2 and pen.rng.random() < again:
                _chord(
                    pen,
                    span.chord,
                    span.beat + span.beats - float(pen.rng.choice([0.5, 1.0, 1.5])),
                    0.5,
                    0.5,
                    centre,
                )


def _pulse(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Repeated chords in quarters or eighths."""
    centre, rate = float(pen.rng.uniform(60, 70)), int(pen.rng.choice([1, 2, 2]))
    for bar in bars:
        for step in range(bar.beats * rate):
            beat = bar.beat + step / rate
            loud = (0.5 if step % rate == 0 else 0.4) + 0.28 * bar.energy
            _chord(pen, bar.chord_at(beat), beat, 0.9 / rate, loud, centre)
        for span in bar.chords:
            _left(pen, span.chord, span.beat, span.beats, 0.6, True)


def _arpeggio(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Broken chords over a low note, pedal held."""
    rate = 4 if plan.tempo_bpm < 92 or pen.rng.random() < 0.25 else 2
    centre = float(pen.rng.uniform(56, 70))
    order = ((0, 1, 2, 1), (0, 2, 1, 2), (0, 1, 2, 3), (3, 2, 1, 0), (0, 2, 1, 3))[int(pen.rng.integers(5))]
    for bar in bars:
        for step in range(bar.beats * rate):
            beat = bar.beat + step / rate
            voicing = close_voicing(bar.chord_at(beat), centre, 3)
            tones = (*voicing, voicing[0] + 12)
            pen.note(beat, bar.beats - step / rate, tones[order[step % 4]], 0.5 + 0.15 * (step % rate == 0))
        for span in bar.chords:
            _left(pen, span.chord, span.beat, span.beats, 0.6, bool(pen.rng.random() < 0.3))


def _ballad(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Octaves below, chords rocking above, small answers at the end of bars."""
    centre = float(pen.rng.uniform(60, 67))
    for bar in bars:
        for span in bar.chords:
            _left(pen, span.chord, span.beat, span.beats, 0.5 + 0.2 * bar.energy, True)
        for step in range(bar.beats * 2):
            beat = bar.beat + step / 2
            voicing = close_voicing(bar.chord_at(beat), centre, 3)
            if step % 2 == 0:
                for pitch in voicing[1:]:
                    pen.note(beat, 0.9, pitch, 0.45 + 0.2 * bar.energy)
            else:
                pen.note(beat, 0.5, voicing[0], 0.42)
        if pen.rng.random() < 0.25:
            for k, pitch in enumerate(close_voicing(bar.chord, centre + 14, 3)):
                pen.note(bar.beat + bar.beats - 1 + k / 3, 0.6, pitch, 0.5)


def _stabs(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Short syncopated chords, the same rhythm through a section."""
    centre = float(pen.rng.uniform(62, 72))
    section, hits = -1, [0.0]
    for bar in bars:
        if bar.section != section:
            section = bar.section
            hits = sorted(
                {float(h) / 4 for h in pen.rng.choice(bar.beats * 4, int(pen.rng.integers(3, 7)), replace=False)}
            )
        for hit in hits:
            if hit < bar.beats:
                _chord(pen, bar.chord_at(bar.beat + hit), bar.beat + hit, 0.3, 0.72, centre)
        if pen.rng.random() < 0.7:
            _left(pen, bar.chord, bar.beat, 0.8, 0.6, True)


def _riff(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A short tune in the right hand, in octaves at times, over held low notes."""
    doubled = pen.rng.random() < 0.4
    for tone in compose(pen.rng, plan, bars, MelodyManner(1.8, 64, 80, pentatonic=True, rest=0.1, slur=0.0)):
        pen.note(tone.beat, tone.beats, tone.pitch, tone.strength)
        if doubled:
            pen.note(tone.beat, tone.beats, tone.pitch + 12, tone.strength * 0.9)
    for bar in bars:
        _left(pen, bar.chord, bar.beat, bar.beats, 0.5, False)


def _jazz(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Rootless comping, sparse and syncopated, with runs between."""
    for bar in bars:
        for hit in (0.0, 0.5, 1.5, 2.0, 2.5, 3.5):
            if hit < bar.beats and pen.rng.random() < 0.33:
                chord = bar.chord_at(bar.beat + hit)
                upper = Chord(
                    chord.pitch_classes[1],
                    tuple(i - chord.intervals[1] for i in chord.intervals[1:]),
                    chord.root,
                )
                _chord(pen, upper, bar.beat + hit, float(pen.rng.choice([0.3, 0.8, 1.4])), 0.6, 61, 4)
    if pen.rng.random() < 0.6:
        _tune(pen, plan, [bar for bar in bars if bar.section_name in ("solo", "instrumental", "intro")], 2.2)


def _tune(pen: Pen, plan: Plan, bars: Sequence[Bar], density: float) -> None:
    for tone in compose(pen.rng, plan, bars, MelodyManner(density, 65, 86, leap=0.2, slur=0.0)):
        pen.note(tone.beat, tone.beats, tone.pitch, tone.strength)


def _melody(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A tune with chords below it."""
    _tune(pen, plan, bars, 1.5)
    _block(pen, plan, bars)


ROLES: Final[Mapping[str, Role]] = {
    "block": _block, "pulse": _pulse, "arpeggio": _arpeggio, "ballad": _ballad, "stabs": _stabs, "riff": _riff,
    "jazz": _jazz, "melody": _melody,
}  # fmt: skip
"""Manners of playing the piano."""
