"""A separator without a network, loaded in the child process by its dotted name. Each stem is a share of the mix."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, activation_frame_count

SHARES = np.array([0.05, 0.1, 0.15, 0.2, 0.25, 0.125], np.float32)
CHUNK_S = 1.0


@dataclass(frozen=True)
class Span:
    """As `models.separator.Span`."""

    start: int
    stems: NDArray[np.float32]
    first_activation: int
    activations: NDArray[np.float32]


class FakeSeparator:
    """Chunks of a second; the order follows the position as the real separator's does."""

    def __init__(self, chunk_takes_s: float = 0.0, at_chunk: Callable[[int], object] = int) -> None:
        self._chunk_takes_s = chunk_takes_s
        self._at_chunk = at_chunk

    def separate(
        self, mix: Any, rate: int, *, position: Callable[[], int], done: tuple[tuple[int, int], ...]
    ) -> Iterator[Span]:
        frames, length = mix.shape[0], round(CHUNK_S * rate)
        missing = [
            chunk
            for chunk in range(ceil(frames / length))
            if not any(start <= chunk * length and min((chunk + 1) * length, frames) <= stop for start, stop in done)
        ]
        for count in range(len(missing)):
            self._at_chunk(count)
            time.sleep(self._chunk_takes_s)
            here = position() // length
            chunk = next((chunk for chunk in missing if chunk >= here), missing[0])
            missing.remove(chunk)
            start, stop = chunk * length, min((chunk + 1) * length, frames)
            first, last = (ceil(frame / rate * ACTIVATION_RATE_HZ) for frame in (start, stop))
            if stop == frames:
                last = activation_frame_count(frames, rate)
            activations = np.full((6, last - first), 0.9, np.float32)
            yield Span(start, SHARES[:, None, None] * np.asarray(mix[start:stop]), first, activations)


def load(name: str, threads: int) -> FakeSeparator:
    """Separates at once."""
    assert threads >= 1
    return FakeSeparator()


def load_slow(name: str, threads: int) -> FakeSeparator:
    """Takes its time for each chunk."""
    return FakeSeparator(chunk_takes_s=0.1)


def load_waiting(name: str, threads: int) -> FakeSeparator:
    """Waits before its sixth chunk until there is the file that `PARTWISE_TEST_GATE` names."""

    def wait(chunk: int) -> None:
        while chunk == 5 and not os.path.exists(os.environ["PARTWISE_TEST_GATE"]):
            time.sleep(0.02)

    return FakeSeparator(at_chunk=wait)


def load_nothing(name: str, threads: int) -> FakeSeparator:
    """Cannot be loaded."""
    raise ValueError(f"the model {name}\nis not here")


def load_failing(name: str, threads: int) -> FakeSeparator:
    """Fails in its second chunk."""

    def fail(chunk: int) -> None:
        if chunk == 1:
            raise MemoryError

    return FakeSeparator(at_chunk=fail)


def load_dying(name: str, threads: int) -> FakeSeparator:
    """Takes its process with it in the second chunk of the first song, which its marker file remembers."""

    def die(chunk: int) -> None:
        if chunk == 1 and not os.path.exists(name):
            with open(name, "w"):
                os._exit(7)

    return FakeSeparator(at_chunk=die)


def load_reporting(name: str, threads: int) -> FakeSeparator:
    """Writes its process id, niceness and number of threads into the file `name`."""
    with open(name, "w") as file:
        file.write(f"{os.getpid()} {os.nice(0)} {threads}")
    return FakeSeparator(chunk_takes_s=0.1)


class SparingSeparator(FakeSeparator):
    """Writes down how long its chunks may be."""

    def __init__(self, report: str) -> None:
        super().__init__()
        self._report = report

    def separate(
        self,
        mix: Any,
        rate: int,
        *,
        position: Callable[[], int],
        done: tuple[tuple[int, int], ...],
        longest: int = 3,
    ) -> Iterator[Span]:
        with open(self._report, "w") as file:
            file.write(str(longest))
        yield from super().separate(mix, rate, position=position, done=done)


def load_sparing(name: str, threads: int) -> FakeSeparator:
    """Writes the length of its chunks into the file `name`."""
    return SparingSeparator(name)
