"""What tests of exports share: a mix that uses everything, what playback renders of it, and what a file holds."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.audio.encode import EncodeSettings
from app.mixing.mixer import Mixer
from app.mixing.settings import EqualizerSettings, MixSettings

MakeSong = Callable[..., Any]
Samples = NDArray[np.float32]
FLOAT = EncodeSettings("wav", "FLOAT")


def some_mix() -> MixSettings:
    mix = MixSettings(master_gain_db=-3.0).with_strip("vocals", mute=True).with_strip("bass", pan=0.4, gain_db=2.0)
    mix = mix.with_strip("drums", gain_db=-math.inf)
    return mix.with_strip("other", equalizer=EqualizerSettings().with_band(3, gain_db=6.0).with_band(1, gain_db=-5.0))


def heard(song: Any, mix: MixSettings, start: int = 0, stop: int | None = None, block: int = 512) -> Samples:
    """What playback renders from there on."""
    mixer = Mixer(song, mix)
    stop = song.frames if stop is None else stop
    return np.concatenate([mixer.render(at, min(block, stop - at)) for at in range(start, stop, block)])


def read(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="float32")[0]
    return samples
