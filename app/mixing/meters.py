"""What the meters of a mixer show."""

import numpy as np
from numpy.typing import NDArray

from app.audio.units import linear_to_db
from app.mixing.kernel_layout import CLIPPED, FORGET, HELD, LANES, LOUDNESS, MEAN_SQUARE, METERS, PEAK, SIDE
from app.mixing.loudness import Loudness, power_to_lufs

Floats = NDArray[np.float64]


class Meters:
    """Levels of the strips behind their faders and of the master, linear, `(8, 2)`: strips, then master; left, right.

    They are written by the kernels and may be read on any thread. `values`, float64 (METERS, 16), is what they write.
    """

    def __init__(self) -> None:
        self.values = np.zeros((METERS, LANES))
        self.limiter: Floats | None = None  # the state of the limiter, if there is one

    @property
    def peak(self) -> Floats:
        """The largest absolute sample of the last block."""
        return self._pairs(PEAK)

    @property
    def rms(self) -> Floats:
        """The root of the mean square of the last block."""
        rms: Floats = np.sqrt(self._pairs(MEAN_SQUARE))
        return rms

    def take_peak(self) -> Floats:
        """The largest absolute sample since this was last called: what a meter that looks now and then needs."""
        held = self._pairs(HELD)
        self.values[HELD] = 0.0
        return held

    @property
    def clipped(self) -> bool:
        """Whether the master has exceeded full scale since `reset_clip`."""
        return bool(self.values[CLIPPED, 0])

    def reset_clip(self) -> None:
        """Forget that the master has clipped."""
        self.values[CLIPPED, 0] = 0.0

    @property
    def loudness(self) -> Loudness:
        """Loudness and true peak of the master, renewed ten times a second of what is rendered."""
        momentary, short_term, integrated, true_peak = self.values[LOUDNESS, :4].tolist()
        return Loudness(
            power_to_lufs(momentary), power_to_lufs(short_term), power_to_lufs(integrated), linear_to_db(true_peak)
        )

    @property
    def gain_reduction_db(self) -> float:
        """How much the limiter takes away now; 0 while it is off or nothing is near its ceiling."""
        from app.mixing.limiter_kernel import limiter_gain  # whoever has a mixer has loaded it

        return 0.0 if self.limiter is None else -linear_to_db(limiter_gain(self.limiter)) + 0.0

    def reset_loudness(self) -> None:
        """Measure a new programme from now on."""
        self.values[LOUDNESS, :4] = 0.0
        self.values[LOUDNESS, FORGET] = 1.0

    def clear(self) -> None:
        """Fall to silence, as when playback stops; a clip stays shown, and so does the integrated loudness."""
        self.values[:CLIPPED] = 0.0
        self.values[LOUDNESS, :2] = 0.0

    def _pairs(self, row: int) -> Floats:
        return np.array(self.values[row]).reshape(2, SIDE).T
