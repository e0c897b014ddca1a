"""Levels of audio as numbers, and as the outline that a waveform view draws."""

import math
import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.audio.units import linear_to_db

Samples = NDArray[np.float32]


def peak_dbfs(samples: NDArray[np.floating]) -> float:
    """The largest absolute sample in dB relative to full scale (1.0); -inf for silence or no samples."""
    return linear_to_db(float(np.max(np.abs(samples), initial=0.0)))


def rms_dbfs(samples: NDArray[np.floating]) -> float:
    """The root of the mean square in dB relative to a full-scale *constant* (a full-scale sine has -3.01 dBFS).

    -inf for silence or no samples.
    """
    if samples.size == 0:
        return -math.inf
    return linear_to_db(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))))


class PeakPyramid:
    """The smallest and largest sample of every stretch of a signal, at several resolutions.

    It is filled piece by piece, in any order, while the signal arrives, and grows with it. Zero counts as part of
    every stretch: an outline is drawn around the axis. Channels are taken together. Writing and reading may happen on
    different threads.
    """

    BUCKET_FRAMES: Final = 128
    """Frames in a bucket of the finest level; closer than that, a view draws the samples themselves."""
    FACTOR: Final = 4
    """Buckets of one level in a bucket of the next."""
    LEVELS: Final = 7
    """The coarsest bucket spans 128 * 4**6 = 524,288 frames."""

    def __init__(self, values: Samples | None = None, frames: int = 0) -> None:
        """Begin an outline.

        Args:
            values: where it is kept, such as a part of a mapped file: float32 of `values_for` the whole signal. What
                is in it is taken as it is. None for memory that grows with the signal.
            frames: how far the signal reaches whose outline is in `values`.
        """
        self._lock = threading.Lock()
        self._frames = frames
        if values is None:
            self._levels = [np.zeros((2, 64), np.float32) for _ in range(self.LEVELS)]
        else:
            coarsest = len(values) // (2 * self._buckets_per_coarsest())
            counts = [coarsest * self.FACTOR ** (self.LEVELS - 1 - level) for level in range(self.LEVELS)]
            ends = 2 * np.cumsum(counts)
            self._levels = [part.reshape(2, -1) for part in np.split(values, ends[:-1])]

    @classmethod
    def values_for(cls, frames: int) -> int:
        """How many values the outline of a signal of so many frames has."""
        longest = cls.BUCKET_FRAMES * cls.FACTOR ** (cls.LEVELS - 1)
        return 2 * cls._buckets_per_coarsest() * max(1, -(-frames // longest))

    @classmethod
    def _buckets_per_coarsest(cls) -> int:
        """Buckets of all levels together that lie in one of the coarsest."""
        return sum(cls.FACTOR**level for level in range(cls.LEVELS))

    def copy_from(self, other: "PeakPyramid") -> None:
        """Take over the outline of a signal that is no longer than this one's."""
        with self._lock, other._lock:
            for level, theirs in enumerate(other._levels):
                count = -(-other._frames // (self.BUCKET_FRAMES * self.FACTOR**level))
                self._reserve(level, count)
                self._levels[level][:, :count] = theirs[:, :count]
            self._frames = other._frames

    @property
    def frames(self) -> int:
        """How far the signal reaches that has been written."""
        return self._frames

    def update(self, start: int, samples: Samples) -> None:
        """Take in samples `(n, channels)` that begin at frame `start`.

        Buckets that the samples cover whole are replaced, those they cover in part are widened.
        """
        if len(samples) == 0:
            return
        with self._lock:
            stop = start + len(samples)
            self._frames = max(self._frames, stop)
            self._write_finest(start, samples)
            first, last = start // self.BUCKET_FRAMES, (stop - 1) // self.BUCKET_FRAMES
            for level in range(1, self.LEVELS):
                first, last = first // self.FACTOR, last // self.FACTOR
                self._reserve(level, last + 1)
                self._reserve(level - 1, (last + 1) * self.FACTOR)
                fine = self._levels[level - 1][:, first * self.FACTOR : (last + 1) * self.FACTOR]
                fine = fine.reshape(2, last + 1 - first, self.FACTOR)
                self._levels[level][0, first : last + 1] = fine[0].min(axis=1)
                self._levels[level][1, first : last + 1] = fine[1].max(axis=1)

    def envelope(self, start: float, stop: float, columns: int) -> tuple[Samples, Samples]:
        """The outline of frames `start` to `stop` in `columns` columns of equal width.

        Returns:
            the smallest (at most 0) and the largest (at least 0) sample in each column, float32 `(columns,)`.
            Columns outside the signal are 0. The edges are exact to a quarter of a column while a column is wider
            than four of the finest buckets, and to a bucket below that.
        """
        if columns < 1 or stop <= start:
            raise ValueError("an envelope needs at least one column and stop after start")
        width = (stop - start) / columns
        level = 0
        while level + 1 < self.LEVELS and self.BUCKET_FRAMES * self.FACTOR ** (level + 1) <= width / self.FACTOR:
            level += 1
        bucket = self.BUCKET_FRAMES * self.FACTOR**level
        edges = start + width * np.arange(columns + 1)
        first = np.floor(edges[:-1] / bucket).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:] / bucket).astype(np.int64), first + 1)
        with self._lock:
            data = self._levels[level]
            begin, end = int(np.clip(first[0], 0, data.shape[1])), int(np.clip(last[-1], 0, data.shape[1]))
            cut = np.zeros((2, end - begin + 1), np.float32)  # one more: reduceat needs an index past every column
            cut[:, :-1] = data[:, begin:end]
        pairs = np.stack([np.clip(first - begin, 0, end - begin), np.clip(last - begin, 0, end - begin)], axis=1)
        empty = pairs[:, 0] >= pairs[:, 1]
        low = np.minimum.reduceat(cut[0], pairs.ravel())[::2]
        high = np.maximum.reduceat(cut[1], pairs.ravel())[::2]
        low[empty] = high[empty] = 0.0
        return low, high

    def _write_finest(self, start: int, samples: Samples) -> None:
        size = self.BUCKET_FRAMES
        stop = start + len(samples)
        self._reserve(0, -(-stop // size))
        whole_start = min(-(-start // size) * size, stop)
        whole_stop = max(stop // size * size, whole_start)
        low, high = self._levels[0]
        for a, b in ((start, whole_start), (whole_stop, stop)):  # buckets at the ends, covered in part
            if a < b:
                low[a // size] = min(low[a // size], samples[a - start : b - start].min())
                high[a // size] = max(high[a // size], samples[a - start : b - start].max())
        if whole_start < whole_stop:
            whole = samples[whole_start - start : whole_stop - start].reshape(-1, size * samples.shape[1])
            buckets = slice(whole_start // size, whole_stop // size)
            np.minimum(whole.min(axis=1), 0.0, out=low[buckets])
            np.maximum(whole.max(axis=1), 0.0, out=high[buckets])

    def _reserve(self, level: int, count: int) -> None:
        have = self._levels[level].shape[1]
        if count > have:
            grown = np.zeros((2, max(count, 2 * have)), np.float32)
            grown[:, :have] = self._levels[level]
            self._levels[level] = grown
