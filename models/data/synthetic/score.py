"""What a song is before it sounds: frozen notes, parts and sections, times in seconds."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Pitch = TypeVar("Pitch", float, NDArray[np.floating[Any]])


def hertz(pitch: Pitch) -> Pitch:
    """The frequency of a MIDI number, in equal temperament with A4 (69) at 440 Hz."""
    return 440 * 2 ** ((pitch - 69) / 12)


@dataclass(frozen=True, slots=True)
class Note:
    """One note or stroke.

    `pitch` is a MIDI number (drums: 0), `velocity` lies in 0..1. `articulation` names how it is played, for drums the
    kit piece. `bend` holds breakpoints (seconds after the onset, semitones), linear in between.
    """

    onset_s: float
    duration_s: float
    pitch: float
    velocity: float
    articulation: str = ""
    bend: tuple[tuple[float, float], ...] = ()

    @property
    def end_s(self) -> float:
        """When the note is released."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Part:
    """The notes of one player: a stem may hold several (a strummed guitar and a lead guitar)."""

    stem: str
    role: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the song's form and the stems that play in it."""

    name: str
    start_s: float
    end_s: float
    bars: int
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A whole song. `key` is a pitch class 0..11, `mode` a name of `theory.MODES`, `duration_s` includes the tail."""

    seed: int
    style: str
    tempo_bpm: float
    key: int
    mode: str
    beats_per_bar: int
    duration_s: float
    sections: tuple[Section, ...]
    parts: tuple[Part, ...]

    def parts_of(self, stem: str) -> tuple[Part, ...]:
        """The parts that sound in a stem."""
        return tuple(part for part in self.parts if part.stem == stem)

    @property
    def stems(self) -> tuple[str, ...]:
        """Stems that have at least one note."""
        return tuple(dict.fromkeys(part.stem for part in self.parts if part.notes))
