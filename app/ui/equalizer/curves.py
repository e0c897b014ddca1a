"""The curves of an equalizer as numbers."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.equalizer import response_db
from app.mixing.settings import DEFAULT_BANDS, BandSettings, EqualizerSettings
from app.ui.equalizer.frequency import HIGHEST_HZ, LOWEST_HZ

Floats = NDArray[np.float64]

_POINTS: Final = 1441  # 144 to the octave: the narrowest peak is a dozen points wide
_OFF: Final = tuple(replace(band, on=False) for band in DEFAULT_BANDS)


def frequencies(points: int = _POINTS) -> Floats:
    """Evenly over the logarithmic axis, `(points,)`, in Hz."""
    return np.geomspace(LOWEST_HZ, HIGHEST_HZ, points)


@lru_cache(maxsize=256)
def band_response_db(index: int, band: BandSettings, rate: int, points: int = _POINTS) -> Floats:
    """What one band does at each of `frequencies(points)`, in dB; NaN from half of `rate` on. Read-only."""
    alone = EqualizerSettings((*_OFF[:index], band, *_OFF[index + 1 :]))
    curve = response_db(alone, rate, frequencies(points))
    curve.flags.writeable = False
    return curve


def equalizer_response_db(settings: EqualizerSettings, rate: int, points: int = _POINTS) -> Floats:
    """`app.mixing.equalizer.response_db` at `frequencies(points)`, as the sum of its bands: while one of them is
    dragged, the others need not be computed. A bypassed equalizer is drawn as if it were not.
    """  # noqa: D205 - one thought
    total = np.zeros(points)
    total[frequencies(points) >= rate / 2] = np.nan
    for index, band in enumerate(settings.bands):
        if not band.is_flat:
            total = total + band_response_db(index, band, rate, points)
    return total
