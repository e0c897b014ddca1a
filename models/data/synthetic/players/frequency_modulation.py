"""A two-operator FM synthesiser: bells, electric pianos, glassy plucks, hard basses.

J. Chowning, "The synthesis of complex audio spectra by means of frequency modulation", JAES 21(7), 1973.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.score import Note, hertz

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Operators:
    """Ratio of modulator to carrier, modulation index and its decay, envelope, detune (cents) and feedback."""

    ratio: float
    index: float
    index_decay_s: float
    attack_s: float
    decay_s: float
    sustain: float
    release_s: float
    detune_cents: float
    feedback: float


def draw_operators(rng: np.random.Generator, held: bool) -> Operators:
    """Draw a sound: `held` ones keep on, the others die away like a struck bar."""
    u = rng.uniform
    ratio = float(rng.choice([0.5, 1.0, 1.0, 2.0, 3.0, 4.0, 3.5, 7.0, 1.41, 14.0]))
    return Operators(
        ratio, float(u(0.3, 4.0) if ratio < 5 else u(0.1, 1.0)), float(u(0.08, 1.2)),
        float(u(0.05, 0.6) if held else 0.002), float(u(0.3, 2.5)), float(u(0.5, 1.0) if held else u(0.0, 0.3)),
        float(u(0.1, 0.8)), float(u(0, 9)), float(u(0, 0.5)),
    )  # fmt: skip


@njit(cache=True, fastmath=True, nogil=True)
def _tone(
    out: F32, first: int, hold: int, release: int, carrier: float, ratio: float, index: float, index_fall: float,
    attack: float, fall: float, sustain: float, spread: float, feedback: float, level: float,
) -> None:  # fmt: skip
    """Add a note to `(frames, 2)`: the two channels' carriers are detuned against each other by `spread`."""
    total = min(hold + release, out.shape[0] - first)
    carry = np.zeros(2)
    modulate = np.zeros(2)
    last = np.zeros(2)
    strength, body = index, 1.0
    for n in range(total):
        strength *= index_fall
        if n > attack:
            body *= fall
        shape = n / attack if n < attack else sustain + (1.0 - sustain) * body
        if n >= hold:
            shape *= (1.0 - (n - hold) / release) ** 2
        for channel in range(2):
            step = carrier * (1.0 + spread if channel == 0 else 1.0 - spread)
            carry[channel] += step
            modulate[channel] += step * ratio
            last[channel] = np.sin(2 * np.pi * modulate[channel] + feedback * last[channel])
            out[first + n, channel] += level * shape * np.sin(2 * np.pi * carry[channel] + strength * last[channel])


def play_operators(out: F32, sound: Operators, notes: tuple[Note, ...], gain: float = 0.1) -> None:
    """Play notes into `(frames, 2)`; louder notes are brighter. High notes are modulated less, against aliasing."""
    for note in notes:
        first = int(note.onset_s * SAMPLE_RATE_HZ)
        if first >= len(out):
            continue
        frequency_hz = hertz(note.pitch)
        widest = frequency_hz * (1 + sound.ratio * (sound.index + 1))
        index = sound.index * (0.4 + 0.6 * note.velocity) * min(1.0, 15000 / widest)
        _tone(
            out, first, max(1, int(note.duration_s * SAMPLE_RATE_HZ)), max(64, int(sound.release_s * SAMPLE_RATE_HZ)),
            frequency_hz / SAMPLE_RATE_HZ, sound.ratio, index,
            float(np.exp(-1 / (sound.index_decay_s * SAMPLE_RATE_HZ))),
            max(1.0, sound.attack_s * SAMPLE_RATE_HZ), float(np.exp(-1 / (sound.decay_s * SAMPLE_RATE_HZ))),
            sound.sustain,
            (2 ** (sound.detune_cents / 1200) - 1), sound.feedback, gain * note.velocity,
        )  # fmt: skip
