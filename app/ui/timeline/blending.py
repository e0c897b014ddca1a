"""Filled curves laid over a picture's pixels, compiled: only the pixels that are touched cost time.

Importing this compiles it, or loads what was compiled before; numba takes a while to import, too, so the window imports
it on a thread of its own once it is shown.
"""

from typing import Final

import numpy as np
from numba import float32, njit, uint32, void
from numpy.typing import NDArray

OPAQUE: Final = 256

_signature = void(uint32[:, ::1], float32[::1], float32[::1], uint32, uint32)


@njit(_signature, cache=True, nogil=True)
def blend_between(
    pixels: NDArray[np.uint32], top: NDArray[np.float32], bottom: NDArray[np.float32], color: int, opacity: int
) -> None:
    """Lay a colour over what lies between two edges, in place.

    Args:
        pixels: `(rows, columns)`, each 0xffRRGGBB.
        top: `(columns,)` upper edge in pixels from the top of the picture; a part of a pixel counts as that part.
        bottom: `(columns,)` lower edge.
        color: 0xRRGGBB.
        opacity: of the colour, 0 to `OPAQUE`.
    """
    rows, columns = pixels.shape
    red, green, blue = np.int32((color >> 16) & 255), np.int32((color >> 8) & 255), np.int32(color & 255)
    for column in range(columns):
        upper = max(top[column], np.float32(0.0))
        lower = min(bottom[column], np.float32(rows))
        if not lower > upper:  # NaN too
            continue
        for row in range(int(upper), min(int(lower) + 1, rows)):
            part = min(lower, np.float32(row + 1)) - max(upper, np.float32(row))
            if part <= 0.0:
                continue
            share = np.int32(part * np.float32(opacity))
            old = pixels[row, column]
            r, g, b = np.int32((old >> 16) & 255), np.int32((old >> 8) & 255), np.int32(old & 255)
            r += ((red - r) * share) >> 8
            g += ((green - g) * share) >> 8
            b += ((blue - b) * share) >> 8
            pixels[row, column] = np.uint32(0xFF000000) | np.uint32(r << 16) | np.uint32(g << 8) | np.uint32(b)
