"""Spectrograms of stems, in pieces that are computed beside and remembered."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot
from PySide6.QtGui import QColor, QImage

from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.song.song import Song

TILE_COLUMNS: Final = 256
TILE_ROWS: Final = 96
_WINDOW: Final = 2048
_LOWEST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 12000.0
_RANGE_DB: Final = 72.0
_KEPT: Final = 400  # tiles, 24 kB each

_Key = tuple[int, int, int]  # row, level (2**level columns a second), number


@dataclass(frozen=True)
class Tile:
    """A piece of a spectrogram."""

    image: QImage
    start_s: float
    stop_s: float


class Spectrograms(QObject):
    """Pieces of a song's spectrograms at the resolution that a view asks for.

    Signals:
        ready(int): another piece of that row is there.
    """

    ready = Signal(int)
    _computed = Signal(object, object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._song: Song | None = None
        self._theme: Theme | None = None
        self._tiles: OrderedDict[_Key, tuple[int, QImage]] = OrderedDict()
        self._waiting: set[_Key] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._generation = 0
        self._computed.connect(self._take)

    def set_song(self, song: "Song | None") -> None:
        """Another song, or none: what was computed is forgotten."""
        self._song = song
        self._generation += 1
        self._pool.clear()
        self._pool.waitForDone(1000)
        self._tiles.clear()
        self._waiting.clear()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the pieces from now on."""
        self._theme = theme

    def tiles(self, row: int, start_s: float, stop_s: float, columns: int) -> list[Tile]:
        """The pieces that lie in a stretch, as far as they are there; the others are begun."""
        song, theme = self._song, self._theme
        if song is None or theme is None:
            return []
        level = max(-3, min(9, math.ceil(math.log2(columns / (stop_s - start_s)) - 0.5)))
        tile_s = TILE_COLUMNS / 2.0**level
        found = []
        for number in range(int(start_s / tile_s), int(min(stop_s, song.duration_s) / tile_s) + 1):
            key = (row, level, number)
            covered = _covered(song, number * tile_s, (number + 1) * tile_s)
            have = self._tiles.get(key)
            if have is not None:
                self._tiles.move_to_end(key)
                image = have[1]
                image.setColorTable(_colors(theme, row))
                found.append(Tile(image, number * tile_s, (number + 1) * tile_s))
            if (have is None or have[0] != covered) and covered and key not in self._waiting:
                self._waiting.add(key)
                self._pool.start(_Work(self, song, key, tile_s, covered, self._generation))
        return found

    def close(self) -> None:
        """Compute no more."""
        self.set_song(None)

    @Slot(object, object, int)
    def _take(self, key: _Key, result: tuple[int, NDArray[np.uint8]], generation: int) -> None:
        self._waiting.discard(key)
        if generation != self._generation:
            return
        covered, pixels = result
        image = QImage(pixels.data, TILE_COLUMNS, TILE_ROWS, TILE_COLUMNS, QImage.Format.Format_Indexed8).copy()
        self._tiles[key] = (covered, image)
        while len(self._tiles) > _KEPT:
            self._tiles.popitem(last=False)
        self.ready.emit(key[0])


class _Work(QRunnable):
    """Computes one piece."""

    def __init__(
        self, owner: Spectrograms, song: "Song", key: _Key, tile_s: float, covered: int, generation: int
    ) -> None:
        super().__init__()
        self._owner, self._song, self._key = owner, song, key
        self._tile_s, self._covered, self._generation = tile_s, covered, generation

    def run(self) -> None:
        pixels = spectrogram_tile(self._song, self._key[0], self._key[2] * self._tile_s, self._tile_s)
        self._owner._computed.emit(self._key, (self._covered, pixels), self._generation)


def spectrogram_tile(song: "Song", row: int, start_s: float, tile_s: float) -> NDArray[np.uint8]:
    """Levels of a stem over time and frequency: uint8 `(TILE_ROWS, TILE_COLUMNS)`, high frequencies first.

    0 is `_RANGE_DB` below full scale, 255 is full scale. Rows are spaced as musical intervals are. Each column is one
    spectrum in its middle (Hann window of 2048 samples), however long the column lasts.
    """
    stem = song.stems[row]
    length = len(stem)
    centres = start_s + (np.arange(TILE_COLUMNS) + 0.5) * tile_s / TILE_COLUMNS
    firsts = np.rint(centres * song.rate).astype(np.int64) - _WINDOW // 2
    window = np.hanning(_WINDOW).astype(np.float32)
    frames = np.zeros((TILE_COLUMNS, _WINDOW), np.float32)
    for column, first in enumerate(firsts.tolist()):
        begin, end = max(0, first), min(length, first + _WINDOW)
        if begin < end:
            frames[column, begin - first : end - first] = stem[begin:end].mean(axis=1)
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=1))) / (window.sum() / 2) ** 2
    edges_hz = np.geomspace(_LOWEST_HZ, min(_HIGHEST_HZ, song.rate / 2), TILE_ROWS + 1)
    bins = np.clip(np.rint(edges_hz * _WINDOW / song.rate).astype(np.int64), 1, power.shape[1] - 1)
    rows = np.maximum.reduceat(power, bins[:-1], axis=1)  # where two edges share a bin it is that bin
    level_db = 10.0 * np.log10(np.maximum(rows, 1e-12))
    scaled = np.clip(1.0 + level_db / _RANGE_DB, 0.0, 1.0) * 255.0
    return np.ascontiguousarray(scaled.T[::-1]).astype(np.uint8)


def _covered(song: "Song", start_s: float, stop_s: float) -> int:
    """How many frames of a stretch are separated."""
    first, last = round(start_s * song.rate), round(stop_s * song.rate)
    return sum(max(0, min(stop, last) - max(start, first)) for start, stop in song.coverage.spans)


def _colors(theme: Theme, row: int) -> list[int]:
    """From nothing to the instrument's colour."""
    color = QColor(theme.instruments[row])
    return [
        QColor(color.red(), color.green(), color.blue(), round(0.85 * level**1.4 / 255**0.4)).rgba()
        for level in range(256)
    ]
