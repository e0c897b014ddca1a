"""The live spectrum behind the curve: how much sound there is in each sixth of an octave."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLOOR_DB: Final = -96.0
FALL_DB_PER_S: Final = 30.0

_BAND_OCTAVES: Final = 1 / 6  # at half of the height
_FEWEST_BINS: Final = 3.0  # at half of the height; less would see the gaps between the bins
_TILT_DB_PER_OCTAVE: Final = 1.5  # music falls by about 4.5 dB per octave; the bands' widening already takes up 3
_TILT_AT_HZ: Final = 1000.0


class Spectrum:
    """Levels that rise at once and fall steadily.

    A sine of full scale at 1 kHz reads 0 dB. What lies below or above is tilted by 1.5 dB per octave, so that a
    balanced mix stands about level.
    """

    def __init__(self, frequency_hz: Floats, rate: int, frames: int) -> None:
        """Prepare for blocks of `frames` samples at `rate` Hz; the levels are those around each `frequency_hz`."""
        self._window = np.hanning(frames + 1)[:-1]
        # Parseval: the sum of the bins' squares, one-sided, is the mean square; a sine's is 1/2, and shall be 1
        self._scale = 4.0 / (frames * np.square(self._window).sum())
        bins_hz = np.fft.rfftfreq(frames, 1.0 / rate)[None]
        center_hz = frequency_hz[:, None]
        reach_hz = np.maximum(center_hz * (2.0**_BAND_OCTAVES - 1.0), _FEWEST_BINS * rate / frames)
        distance = np.clip((bins_hz - center_hz) / reach_hz, -1.0, 1.0)
        self._bands = (0.5 + 0.5 * np.cos(np.pi * distance)).astype(np.float32)
        self._tilt_db = _TILT_DB_PER_OCTAVE * np.log2(frequency_hz / _TILT_AT_HZ)
        self._beyond = frequency_hz >= rate / 2
        self.levels_db: Floats = np.full(len(frequency_hz), FLOOR_DB)

    def feed(self, samples: NDArray[np.floating], elapsed_s: float) -> bool:
        """Take in the latest samples `(frames,)`; `elapsed_s` since the ones before. Whether the picture changed."""
        power = self._scale * np.square(np.abs(np.fft.rfft(self._window * samples)))
        band = self._bands @ power.astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            now_db = 10.0 * np.log10(band) + self._tilt_db
        now_db = np.where(np.isfinite(now_db) & ~self._beyond, now_db, FLOOR_DB)
        fallen = np.maximum(now_db, self.levels_db - FALL_DB_PER_S * elapsed_s)
        levels = np.clip(fallen, FLOOR_DB, None)
        changed = bool(np.any(np.abs(levels - self.levels_db) > 0.05))
        self.levels_db = levels
        return changed

    def clear(self) -> None:
        """Fall to the floor."""
        self.levels_db = np.full(len(self.levels_db), FLOOR_DB)
