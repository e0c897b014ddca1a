"""Meters where there is nothing to measure."""

import math

import numpy as np
from numpy.typing import NDArray

from app.mixing.loudness import Loudness


class SilentMeters:
    """Meters of nothing, with the shape of the mixer's."""

    def __init__(self) -> None:
        self.peak = np.zeros((8, 2), np.float32)
        self.rms = np.zeros((8, 2), np.float32)
        self.clipped = False
        self.loudness = Loudness(-math.inf, -math.inf, -math.inf, -math.inf)
        self.gain_reduction_db = 0.0

    def take_peak(self) -> NDArray[np.float32]:
        """Zeros `(8, 2)`."""
        return self.peak

    def reset_clip(self) -> None:
        """Nothing to reset."""

    def reset_loudness(self) -> None:
        """Nothing to reset."""
