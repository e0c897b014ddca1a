"""A subtractive synthesiser: detuned oscillators, a state-variable filter, envelopes; and noise effects."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.score import Note, hertz

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Patch:
    """One sound. Detune and pitch in semitones, times in seconds, cutoff in octaves above the note, gains linear.

    `square` blends from saw (0) to square (1), `sub` adds a sine an octave below, `noise` white noise.
    """

    voices: int = 1
    detune: float = 0.0
    width: float = 0.0
    square: float = 0.0
    sub: float = 0.0
    noise: float = 0.0
    attack_s: float = 0.005
    decay_s: float = 0.3
    sustain: float = 0.7
    release_s: float = 0.2
    cutoff_octaves: float = 3.0
    envelope_octaves: float = 1.0
    envelope_decay_s: float = 0.3
    resonance: float = 0.2
    vibrato: float = 0.0


def draw_patch(rng: np.random.Generator, role: str) -> Patch:
    """Draw a sound that suits a role of `parts.ensemble` or a bass (`sub`, `synth-bass`)."""
    u = rng.uniform
    if role in ("pad", "strings", "organ"):
        return Patch(
            int(rng.integers(2, 6)), u(0.05, 0.22), u(0.5, 1), u(0, 1), 0, u(0, 0.05), u(0.05, 0.9), 0.5, 0.9,
            u(0.3, 1.2),
            u(1.0, 4.0), u(-1, 1.5), u(0.5, 2), u(0, 0.35),
        )  # fmt: skip
    if role in ("lead", "voice_lead", "winds"):
        return Patch(
            int(rng.integers(1, 5)), u(0.02, 0.2), u(0.1, 0.7), u(0, 1), u(0, 0.4), 0, u(0.003, 0.05), 0.3, u(0.6,
                1), u(0.05, 0.3),
            u(1.5, 5), u(0, 2), u(0.1, 0.6), u(0, 0.6), u(0.1, 0.35),
        )  # fmt: skip
    if role == "sub":
        return Patch(1, 0, 0, u(0, 1), u(2, 8), 0, 0.006, 0.4, u(0.7, 1), u(0.04, 0.15), u(0.5, 2.5), u(0, 1), 0.2, 0.1)
    if role == "synth-bass":
        return Patch(
            int(rng.integers(1, 4)), u(0.03, 0.15), 0, u(0, 1), u(0, 1), 0, 0.003, u(0.1, 0.5), u(0.3, 1), u(0.03, 0.1),
            u(0.8, 4), u(0.5, 3), u(0.05, 0.4), u(0.05, 0.6),
        )  # fmt: skip
    if role in ("stabs", "brass", "epiano", "clav"):
        return Patch(
            int(rng.integers(3, 8)), u(0.08, 0.3), u(0.5, 1), u(0, 0.5), 0, u(0, 0.05), 0.003, u(0.1, 0.6), u(0,
                0.8), u(0.05, 0.4),
            u(1.5, 5), u(0, 3), u(0.1, 0.5), u(0, 0.4),
        )  # fmt: skip
    return Patch(
        int(rng.integers(1, 4)), u(0, 0.15), u(0.1, 0.8), u(0, 1), u(0, 0.5), 0, 0.002, u(0.08, 0.5), u(0, 0.4),
        u(0.05, 0.5),
        u(0.8, 4), u(0.5, 4), u(0.05, 0.35), u(0, 0.6),
    )  # fmt: skip


@njit(cache=True, fastmath=True, nogil=True)
def _saw(phase: float, step: float) -> float:
    """A saw at `phase` 0..1 whose jump is rounded over one `step` on either side, so that little of it aliases."""
    if phase < step:
        t = phase / step
        return 2.0 * phase - t - t + t * t
    if phase > 1.0 - step:
        t = (phase - 1.0) / step
        return 2.0 * phase - 2.0 - t * t - t - t
    return 2.0 * phase - 1.0


@njit(cache=True, fastmath=True, nogil=True)
def _tone(
    out: F32, first: int, hold: int, increments: F32, phases: F32, gains: F32, step: int, pitch_curve: F32,
    square: float,
    sub: float, noise: float, attack: float, decay: float, sustain: float, release: int, cutoff: float,
    envelope_octaves: float, envelope_decay: float, damping: float, level: float, seed: int,
) -> None:  # fmt: skip
    """Add a note: saw or square with polynomial band-limited steps, two state-variable filters, two envelopes."""
    voices = increments.shape[0]
    ic = np.zeros(4)
    sub_phase = 0.0
    state = np.uint32(seed | 1)
    amplitude, filter_level = 0.0, 1.0
    g, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
    total = min(hold + release, out.shape[0] - first)
    for n in range(total):
        place = min(n // step, pitch_curve.shape[0] - 1)
        bend = pitch_curve[place]
        if n % 32 == 0:
            filter_level *= envelope_decay
            frequency = min(0.42, cutoff * bend * 2.0 ** (envelope_octaves * filter_level))
            g = np.tan(np.pi * frequency)
            a1 = 1.0 / (1.0 + g * (g + damping))
            a2 = g * a1
            a3 = g * a2
        if n < hold:
            amplitude = n / attack if n < attack else sustain + (1.0 - sustain) * np.exp(-(n - attack) / decay)
            shaped = amplitude
        else:
            fall = 1.0 - (n - hold) / release
            shaped = amplitude * fall * fall
        left, right = 0.0, 0.0
        for v in range(voices):
            step_size = increments[v] * bend
            phase = phases[v] + step_size
            if phase >= 1.0:
                phase -= 1.0
            phases[v] = phase
            saw = _saw(phase, step_size)
            if square > 0.0:
                saw -= square * _saw((phase + 0.5) % 1.0, step_size)
            left += saw * gains[v, 0]
            right += saw * gains[v, 1]
        if noise > 0.0:
            state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
            hiss = noise * (np.float64(state) / 2147483648.0 - 1.0)
            left += hiss
            right += hiss
        v3 = left - ic[1]
        v1 = a1 * ic[0] + a2 * v3
        v2 = ic[1] + a2 * ic[0] + a3 * v3
        ic[0], ic[1] = 2 * v1 - ic[0], 2 * v2 - ic[1]
        w3 = right - ic[3]
        w1 = a1 * ic[2] + a2 * w3
        w2 = ic[3] + a2 * ic[2] + a3 * w3
        ic[2], ic[3] = 2 * w1 - ic[2], 2 * w2 - ic[3]
        if sub > 0.0:
            sub_phase += 0.5 * increments[0] * bend
            if sub_phase >= 1.0:
                sub_phase -= 1.0
            low = sub * np.sin(2 * np.pi * sub_phase)
            v2 += low
            w2 += low
        out[first + n, 0] += level * shaped * v2
        out[first + n, 1] += level * shaped * w2


def play_patch(out: F32, patch: Patch, notes: tuple[Note, ...], rng: np.random.Generator, gain: float = 0.12) -> None:
    """Play notes with a patch into `(frames, 2)`; a sub oscillator's bass sounds at the written pitch an octave up."""
    spread = np.linspace(-1, 1, patch.voices) if patch.voices > 1 else np.zeros(1)
    angle = (spread * patch.width + 1) * np.pi / 4
    gains = (np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sqrt(2) / np.sqrt(patch.voices)).astype(np.float32)
    step = 128
    for note in notes:
        first = int(note.onset_s * SAMPLE_RATE_HZ)
        hold = max(1, int(note.duration_s * SAMPLE_RATE_HZ))
        release = max(64, int(patch.release_s * SAMPLE_RATE_HZ))
        if first >= len(out):
            continue
        frequency = hertz(note.pitch) / SAMPLE_RATE_HZ
        increments = (frequency * 2 ** (spread * patch.detune / 12)).astype(np.float32)
        phases = rng.random(patch.voices).astype(np.float32)
        curve = _pitch_curve(note, patch, (hold + release) // step + 2, step / SAMPLE_RATE_HZ)
        brightness = patch.cutoff_octaves - 1.2 * (1 - note.velocity)
        _tone(
            out, first, hold, increments, phases, gains, step, curve, patch.square, patch.sub, patch.noise,
            max(1.0, patch.attack_s * SAMPLE_RATE_HZ), max(1.0, patch.decay_s * SAMPLE_RATE_HZ), patch.sustain, release,
            frequency * 2**brightness, patch.envelope_octaves,
            float(np.exp(-32 / (max(patch.envelope_decay_s, 0.01) * SAMPLE_RATE_HZ))), 2 - 1.85 * patch.resonance,
            gain * note.velocity / (1 + 0.5 * patch.sub), int(rng.integers(1, 2**31)),
        )  # fmt: skip


def _pitch_curve(note: Note, patch: Patch, count: int, step_s: float) -> F32:
    time_s = np.arange(count) * step_s
    pitch = np.zeros(count)
    if note.bend:
        pitch += np.interp(time_s, [t for t, _ in note.bend], [s for _, s in note.bend])
    if patch.vibrato and note.duration_s > 0.3:
        pitch += patch.vibrato * np.clip((time_s - 0.2) / 0.3, 0, 1) * np.sin(2 * np.pi * 5.4 * time_s)
    return (2 ** (pitch / 12)).astype(np.float32)


@njit(cache=True, fastmath=True, nogil=True)
def _swept_noise(
    out: F32, first: int, noise: F32, start: float, stop: float, resonance: float, rise: float, level: float
) -> None:
    """Add band-passed noise whose centre glides from `start` to `stop` (cycles per sample) and swells by `rise`."""
    ic = np.zeros(4)
    damping = 2 - 1.9 * resonance
    total = min(noise.shape[0], out.shape[0] - first)
    g = 0.0
    for n in range(total):
        along = n / noise.shape[0]
        if n % 32 == 0:
            g = np.tan(np.pi * min(0.42, start * (stop / start) ** along))
        a1 = 1.0 / (1.0 + g * (g + damping))
        shape = along**rise if rise >= 0 else (1 - along) ** (-rise)
        shape *= min(1.0, 50.0 * (1.0 - along)) * min(1.0, 200.0 * along)
        for channel in range(2):
            z1, z2 = ic[2 * channel], ic[2 * channel + 1]
            v3 = noise[n, channel] - z2
            v1 = a1 * z1 + g * a1 * v3
            v2 = z2 + g * v1
            ic[2 * channel], ic[2 * channel + 1] = 2 * v1 - z1, 2 * v2 - z2
            out[first + n, channel] += level * shape * v1


def play_effects(out: F32, notes: tuple[Note, ...], rng: np.random.Generator) -> None:
    """Play risers, impacts and sweeps of noise into `(frames, 2)`."""
    for note in notes:
        first, frames = int(note.onset_s * SAMPLE_RATE_HZ), int(note.duration_s * SAMPLE_RATE_HZ)
        if first >= len(out) or frames < 64:
            continue
        noise = rng.standard_normal((frames, 2), dtype=np.float32)
        low, high = float(rng.uniform(0.004, 0.02)), float(rng.uniform(0.08, 0.3))
        if note.articulation == "riser":
            _swept_noise(out, first, noise, low, high, float(rng.uniform(0.3, 0.9)), float(rng.uniform(1, 3)), 0.12)
        elif note.articulation == "impact":
            _swept_noise(out, first, noise, high, low, 0.2, -4.0, 0.2)
            time_s = np.arange(frames, dtype=np.float32) / SAMPLE_RATE_HZ
            boom = np.sin(2 * np.pi * (38 * time_s + 12 * (1 - np.exp(-time_s * 9)))) * np.exp(-time_s * 2.5)
            stop = min(len(out), first + frames)
            out[first:stop] += 0.25 * boom[: stop - first, None].astype(np.float32)
        else:
            _swept_noise(out, first, noise, low, high if rng.random() < 0.5 else low * 2, 0.8, 0.5, 0.08)
