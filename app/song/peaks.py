"""What lanes draw of a song: outlines of stems as heard, and curves, at several resolutions.

Reading an outline costs the same wherever and however far one looks: a column takes at most some twenty values of the
level that fits its width. Writing costs what has changed. Everything here belongs to one thread.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.song.coverage import Coverage
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from app.song.song import Song

Values = NDArray[np.float32]
Envelope = tuple[Values, Values]
"""The smallest and the largest value in each column, float32 `(columns,)`."""

_FACTOR: Final = 4
_FINE_COLUMN: Final = 2.0
"""Activation frames in a column below which the outline of a stem is read from its own peaks."""
_SAMPLES_COLUMN: Final = 64.0
"""Samples in a column below which the outline is read from the samples themselves."""


class CurvePeaks:
    """The smallest and largest value of every stretch of a curve of known length, filled in any order."""

    def __init__(self, count: int) -> None:
        """A curve of `count` zeros."""
        self.count = count
        self._levels = [np.zeros((2, max(1, count)), np.float32)]
        while self._levels[-1].shape[1] > _FACTOR:
            self._levels.append(np.zeros((2, -(-self._levels[-1].shape[1] // _FACTOR)), np.float32))

    @property
    def values(self) -> Values:
        """The largest values at full resolution, `(count,)`: the curve itself, if `low` and `high` were the same."""
        return self._levels[0][1]

    def update(self, start: int, low: Values, high: Values | None = None) -> None:
        """Put values there; `high` only where a value is a stretch already. Raises ValueError beyond the end."""
        stop = start + len(low)
        if not 0 <= start <= stop <= self.count:
            raise ValueError(f"values {start}..{stop} do not lie within {self.count}")
        if start == stop:
            return
        finest = self._levels[0]
        finest[0, start:stop] = low
        finest[1, start:stop] = low if high is None else high
        for fine, coarse in zip(self._levels[:-1], self._levels[1:], strict=True):
            start, stop = start // _FACTOR, (stop - 1) // _FACTOR + 1
            part = fine[:, start * _FACTOR : stop * _FACTOR]
            edges = np.arange(0, part.shape[1], _FACTOR)
            coarse[0, start:stop] = np.minimum.reduceat(part[0], edges)
            coarse[1, start:stop] = np.maximum.reduceat(part[1], edges)

    def envelope(self, start: float, stop: float, columns: int) -> Envelope:
        """The curve's smallest and largest value in each of `columns` columns between two places.

        Value `k` lies at the place `k`; between two of them the curve is straight, beyond the ends it is held. A
        column takes in the values on both its sides, so that the columns of a line touch. The edges of columns are
        exact to half a column, but never finer than one value.

        Raises ValueError for no columns or an empty stretch.
        """
        if columns < 1 or stop <= start:
            raise ValueError("an envelope needs at least one column and stop after start")
        width = (stop - start) / columns
        edges = start + width * np.arange(columns + 1, dtype=np.float64)
        if width < 1.0:
            return self._between(edges)
        level = 0
        while level + 1 < len(self._levels) and 2 * _FACTOR ** (level + 1) <= width:
            level += 1
        low, high = self._levels[level]
        bucket = float(_FACTOR**level)
        last = len(low) - 1
        first = np.clip(np.floor(edges[:-1] / bucket), 0, last).astype(np.int64)
        final = np.clip(np.ceil(edges[1:] / bucket), 0, last).astype(np.int64)
        begin = int(first[0])
        pairs = np.stack([first - begin, final - begin + 1], axis=1).ravel()
        cut = slice(begin, int(final[-1]) + 1)
        # reduceat needs an index within the array for every end; one more value, which no column reads, is enough
        return (
            np.minimum.reduceat(np.append(low[cut], np.float32(np.inf)), pairs)[::2],
            np.maximum.reduceat(np.append(high[cut], np.float32(-np.inf)), pairs)[::2],
        )

    def _between(self, edges: NDArray[np.float64]) -> Envelope:
        first = min(self.count - 1, max(0, int(edges[0])))
        last = min(self.count - 1, max(0, int(edges[-1]) + 1))
        places = np.arange(first, last + 1)
        finest = self._levels[0][:, first : last + 1]
        at_edges = [np.interp(edges, places, values).astype(np.float32) for values in finest]
        low = np.minimum(at_edges[0][:-1], at_edges[0][1:])
        high = np.maximum(at_edges[1][:-1], at_edges[1][1:])
        within = np.searchsorted(edges, places, side="right") - 1  # at most one value lies in a column
        seen = (within >= 0) & (within < len(low))
        columns = within[seen]
        low[columns] = np.minimum(low[columns], finest[0, seen])
        high[columns] = np.maximum(high[columns], finest[1, seen])
        return low, high


class SongPeaks:
    """Outlines of a song's stems as heard, and its probabilities and weights, each at several resolutions.

    `update` takes in what has been separated since it was last called, `set_weights` other weights. Rows are numbered
    as `models.instruments.INSTRUMENTS`.

    Attributes:
        loudest: the largest sample of any stem so far, unweighted.
    """

    def __init__(self, song: "Song") -> None:
        """Begin with nothing known; call `update`."""
        self._song = song
        self._count = song.activations.shape[1]
        rows = range(len(INSTRUMENTS))
        self._stems = [np.zeros((2, self._count), np.float32) for _ in rows]
        self._mix = np.zeros(self._count, np.float32)
        self._heard = [CurvePeaks(self._count) for _ in rows]
        self._probabilities = [CurvePeaks(self._count) for _ in rows]
        self._weights = [CurvePeaks(self._count) for _ in rows]
        self._known = Coverage()
        self.loudest = 0.0

    def update(self) -> bool:
        """Take in the spans that are separated now; whether there were new ones."""
        song = self._song
        new = [
            (max(start, gap_start), min(stop, gap_stop))
            for start, stop in song.coverage.spans
            for gap_start, gap_stop in self._known.gaps(song.frames)
            if max(start, gap_start) < min(stop, gap_stop)
        ]
        hop = song.rate / ACTIVATION_RATE_HZ
        for start, stop in new:
            first = max(0, int(start / hop) - 1)
            last = min(self._count, int(stop / hop) + 3)
            places = (first - 0.5) * hop, (last - 0.5) * hop, last - first
            self._mix[first:last] = _level(song.mix_peaks.envelope(*places))
            for row in range(len(INSTRUMENTS)):
                self._probabilities[row].update(first, song.activations[row, first:last])
                outline = song.stem_peaks[row].envelope(*places)
                self._stems[row][:, first:last] = outline
                self.loudest = max(self.loudest, float(outline[1].max()), -float(outline[0].min()))
                self._weigh(row, first, last)
            self._known.add(start, stop)
        return bool(new)

    def set_weights(self, weights: Values) -> tuple[int, ...]:
        """Take other weights, `(activation frames, 6 or more)`; returns the rows in which something has changed."""
        changed = []
        for row, curve in enumerate(self._weights):
            different = np.flatnonzero(weights[:, row] != curve.values)
            if len(different):
                first, last = int(different[0]), int(different[-1]) + 1
                curve.update(first, weights[first:last, row])
                self._weigh(row, first, last)
                changed.append(row)
        return tuple(changed)

    def heard(self, row: int, start_s: float, stop_s: float, columns: int) -> Envelope:
        """The outline of a stem as heard: weighted, before its strip. At most 0, and at least 0."""
        first, last = start_s * ACTIVATION_RATE_HZ, stop_s * ACTIVATION_RATE_HZ
        if (last - first) / columns >= _FINE_COLUMN:
            return self._heard[row].envelope(first, last, columns)
        song = self._song
        start, stop = start_s * song.rate, stop_s * song.rate
        if (stop - start) / columns < _SAMPLES_COLUMN:
            low, high = _sample_envelope(song.stems[row], start, stop, columns)
        else:
            low, high = song.stem_peaks[row].envelope(start, stop, columns)
        weights = self._weights[row].envelope(first, last, columns)[1]
        return low * weights, high * weights

    def probability(self, row: int, start_s: float, stop_s: float, columns: int) -> Envelope:
        """How probable it is that the instrument plays."""
        first, last = start_s * ACTIVATION_RATE_HZ, stop_s * ACTIVATION_RATE_HZ
        return self._probabilities[row].envelope(first, last, columns)

    def weight(self, row: int, start_s: float, stop_s: float, columns: int) -> Envelope:
        """What the stem is multiplied with."""
        return self._weights[row].envelope(start_s * ACTIVATION_RATE_HZ, stop_s * ACTIVATION_RATE_HZ, columns)

    def weight_at(self, row: int, frame: int) -> float:
        """The weight in one activation frame."""
        return float(self._weights[row].values[min(self._count - 1, max(0, frame))])

    def levels(self, row: int) -> tuple[Values, Values]:
        """The largest sample around each activation frame, of the unweighted stem and of the mix, where known."""
        low, high = self._stems[row]
        return _level((low, high)), self._mix

    def weights(self, row: int) -> Values:
        """The weight in every activation frame, as it was set last."""
        return self._weights[row].values

    def _weigh(self, row: int, first: int, last: int) -> None:
        stems, weights = self._stems[row][:, first:last], self._weights[row].values[first:last]
        self._heard[row].update(first, stems[0] * weights, stems[1] * weights)


def _level(outline: Envelope) -> Values:
    return np.maximum(-outline[0], outline[1])


def _sample_envelope(samples: Values, start: float, stop: float, columns: int) -> Envelope:
    """The outline of some of the samples `(frames, 2)`, zero where there are none, both channels together."""
    edges = start + (stop - start) / columns * np.arange(columns + 1)
    first = np.floor(edges[:-1]).astype(np.int64)
    last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
    begin, end = (int(np.clip(edge, 0, len(samples))) for edge in (first[0], last[-1]))
    cut = np.zeros((end - begin + 1, 2), np.float32)  # one more: reduceat needs an index past every column
    cut[:-1] = samples[begin:end]
    pairs = np.stack([np.clip(first - begin, 0, end - begin), np.clip(last - begin, 0, end - begin)], axis=1).ravel()
    low = np.minimum(np.minimum.reduceat(np.minimum(cut[:, 0], cut[:, 1]), pairs)[::2], 0.0)
    high = np.maximum(np.maximum.reduceat(np.maximum(cut[:, 0], cut[:, 1]), pairs)[::2], 0.0)
    return low, high
