"""How the mixing kernel applies the gains of smart listening: compiled, and called by `app.mixing.kernel` alone."""

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner
from app.mixing.kernel_layout import SIDE

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]


@inner
def duck(
    curves: Samples,
    start: int,
    count: int,
    activation_start: float,
    activation_per_frame: float,
    slew: float,
    jump: bool,
    ducked: Floats,
    tile: Floats,
) -> None:
    """Multiply strips with their curves, in place; nothing to do while all are 1.

    Args:
        curves: float32 (activation frames, 8), or (1, 8) of ones.
        start: the song frame of the first row of `tile`.
        count: rows of `tile`.
        activation_start: the activation frame, with fractions, of frame 0.
        activation_per_frame: activation frames per sample frame.
        slew: the most a gain may change from one sample to the next.
        jump: True to forget the gains of the block before.
        ducked: float64 (8,), the gains at the last sample.
        tile: float64 (count or more, 16), left and right of each strip.
    """
    last = curves.shape[0] - 1
    if last == 0:
        resting = True
        for s in range(SIDE):
            resting = resting and (jump or ducked[s] == 1.0)
        if resting:
            ducked[:] = 1.0
            return
    for t in range(count):
        position = activation_start + (start + t) * activation_per_frame
        index = min(int(position), last)
        following = min(index + 1, last)
        fraction = min(position - index, 1.0)
        for s in range(SIDE):
            gain = curves[index, s] + (curves[following, s] - curves[index, s]) * fraction
            if jump and t == 0:
                ducked[s] = gain
            ducked[s] = max(ducked[s] - slew, min(ducked[s] + slew, gain))
            tile[t, s] *= ducked[s]
            tile[t, SIDE + s] *= ducked[s]
