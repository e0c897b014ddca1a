"""Bringing what will be played next into memory, so that the audio callback never waits for the disk."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

AHEAD_S: Final = 5.0
_PERIOD_S: Final = 0.5
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


class Prefetch:
    """A thread that keeps touching the seconds ahead of where the song is read."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._song: Pages | None = None
        self._position: Callable[[], int] = int
        self._moved = False
        self._closed = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
        self._thread.start()

    def follow(self, song: Pages, position: Callable[[], int]) -> None:
        """Read ahead of the frame that `position` gives, of this song, from now on."""
        with self._change:
            self._song, self._position = song, position
            self._change.notify_all()

    def jump(self) -> None:
        """The position has jumped: look at it now."""
        with self._change:
            self._moved = True
            self._change.notify_all()

    def release(self) -> None:
        """Let go of the song; returns when it is not read any more."""
        with self._change:
            self._song, self._position = None, int
            self._change.notify_all()
            self._change.wait_for(lambda: not self._busy)

    def close(self) -> None:
        """End the thread. Idempotent."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            song, position = work
            try:
                touch(song, position(), int(AHEAD_S * song.rate))
            finally:
                del work, song, position
                self._finished()

    def _next(self) -> tuple[Pages, Callable[[], int]] | None:
        """Wait for a song; None at the end."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._song is not None)
            if self._closed or self._song is None:
                return None
            self._busy, self._moved = True, False
            return self._song, self._position

    def _finished(self) -> None:
        with self._change:
            self._busy = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._closed or self._moved or self._song is None, _PERIOD_S)
