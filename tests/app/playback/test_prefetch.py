import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from app.playback.prefetch import AHEAD_S, Prefetch, touch


class WatchedSong:
    """A song that knows which frames were read."""

    rate = 1000
    frames = 100_000

    def __init__(self) -> None:
        self.reads = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()
        self._samples = np.ones((self.frames, 2), np.float32)

    @property
    def mix(self) -> NDArray[np.float32]:
        self.gate.wait()
        self.reads.release()
        return self._samples

    @property
    def stems(self) -> NDArray[np.float32]:
        return self._samples[np.newaxis]


@pytest.mark.parametrize(("start", "frames", "pages"), [(0, 5000, 10), (99_000, 5000, 2), (100_000, 5000, 0)])
def test_touch_reads_one_value_a_page(start: int, frames: int, pages: int) -> None:
    assert touch(WatchedSong(), start, frames) == 2 * pages


def test_it_reads_ahead_of_the_position_and_looks_again_after_a_jump() -> None:
    song = WatchedSong()
    asked = []
    place = 0

    def position() -> int:
        asked.append(place)
        return place

    prefetch = Prefetch()
    try:
        prefetch.follow(song, position)
        assert song.reads.acquire(timeout=10)
        place = int(2 * AHEAD_S * song.rate)
        prefetch.jump()
        while asked[-1] != place:
            assert song.reads.acquire(timeout=10)
    finally:
        prefetch.close()


def test_release_waits_for_a_read_under_way() -> None:
    song = WatchedSong()
    prefetch = Prefetch()
    song.gate.clear()
    prefetch.follow(song, int)
    releasing = threading.Thread(target=prefetch.release)
    try:
        while not prefetch._busy:
            pass
        releasing.start()
        releasing.join(0.05)
        assert releasing.is_alive()
        song.gate.set()
        releasing.join(10)
        assert not releasing.is_alive()
    finally:
        song.gate.set()
        prefetch.close()
