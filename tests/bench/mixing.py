"""What the mixing kernels cost."""

import time
from dataclasses import replace
from typing import Final

import numpy as np

from app.mixing.mixer import Mixer
from app.mixing.settings import DEFAULT_BANDS, EqualizerSettings, MixSettings, StripSettings
from models.instruments import STEMS
from tests.app.mixing.conftest import MemorySong
from tests.bench.table import Row

BLOCK_FRAMES: Final = 512
BLOCKS: Final = 3000


def kernel_row() -> Row:
    """Microseconds for 512 frames of six stems and Other with all eight bands on, meters and loudness included.

    The passes have 24 dB per octave. It is the least of many blocks: what the code needs where nothing else disturbs
    it; `callback-p99` tells what it takes in earnest.
    """
    full = EqualizerSettings(
        tuple(replace(band, on=True, gain_db=6.0, slope_db_per_octave=24) for band in DEFAULT_BANDS)
    )
    mix = MixSettings(strips=(StripSettings(equalizer=full, pan=0.2, width=0.8),) * len(STEMS))
    song = MemorySong(10 * 44_100)
    mixer = Mixer(song, mix)
    out = np.empty((BLOCK_FRAMES, 2), np.float32)
    blocks = song.frames // BLOCK_FRAMES
    least_s = float("inf")
    for block in range(BLOCKS):
        started = time.perf_counter()
        mixer.render(block % blocks * BLOCK_FRAMES, BLOCK_FRAMES, out)
        least_s = min(least_s, time.perf_counter() - started)
    return Row("kernel-512", round(least_s * 1e6, 1), "us")
