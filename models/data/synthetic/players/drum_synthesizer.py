"""Drum sounds made from sines and noise, as drum machines make them: a new machine for every song."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.data.synthetic.bank import SAMPLE_RATE_HZ

F32 = NDArray[np.float32]


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _noise(rng: np.random.Generator, time_s: NDArray[np.float64], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    band = butter(2, [low_hz, min(high_hz, 20000)], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(sosfilt(band, rng.standard_normal(len(time_s))))


def _finish(sound: NDArray[np.float64]) -> F32:
    sound = sound / max(float(np.abs(sound).max()), 1e-9)
    return np.ascontiguousarray(np.concatenate([np.zeros(2), sound, np.zeros(4)])[:, None].astype(np.float32))


def _kick(rng: np.random.Generator) -> F32:
    time_s = _time(float(rng.uniform(0.25, 0.9)))
    end_hz, sweep_hz = float(rng.uniform(38, 62)), float(rng.uniform(60, 450))
    speed = float(rng.uniform(15, 70))
    phase = end_hz * time_s + sweep_hz / speed * (1 - np.exp(-speed * time_s))
    body = np.sin(2 * np.pi * phase) * np.exp(-time_s / float(rng.uniform(0.06, 0.25)))
    drive = float(rng.uniform(1, 6))
    click = rng.uniform(0, 0.6) * _noise(rng, time_s, 1500, 9000) * np.exp(-time_s / 0.004)
    return _finish(np.tanh(drive * body) / np.tanh(drive) + click)


def _snare(rng: np.random.Generator) -> F32:
    time_s = _time(0.5)
    tone_hz = float(rng.uniform(150, 260))
    tone = np.sin(2 * np.pi * (tone_hz * time_s + 2 * (1 - np.exp(-time_s * 60)))) * np.exp(
        -time_s / rng.uniform(0.03, 0.1)
    )
    rattle = _noise(rng, time_s, float(rng.uniform(600, 2500)), float(rng.uniform(7000, 15000)))
    rattle *= np.exp(-time_s / float(rng.uniform(0.04, 0.15)))
    return _finish(float(rng.uniform(0.3, 1.0)) * tone + float(rng.uniform(0.4, 1.4)) * rattle / np.abs(rattle).max())


def _clap(rng: np.random.Generator) -> F32:
    time_s = _time(0.4)
    envelope = 0.8 * np.exp(-np.maximum(time_s - 0.03, 0) / float(rng.uniform(0.04, 0.12))) * (time_s > 0.03)
    for burst in range(3):
        since = time_s - burst * float(rng.uniform(0.008, 0.012))
        envelope += np.exp(-np.maximum(since, 0) / 0.004) * (since >= 0)
    center = float(rng.uniform(900, 1700))
    return _finish(_noise(rng, time_s, center * 0.6, center * 2.5) * envelope)


def _metal(rng: np.random.Generator, seconds: float, decay_s: float) -> F32:
    time_s = _time(seconds)
    base = float(rng.uniform(300, 700))
    ratios = (1.0, 1.34, 1.61, 1.93, 2.51, 2.67)
    squares = sum(np.sign(np.sin(2 * np.pi * base * r * float(rng.uniform(0.97, 1.03)) * time_s)) for r in ratios)
    mixed = float(rng.uniform(0, 0.4)) * squares + float(rng.uniform(0.4, 1.0)) * rng.standard_normal(len(time_s))
    band = butter(2, float(rng.uniform(5000, 9000)), "highpass", fs=SAMPLE_RATE_HZ, output="sos")
    return _finish(sosfilt(band, mixed) * np.exp(-time_s / decay_s))


def _tom(rng: np.random.Generator, hz: float) -> F32:
    time_s = _time(0.7)
    phase = hz * time_s + 0.25 * hz / 12 * (1 - np.exp(-12 * time_s))
    return _finish(
        np.sin(2 * np.pi * phase) * np.exp(-time_s / 0.15)
        + 0.05 * _noise(rng, time_s, 400, 5000) * np.exp(-time_s / 0.03)
    )


def draw_sounds(rng: np.random.Generator) -> dict[str, F32]:
    """Make a kit: piece name to sound `(frames, 1)` of peak 1."""
    tom = float(rng.uniform(70, 100))
    return {
        "kick": _kick(rng),
        "snare": _snare(rng),
        "clap": _clap(rng),
        "sidestick": _tom(rng, float(rng.uniform(400, 900))),
        "hihat-closed": _metal(rng, 0.25, float(rng.uniform(0.012, 0.05))),
        "hihat-pedal": _metal(rng, 0.2, 0.02),
        "hihat-open": _metal(rng, 0.9, float(rng.uniform(0.1, 0.3))),
        "ride": _metal(rng, 1.5, 0.35),
        "crash": _metal(rng, 2.4, float(rng.uniform(0.4, 0.8))),
        "tom-high": _tom(rng, tom * 2),
        "tom-mid": _tom(rng, tom * 1.5),
        "tom-low": _tom(rng, tom),
        "perc": _metal(rng, 0.2, float(rng.uniform(0.02, 0.08))),
    }
