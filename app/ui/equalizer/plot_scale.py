"""Where frequencies, gains and levels lie in the editor's plot."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.ui.equalizer.frequency import fraction_of, frequency_at

RANGES_DB: Final = (6.0, 12.0, 24.0)
"""How far the plot may reach up and down."""

_HEADROOM: Final = 1.16
_SPECTRUM_TOP_DB: Final = 0.0
_SPECTRUM_BOTTOM_DB: Final = -84.0


@dataclass(frozen=True)
class PlotScale:
    """`rect` is the plot inside its margins, in pixels; it shows a little more than `range_db` up and down."""

    rect: QRectF
    range_db: float

    @property
    def px_per_db(self) -> float:
        """How far a dB goes."""
        return self.rect.height() / (2.0 * _HEADROOM * self.range_db)

    def x_of(self, frequency_hz: float) -> float:
        """Pixels from the widget's left edge."""
        return self.rect.left() + self.rect.width() * fraction_of(frequency_hz)

    def y_of(self, gain_db: float) -> float:
        """Pixels from the widget's top edge."""
        return self.rect.center().y() - gain_db * self.px_per_db

    def ys_of(self, gain_db: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same of a curve; what is far outside comes to lie just outside."""
        return np.clip(
            self.rect.center().y() - np.nan_to_num(gain_db, neginf=-999.0) * self.px_per_db,
            self.rect.top() - 20.0,
            self.rect.bottom() + 20.0,
        )

    def frequency_at(self, x: float) -> float:
        """The frequency at a place; outside the plot it goes on."""
        return frequency_at((x - self.rect.left()) / max(1.0, self.rect.width()))

    def gain_at(self, y: float) -> float:
        """The gain at a place, within the range."""
        gain_db = (self.rect.center().y() - y) / max(1e-6, self.px_per_db)
        return min(self.range_db, max(-self.range_db, gain_db))

    def spectrum_ys(self, levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a spectrum's levels lie: the whole height is 84 dB."""
        fraction = (levels_db - _SPECTRUM_BOTTOM_DB) / (_SPECTRUM_TOP_DB - _SPECTRUM_BOTTOM_DB)
        return self.rect.bottom() - np.clip(fraction, 0.0, 1.0) * self.rect.height()
