"""Drum grooves, fills and cymbals. Sixteen steps a bar: `X` accent, `x` normal, `o` ghost, `.` rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.data.synthetic.plan import Bar, Pen, Plan

_LOUDNESS: Final = {"X": 0.95, "x": 0.72, "o": 0.32}


@dataclass(frozen=True)
class Groove:
    """A pattern a kit piece; alternatives are drawn once a section. `time` names the pieces that keep time."""

    kick: tuple[str, ...]
    snare: tuple[str, ...]
    hat: tuple[str, ...]
    snare_piece: str = "snare"
    time: tuple[str, ...] = ("hihat-closed", "ride")
    extra: Mapping[str, str] = field(default_factory=dict)
    ghosts: float = 0.0


_BACKBEAT: Final = "....X.......X..."
_EIGHTHS: Final = "X.x.X.x.X.x.X.x."
_SIXTEENTHS: Final = "XoxoXoxoXoxoXoxo"
_QUARTERS: Final = "X...X...X...X..."

GROOVES: Final[Mapping[str, Groove]] = {
    "rock": Groove(
        ("X.......X.......", "X.......X.x.....", "X.x.....X.......", "X......xX.......", "X.......x.X....."),
        (_BACKBEAT,),
        (_EIGHTHS, _QUARTERS),
        ghosts=0.1,
    ),
    "rock_busy": Groove(
        ("X..x..x.X.x...x.", "X.x...x...X..x..", "X..xX...x.x..x..", "x.X...xx..X...x."),
        (_BACKBEAT, "....X..o.o..X..o"),
        (_EIGHTHS, "X.xxX.xxX.xxX.xx"),
        ghosts=0.25,
    ),
    "pop": Groove(
        ("X.....x.X.......", "X..x....X.x.....", "X.......X..x....", "X.....x...x....."),
        (_BACKBEAT,),
        (_EIGHTHS, "x.x.x.x.x.x.x.x.", _QUARTERS),
        ghosts=0.08,
    ),
    "four_floor": Groove((_QUARTERS,), (_BACKBEAT,), (_EIGHTHS, "..X...X...X...X.", _SIXTEENTHS)),
    "house": Groove(
        (_QUARTERS,),
        (_BACKBEAT,),
        ("x.o.x.o.x.o.x.o.", "oxo.oxo.oxo.oxo."),
        "clap",
        extra={"hihat-open": "..X...X...X...X."},
    ),
    "disco": Groove(
        (_QUARTERS,), (_BACKBEAT,), ("X.o.X.o.X.o.X.o.", "XoxoXoxoXoxoXoxo"), extra={"hihat-open": "..x...x...x...x."}
    ),
    "half_time": Groove(
        ("X.............x.", "X.....x.........", "X..x......x....."), ("........X.......",), (_EIGHTHS, _QUARTERS)
    ),
    "punk": Groove(
        ("X...X...X...X...", "X..xX...X..xX...", "X.xx..x.X.xx..x."),
        ("..X...X...X...X.", _BACKBEAT),
        (_EIGHTHS, _QUARTERS),
    ),
    "metal": Groove(
        ("X.xxX.xxX.xxX.xx", "XxX..xX.XxX..xX.", "X..xx.x.X.xx..x."),
        (_BACKBEAT, "........X......."),
        (_QUARTERS, _EIGHTHS),
        time=("hihat-open", "ride", "crash", "hihat-closed"),
    ),
    "double_kick": Groove(
        ("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx"),
        (_BACKBEAT, "........X......."),
        (_QUARTERS,),
        time=("ride", "hihat-open", "crash"),
    ),
    "sixteenth": Groove(("X.....x.X..x....", "X..x..x...x....."), (_BACKBEAT,), (_SIXTEENTHS,), ghosts=0.15),
    "funk": Groove(
        ("X.x.......x..x..", "X..x..x...x.....", "X.....xx..x....."),
        ("....X..o.o..X..o", "....X..o....X.o.", "o..oX..o.o.oX..o"),
        (_EIGHTHS, _SIXTEENTHS),
        ghosts=0.35,
        extra={"hihat-open": "..............x."},
    ),
    "funk_busy": Groove(
        ("X.x..x....x..x.x", "x..X..x.x..x...."),
        ("..o.X..o.o..X.oo", "....X.oo.o.oX..."),
        (_SIXTEENTHS, "XoxxXoxxXoxxXoxx"),
        ghosts=0.4,
    ),
    "ballad": Groove(
        ("X.......X.......", "X.......x.x.....", "X..............."),
        (_BACKBEAT, "........X......."),
        (_EIGHTHS, "x...x...x...x..."),
        time=("hihat-closed", "ride"),
    ),
    "brushes": Groove(
        ("x.......x.......", "x..............."),
        ("o...x...o...x...", "o.o.x.o.o.o.x.o."),
        ("x...x...x...x...",),
        time=("ride", "hihat-closed"),
    ),
    "six_eight": Groove(("X.....x.........", "X..........x...."), ("........X.......",), ("X.o.x.o.X.o.x.o.",)),
    "train": Groove(
        ("X...x...X...x...",), ("o.oXo.oXo.oXo.oX", "ooXoooXoooXoooXo"), ("....x.......x...",), time=("hihat-closed",)
    ),
    "breakbeat": Groove(
        ("X.X.......XX....", "X.x.......x.x..."), ("....X..o.o..X..o", "....X..x.x....X."), (_EIGHTHS,), ghosts=0.3
    ),
    "boom_bap": Groove(
        ("X......x..X.....", "X.x....x..X....."), (_BACKBEAT,), (_EIGHTHS, "x.x.x.xxx.x.x.x."), ghosts=0.15
    ),
    "trap": Groove(
        ("X.....x.......x.", "X..x......x.....", "X.........x..x.."),
        ("........X.......",),
        ("x.x.x.x.x.xxx.x.", "xxx.x.xxx.x.xxxx", "x.xxx.x.x.x.xxx."),
        "clap",
    ),
    "toms": Groove(
        ("X.......X.......", "X...X...X...X..."),
        (_BACKBEAT, "............X..."),
        ("x..x..x.x..x..x.", "x.x.x.x.x.x.x.x."),
        time=("tom-low", "tom-mid"),
    ),
    "swing": Groove(
        ("o...o...o...o...", "x..............."),
        (".......o......o.", "...o......o....."),
        ("X...X.x.X...X.x.",),
        time=("ride", "hihat-closed"),
        extra={"hihat-pedal": "....x.......x..."},
        ghosts=0.3,
    ),
    "bossa": Groove(("X..xX..xX..xX..x",), ("x..x..x...x..x..",), ("x.x.x.x.x.x.x.x.",), "sidestick"),
}


def write(pen: Pen, plan: Plan, bars: Sequence[Bar], groove_name: str) -> None:
    """Write a drum kit's part: a groove with a variant a section, fills before changes, crashes after them."""
    groove = GROOVES[groove_name]
    rng = pen.rng
    busy = float(rng.uniform(0.3, 1.0))
    section = -1
    last_index = -2
    sparse = False
    kick, snare, hat, piece = groove.kick[0], groove.snare[0], groove.hat[0], groove.time[0]
    for bar in bars:
        if bar.section != section:
            section = bar.section
            kick, snare, hat = (p[int(rng.integers(len(p)))] for p in (groove.kick, groove.snare, groove.hat))
            piece = groove.time[0] if bar.energy < 0.8 or rng.random() < 0.5 else groove.time[-1]
            sparse = bar.energy < 0.35 or (bar.energy < 0.6 and rng.random() < 0.2)
        if (bar.index != last_index + 1 or bar.position == 0) and bar.energy > 0.35 and rng.random() < 0.75:
            pen.note(bar.beat, 2.0, 0, 0.6 + 0.35 * bar.energy, "crash")
        last_index = bar.index
        fill = (bar.left == 0 and rng.random() < 0.75 * busy) or (bar.position % 4 == 3 and rng.random() < 0.25 * busy)
        steps = plan.beats_per_bar * 4
        fill_from = steps - int(rng.choice([4, 6, 8])) if fill else steps
        level = 0.72 + 0.28 * bar.energy
        _steps(pen, bar, kick, "kick", level, fill_from, drop=0.04)
        if not sparse:
            _steps(pen, bar, snare, groove.snare_piece, level, fill_from, drop=0.0)
            _ghosts(pen, bar, groove.ghosts * busy, fill_from)
        if not (sparse and rng.random() < 0.5):
            _steps(pen, bar, hat, piece, level * 0.85, fill_from, drop=0.02)
        for extra, pattern in groove.extra.items():
            _steps(pen, bar, pattern, extra, level * 0.85, fill_from, drop=0.1)
        if fill:
            _fill(pen, bar, fill_from, steps, level)


