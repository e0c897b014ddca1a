"""Long curves brought down to what a screen can show."""

import math

import numpy as np
from numpy.typing import NDArray


def decimate(
    values: NDArray[np.float32], rate_hz: float, start_s: float, stop_s: float, columns: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The part of curves between two times with at most about two points for each of `columns` pixel columns.

    Where a column holds several values it shows their maximum: no short note disappears. Bins lie on a fixed grid,
    so a curve does not flicker while it is scrolled.

    Args:
        values: `(curves, n)`; value `k` belongs to the time `k / rate_hz`.
        rate_hz: values per second.
        start_s: left edge of the view.
        stop_s: its right edge.
        columns: width of the view.

    Returns:
        times in seconds `(points,)` and values `(curves, points)`; with a point beyond the view on either side if there
        is one, so that a line reaches the edge.
    """
    count = values.shape[1]
    step = max(1, math.ceil((stop_s - start_s) * rate_hz / max(1, columns)))
    first = max(0, (math.floor(start_s * rate_hz) // step - 1) * step)
    last = min(count, (math.ceil(stop_s * rate_hz) // step + 2) * step)
    if first >= last:
        return np.zeros(0), np.zeros((values.shape[0], 0), np.float32)
    if step == 1:
        return np.arange(first, last) / rate_hz, values[:, first:last]
    starts = np.arange(first, last, step)
    maxima = np.maximum.reduceat(values[:, first:last], starts - first, axis=1)
    return (starts + (step - 1) / 2) / rate_hz, maxima
