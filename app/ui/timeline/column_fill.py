"""Filled curves as pixels.

A curve over time has one value for each pixel column. Filling its area through QPainter costs ten milliseconds for a
window's width, because it does not know that; computing the pixels costs a few tenths.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

FULL: Final = 16
"""What `fill_between` says of a pixel that lies inside altogether."""


def fill_between(top: NDArray[np.floating], bottom: NDArray[np.floating], height: int) -> NDArray[np.uint8]:
    """How much of every pixel lies between two edges.

    Args:
        top: `(columns,)` upper edge in pixels from the top of the picture.
        bottom: `(columns,)` lower edge.
        height: of the picture, at most 2000.

    Returns:
        uint8 `(height, columns)`: 0 outside, `FULL` inside, in between where an edge runs through the pixel.
    """
    # Sixteenths of a pixel in 16-bit integers: the processor takes many at once.
    upper, lower = (
        np.clip(np.rint(edge * FULL), -FULL, (height + 1) * FULL).astype(np.int16)[None] for edge in (top, bottom)
    )
    row = (np.arange(height, dtype=np.int16) * np.int16(FULL))[:, None]
    inside = lower - row
    np.minimum(inside, FULL, out=inside)
    outside = upper - row
    np.maximum(outside, 0, out=outside)
    inside -= outside
    np.maximum(inside, 0, out=inside)
    return inside.astype(np.uint8)


def colored(amount: NDArray[np.uint8], color: QColor) -> NDArray[np.uint32]:
    """Pixels of a colour, as opaque as `amount` (0 to `FULL`) says; its own opacity counts too. Premultiplied ARGB."""
    return np.take(_shades(color.rgba()), amount)


def to_image(pixels: NDArray[np.uint32]) -> QImage:
    """A picture with a copy of these pixels `(height, columns)`."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def paint_pixels(painter: QPainter, x: int, y: int, pixels: NDArray[np.uint32]) -> None:
    """Draw pixels `(height, columns)` there, without copying them first."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    painter.drawImage(x, y, QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied))


@lru_cache(maxsize=256)
def _shades(color: int) -> NDArray[np.uint32]:
    """The colour from transparent to as opaque as it is, premultiplied, one for each amount."""
    own = QColor.fromRgba(color)
    alpha = np.linspace(0.0, 255.0, FULL + 1) * own.alphaF()
    channels = [np.round(alpha * part).astype(np.uint32) for part in (own.redF(), own.greenF(), own.blueF())]
    shades = (np.round(alpha).astype(np.uint32) << 24) | (channels[0] << 16) | (channels[1] << 8) | channels[2]
    return shades.astype(np.uint32)
