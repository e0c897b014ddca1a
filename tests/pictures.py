"""Small pictures, made by FFmpeg."""

import io
from typing import Literal

import av
import numpy as np

_PIXELS = {"mjpeg": "yuvj420p", "png": "rgb24"}


def picture(codec: Literal["mjpeg", "png"] = "mjpeg", side: int = 48) -> bytes:
    """A square of noise as the bytes of a JPEG or PNG file."""
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="image2pipe") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width = stream.height = side
        stream.pix_fmt = _PIXELS[codec]
        for frame in (av.VideoFrame.from_ndarray(pixels, "rgb24"), None):
            container.mux(stream.encode(frame))
    return buffer.getvalue()
