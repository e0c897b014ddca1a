"""Guitar amplifiers: pre-emphasis, two oversampled gain stages and a loudspeaker cabinet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.data.synthetic.effects import filters
from models.data.synthetic.effects.kernels import soft_clip


@dataclass(frozen=True)
class Amplifier:
    """An amplifier and its cabinet. `drive_db` is the gain from a level of -20 dBFS into the clipping stages."""

    drive_db: float
    bias: float
    tight_hz: float
    middle_db: float
    treble_db: float
    cabinet_low_hz: float
    cabinet_high_hz: float
    presence_db: float
    presence_hz: float
    notch_hz: float


_DRIVE_DB = {"clean": (-6.0, 6.0), "crunch": (12.0, 24.0), "high": (28.0, 42.0)}


def draw_amplifier(rng: np.random.Generator, kind: str) -> Amplifier:
    """Draw an amplifier: `clean`, `crunch` or `high` (gain)."""
    low, high = _DRIVE_DB[kind]
    return Amplifier(
        drive_db=float(rng.uniform(low, high)),
        bias=float(rng.uniform(0.0, 0.35)),
        tight_hz=float(rng.uniform(60, 110) if kind != "high" else rng.uniform(90, 180)),
        middle_db=float(rng.uniform(-5, 6)),
        treble_db=float(rng.uniform(-3, 5)),
        cabinet_low_hz=float(rng.uniform(70, 120)),
        cabinet_high_hz=float(rng.uniform(3800, 6000) if kind != "clean" else rng.uniform(4500, 9000)),
        presence_db=float(rng.uniform(0, 7)),
        presence_hz=float(rng.uniform(1800, 3600)),
        notch_hz=float(rng.uniform(350, 900)),
    )


def amplify(audio: NDArray[np.float32], amplifier: Amplifier) -> NDArray[np.float32]:
    """Play a direct guitar `(frames, 1)` through an amplifier; returns as many frames at about -20 dBFS."""
    loud = np.abs(audio[:, 0]) > 1e-4
    if not loud.any():
        return audio
    signal = audio * np.float32(0.1 / np.sqrt(float(np.mean(audio[loud] ** 2))))
    filters.apply(
        signal,
        filters.section("high-pass", amplifier.tight_hz),
        filters.section("peak", 800, amplifier.middle_db, 0.6),
        filters.section("high-shelf", 2500, amplifier.treble_db + 3),
    )
    if amplifier.drive_db > 8:
        signal = _stages(signal, amplifier)
    else:
        soft_clip(signal, 10 ** (amplifier.drive_db / 20), amplifier.bias)
    filters.apply(
        signal,
        filters.section("high-pass", amplifier.cabinet_low_hz, q=0.9),
        filters.section("peak", 1.35 * amplifier.cabinet_low_hz, 2.5, 1.2),
        filters.section("peak", amplifier.notch_hz, -4.0, 0.9),
        filters.section("peak", amplifier.presence_hz, amplifier.presence_db, 1.1),
        filters.section("low-pass", amplifier.cabinet_high_hz, q=0.8),
        filters.section("low-pass", amplifier.cabinet_high_hz * 1.1, q=0.7),
    )
    level = np.sqrt(float(np.mean(signal[loud] ** 2)))
    signal *= np.float32(0.1 / max(level, 1e-6))
    return signal


def _stages(signal: NDArray[np.float32], amplifier: Amplifier) -> NDArray[np.float32]:
    """Two clipping stages at twice the rate with a coupling filter between, so that little aliasing remains."""
    frames = len(signal)
    doubled = resample_poly(signal[:, 0], 2, 1).astype(np.float32)[:, None]
    share = 0.55 * amplifier.drive_db
    soft_clip(doubled, 10 ** (share / 20), amplifier.bias)
    filters.apply(doubled, filters.section("high-pass", 30), filters.section("low-pass", 5200))
    soft_clip(doubled, 10 ** ((amplifier.drive_db - share) / 20), -0.5 * amplifier.bias)
    return np.ascontiguousarray(resample_poly(doubled[:, 0], 1, 2).astype(np.float32)[:frames, None])
