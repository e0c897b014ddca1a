import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.playback.prefetch import AHEAD_S, KEPT_S, Prefetch, release_rest, touch
from tests.resident import SMAPS, resident_bytes


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

    def places() -> tuple[int, ...]:
        asked.append(place)
        return (place,)

    prefetch = Prefetch()
    try:
        prefetch.follow(song, places)
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
    prefetch.follow(song, lambda: (0,))
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


@pytest.mark.skipif(not SMAPS.exists(), reason="Linux tells how much of a map is resident")
def test_what_is_far_from_all_places_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "stems.f32"
    rate, minutes = 44_100, 1
    np.ones((6, 60 * minutes * rate, 2), np.float32).tofile(path)

    class Mapped:
        rate = 44_100
        stems = np.memmap(path, np.float32, "r+", shape=(6, 60 * minutes * rate, 2))
        mix = stems[0]

    song = Mapped()
    assert song.stems.all()
    window = 6 * 2 * int(KEPT_S) * rate * 8
    for places, windows in (((40 * rate, 20 * rate), 2), ((30 * rate,), 1), ((0,), 0.5), ((), 0)):
        release_rest(song, places)
        assert resident_bytes(path) <= windows * window + 7 * 4096, "but for pages across the ends of rows"
        for place in places:
            touch(song, place, int(AHEAD_S * rate))
        held = resident_bytes(path)
        assert windows * window / KEPT_S * AHEAD_S / 2 <= held <= windows * window + 14 * (1 << 21), "large pages"
        assert song.stems.all(), "the rest comes back"
