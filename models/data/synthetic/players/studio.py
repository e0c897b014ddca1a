"""What all players of a song share, and how their layers are put together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ, Bank, Program
from models.data.synthetic.effects.kernels import feedback_delay, modulated_delay
from models.data.synthetic.players.sampler import pan_gains
from models.data.synthetic.players.singer import VoiceLibrary
from models.data.synthetic.score import Note, Score
from models.data.synthetic.styles import Style

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Studio:
    """The bank, analysed voices, the score, the song's length in frames, and sources that may not sound."""

    bank: Bank
    voices: VoiceLibrary
    score: Score
    style: Style
    frames: int
    excluded: frozenset[str]

    @property
    def for_training(self) -> bool:
        """Whether networks learn from the song; songs that measure them stay as near to recordings as can be."""
        return self.bank.split == "train"

    def programs(self, stem: str) -> list[Program]:
        """Programs that may sound in a stem of this song."""
        return [program for program in self.bank.of_stem(stem) if program.source not in self.excluded]

    def silence(self) -> F32:
        """An empty stereo buffer `(frames, 2)`."""
        return np.zeros((self.frames, 2), dtype=np.float32)

    def silent_mono(self) -> F32:
        """An empty mono buffer `(frames,)`."""
        return np.zeros(self.frames, dtype=np.float32)


def draw_program(programs: list[Program], rng: np.random.Generator) -> Program:
    """Draw a source in proportion to the root of its number of programs (and their weight), then one of them."""
    sources = sorted({program.source for program in programs})
    weights = np.array([sum(p.source == s for p in programs) ** 0.5 for s in sources])
    weights *= [max(p.weight for p in programs if p.source == s) for s in sources]
    source = sources[int(rng.choice(len(sources), p=weights / weights.sum()))]
    own = [program for program in programs if program.source == source]
    return own[int(rng.integers(len(own)))]


def place(out: F32, mono: F32, pan: float) -> None:
    """Add mono `(frames,)` to `(frames, 2)` at `pan` -1..1."""
    left, right = pan_gains(pan)
    out[:, 0] += mono * np.float32(left)
    out[:, 1] += mono * np.float32(right)


def blend(out: F32, layer: F32, level: float) -> None:
    """Add a layer to `(frames, 2)` so that its RMS, while it sounds, is `level`. Silent layers add nothing."""
    magnitude = np.abs(layer[::4]).max(axis=1)
    loud = magnitude > max(1e-5, 0.02 * float(magnitude.max()))
    if loud.any():
        out += layer * np.float32(level / (float(np.sqrt(np.mean(layer[::4][loud] ** 2))) + 1e-9))


def transposed(notes: tuple[Note, ...], semitones: int) -> tuple[Note, ...]:
    """The same notes, moved."""
    if semitones == 0:
        return notes
    return tuple(Note(n.onset_s, n.duration_s, n.pitch + semitones, n.velocity, n.articulation, n.bend) for n in notes)


def second_take(notes: tuple[Note, ...], rng: np.random.Generator) -> tuple[Note, ...]:
    """The same part played again, a little differently."""
    late_s = rng.normal(0, 0.008, len(notes))
    louder = rng.uniform(0.9, 1.1, len(notes))
    return tuple(
        Note(
            max(0.0, n.onset_s + float(late_s[k])), n.duration_s, n.pitch + 0.02, min(1.0,
                n.velocity * float(louder[k])),
            n.articulation, n.bend,
        )
        for k, n in enumerate(notes)
    )  # fmt: skip


def echo(layer: F32, tempo_bpm: float, rng: np.random.Generator, mix: float) -> None:
    """Add echoes in time with the song to `(frames, 2)`, in place."""
    beat = 60 / tempo_bpm * SAMPLE_RATE_HZ
    left, right = (int(beat * float(rng.choice([0.25, 0.5, 0.75, 1.0]))) for _ in range(2))
    wet = feedback_delay(
        layer,
        left,
        right,
        float(rng.uniform(0.2, 0.5)),
        float(rng.uniform(0.15, 0.6)),
        float(rng.choice([0.0, 0.5, 1.0])),
    )
    layer += np.float32(mix) * wet


def chorus(layer: F32, rng: np.random.Generator, fastest_hz: float = 2.0) -> None:
    """Widen `(frames, 2)` in place by a modulated delay."""
    modulated_delay(
        layer, float(rng.uniform(300, 900)), float(rng.uniform(20, 150)), float(rng.uniform(0.2,
            fastest_hz)) / SAMPLE_RATE_HZ,
        float(rng.random()), float(rng.uniform(0.3, 0.85)), float(rng.uniform(0, 0.3)),
    )  # fmt: skip
