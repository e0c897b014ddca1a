"""From float samples to the whole steps of a PCM format."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Bits = Literal[16, 24]

DITHERED_BITS: Final = 16
"""Only 16 bit is dithered: a step of 24 bit is at -138 dBFS, below the noise of every converter, and a mix is computed
with a significand of 24 bits anyway."""


class Quantizer:
    """Rounds samples to PCM steps, at 16 bit with triangular dither, and limits them to full scale.

    The dither is the sum of two independent uniform variables, each one step wide. That makes the mean of the error
    zero and its power a quarter of a squared step whatever the signal is, so that quiet sounds fade into a steady hiss
    and not into distortion (S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, "Quantization and Dither: A Theoretical
    Survey", J. Audio Eng. Soc. 40(5), 1992). A sample that lies on a step already has no error to be dithered and is
    left as it is: 16 bit audio that passes unchanged stays the same bit for bit, and digital silence stays silent.

    The noise depends on the seed and on nothing else, not on the size of the blocks either.

    Attributes:
        clipped_samples: how many samples lay beyond full scale.
    """

    def __init__(self, bits: Bits, *, dither: bool = True, seed: int = 0) -> None:
        """`seed`: files that are played together need different ones, or their noise adds up in step."""
        self.clipped_samples = 0
        self._bits = bits
        self._limit = 1 << (bits - 1)
        self._noise = np.random.default_rng(seed) if dither and bits == DITHERED_BITS else None

    def quantize(self, samples: NDArray[np.float32]) -> NDArray[np.int16] | NDArray[np.int32]:
        """The next block `(n, channels)`: int16, or for 24 bit int32 whose lowest eight bits are 0."""
        exact = samples.astype(np.float64) * self._limit
        steps = np.rint(exact)
        self.clipped_samples += int(np.count_nonzero((steps < -self._limit) | (steps > self._limit)))
        if self._noise is not None:
            pairs = self._noise.random((*samples.shape, 2))
            steps = np.where(steps == exact, steps, np.rint(exact + (pairs[..., 0] - pairs[..., 1])))
        np.clip(steps, -self._limit, self._limit - 1, out=steps)
        if self._bits == 16:
            return steps.astype(np.int16)
        return steps.astype(np.int32) << 8
