"""Pianos by model: strings struck by hammers, each drawn piano with strings, hammers and a soundboard of its own.

Partials of stiff strings (H. Fletcher, "Normal vibration frequencies of a stiff piano string", JASA 36(1), 1964) that
two slightly mistuned strings let beat and fall in two stages (G. Weinreich, "Coupled piano strings", JASA 62(6), 1977).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.players.sampler import Touch, pan_gains
from models.data.synthetic.score import Note, hertz

F32 = NDArray[np.float32]

_MOST_PARTIALS: Final = 64
_HIGHEST_HZ: Final = 12000.0


@dataclass(frozen=True)
class Piano:
    """A piano.

    `stiffness` is the inharmonicity coefficient at A4, `stiffness_rise` its growth per octave; `strike` where along the
    string the hammer meets it; `hardness_hz` the hammer's corner frequency at full velocity, `felt` how much of it soft
    notes lose; `decay_s` the first stage's time to fall by 60 dB at A4, `after_db` the level of the second, which lasts
    `after_ratio` times longer; `damping_hz` the frequency at which partials fall twice as fast; `mistuning` cents
    between the strings of a note; `knock` the level of the blow's noise; `width` how far partials are spread between
    two microphones; `board_seed` draws what the soundboard does to each partial, `board_db` how much.
    """

    stiffness: float
    stiffness_rise: float
    strike: float
    hardness_hz: float
    felt: float
    decay_s: float
    after_db: float
    after_ratio: float
    damping_hz: float
    mistuning: float
    knock: float
    width: float
    board_db: float
    board_seed: int


def draw_piano(rng: np.random.Generator) -> Piano:
    """Draw a piano: from a dull upright out of tune to a bright grand."""
    u = rng.uniform
    return Piano(
        stiffness=float(np.exp(u(np.log(3e-4), np.log(1.2e-3)))),
        stiffness_rise=float(u(1.8, 2.6)),
        strike=float(u(0.09, 0.16)),
        hardness_hz=float(np.exp(u(np.log(700), np.log(3500)))),
        felt=float(u(0.3, 0.75)),
        decay_s=float(u(3.0, 9.0)),
        after_db=float(u(-26, -8)),
        after_ratio=float(u(2.5, 6.0)),
        damping_hz=float(np.exp(u(np.log(800), np.log(5000)))),
        mistuning=float(rng.choice([0.3, 0.8, 1.5, 6.0, 12.0], p=[0.3, 0.3, 0.2, 0.12, 0.08])),
        knock=float(np.exp(u(np.log(0.02), np.log(0.3)))),
        width=float(u(0.0, 0.9)),
        board_db=float(u(2.0, 7.0)),
        board_seed=int(rng.integers(2**31)),
    )


@njit(cache=True, fastmath=True, nogil=True)
def _oscillate(
    out: F32, first: int, turn: NDArray[np.complex64], left: NDArray[np.complex64], right: NDArray[np.complex64],
    rise: int, hold: int, release: int,
) -> None:  # fmt: skip
    """Add decaying oscillators to `out` `(frames, 2)`: each turns by `turn` a frame, heard by two microphones."""
    count = turn.shape[0]
    real, imaginary = np.ones(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    turn_real, turn_imaginary = turn.real.copy(), turn.imag.copy()
    left_real, left_imaginary = left.real.copy(), left.imag.copy()
    right_real, right_imaginary = right.real.copy(), right.imag.copy()
    for n in range(min(hold + release, out.shape[0] - first)):
        heard_left, heard_right = np.float32(0.0), np.float32(0.0)
        for k in range(count):
            a, b = real[k], imaginary[k]
            heard_left += a * left_real[k] - b * left_imaginary[k]
            heard_right += a * right_real[k] - b * right_imaginary[k]
            real[k] = a * turn_real[k] - b * turn_imaginary[k]
            imaginary[k] = a * turn_imaginary[k] + b * turn_real[k]
        level = np.float32(1.0) if n >= rise else np.float32(0.5 - 0.5 * np.cos(np.pi * (n + 1) / rise))
        if n >= hold:
            level *= np.float32((1.0 - (n - hold) / release) ** 2)
        out[first + n, 0] += level * heard_left
        out[first + n, 1] += level * heard_right


def _partials(piano: Piano, pitch: float, velocity: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies (Hz) and amplitudes of one string's partials, the amplitudes of unit energy."""
    fundamental_hz = hertz(pitch)
    stiffness = piano.stiffness * piano.stiffness_rise ** max(-2.0, (pitch - 69) / 12)
    number = np.arange(1, _MOST_PARTIALS + 1)
    hz = number * fundamental_hz * np.sqrt(1 + stiffness * number**2)
    kept = hz < _HIGHEST_HZ
    number, hz = number[kept], hz[kept]
    corner_hz = piano.hardness_hz * (1 - piano.felt * (1 - velocity)) + 0.7 * fundamental_hz
    amplitudes = np.abs(np.sin(np.pi * number * piano.strike)) / (1 + (hz / corner_hz) ** 2)
    amplitudes /= 1 + (60 / hz) ** 4  # a soundboard hardly moves below its first mode
    board = np.random.default_rng([piano.board_seed, round(pitch)]).normal(0, piano.board_db, len(number))
    amplitudes *= 10 ** (board / 20)
    return hz, amplitudes / (np.sqrt(np.sum(amplitudes**2)) + 1e-12)


