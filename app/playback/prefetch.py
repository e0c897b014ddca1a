"""Bringing what will be played next into memory, so that the audio callback never waits for the disk.

And giving back what is far from it, so that memory does not grow with the song.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.mapped_pages import release_pages

AHEAD_S: Final = 5.0
KEPT_S: Final = 8.0
"""How much of a song stays in memory on both sides of where it is played; what is drawn or searched elsewhere goes."""

_PERIOD_S: Final = 0.5
_PERIODS_A_RELEASE: Final = 4
_PAGE_FRAMES: Final = 4096 // (2 * 4)


class Pages(Protocol):
    """The disk-backed arrays of a song."""

    @property
    def rate(self) -> int:
        """Sample frames per second."""

    @property
    def mix(self) -> NDArray[np.float32]:
        """float32 `(frames, 2)`."""

    @property
    def stems(self) -> NDArray[np.float32]:
        """float32 `(6, frames, 2)`."""


def touch(song: Pages, start: int, frames: int) -> float:
    """Read one value of every page of the mix and the stems in that range; returns their sum, which means nothing."""
    pages = slice(start, start + frames, _PAGE_FRAMES)
    return float(song.mix[pages, 0].sum() + song.stems[:, pages, 0].sum())


def release_rest(song: Pages, places: Iterable[int]) -> None:
    """Give back the pages of the mix and the stems that are not within `KEPT_S` of one of these frames."""
    frames, reach = len(song.mix), int(KEPT_S * song.rate)
    start = 0
    for place in [*sorted(places), frames + reach]:
        release_pages(song.mix, start, place - reach)
        release_pages(song.stems, start, place - reach)
        start = max(start, place + reach)


class Prefetch:
    """A thread that keeps touching the seconds ahead of where the song is read, and lets go of the rest."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._song: Pages | None = None
        self._places: Callable[[], tuple[int, ...]] = tuple
        self._moved = False
        self._closed = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
        self._thread.start()

    def follow(self, song: Pages, places: Callable[[], tuple[int, ...]]) -> None:
        """Read ahead of the frames that `places` gives, of this song, from now on: where it is read, or will be."""
        with self._change:
            self._song, self._places = song, places
            self._change.notify_all()

    def jump(self) -> None:
        """The position has jumped: look at it now."""
        with self._change:
            self._moved = True
            self._change.notify_all()

    def release(self) -> None:
        """Let go of the song; returns when it is not read any more."""
        with self._change:
            self._song, self._places = None, tuple
            self._change.notify_all()
            self._change.wait_for(lambda: not self._busy)

    def close(self) -> None:
        """End the thread. Idempotent."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()

    def _run(self) -> None:
        periods = 0
        while (work := self._next()) is not None:
            song, places = work
            try:
                wanted = places()
                periods += 1
                if periods % _PERIODS_A_RELEASE == 0:
                    release_rest(song, wanted)
                for place in wanted:  # after it: large pages go with their neighbours
                    touch(song, place, int(AHEAD_S * song.rate))
            finally:
                del work, song, places
                self._finished()

    def _next(self) -> tuple[Pages, Callable[[], tuple[int, ...]]] | None:
        """Wait for a song; None at the end."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._song is not None)
            if self._closed or self._song is None:
                return None
            self._busy, self._moved = True, False
            return self._song, self._places

    def _finished(self) -> None:
        with self._change:
            self._busy = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._closed or self._moved or self._song is None, _PERIOD_S)
