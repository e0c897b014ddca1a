"""Rooms: stereo impulse responses made of decaying noise and early reflections, applied by one FFT product."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, sosfilt

from models.data.synthetic.bank import SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Room:
    """`decay_s` is the time to fall by 60 dB in the middle of the spectrum; `size_s` the time of early reflections."""

    decay_s: float
    predelay_s: float
    size_s: float
    damping: float
    bass: float


def draw_room(rng: np.random.Generator, decay_low_s: float, decay_high_s: float) -> Room:
    """Draw a room whose decay lies between two times."""
    return Room(
        decay_s=float(np.exp(rng.uniform(np.log(decay_low_s), np.log(decay_high_s)))),
        predelay_s=float(rng.uniform(0.0, 0.04)),
        size_s=float(rng.uniform(0.008, 0.05)),
        damping=float(rng.uniform(0.3, 0.75)),
        bass=float(rng.uniform(0.5, 1.1)),
    )


def impulse_response(rng: np.random.Generator, room: Room) -> NDArray[np.float32]:
    """Synthesise a response `(frames, 2)` of unit energy a channel: three bands of noise, highs fading fastest."""
    frames = int(min(3.0, room.decay_s * 1.1 + 0.05) * SAMPLE_RATE_HZ)
    time_s = np.arange(frames, dtype=np.float32)[:, None] / SAMPLE_RATE_HZ
    noise = rng.standard_normal((frames, 2), dtype=np.float32)
    low = sosfilt(butter(1, 350, fs=SAMPLE_RATE_HZ, output="sos"), noise, axis=0).astype(np.float32)
    high = sosfilt(butter(1, 3500, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), noise, axis=0).astype(np.float32)
    middle = noise - low - high

    def fade(decay_s: float) -> NDArray[np.float32]:
        return np.exp(-6.9 * time_s / decay_s).astype(np.float32)

    tail = room.bass * low * fade(room.decay_s * 1.15) + middle * fade(room.decay_s)
    tail += 0.7 * high * fade(room.decay_s * room.damping)
    tail *= 1 - np.exp(-time_s / (0.3 * room.size_s + 0.002))
    for _ in range(int(rng.integers(6, 16))):
        place = int(rng.uniform(0.002, room.size_s + 0.004) * SAMPLE_RATE_HZ)
        if place < frames:
            tail[place, int(rng.integers(2))] += (
                rng.choice([-1, 1]) * rng.uniform(1.0, 5.0) * np.exp(-place / (0.04 * SAMPLE_RATE_HZ))
            )
    tail = np.concatenate([np.zeros((int(room.predelay_s * SAMPLE_RATE_HZ), 2), np.float32), tail])
    return (tail / np.sqrt((tail**2).sum(axis=0, keepdims=True) + 1e-12)).astype(np.float32)


class Convolver:
    """One impulse response ready for songs of one length."""

    def __init__(self, response: NDArray[np.float32], frames: int) -> None:
        """`response` is `(n, 2)`, `frames` the song's length."""
        self._frames = frames
        self._size = next_fast_len(frames + len(response) - 1, real=True)
        self._spectrum = [rfft(response[:, channel], self._size) for channel in range(2)]

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Reverberate `(frames, 2)`: the mono sum excites both channels' responses. Returns the wet signal only."""
        sent = rfft(0.5 * (audio[:, 0] + audio[:, 1]), self._size)
        wet = np.empty((self._frames, 2), dtype=np.float32)
        for channel, spectrum in enumerate(self._spectrum):
            wet[:, channel] = irfft(sent * spectrum, self._size)[: self._frames]
        return wet
