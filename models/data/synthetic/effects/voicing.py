"""Makes several instruments of one recording: other bodies, other pickups. Linear, so chords stay chords."""

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects import filters

F32 = NDArray[np.float32]


def change_body(audio: F32, rng: np.random.Generator, low_hz: float, high_hz: float, depth_db: float) -> None:
    """Give `(frames, channels)` other resonances, in place: three to six bells and dips between two frequencies."""
    sections = []
    for _ in range(int(rng.integers(3, 7))):
        centre_hz = float(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz))))
        sections.append(
            filters.section("peak", centre_hz, float(rng.normal(0, depth_db)), float(np.exp(rng.uniform(-0.3, 1.6))))
        )
    filters.apply(audio, *sections)


def move_pickup(audio: F32, rng: np.random.Generator) -> None:
    """Comb `(frames, channels)` in place, as a pickup does that sits at a point of the string.

    A wave passes the pickup, is turned round at the bridge and passes again, inverted, 0.15 to 1.2 ms later.
    """
    delay = int(rng.uniform(0.15e-3, 1.2e-3) * SAMPLE_RATE_HZ)
    depth = np.float32(rng.uniform(0.25, 0.85))
    audio[delay:] -= depth * audio[:-delay].copy()
