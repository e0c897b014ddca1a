"""Plucked strings by physical model, for guitars that no bank holds.

K. Karplus and A. Strong, "Digital synthesis of plucked-string and drum timbres", Computer Music Journal 7(2),
1983, with
the pick position and decay control of D. Jaffe and J. Smith in the same issue.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects import filters
from models.data.synthetic.players.sampler import Touch, ratio_curve
from models.data.synthetic.score import Note, hertz

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class String:
    """A guitar: how strings are picked and ring, and the resonances of its body (Hz, dB, Q).

    `decay_s` is the time to fall by 60 dB at A3, `damping` the loop's low-pass (0: none), `pick` the softness of the
    pick, `position` where along the string it strikes, `pickup` a second comb (0: none).
    """

    decay_s: float
    damping: float
    pick: float
    position: float
    pickup: float
    body: tuple[tuple[float, float, float], ...]
    courses: int
    cents: float


def draw_string(rng: np.random.Generator, electric: bool) -> String:
    """Draw a guitar; acoustic ones have a resonant body and sometimes double courses (twelve strings)."""
    u = rng.uniform
    body: tuple[tuple[float, float, float], ...] = ()
    if not electric:
        air = u(85, 125)
        body = (
            (air, u(2, 8), u(2, 5)), (air * u(1.8, 2.2), u(2, 8), u(2, 5)), (u(330, 500), u(0, 6), 3.0),
            (u(600, 1100), u(-5, 4), 2.0), (u(1500, 3500), u(-3, 6), 1.0),
        )  # fmt: skip
    return String(
        decay_s=float(u(4.0, 9.0) if electric else u(3.0, 8.0)),
        damping=float(u(0.15, 0.45) if electric else u(0.2, 0.5)),
        pick=float(u(0.5, 0.85)),
        position=float(u(0.06, 0.35)),
        pickup=float(u(0.05, 0.3)) if electric else 0.0,
        body=body,
        courses=2 if not electric and rng.random() < 0.12 else 1,
        cents=float(u(1, 6)),
    )


@njit(cache=True, fastmath=True, nogil=True)
def _string(
    out: F32, first: int, excitation: F32, period: float, damping: float, feedback: float, hold: int, release: int,
    ratios: F32, control: int, level: float,
) -> None:  # fmt: skip
    """Run one string into mono `out`: a delay line with a one-pole low-pass in its loop, read between samples."""
    size = 1
    while size < period * 2 + 8:
        size *= 2
    line = np.zeros(size, dtype=np.float32)
    low = 0.0
    delay = period
    total = min(hold + release, out.shape[0] - first)
    # the loop's low-pass delays by damping / (1 - damping) samples at low frequencies
    lag = damping / (1.0 - damping)
    for n in range(total):
        if n % control == 0:
            place = min(n // control, ratios.shape[0] - 1)
            delay = period / ratios[place] - lag
        read = n - delay + 4 * size
        whole = int(read)
        part = read - whole
        value = line[whole % size] + part * (line[(whole + 1) % size] - line[whole % size])
        low = (1.0 - damping) * value + damping * low
        gain = feedback if n < hold else feedback * 0.985
        new = gain * low + (excitation[n] if n < excitation.shape[0] else 0.0)
        line[n % size] = new
        fade = 1.0 if n < hold else (1.0 - (n - hold) / release) ** 2
        out[first + n] += level * fade * new


def _excitation(string: String, period: float, velocity: float, rng: np.random.Generator) -> F32:
    """A burst of noise one period long, softened by the pick and combed by where it strikes."""
    count = int(period) + 1
    noise = rng.uniform(-1, 1, count).astype(np.float32)
    softness = min(0.92, string.pick + 0.25 * (1 - velocity))
    for _ in range(2):
        for k in range(1, count):
            noise[k] = (1 - softness) * noise[k] + softness * noise[k - 1]
    noise -= noise.mean()
    struck = noise - np.roll(noise, max(1, int(string.position * period)))
    if string.pickup:
        struck = struck - 0.8 * np.roll(struck, max(1, int(string.pickup * period)))
    strength = float(np.sqrt(np.mean(struck**2))) + 1e-6
    return np.asarray(struck / strength, dtype=np.float32)


def play_string(
    out: F32,
    string: String,
    notes: tuple[Note, ...],
    rng: np.random.Generator,
    touch: Touch,
    gain: float = 0.08,
) -> None:
    """Play guitar notes into mono `(frames,)`; notes marked `palm-mute` are damped by the hand."""
    for note in notes:
        first = int(note.onset_s * SAMPLE_RATE_HZ)
        if first >= len(out):
            continue
        muted = note.articulation == "palm-mute"
        for course in range(string.courses):
            octave = 12 if course and note.pitch < 55 else 0
            pitch = note.pitch + octave + touch.detune + float(rng.normal(0, string.cents / 100)) + 0.04 * course
            period = SAMPLE_RATE_HZ / hertz(pitch)
            decay_s = string.decay_s * (220 / hertz(pitch)) ** 0.5 * (0.12 if muted else 1.0)
            feedback = float(10 ** (-3 * period / SAMPLE_RATE_HZ / max(decay_s, 0.02)))
            damping = min(0.65 if muted else string.damping, 0.45 * period / 10)
            _string(
                out, first, _excitation(string, period, note.velocity, rng), period, damping, feedback,
                max(1, int(note.duration_s * SAMPLE_RATE_HZ)), max(64, int(touch.release_s * SAMPLE_RATE_HZ)),
                ratio_curve(note, 0.0, touch), 64, gain * note.velocity**1.3 * (0.7 if course else 1.0),
            )  # fmt: skip


def resonate(audio: F32, string: String) -> None:
    """Let the body of the guitar sound: filters `(frames, channels)` in place."""
    filters.apply(audio, *(filters.section("peak", hz, db, q) for hz, db, q in string.body))
