"""A mix as the numbers that the kernel works with."""

import math

import numpy as np
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.mixing.equalizer import COEFFICIENTS, NEUTRAL, SECTIONS, design
from app.mixing.kernel_layout import CROSS_ROW, GAIN_ROW, LANES, MASTER_ROW, PARAMETERS, SIDE
from app.mixing.settings import MixSettings, StripSettings

Floats = NDArray[np.float64]


def kernel_targets(settings: MixSettings, rate: int) -> Floats:
    """What the kernel calls `targets`, float64 `(PARAMETERS, 16)`, at `rate` Hz; see `app.mixing.kernel`."""
    targets = np.zeros((PARAMETERS, LANES))
    rest = np.array([1.0, 1.0, *NEUTRAL])  # of the lanes without a strip
    targets[:GAIN_ROW] = np.tile(rest, SECTIONS)[:, np.newaxis]
    for index, (strip, audible) in enumerate(zip(settings.strips, settings.audible, strict=True)):
        lanes = [index, SIDE + index]
        targets[:GAIN_ROW, lanes] = design(strip.equalizer, rate).reshape(SECTIONS * COEFFICIENTS, 1)
        if audible:
            (targets[GAIN_ROW, lanes[0]], targets[CROSS_ROW, lanes[0]]), right = strip_matrix(strip)
            targets[CROSS_ROW, lanes[1]], targets[GAIN_ROW, lanes[1]] = right
    targets[MASTER_ROW] = db_to_linear(settings.master_gain_db)
    return targets


def strip_matrix(strip: StripSettings) -> tuple[tuple[float, float], tuple[float, float]]:
    """The linear gains by which left and right go into left, and into right.

    Width scales the difference of the channels and leaves their sum; balance and gain follow.
    """
    left, right = balance(strip.pan)
    gain = db_to_linear(strip.gain_db) * (-1.0 if strip.invert_polarity else 1.0)
    own, other = (1.0 + strip.width) / 2.0, (1.0 - strip.width) / 2.0
    return (gain * left * own, gain * left * other), (gain * right * other, gain * right * own)


def balance(pan: float) -> tuple[float, float]:
    """The pan law: linear gains of left and right of a stereo signal.

    It is a balance of 0 dB in the centre: the side panned to stays as it is, the other fades with a cosine (-3 dB half
    way, silent at the end). So a strip in the centre is unchanged, and nothing becomes louder by being panned.

    Args:
        pan: -1 (left only) to 1 (right only).
    """
    fading = 0.0 if abs(pan) == 1.0 else math.cos(abs(pan) * math.pi / 2)
    return (fading, 1.0) if pan > 0 else (1.0, fading) if pan < 0 else (1.0, 1.0)
