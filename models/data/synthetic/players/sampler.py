"""Plays recorded notes: nearest sample, resampled to pitch, with bends, vibrato, envelopes and loops."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ, Bank, Program, Sample
from models.data.synthetic.effects.kernels import CONTROL_FRAMES, mix_note
from models.data.synthetic.score import Note

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Touch:
    """How a sampled instrument is played.

    `release_s` is the fade after a note ends, `brightness` a one-pole coefficient at full velocity (1: open), of which
    `softness` is taken away at low velocity. `looped` sounds are continued past their recorded end. `detune` is a
    whole instrument's tuning in semitones, `cents` the spread of single notes.
    """

    attack_s: float = 0.002
    release_s: float = 0.12
    brightness: float = 1.0
    softness: float = 0.0
    looped: bool = False
    vibrato_hz: float = 5.3
    vibrato_semitones: float = 0.25
    detune: float = 0.0
    cents: float = 3.0
    borrow: float = 0.0


def ratio_curve(note: Note, semitones: float, touch: Touch) -> F32:
    """Reading speed of a sample every `CONTROL_FRAMES` frames: transposition, bend and delayed vibrato."""
    moving = bool(note.bend) or note.articulation == "vibrato"
    if not moving:
        return np.full(1, 2 ** (semitones / 12), dtype=np.float32)
    count = int((note.duration_s + touch.release_s) * SAMPLE_RATE_HZ / CONTROL_FRAMES) + 2
    time_s = np.arange(count) * (CONTROL_FRAMES / SAMPLE_RATE_HZ)
    pitch = np.full(count, semitones)
    if note.bend:
        pitch += np.interp(time_s, [t for t, _ in note.bend], [s for _, s in note.bend])
    if note.articulation == "vibrato":
        depth = touch.vibrato_semitones * np.clip((time_s - 0.22) / 0.25, 0, 1)
        pitch += depth * np.sin(2 * np.pi * touch.vibrato_hz * time_s + 17.0 * note.onset_s)
    return (2 ** (pitch / 12)).astype(np.float32)


def continued(audio: F32, frames: int) -> F32:
    """Repeat the steady middle of `(n, channels)` with equal-power cross-fades until it lasts `frames`."""
    if len(audio) >= frames or len(audio) < 8192:
        return audio
    start, stop = int(0.35 * len(audio)), int(0.8 * len(audio))
    loop = audio[start:stop]
    fade = len(loop) // 3
    ramp = np.linspace(0, np.pi / 2, fade, dtype=np.float32)[:, None]
    pieces = [audio[: stop - fade]]
    held = stop - fade
    while held < frames:
        crossed = audio[stop - fade : stop] * np.cos(ramp) + loop[:fade] * np.sin(ramp)
        body = loop[fade : len(loop) - fade]
        pieces.extend((crossed, body))
        held += len(crossed) + len(body)
    pieces.append(audio[stop - fade :])
    return np.ascontiguousarray(np.concatenate(pieces))


def pan_gains(pan: float) -> tuple[float, float]:
    """Equal-power gains left and right for `pan` -1..1, both 1 in the middle."""
    angle = (pan + 1) * np.pi / 4
    return float(np.cos(angle) * np.sqrt(2)), float(np.sin(angle) * np.sqrt(2))


def play_sample(
    out: F32, audio: F32, note: Note, sample: Sample, touch: Touch, gain: float, pan: float, semitones: float
) -> None:
    """Add one note to `(frames, 2)`; the recorded peak is evened out by `gain / peak ** 0.8`."""
    ratios = ratio_curve(note, semitones, touch)
    hold = max(int(note.duration_s * SAMPLE_RATE_HZ), 1)
    release = max(int(touch.release_s * SAMPLE_RATE_HZ), 32)
    if touch.looped:
        audio = continued(audio, int((hold + release) * float(ratios.max())) + 64)
    left, right = pan_gains(pan)
    level = gain * note.velocity**1.3 / sample.peak**0.8
    brightness = touch.brightness - touch.softness * (1 - note.velocity)
    first = int(note.onset_s * SAMPLE_RATE_HZ)
    if first < len(out):
        attack = max(1, int(touch.attack_s * SAMPLE_RATE_HZ))
        mix_note(
            out,
            audio,
            first,
            ratios,
            level * left,
            level * right,
            attack,
            hold,
            release,
            max(0.02, brightness),
        )


def play_notes(
    out: F32, bank: Bank, program: Program, notes: tuple[Note, ...], touch: Touch, rng: np.random.Generator,
    *, gain: float = 0.3, spread: float = 0.0,
) -> set[str]:  # fmt: skip
    """Play notes on a program into `(frames, 2)`.

    `spread` pans low notes left and high notes right, as a piano is heard by its player. Returns the sources used.
    """
    for note in notes:
        sample = program.find(note.pitch + touch.borrow, note.velocity, rng)
        shift = note.pitch - (sample.pitch if sample.pitch is not None else note.pitch)
        shift += touch.detune + float(rng.normal(0, touch.cents / 100))
        pan = spread * float(np.clip((note.pitch - 60) / 30, -1, 1))
        play_sample(out, bank.load(sample), note, sample, touch, gain, pan, shift)
    return {program.source} if notes else set()
