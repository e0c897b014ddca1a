"""A song that lies in memory, small enough to make by the hundred."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.events import Event
from app.song.coverage import Coverage, Spans
from models.activation import activation_frame_count

Samples = NDArray[np.float32]


class MemorySong:
    """What the mixer and the export need, with noise for music; `spans` are activation frames, None means all."""

    def __init__(self, frames: int = 20_000, rate: int = 44100, seed: int = 0, spans: Spans | None = None) -> None:
        rng = np.random.default_rng(seed)
        count = activation_frame_count(frames, rate)
        self.path = Path("song.wav")
        self.title = "song"
        self.rate = rate
        self.frames = frames
        self.mix: Samples = (rng.random((frames, 2)) - 0.5).astype(np.float32)
        self.stems: Samples = (0.3 * rng.standard_normal((6, frames, 2))).astype(np.float32)
        self.activations: Samples = rng.random((6, count)).astype(np.float32)
        self.covered = Coverage(((0, count),) if spans is None else spans)
        self.span_added: Event[int, int] = Event()

    @property
    def activation_coverage(self) -> Spans:
        return self.covered.spans


@pytest.fixture(scope="session")
def make_song() -> Callable[..., MemorySong]:
    return MemorySong