def _knock(out: F32, first: int, piano: Piano, note: Note, rng: np.random.Generator, gain: float) -> None:
    """Add the blow of hammer and key: dull noise of milliseconds, a fifth of which the board holds longer."""
    count = min(int(0.4 * SAMPLE_RATE_HZ), len(out) - first)
    dull = np.cumsum(rng.normal(0, 0.2, count))
    dull[24:] -= dull[:-24].copy()  # a moving average of 24 samples: dull above about 1 kHz
    time_s = np.arange(count) / SAMPLE_RATE_HZ
    fall = 0.8 * np.exp(-time_s / 0.008) + 0.2 * np.exp(-time_s / 0.09)
    out[first : first + count] += (gain * piano.knock * note.velocity * fall * dull)[:, None].astype(np.float32)


def play_struck(
    out: F32, piano: Piano, notes: tuple[Note, ...], rng: np.random.Generator, touch: Touch, *, gain: float = 0.15,
    spread: float = 0.0,
) -> None:  # fmt: skip
    """Play piano notes into `(frames, 2)`. `spread` pans low notes left and high ones right."""
    for note in notes:
        first = int(note.onset_s * SAMPLE_RATE_HZ)
        if first >= len(out):
            continue
        pitch = note.pitch + touch.detune
        hz, amplitudes = _partials(piano, pitch, note.velocity)
        decay_s = piano.decay_s * 2 ** (-(pitch - 69) / 18) / (1 + hz / piano.damping_hz)
        after = 10 ** (piano.after_db / 20)
        cents = piano.mistuning * np.random.default_rng([piano.board_seed, round(pitch), 1]).uniform(0.4, 1.0)
        both_hz = np.concatenate([hz, hz * 2 ** (cents / 1200)])
        both_s = np.concatenate([decay_s, decay_s * piano.after_ratio])
        both = np.concatenate([amplitudes * (1 - after), amplitudes * after])
        turn = np.exp((2j * np.pi * both_hz - 3 * np.log(10) / both_s) / SAMPLE_RATE_HZ)
        level = gain * note.velocity**1.3
        channels = []
        for pan in pan_gains(spread * float(np.clip((note.pitch - 60) / 30, -1, 1))):
            aside = piano.width * rng.uniform(-1, 1, len(hz))
            phase = np.exp(1j * (np.pi * aside - np.pi / 2))
            weight = pan * level * both * np.tile(phase * (1 - 0.5 * np.abs(aside)), 2)
            channels.append(weight.astype(np.complex64))
        rise = max(8, int(SAMPLE_RATE_HZ * 0.0025 * (1.4 - note.velocity) * 2 ** (-(pitch - 60) / 24)))
        _oscillate(
            out, first, turn.astype(np.complex64), channels[0], channels[1], rise,
            max(1, int(note.duration_s * SAMPLE_RATE_HZ)), max(64, int(touch.release_s * SAMPLE_RATE_HZ)),
        )  # fmt: skip
        _knock(out, first, piano, note, rng, gain)
