"""What lossy files do to music: a round trip through an encoder in memory."""

import io
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ

F32 = NDArray[np.float32]

_BLOCK_FRAMES: Final = 16384
"""The Vorbis encoder keeps a copy of its first block on the stack, which minutes of music overflow."""


def lossy(audio: F32, kind: str, quality: float) -> F32:
    """`(frames, 2)` after encoding and decoding; as long and in the same place.

    Args:
        audio: samples; beyond 1 they clip.
        kind: `vorbis` or `mp3`.
        quality: 0 (small and dull) to 1 (large), about 64 to 190 kbit/s.
    """
    form, subtype = {"vorbis": ("OGG", "VORBIS"), "mp3": ("MP3", "MPEG_LAYER_III")}[kind]
    memory = io.BytesIO()
    with soundfile.SoundFile(
        memory, "w", SAMPLE_RATE_HZ, audio.shape[1], subtype, format=form, compression_level=0.92 - 0.6 * quality
    ) as file:
        for start in range(0, len(audio), _BLOCK_FRAMES):
            file.write(audio[start : start + _BLOCK_FRAMES])
    memory.seek(0)
    decoded: F32 = soundfile.read(memory, frames=len(audio), dtype="float32", always_2d=True, fill_value=0.0)[0]
    return decoded
