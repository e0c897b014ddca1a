"""Guitars, electric and acoustic: strums, picking, power chords, riffs and leads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.data.synthetic.parts.melody import MelodyManner, compose
from models.data.synthetic.plan import Bar, Pen, Plan
from models.data.synthetic.theory import PENTATONIC, Chord, close_voicing, guitar_shape, nearest_pitch

Role = Callable[[Pen, Plan, Sequence[Bar]], None]

_STRUMS: Final = (
    "D...D...D.U.D...",
    "D...D.U...U.D.U.",
    "D.DUD.DUD.DUD.DU",
    "D..U..D.D..U..D.",
    "D...D.UUD.U.D.U.",
    "D.......D.U.D...",
    "D.U.D.U.D.U.D.U.",
)
_FUNK: Final = ("D.xU.xD.x.xU.xDx", "xxD.xxU.xxDUx.U.", "..D.x.xU..D.x.xU", "D.xx.UxxD.xx.Ux.",
    "xxDxxxDxxxDxxxDU")  # fmt: skip
_CHUGS: Final = (
    "m.mmm.mmm.mmm.P.",
    "P..m.mm.m.P...mm",
    "mmmmP.mmmmmmP.P.",
    "P.mmm.mmP.mmm.mm",
    "m.m.P.m.m.P.m.P.",
)


def _strum(
    pen: Pen, shape: Sequence[int], beat: float, beats: float, velocity: float, up: bool, speed_s: float
) -> None:
    """One stroke: down from the low string, up over the high strings, `speed_s` from string to string."""
    strings = list(shape) if not up else list(reversed(shape[-4:]))
    gap = speed_s * (1.6 - 0.8 * velocity)
    for order, pitch in enumerate(strings):
        loud = velocity * (1.0 - 0.05 * order)
        pen.note(beat, beats, pitch, loud, "up" if up else "down", shift_s=order * gap)


def _strum_role(patterns: Sequence[str], position_range: int, staccato: float = 0.0) -> Role:
    def role(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
        rng = pen.rng
        position = int(rng.integers(position_range + 1)) if position_range else 0
        capo = int(rng.choice([0, 0, 0, 2, 3, 4])) if position_range == 0 else 0
        speed_s = float(rng.uniform(0.004, 0.013))
        section, pattern = -1, patterns[0]
        for bar in bars:
            if bar.section != section:
                section, pattern = bar.section, patterns[int(rng.integers(len(patterns)))]
            hits = [(s, m) for s, m in enumerate(pattern[: bar.beats * 4]) if m != "."]
            for place, (step, mark) in enumerate(hits):
                if rng.random() < 0.05 and step:
                    continue
                following = hits[place + 1][0] if place + 1 < len(hits) else bar.beats * 4
                beat = bar.beat + step / 4
                shape = guitar_shape(bar.chord_at(beat), position, capo)
                accent = 0.82 if step % 8 == 0 else 0.75 if step % 8 == 4 else 0.6
                if mark == "x":
                    _strum(pen, shape[-4:], beat, 0.06, 0.4, False, 0.003)
                else:
                    length = (following - step) / 4 * (1 - staccato)
                    _strum(pen, shape[-4:] if staccato else shape, beat, length, accent, mark == "U", speed_s)

    return role


def _pick(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Fingerpicking: the thumb alternates below, fingers answer above, in eighths or sixteenths."""
    rng = pen.rng
    capo, fine = int(rng.choice([0, 0, 2, 3, 5])), bool(plan.tempo_bpm < 92 and rng.random() < 0.6)
    order = [int(k) for k in rng.permutation(3)]
    rate = 4 if fine else 2
    skip = float(rng.uniform(0.0, 0.2))
    for bar in bars:
        for step in range(bar.beats * rate):
            beat = bar.beat + step / rate
            shape = guitar_shape(bar.chord_at(beat), 0, capo)
            if step % rate == 0:
                low = shape[0] if (step // rate) % 2 == 0 else shape[min(1, len(shape) - 1)]
                pen.note(beat, 1.5, low, 0.72, "pick")
            if (step % rate != 0 or rng.random() < 0.35) and rng.random() >= skip:
                pen.note(beat, 1.2, shape[-1 - order[step % 3] % len(shape)], 0.58, "pick")


def _boom_chick(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Bass note, chord, fifth, chord."""
    for bar in bars:
        for step in range(bar.beats):
            shape = guitar_shape(bar.chord_at(bar.beat + step))
            if step % 2 == 0:
                pen.note(
                    bar.beat + step,
                    0.9,
                    shape[0] if step % 4 == 0 else shape[min(1, len(shape) - 1)],
                    0.75,
                    "pick",
                )
            else:
                _strum(pen, shape[1:], bar.beat + step, 0.7, 0.6, False, 0.006)
                if pen.rng.random() < 0.4:
                    _strum(pen, shape, bar.beat + step + 0.5, 0.4, 0.45, True, 0.006)


def _arpeggio(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Broken chords up and down in eighths (sixteenths when slow), strings ringing on."""
    rng = pen.rng
    position = int(rng.choice([0, 0, 3, 5, 7]))
    rate = 4 if plan.tempo_bpm < 85 else 2
    orders = (
        (0, 2, 3, 4, 5, 4, 3, 2),
        (0, 3, 2, 4, 3, 5, 4, 3),
        (0, 1, 2, 3, 4, 5, 4, 3),
        (0, 4, 3, 5, 2, 4, 3, 5),
    )
    order = orders[int(rng.integers(len(orders)))]
    for bar in bars:
        for step in range(bar.beats * rate):
            beat = bar.beat + step / rate
            shape = guitar_shape(bar.chord_at(beat), position)
            pen.note(beat, 2.0, shape[min(order[step % 8], len(shape) - 1)], 0.72 if step % 4 == 0 else 0.6, "pick")


def _power_shape(chord: Chord) -> tuple[int, ...]:
    root = nearest_pitch(chord.root, 44)
    root = root + 12 if root < 40 else root
    return (root, root + 7, root + 12)


def _power(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Power chords: held in choruses, eighths with accents elsewhere."""
    for bar in bars:
        shape = None
        held = bar.energy > 0.8 and pen.rng.random() < 0.6
        for step in range(bar.beats * 2):
            beat = bar.beat + step / 2
            fresh = _power_shape(bar.chord_at(beat))
            if held and step and fresh == shape and step % 4 and pen.rng.random() < 0.9:
                continue
            shape = fresh
            length = 1.9 if held else 0.45
            for order, pitch in enumerate(shape):
                pen.note(beat, length, pitch, 0.85 if step % 2 == 0 else 0.7, "down", shift_s=0.004 * order)


def _chug(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Palm-muted low string with accented power chords."""
    section, pattern = -1, _CHUGS[0]
    for bar in bars:
        if bar.section != section:
            section, pattern = bar.section, _CHUGS[int(pen.rng.integers(len(_CHUGS)))]
        for step, mark in enumerate(pattern[: bar.beats * 4]):
            if mark == ".":
                continue
            beat = bar.beat + step / 4
            shape = _power_shape(bar.chord_at(beat))
            if mark == "m":
                pen.note(beat, 0.22, shape[0], 0.8, "palm-mute")
                pen.note(beat, 0.22, shape[1], 0.6, "palm-mute")
            else:
                for pitch in shape:
                    pen.note(beat, 0.7, pitch, 0.9, "down")


def _riff(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A figure on the low strings that repeats every two bars."""
    rng = pen.rng
    scale = PENTATONIC[plan.mode]
    figures: dict[int, list[tuple[int, int, int]]] = {}
    for bar in bars:
        if bar.section not in figures:
            length = plan.beats_per_bar * 4
            hits = sorted({0, *(2 * int(s) for s in rng.choice(length // 2, int(rng.integers(4, 8)), replace=False))})
            if rng.random() < 0.4:
                hits = sorted({*hits, *(int(s) for s in rng.choice(length, 3, replace=False))})
            figures[bar.section] = [
                (
                    s,
                    e - s,
                    0 if k % 3 == 0 else int(scale[int(rng.integers(len(scale)))] + rng.choice([0, 0, 12])),
                )
                for k, (s, e) in enumerate(zip(hits, [*hits[1:], length], strict=True))
            ]
        base = nearest_pitch(plan.key if bar.position % 4 < 3 else bar.chord.root, 45)
        base += 12 if base < 40 else 0
        for step, held, interval in figures[bar.section]:
            muted = held == 1 and rng.random() < 0.5
            pen.note(bar.beat + step / 4, held / 4 * 0.95, base + interval, 0.8, "palm-mute" if muted else "pick")


def _lead(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A single-note line with bends, slides and vibrato."""
    rng = pen.rng
    low = int(rng.integers(57, 64))
    manner = MelodyManner(
        float(rng.uniform(1.0, 2.6)),
        low,
        low + int(rng.integers(14, 22)),
        slur=0.2,
        leap=0.25,
        pentatonic=True,
        rest=0.15,
    )
    for tone in compose(rng, plan, bars, manner):
        kind = rng.random()
        bend: tuple[tuple[float, float], ...] = ()
        if tone.beats >= 0.75 and kind < 0.3:
            bend = (
                (0.0, -2.0 if rng.random() < 0.7 else -1.0),
                (0.05, -1.6),
                (float(rng.uniform(0.12, 0.25)), 0.0),
            )
        elif kind < 0.4:
            bend = ((0.0, float(rng.choice([-2.0, 2.0]))), (0.06, 0.0))
        long = tone.beats * 60 / plan.tempo_bpm > 0.45
        pen.note(tone.beat, tone.beats * 0.98, tone.pitch, tone.strength, "vibrato" if long else "pick", bend=bend)


def _sustain(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """One chord a change, left to ring."""
    for bar in bars:
        for span in bar.chords:
            _strum(
                pen,
                guitar_shape(span.chord, int(pen.rng.choice([0, 3, 5]))),
                span.beat,
                span.beats,
                0.75,
                False,
                0.015,
            )


def _octaves(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A slow melody in octaves."""
    manner = MelodyManner(1.4, 50, 62, leap=0.1, rest=0.08)
    for tone in compose(pen.rng, plan, bars, manner):
        pen.note(tone.beat, tone.beats * 0.95, tone.pitch, 0.75, "pick")
        pen.note(tone.beat, tone.beats * 0.95, tone.pitch + 12, 0.72, "pick", shift_s=0.004)


def _comp(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Jazz comping on small voicings: four to the bar or syncopated."""
    four = pen.rng.random() < 0.4
    for bar in bars:
        hits = (
            list(range(bar.beats))
            if four
            else [h for h in (0.0, 1.5, 2.5, 3.5) if h < bar.beats and pen.rng.random() < 0.6]
        )
        for hit in hits:
            for k, pitch in enumerate(close_voicing(bar.chord_at(bar.beat + hit), 59, 4)):
                pen.note(bar.beat + hit, 0.6, pitch, 0.6, "down", shift_s=0.004 * k)


def _bossa(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Thumb on the beat, fingers syncopated."""
    for bar in bars:
        for step in range(0, bar.beats, 2):
            pen.note(bar.beat + step, 1.6, guitar_shape(bar.chord_at(bar.beat + step))[0], 0.7, "pick")
        for hit in (0.0, 1.0, 1.75, 2.5, 3.5) if bar.position % 2 else (0.5, 1.5, 2.0, 3.0):
            if hit < bar.beats:
                for pitch in guitar_shape(bar.chord_at(bar.beat + hit))[-3:]:
                    pen.note(bar.beat + hit, 0.5, pitch, 0.6, "pick")


def _melody(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A picked tune on the upper strings with a bass note a bar."""
    for tone in compose(pen.rng, plan, bars, MelodyManner(1.5, 59, 76, leap=0.15)):
        pen.note(tone.beat, tone.beats, tone.pitch, tone.strength, "pick")
    for bar in bars:
        pen.note(bar.beat, bar.beats, guitar_shape(bar.chord)[0], 0.6, "pick")


ELECTRIC_ROLES: Final[Mapping[str, Role]] = {
    "power": _power, "strum": _strum_role(_STRUMS, 5), "riff": _riff, "lead": _lead, "arpeggio": _arpeggio,
    "sustain": _sustain, "octaves": _octaves, "funk": _strum_role(_FUNK, 7, 0.45), "chug": _chug, "comp": _comp,
}  # fmt: skip
"""Manners of playing an electric guitar."""

ACOUSTIC_ROLES: Final[Mapping[str, Role]] = {
    "strum": _strum_role(_STRUMS, 0), "pick": _pick, "boom_chick": _boom_chick, "bossa": _bossa, "melody": _melody,
    "eighth_strum": _strum_role(("D.U.D.U.D.U.D.U.", "DUDUDUDUDUDUDUDU"), 0), "arpeggio": _arpeggio,
}  # fmt: skip
"""Manners of playing an acoustic guitar."""
