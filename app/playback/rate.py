"""Playing a song through a device that refuses the song's sample rate."""

from collections.abc import Callable
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

_SONG_BLOCK_FRAMES: Final = 512


class RateAdapter:
    """Pulls blocks at the song's rate and hands them out at the device's (soxr's streaming resampler)."""

    def __init__(
        self,
        render: Callable[[NDArray[np.float32], float], None],
        song_rate: int,
        device_rate: int,
        block_frames: int,
    ) -> None:
        """`render` fills blocks at `song_rate` Hz; `block_frames` is the largest block asked for at `device_rate`."""
        self._render = render
        self._device_rate = device_rate
        self._resampler = soxr.ResampleStream(song_rate, device_rate, 2, dtype="float32", quality="HQ")
        self._song_block = np.zeros((_SONG_BLOCK_FRAMES, 2), np.float32)
        made_at_once = _SONG_BLOCK_FRAMES * device_rate // song_rate + 1
        self._queue = np.zeros((block_frames + 16 * made_at_once, 2), np.float32)
        self._queued = 0

    def __call__(self, out: NDArray[np.float32], delay_s: float) -> None:
        """Fill `out`, float32 `(n, 2)` at the device's rate, which will be heard `delay_s` from now."""
        frames = len(out)
        while self._queued < frames:
            waiting = self._queued + self._resampler.delay()
            self._render(self._song_block, delay_s + waiting / self._device_rate)
            made = self._resampler.resample_chunk(self._song_block)
            self._queue[self._queued : self._queued + len(made)] = made
            self._queued += len(made)
        out[:] = self._queue[:frames]
        self._queued -= frames
        self._queue[: self._queued] = self._queue[frames : frames + self._queued].copy()
