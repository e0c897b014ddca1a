"""Filled curves as pixels.

A curve over time has one value for each pixel column. Filling its area through QPainter costs ten milliseconds for a
window's width, because it does not know that; computing the pixels costs a few tenths.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage


def fill_between(top: NDArray[np.floating], bottom: NDArray[np.floating], height: int) -> NDArray[np.uint8]:
    """How much of every pixel lies between two edges.

    Args:
        top: `(columns,)` upper edge in pixels from the top of the picture.
        bottom: `(columns,)` lower edge.
        height: of the picture.

    Returns:
        uint8 `(height, columns)`: 0 outside, 255 inside, in between where an edge runs through the pixel.
    """
    row = np.arange(height, dtype=np.float32)[:, None]
    inside = np.minimum(bottom[None].astype(np.float32), row + 1) - np.maximum(top[None].astype(np.float32), row)
    return (np.clip(inside, 0.0, 1.0) * 255.0).astype(np.uint8)


def colored(amount: NDArray[np.uint8], color: QColor) -> NDArray[np.uint32]:
    """Pixels of a colour, as opaque as `amount` says; its own opacity counts too. Premultiplied ARGB."""
    alpha = np.arange(256, dtype=np.float64) * color.alphaF()
    channels = [np.round(alpha * part).astype(np.uint32) for part in (color.redF(), color.greenF(), color.blueF())]
    table = (np.round(alpha).astype(np.uint32) << 24) | (channels[0] << 16) | (channels[1] << 8) | channels[2]
    return table.astype(np.uint32)[amount]


def to_image(pixels: NDArray[np.uint32]) -> QImage:
    """A picture with a copy of these pixels `(height, columns)`."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
