"""A made-up song and a made-up separation of it, for tests of the window."""

import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.errors import Cancelled, SeparationError
from app.session.separation_process import SeparationProcess, SpanDone
from app.song.song import Song
from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.instruments import INSTRUMENTS

Samples = NDArray[np.float32]

RATE: Final = 11025
SECTIONS: Final = {
    "vocals": ((0.12, 0.38), (0.50, 0.74), (0.82, 0.95)),
    "electric_guitar": ((0.36, 0.52), (0.70, 0.96)),
    "acoustic_guitar": (),
    "piano": ((0.0, 0.30), (0.62, 0.80)),
    "bass": ((0.10, 0.97),),
    "drums": ((0.20, 0.60), (0.64, 0.97)),
}
"""When each instrument plays, in parts of the song; there is no acoustic guitar in it."""


def stems_of(seconds: float, rate: int = RATE) -> Samples:
    """Six simple instruments: float32 `(6, frames, 2)`."""
    rng = np.random.default_rng(7)
    time_s = np.arange(round(seconds * rate)) / rate
    beat = np.exp(-7.0 * (time_s * 2.0 % 1.0))
    sounds = {
        "vocals": 0.30
        * np.sin(2 * np.pi * (330 * time_s + 3 * np.sin(5 * time_s)))
        * (0.6 + 0.4 * np.sin(1.3 * time_s)),
        "electric_guitar": 0.22 * np.tanh(3 * np.sin(2 * np.pi * 196 * time_s)),
        "acoustic_guitar": 0.0 * time_s,
        "piano": 0.25 * np.sin(2 * np.pi * 523 * time_s) * np.exp(-3.0 * (time_s % 1.0)),
        "bass": 0.28 * np.sin(2 * np.pi * 82 * time_s) * np.exp(-2.0 * (time_s * 2.0 % 1.0)),
        "drums": 0.45 * beat * rng.standard_normal(len(time_s)),
    }
    mono = np.stack([sounds[name] * _gate(name, time_s / seconds) for name in INSTRUMENTS])
    return np.repeat(mono[:, :, None], 2, axis=2).astype(np.float32)


def activations_of(seconds: float) -> Samples:
    """What a network might say about `stems_of`: float32 `(6, activation frames)`."""
    rng = np.random.default_rng(11)
    count = activation_frame_count(round(seconds * RATE), RATE)
    part = np.arange(count) / ACTIVATION_RATE_HZ / seconds
    unsure = rng.standard_normal((len(INSTRUMENTS), count))
    slow = np.stack([np.convolve(row, np.ones(25) / 25, mode="same") for row in unsure])
    base = np.stack([0.06 + 0.80 * _gate(name, part) for name in INSTRUMENTS])
    return np.clip(base + 0.35 * slow + 0.05 * unsure, 0.0, 1.0).astype(np.float32)


def write_song(folder: Path, seconds: float = 20.0, name: str = "Sunday Kitchen.wav") -> Path:
    """The song as a file."""
    path = folder / name
    soundfile.write(path, stems_of(seconds).sum(axis=0), RATE, subtype="FLOAT")
    return path


class PretendSeparation(SeparationProcess):
    """Separates `write_song`'s song without a network or a process, in spans of two seconds.

    It waits after `pause_after` spans until `go_on` is set, so that tests can look at a song half done. With `failure`
    it fails there instead.
    """

    def __init__(self, pause_after: int | None = None, failure: str | None = None) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self._pause_after = pause_after
        self._failure = failure

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to stop."""
        self.go_on.set()

    def separate(
        self, song: Song, position: Callable[[], int] = lambda: 0, cancelled: Callable[[], bool] = lambda: False
    ) -> Generator[SpanDone, None, None]:
        """The spans, from the start of the song."""
        seconds, step = song.duration_s, 2 * song.rate
        stems, activations = stems_of(seconds, song.rate), activations_of(seconds)
        for index, start in enumerate(range(0, song.frames, step)):
            if index == self._pause_after:
                if self._failure is not None:
                    raise SeparationError(self._failure)
                while not self.go_on.wait(0.01):
                    if cancelled():
                        raise Cancelled
            if cancelled():
                raise Cancelled
            stop = min(song.frames, start + step)
            song.stems[:, start:stop] = stems[:, start:stop]
            first = round(start / song.rate * ACTIVATION_RATE_HZ)
            last = activations.shape[1] if stop == song.frames else round(stop / song.rate * ACTIVATION_RATE_HZ)
            yield SpanDone(0, start, stop, first, activations[:, first:last])


def _gate(name: str, part: NDArray[np.float64]) -> NDArray[np.float64]:
    gate = np.zeros(len(part))
    for start, stop in SECTIONS[name]:
        gate[(part >= start) & (part < stop)] = 1.0
    return gate
