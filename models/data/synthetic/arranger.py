"""Composes whole songs: who plays, when they enter and leave, and what they play."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.data.synthetic.parts import bass, drums, ensemble, guitars, keys, vocals
from models.data.synthetic.plan import Bar, Clock, Pen, Plan, make_plan, pick
from models.data.synthetic.score import Part, Score, Section
from models.data.synthetic.styles import STYLES, Style
from models.instruments import STEMS

_SECTION_PRESENCE: Final[Mapping[str, Sequence[float]]] = {
    "intro": (0.08, 0.5, 0.5, 0.45, 0.4, 0.45, 0.55),
    "verse": (0.95, 0.55, 0.65, 0.55, 0.85, 0.85, 0.4),
    "prechorus": (0.9, 0.6, 0.5, 0.55, 0.9, 0.85, 0.5),
    "chorus": (0.93, 0.88, 0.65, 0.7, 0.97, 0.97, 0.75),
    "bridge": (0.55, 0.45, 0.45, 0.55, 0.6, 0.55, 0.6),
    "solo": (0.05, 0.92, 0.5, 0.55, 0.95, 0.95, 0.5),
    "breakdown": (0.5, 0.25, 0.4, 0.5, 0.3, 0.25, 0.5),
    "outro": (0.3, 0.55, 0.5, 0.5, 0.55, 0.55, 0.55),
    "instrumental": (0.05, 0.7, 0.55, 0.55, 0.85, 0.85, 0.7),
}
"""Probability that a stem of the song plays in a section, in the order of `STEMS`."""

_PEDAL: Final[Mapping[str, float]] = {"arpeggio": 0.75, "ballad": 0.8, "block": 0.4, "melody": 0.6, "stabs": 0.0}
"""How often a manner of playing the piano keeps the pedal down from chord to chord."""

_TAIL_S: Final = 2.0


def arrange(seed: int, seconds: float = 45.0, style_name: str | None = None, full: bool = False) -> Score:
    """Compose a song.

    Args:
        seed: everything follows from it.
        seconds: about how long the song is.
        style_name: a name of `styles.STYLES`; None draws one.
        full: every stem takes part.

    Raises:
        ValueError: no style has that name, or `seconds` is below 5.
    """
    if seconds < 5.0:
        raise ValueError(f"a song needs at least 5 seconds, not {seconds}")
    rng = np.random.default_rng([seed, 1])
    style = _style(rng, style_name)
    plan = make_plan(rng, style, seconds - _TAIL_S)
    band = list(STEMS) if full else _band(rng, style)
    return compose(seed, plan, _activity(rng, plan, band))


def compose(seed: int, plan: Plan, activity: Sequence[frozenset[str]]) -> Score:
    """Write the parts of a song whose form is settled.

    Args:
        seed: draws what is played and how.
        plan: bars, chords, style.
        activity: which stems play in each section of the plan.
    """
    rng = np.random.default_rng([seed, 6])
    style = plan.style
    band = [stem for stem in STEMS if any(stem in section for section in activity)]
    loose = style.looseness_s if rng.random() > style.electronic else 0.001
    lead_in_s = float(rng.uniform(0.05, 0.5))
    clock = Clock(rng, plan, lead_in_s, 0.0 if loose < 0.003 else float(rng.uniform(0.0, 0.004)))
    parts: list[Part] = []
    for stem in band:
        bars = [bar for bar in plan.bars if stem in activity[bar.section]]
        own = np.random.default_rng([seed, 2, STEMS.index(stem)])
        if bars:
            parts.extend(part for part in _WRITERS[stem](own, plan, bars, clock, loose) if part.notes)
    sections = _sections(plan, clock, activity)
    end_s = sections[-1].end_s + _TAIL_S
    return Score(
        seed,
        style.name,
        plan.tempo_bpm,
        plan.key,
        plan.mode,
        plan.beats_per_bar,
        end_s,
        sections,
        tuple(parts),
    )


def _style(rng: np.random.Generator, name: str | None) -> Style:
    if name is None:
        return STYLES[int(rng.integers(len(STYLES)))]
    for style in STYLES:
        if style.name == name:
            return style
    raise ValueError(f"no style is called {name!r}; there are {', '.join(s.name for s in STYLES)}")


def _band(rng: np.random.Generator, style: Style) -> list[str]:
    band = [stem for stem in STEMS if rng.random() < style.presence[stem]]
    while len(band) < 3:
        band = [stem for stem in STEMS if rng.random() < style.presence[stem]]
    return band


def _activity(rng: np.random.Generator, plan: Plan, band: Sequence[str]) -> list[frozenset[str]]:
    """Which stems play in each section: nobody plays throughout if it can be helped, and nobody is left out."""
    count = len(plan.section_names)
    grid = np.zeros((count, len(band)), dtype=bool)
    for section, name in enumerate(plan.section_names):
        chance = [_SECTION_PRESENCE[name][STEMS.index(stem)] for stem in band]
        grid[section] = rng.random(len(band)) < chance
        if not grid[section].any():
            grid[section, int(rng.integers(len(band)))] = True
    lengths = np.array([len(plan.section_bars(k)) for k in range(count)])
    for column in range(len(band)):
        if not grid[:, column].any():
            grid[int(rng.integers(count)), column] = True
        if grid[:, column].all() and count > 1 and rng.random() < 0.8:
            others = grid.sum(axis=1) > 1
            candidates = np.flatnonzero(others)
            if len(candidates):
                weight = 1.0 / lengths[candidates]
                grid[int(rng.choice(candidates, p=weight / weight.sum())), column] = False
    return [frozenset(stem for stem, on in zip(band, row, strict=True) if on) for row in grid]


def _sections(plan: Plan, clock: Clock, activity: Sequence[frozenset[str]]) -> tuple[Section, ...]:
    sections = []
    for number, name in enumerate(plan.section_names):
        bars = plan.section_bars(number)
        if bars:
            start = clock.straight_seconds(bars[0].beat)
            end = clock.straight_seconds(bars[-1].beat + bars[-1].beats)
            stems = tuple(stem for stem in STEMS if stem in activity[number])
            sections.append(Section(name, start, end, len(bars), stems))
    return tuple(sections)


def _write_vocals(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    low = int(rng.integers(43, 62))
    high = low + int(rng.integers(10, 17))
    tones = vocals.compose_lead(rng, plan, bars, low, high)
    lead = Pen(rng, clock, loose + 0.006)
    vocals.sing(lead, tones)
    parts = [lead.part("vocals", "lead")]
    strong = {bar.beat for bar in bars if bar.energy > 0.75}

    def in_chorus(beat: float) -> bool:
        return any(start <= beat < start + plan.beats_per_bar for start in strong)

    chorus_tones = [tone for tone in tones if in_chorus(tone.beat)]
    if rng.random() < 0.4 and chorus_tones:
        for _ in range(int(rng.integers(1, 3))):
            pen = Pen(rng, clock, 0.016)
            vocals.sing(pen, chorus_tones, 0.8)
            parts.append(pen.part("vocals", "double"))
    if rng.random() < 0.4 and chorus_tones:
        for steps in rng.choice([2, -3, 4, -5], int(rng.integers(1, 3)), replace=False):
            pen = Pen(rng, clock, 0.016)
            vocals.sing(pen, vocals.harmonise(plan, chorus_tones, int(steps)), 0.7)
            parts.append(pen.part("vocals", "harmony"))
    if rng.random() < 0.2:
        pen = Pen(rng, clock, 0.02)
        vocals.choir(pen, [bar for bar in bars if bar.energy > 0.5], float(rng.uniform(58, 70)))
        parts.append(pen.part("vocals", "choir"))
    if rng.random() < 0.15:
        pen = Pen(rng, clock, 0.01)
        vocals.interjections(pen, plan, bars, low + 3, high + 5)
        parts.append(pen.part("vocals", "answer"))
    return parts


def _thin(rng: np.random.Generator, bars: list[Bar], chance: float) -> list[Bar]:
    """Leave whole sections out, but never all."""
    dropped = {section for section in sorted({bar.section for bar in bars}) if rng.random() < chance}
    return [bar for bar in bars if bar.section not in dropped] or bars


def _write_electric(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    parts = []
    role = pick(rng, plan.style.electric_roles)
    solo = [bar for bar in bars if bar.section_name in ("solo", "instrumental")]
    pen = Pen(rng, clock, loose)
    guitars.ELECTRIC_ROLES[role](pen, plan, bars)
    parts.append(pen.part("electric_guitar", role))
    if solo and role != "lead" and rng.random() < 0.75:
        pen = Pen(rng, clock, loose + 0.004)
        guitars.ELECTRIC_ROLES["lead"](pen, plan, solo)
        parts.append(pen.part("electric_guitar", "lead"))
    if rng.random() < 0.35:
        second = pick(rng, plan.style.electric_roles)
        pen = Pen(rng, clock, loose)
        guitars.ELECTRIC_ROLES[second](pen, plan, _thin(rng, bars, 0.5))
        parts.append(pen.part("electric_guitar", second))
    return parts


def _write_acoustic(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    role = pick(rng, plan.style.acoustic_roles)
    pen = Pen(rng, clock, loose + 0.003)
    guitars.ACOUSTIC_ROLES[role](pen, plan, bars)
    parts = [pen.part("acoustic_guitar", role)]
    if rng.random() < 0.2:
        second = pick(rng, {"pick": 1, "melody": 1, "strum": 1, "arpeggio": 1})
        pen = Pen(rng, clock, loose + 0.003)
        guitars.ACOUSTIC_ROLES[second](pen, plan, _thin(rng, bars, 0.5))
        parts.append(pen.part("acoustic_guitar", second))
    return parts


def _write_piano(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    roles = [pick(rng, plan.style.piano_roles) for _ in range(2)]
    pen = Pen(rng, clock, loose)
    energetic = [bar for bar in bars if bar.energy > 0.75]
    calm = [bar for bar in bars if bar.energy <= 0.75]
    for role, group in zip(roles, (energetic, calm), strict=True):
        if group:
            keys.ROLES[role](pen, plan, group)
    if rng.random() < max(_PEDAL.get(role, 0.15) for role in roles):
        pen.hold_pedal(bars)
    return [pen.part("piano", "+".join(dict.fromkeys(roles)))]


def _write_bass(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    role = pick(rng, plan.style.bass_roles)
    pen = Pen(rng, clock, loose * 0.8, dynamics=0.05)
    bass.ROLES[role](pen, plan, bars)
    pen.slide(float(rng.choice([0.0, 0.03, 0.1])))
    return [pen.part("bass", role)]


def _write_drums(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    groove = pick(rng, plan.style.grooves)
    pen = Pen(rng, clock, loose * 0.7, dynamics=0.09 if loose > 0.003 else 0.03)
    drums.write(pen, plan, bars, groove)
    parts = [pen.part("drums", groove)]
    if rng.random() < 0.3:
        pen = Pen(rng, clock, loose * 0.8)
        drums.percussion(pen, plan, bars)
        parts.append(pen.part("drums", "percussion"))
    return parts


def _write_other(rng: np.random.Generator, plan: Plan, bars: list[Bar], clock: Clock, loose: float) -> list[Part]:
    parts = []
    most = 4 if plan.style.electronic > 0.9 else 3
    for number in range(int(rng.integers(1, most + 1))):
        role = pick(rng, plan.style.other_roles)
        pen = Pen(rng, clock, loose)
        ensemble.ROLES[role](pen, plan, bars if number == 0 else _thin(rng, bars, 0.4))
        parts.append(pen.part("other", role))
    return parts


_WRITERS: Final = {
    "vocals": _write_vocals,
    "electric_guitar": _write_electric,
    "acoustic_guitar": _write_acoustic,
    "piano": _write_piano,
    "bass": _write_bass,
    "drums": _write_drums,
    "other": _write_other,
}
