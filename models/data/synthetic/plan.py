"""The skeleton that every part is written on: bars with chords, the form, and the clock that turns beats to seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.data.synthetic.score import Note, Part
from models.data.synthetic.styles import PROGRESSIONS, Style, Weights
from models.data.synthetic.theory import Chord, diatonic_chord

SECTION_ENERGY: Final[Mapping[str, float]] = {
    "intro": 0.4, "verse": 0.55, "prechorus": 0.65, "chorus": 0.95, "bridge": 0.6, "solo": 0.85, "breakdown": 0.25,
    "outro": 0.5, "instrumental": 0.7,
}  # fmt: skip

_FORMS: Final = (
    ("intro", "verse", "chorus", "verse", "chorus", "outro"),
    ("verse", "chorus", "solo", "chorus", "outro"),
    ("intro", "verse", "prechorus", "chorus", "breakdown", "chorus"),
    ("chorus", "verse", "chorus", "bridge", "solo", "chorus"),
    ("intro", "verse", "verse", "chorus", "instrumental", "breakdown", "chorus"),
    ("verse", "prechorus", "chorus", "bridge", "chorus"),
    ("breakdown", "chorus", "verse", "solo", "chorus"),
    ("intro", "instrumental", "verse", "chorus", "solo", "outro"),
    ("bridge", "breakdown", "chorus", "solo", "outro"),
    ("verse", "instrumental", "verse", "breakdown", "verse", "chorus"),
)


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord from `beat` (song beats from 0) for `beats`."""

    beat: float
    beats: float
    chord: Chord


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `position` counts bars within the section, `left` how many follow in it; `energy` lies in 0..1."""

    index: int
    beat: float
    beats: int
    section: int
    section_name: str
    position: int
    left: int
    energy: float
    chords: tuple[ChordSpan, ...]

    @property
    def chord(self) -> Chord:
        """The chord on the downbeat."""
        return self.chords[0].chord

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at a song beat within the bar."""
        found = self.chords[0].chord
        for span in self.chords:
            if span.beat <= beat + 1e-6:
                found = span.chord
        return found


@dataclass(frozen=True)
class Plan:
    """Everything that the players agree on before they play."""

    style: Style
    tempo_bpm: float
    key: int
    mode: str
    beats_per_bar: int
    bars: tuple[Bar, ...]
    section_names: tuple[str, ...]

    def section_bars(self, section: int) -> list[Bar]:
        """Bars of one section."""
        return [bar for bar in self.bars if bar.section == section]


def pick(rng: np.random.Generator, weights: Weights) -> str:
    """Draw a name in proportion to its weight."""
    names = list(weights)
    values = np.array([weights[name] for name in names], dtype=np.float64)
    return names[int(rng.choice(len(names), p=values / values.sum()))]


def _section_lengths(rng: np.random.Generator, names: Sequence[str], bars: int) -> list[int]:
    """Share `bars` among sections in even numbers, more for verses and choruses."""
    weight = [1.6 if n in ("verse", "chorus", "solo") else 0.8 for n in names]
    share = np.array(weight) * rng.uniform(0.75, 1.25, len(names))
    ideal = share / share.sum() * bars
    lengths = [max(2, 2 * round(x / 2)) if bars >= 3 * len(names) else max(1, round(x)) for x in ideal]
    while sum(lengths) > bars + 1 and max(lengths) > 1:
        lengths[int(np.argmax(lengths))] -= 1
    return lengths