def _steps(pen: Pen, bar: Bar, pattern: str, piece: str, level: float, until: int, drop: float) -> None:
    for step, mark in enumerate(pattern[: bar.beats * 4]):
        if mark != "." and step < until and pen.rng.random() >= drop:
            chosen = piece
            if piece == "hihat-closed" and step % 4 == 2 and pen.rng.random() < 0.03:
                chosen = "hihat-open"
            if piece == "ride" and mark == "X" and pen.rng.random() < 0.08:
                chosen = "ride-bell"
            pen.note(bar.beat + step / 4, 0.25, 0, _LOUDNESS[mark] * level, chosen)


def _ghosts(pen: Pen, bar: Bar, chance: float, until: int) -> None:
    for step in (1, 3, 6, 7, 9, 11, 14, 15):
        if step < until and step < bar.beats * 4 and pen.rng.random() < chance * 0.4:
            pen.note(bar.beat + step / 4, 0.25, 0, 0.25, "snare")


def _fill(pen: Pen, bar: Bar, first: int, steps: int, level: float) -> None:
    """A run over snare and toms, rising in loudness towards the bar line."""
    rng = pen.rng
    pieces = ["snare", "tom-high", "tom-mid", "tom-low"]
    kind = int(rng.integers(4))
    density = float(rng.uniform(0.55, 1.0))
    for step in range(first, steps):
        done = (step - first) / max(1, steps - first)
        if rng.random() > density and step != first:
            continue
        piece = "snare" if kind == 0 else pieces[min(3, int(done * 4))]
        if kind == 2:
            piece = pieces[int(rng.integers(4))]
        loud = level * (0.55 + 0.4 * done + 0.1 * float(step % 2 == 0))
        pen.note(bar.beat + step / 4, 0.25, 0, min(1.0, loud), piece)
        if kind == 3 and rng.random() < 0.3:
            pen.note(bar.beat + step / 4 + 0.125, 0.125, 0, loud * 0.7, "snare")
    if rng.random() < 0.5:
        pen.note(bar.beat + steps / 4 - 0.25, 0.25, 0, level * 0.8, "kick")


def percussion(pen: Pen, plan: Plan, bars: Sequence[Bar]) -> None:
    """A shaker, tambourine or cowbell on top of the kit: one piece, one pattern."""
    pattern = ("x.o.x.o.x.o.x.o.", "..x...x...x...x.", "xooxxooxxooxxoox", "....x.......x...")[int(pen.rng.integers(4))]
    piece = f"perc-{int(pen.rng.integers(4))}"
    for bar in bars:
        if bar.energy > 0.5:
            _steps(pen, bar, pattern, piece, 0.7, np.iinfo(np.int32).max, drop=0.05)
