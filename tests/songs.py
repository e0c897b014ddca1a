"""Songs for tests: noise and tones, with stems that the test knows."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.song.song import Song, open_song
from models.instruments import INSTRUMENTS


def noise(frames: int, channels: int = 2, seed: int = 0, level: float = 0.05) -> NDArray[np.float32]:
    """float32 `(frames, channels)`, Gaussian of that standard deviation, never exactly zero, far below clipping."""
    samples = np.random.default_rng(seed).normal(0.0, level, (frames, channels))
    samples[samples == 0.0] = level
    return np.clip(samples, -0.5, 0.5).astype(np.float32)


def write_wav(path: Path, samples: NDArray[np.float32], rate: int = 44100) -> Path:
    """Write float32 samples `(frames, channels)` as they are."""
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def separated_song(folder: Path, frames: int, rate: int = 44100) -> Song:
    """An open song of noise whose stems are parts of it and whose instruments come and go."""
    samples = noise(frames)
    song = open_song(write_wav(folder / "song.wav", samples, rate), folder=folder / "stores")
    shares = np.linspace(0.05, 0.3, len(INSTRUMENTS), dtype=np.float32)
    stems = shares[:, None, None] * samples + noise(frames * 6, seed=1, level=0.01).reshape(6, frames, 2)
    time = np.arange(song.activations.shape[1]) / 20.0
    activations = 0.5 + 0.5 * np.sin(time + np.arange(6)[:, None])
    song.add_span(0, stems, 0, activations.astype(np.float32))
    return song