def _progression(rng: np.random.Generator, style: Style, mode: str, key: int) -> list[Chord]:
    degrees = PROGRESSIONS[mode][int(rng.integers(len(PROGRESSIONS[mode])))]
    chords = []
    for degree in degrees:
        size = 4 if rng.random() < style.seventh else 3
        if style.name == "jazz" and rng.random() < 0.3:
            size = 5
        chord = diatonic_chord(key, mode, degree, size)
        if mode == "minor" and degree == 4 and rng.random() < 0.6:
            chord = Chord(chord.root, (0, 4, *chord.intervals[2:]), chord.bass)
        if size == 3 and rng.random() < 0.08:
            chord = Chord(chord.root, (0, 5 if rng.random() < 0.5 else 2, 7), chord.bass)
        if rng.random() < 0.1:
            chord = Chord(chord.root, chord.intervals, chord.pitch_classes[1])
        chords.append(chord)
    return chords


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section settled by hand: its name, length, chords (scale degrees, one a bar, repeated) and stems."""

    name: str
    bars: int
    degrees: tuple[int, ...]
    stems: frozenset[str]


def plan_of_outline(style: Style, tempo_bpm: float, key: int, mode: str, sections: Sequence[OutlineSection]) -> Plan:
    """A plan in common time from sections settled by hand; plain triads, energies by section name."""
    made: list[Bar] = []
    for number, section in enumerate(sections):
        chords = [diatonic_chord(key, mode, degree) for degree in section.degrees]
        energy = SECTION_ENERGY[section.name]
        for position in range(section.bars):
            made.append(_make_bar(len(made), 4, number, section.name, position, section.bars, energy, chords, 1.0))
    return Plan(style, tempo_bpm, key, mode, 4, tuple(made), tuple(section.name for section in sections))


def make_plan(rng: np.random.Generator, style: Style, seconds: float) -> Plan:
    """Draw tempo, key, form and chords for a song of about `seconds` (without its tail)."""
    tempo = float(rng.uniform(*style.tempo_bpm))
    mode, key = pick(rng, style.modes), int(rng.integers(12))
    beats = 3 if rng.random() < style.waltz else 4
    bars = max(4, round(seconds * tempo / 60 / beats))
    names = list(_FORMS[int(rng.integers(len(_FORMS)))])
    while len(names) > max(2, bars // 2):
        names.pop(int(rng.integers(len(names))))
    lengths = _section_lengths(rng, names, bars)
    harmonic_rhythm = float(rng.choice([0.5, 1.0, 2.0], p=[0.2, 0.65, 0.15]))
    by_name: dict[str, list[Chord]] = {}
    shared = _progression(rng, style, mode, key)
    made: list[Bar] = []
    for section, (name, length) in enumerate(zip(names, lengths, strict=True)):
        if name not in by_name:
            by_name[name] = shared if rng.random() < 0.35 else _progression(rng, style, mode, key)
        energy = float(np.clip(SECTION_ENERGY[name] + rng.normal(0, 0.07), 0.1, 1.0))
        for position in range(length):
            made.append(
                _make_bar(len(made), beats, section, name, position, length, energy, by_name[name], harmonic_rhythm)
            )
    return Plan(style, tempo, key, mode, beats, tuple(made), tuple(names))


def _make_bar(
    index: int, beats: int, section: int, name: str, position: int, length: int, energy: float,
    chords: list[Chord], bars_per_chord: float,
) -> Bar:  # fmt: skip
    start = float(index * beats)
    if bars_per_chord >= 1 or beats == 3:
        chord = chords[int(position // max(1.0, bars_per_chord)) % len(chords)]
        spans: tuple[ChordSpan, ...] = (ChordSpan(start, beats, chord),)
    else:
        first, second = chords[(2 * position) % len(chords)], chords[(2 * position + 1) % len(chords)]
        half = beats / 2
        spans = (ChordSpan(start, half, first), ChordSpan(start + half, half, second))
    return Bar(index, start, beats, section, name, position, length - 1 - position, energy, spans)


class Clock:
    """Turns song beats into seconds: tempo with slow drift, and swing."""

    def __init__(self, rng: np.random.Generator, plan: Plan, lead_in_s: float, drift: float) -> None:
        """Lay the bar lines out.

        Args:
            rng: draws the drift.
            plan: the song.
            lead_in_s: silence before the first beat.
            drift: relative spread of the tempo from bar to bar (0: a click track).
        """
        count = len(plan.bars) + 3
        wander = np.clip(np.cumsum(rng.normal(0, drift, count)), -4 * drift, 4 * drift)
        bar_s = plan.beats_per_bar * 60 / plan.tempo_bpm * np.exp(wander)
        self._bar_lines_s = lead_in_s + np.concatenate([[0.0], np.cumsum(bar_s)])
        self._beats = np.arange(count + 1) * float(plan.beats_per_bar)
        self._swing = float(rng.uniform(*plan.style.swing))
        self._unit = plan.style.swing_unit_beats

    def seconds(self, beat: float) -> float:
        """When a song beat falls, with swing applied."""
        whole = np.floor(beat / self._unit)
        part = beat / self._unit - whole
        swung = part * 2 * self._swing if part < 0.5 else self._swing + (part - 0.5) * 2 * (1 - self._swing)
        return self.straight_seconds(float((whole + swung) * self._unit))

    def straight_seconds(self, beat: float) -> float:
        """When a song beat falls, without swing."""
        return float(np.interp(beat, self._beats, self._bar_lines_s))


class Pen:
    """Collects one player's notes in beats and hands them over in seconds, played by a human."""

    def __init__(self, rng: np.random.Generator, clock: Clock, looseness_s: float, *, dynamics: float = 0.07) -> None:
        """`looseness_s` spreads onsets, `dynamics` spreads velocities (both one standard deviation)."""
        self.rng = rng
        self._clock = clock
        self._looseness_s = looseness_s
        self._dynamics = dynamics
        self._lag_s = float(rng.normal(0, looseness_s * 0.7))
        self._notes: list[Note] = []

    def note(
        self,
        beat: float,
        beats: float,
        pitch: float,
        velocity: float,
        articulation: str = "",
        *,
        shift_s: float = 0.0,
        bend: tuple[tuple[float, float], ...] = (),
    ) -> None:
        """Write a note at a song beat; `shift_s` moves it (the strings of a strum)."""
        onset = self._clock.seconds(beat) + shift_s
        end = max(onset + 0.03, self._clock.seconds(beat + beats))
        onset += self._lag_s + float(np.clip(self.rng.normal(), -2.5, 2.5)) * self._looseness_s
        loud = float(np.clip(velocity * np.exp(self.rng.normal(0, self._dynamics)), 0.05, 1.0))
        onset = max(0.0, onset)
        self._notes.append(Note(onset, max(0.03, end - onset), pitch, loud, articulation, bend))

    def hold_pedal(self, bars: Sequence[Bar]) -> None:
        """Let every note ring until the chord changes, as a piano's pedal does."""
        ends = [self._clock.seconds(span.beat + span.beats) for bar in bars for span in bar.chords]
        held = []
        for note in self._notes:
            change = next((end for end in ends if end > note.onset_s + 0.05), note.end_s)
            held.append(replace(note, duration_s=max(note.duration_s, min(change - note.onset_s, 6.0))))
        self._notes = held

    def slide(self, chance: float) -> None:
        """Begin some of the longer notes a few semitones off and slide into them."""
        for place, note in enumerate(self._notes):
            if note.duration_s > 0.2 and not note.bend and self.rng.random() < chance:
                away = float(self.rng.choice([-5, -3, -2, -2, 2, 4]))
                self._notes[place] = replace(note, bend=((0.0, away), (float(self.rng.uniform(0.05, 0.14)), 0.0)))

    def part(self, stem: str, role: str) -> Part:
        """Everything written so far, in order of time."""
        return Part(stem, role, tuple(sorted(self._notes, key=lambda note: (note.onset_s, note.pitch))))
