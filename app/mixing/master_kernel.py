"""The end of the chain, compiled: limiter, levels, loudness. See `app.mixing.kernel`.

    master_block(samples, count, limit_on, ceiling, state, meters)
    limit_block(samples, count, limit_on, ceiling, state)

`state`, float64 (MASTER_SIZE,), comes from `master_state`. A limiter that is on in the first block of a fresh state is
on at once; later it fades in and out.
"""

from typing import Final

import numpy as np
from numba import boolean, float32, float64, int64, void
from numpy.typing import NDArray

from app.mixing.compiled import entry
from app.mixing.kernel_layout import CLIPPED, FORGET, HELD, LOUDNESS, MASTER_LANE, MEAN_SQUARE, PEAK, SIDE
from app.mixing.limiter_kernel import LIMITER_SIZE, limit, prepare_limiter
from app.mixing.loudness_kernel import LOUDNESS_SIZE, forget_loudness, measure, prepare_loudness

MASTER_SIZE: Final = LIMITER_SIZE + LOUDNESS_SIZE

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]


def master_state(rate: int) -> Floats:
    """A fresh state for samples at `rate` Hz."""
    state = np.zeros(MASTER_SIZE)
    prepare_limiter(state[:LIMITER_SIZE], rate)
    prepare_loudness(state[LIMITER_SIZE:], rate)
    return state


@entry(void(float32[:, ::1], int64, boolean, float64, float64[::1]))
def limit_block(samples: Samples, count: int, limit_on: bool, ceiling: float, state: Floats) -> None:
    """Only the limiter of `master_block`."""
    limit(samples, count, limit_on, ceiling, state[:LIMITER_SIZE])


@entry(void(float32[:, ::1], int64, boolean, float64, float64[::1], float64[:, ::1]))
def master_block(samples: Samples, count: int, limit_on: bool, ceiling: float, state: Floats, meters: Floats) -> None:
    """Limit and measure what will be heard, in place.

    Args:
        samples: float32 (count or more, 2).
        count: how many frames.
        limit_on: whether the limiter is on.
        ceiling: its true-peak ceiling, linear.
        state: the memory.
        meters: levels of the master's lanes, and loudness, written.
    """
    if meters[LOUDNESS, FORGET] != 0.0:
        meters[LOUDNESS, FORGET] = 0.0
        forget_loudness(state[LIMITER_SIZE:], meters[LOUDNESS])
    limit(samples, count, limit_on, ceiling, state[:LIMITER_SIZE])
    measure(samples, count, state[LIMITER_SIZE:], meters[LOUDNESS])
    for channel in range(2):
        peak = square = 0.0
        for t in range(count):
            value = float64(samples[t, channel])
            peak = max(peak, abs(value))
            square += value * value
        lane = channel * SIDE + MASTER_LANE
        meters[PEAK, lane] = peak
        meters[MEAN_SQUARE, lane] = square / max(count, 1)
        meters[HELD, lane] = max(meters[HELD, lane], peak)
        if peak > 1.0:
            meters[CLIPPED, 0] = 1.0
