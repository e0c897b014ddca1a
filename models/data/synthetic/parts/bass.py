"""Bass lines. Pitches from E1 (28) up to about G3."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.data.synthetic.plan import Bar, Pen, Plan
from models.data.synthetic.theory import MODES, PENTATONIC, Chord, nearest_pitch, scale_pitches

LOWEST: Final = 28


def _root(chord: Chord, around: float = 35) -> int:
    pitch = nearest_pitch(chord.bass, around)
    return pitch if pitch >= LOWEST else pitch + 12


def _eighths(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Driving eighths on the root with a step into the next chord."""
    scale = scale_pitches(plan.key, MODES[plan.mode], LOWEST, 52)
    for bar in bars:
        for step in range(bar.beats * 2):
            beat = bar.beat + step / 2
            pitch = _root(bar.chord_at(beat))
            if step == bar.beats * 2 - 1 and pen.rng.random() < 0.4:
                pitch = min(scale, key=lambda p: abs(p - (pitch + pen.rng.choice([-2, 2]))))
            pen.note(beat, 0.46, pitch, 0.8 if step % 2 == 0 else 0.68)


def _pattern(pen: Pen, bars: Sequence[Bar], patterns: Sequence[str], choose: Callable[[Chord, str], int]) -> None:
    """Play a 16-step pattern a section; letters are turned into pitches by `choose`, `-` holds a note."""
    section, pattern = -1, patterns[0]
    for bar in bars:
        if bar.section != section or pen.rng.random() < 0.08:
            section, pattern = bar.section, patterns[int(pen.rng.integers(len(patterns)))]
        steps = pattern[: bar.beats * 4]
        for step, mark in enumerate(steps):
            if mark in ".-":
                continue
            held = 1
            while step + held < len(steps) and steps[step + held] == "-":
                held += 1
            beat = bar.beat + step / 4
            loud = 0.82 if step % 4 == 0 else 0.7
            ghost = mark == "g"
            pen.note(
                beat, held / 4 * 0.94, choose(bar.chord_at(beat), mark), 0.35 if ghost else loud,
                "staccato" if ghost else "",
            )  # fmt: skip


def _degree(chord: Chord, mark: str) -> int:
    root = _root(chord)
    third, fifth = (chord.intervals[1] if len(chord.intervals) > 1 else 4), chord.fifth
    seventh = chord.intervals[3] if len(chord.intervals) > 3 else 10
    steps = {"r": 0, "g": 0, "3": third, "5": fifth, "7": seventh, "o": 12, "l": fifth - 12}
    pitch = root + steps[mark]
    return pitch if pitch >= LOWEST else pitch + 12


_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "follow_kick": (
        "r-----r-r-------",
        "r--r----r-r-----",
        "r-------r--r--5-",
        "r-----r---o---5-",
        "r-..r-r-r-..r-o-",
    ),
    "root_fifth": ("r------.l------.", "r------.5------.", "r------.l---3---"),
    "octaves": ("r.o.r.o.r.o.r.o.", "r-o-r-o-r-o-r-o-", "r.rro.o.r.rro.o."),
    "long": ("r---------------", "r-------------5-", "r-------r-------", "r-----------5---"),
    "offbeat": ("..r-..r-..r-..r-", "..rr..rr..rr..ro", ".rr-.rr-.rr-.rr-"),
    "sixteenths": ("rrrrrrrrrrrrrrrr", "rr.rrr.rrr.rrr.o", "r.rrr.rrr.rrr.rr"),
    "slap": ("r..g.or.r..go.g.", "r.g.o..r.g7.o.g.", "r...g.o.rg.75.o.", "rgr.o.g..r.go.7."),
    "bossa": ("r-----5-r-----5-", "r--.r-5---.5r---"),
    "sub": ("r---------......", "r-----r---......", "r-------..r-r---", "r---......o-r---"),
}


def _walking(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """Quarters that walk from chord to chord, stepping into each new root."""
    scale = scale_pitches(plan.key, MODES[plan.mode], LOWEST, 53)
    pitch = _root(bars[0].chord) if bars else 40
    for position, bar in enumerate(bars):
        following = bars[position + 1].chord if position + 1 < len(bars) else bar.chord
        for step in range(bar.beats):
            beat = bar.beat + step
            chord = bar.chord_at(beat)
            if step == 0:
                pitch = nearest_pitch(chord.bass, min(max(pitch, 33), 46))
            elif step == bar.beats - 1:
                goal = nearest_pitch(following.bass, pitch)
                pitch = goal + (1 if pitch > goal else -1) * int(pen.rng.choice([1, 1, 2]))
            else:
                near = [p for p in scale if 0 < abs(p - pitch) <= 4]
                tones = [p for p in near if p % 12 in chord.pitch_classes] or near
                pitch = int(tones[int(pen.rng.integers(len(tones)))]) if tones else pitch
            pitch = max(LOWEST, pitch)
            pen.note(beat, 0.93, pitch, 0.75)
            if pen.rng.random() < 0.1:
                pen.note(beat + 0.5, 0.3, pitch, 0.4)


def _riff(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A two-bar figure of the pentatonic scale, moved along with the chords."""
    steps = PENTATONIC[plan.mode]
    length = plan.beats_per_bar * 4
    figure: dict[int, list[tuple[int, int, int]]] = {}
    for bar in bars:
        if bar.section not in figure:
            hits = sorted({0, *(int(s) for s in pen.rng.choice(length, int(pen.rng.integers(4, 8)), replace=False))})
            ends = [*hits[1:], length]
            figure[bar.section] = [
                (
                    s,
                    e - s,
                    0 if s == 0 else int(steps[int(pen.rng.integers(len(steps)))] + pen.rng.choice([0, 0, 12, -12])),
                )
                for s, e in zip(hits, ends, strict=True)
            ]
        root = _root(bar.chord, 36)
        for step, held, interval in figure[bar.section]:
            pitch = root + interval
            pitch += 12 if pitch < LOWEST else 0
            pen.note(bar.beat + step / 4, min(held, 4) / 4 * 0.9, pitch, 0.8 if step % 4 == 0 else 0.7)


def _make_pattern_role(name: str) -> Callable[[Pen, Plan, Sequence[Bar]], None]:
    def role(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
        _pattern(pen, bars, _PATTERNS[name], _degree)

    return role


ROLES: Final[Mapping[str, Callable[[Pen, Plan, Sequence[Bar]], None]]] = {
    "eighths": _eighths,
    "walking": _walking,
    "riff": _riff,
    "follow_guitar": _eighths,
    **{name: _make_pattern_role(name) for name in _PATTERNS},
}
"""Manners of playing; each writes its notes for the given bars."""
