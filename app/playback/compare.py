"""The song as it was, in place of the remix and as loud. Compiled by numba.

Both are measured all the time they play: K-weighted mean squares (ITU-R BS.1770-4) that forget with a time constant of
seconds. The original is played with the ratio of the two as its gain; a fader moved while it plays changes it slowly.
"""

import math
from typing import Any, Final

import numpy as np

from app.playback.memory import carray, compiled, pointer_to, types

MEMORY_S: Final = 3.0
CROSSFADE_S: Final = 0.03
LEAST_GAIN: Final = 0.05
LARGEST_GAIN: Final = 4.0

_SILENCE: Final = 1e-9
_TINY: Final = 1e-30

samples_at, floats_at = pointer_to(types.float32), pointer_to(types.float64)


@compiled
def forget(m: Any, q: Any, s: Any) -> None:
    """Another song: nothing has been measured, and what is asked for is there at once."""
    memory = carray(floats_at(m.weighting_memory), (16,))
    for index in range(16):
        memory[index] = 0.0
    s.compared = q.compare_frames if q.compare else 0
    s.loudness = 0.0
    s.original_loudness = 0.0
    s.original_peak = 0.0
    s.match_gain = 1.0


@compiled
def _weighted(weighting: Any, memory: Any, signal: int, channel: int, value: float) -> float:
    """One sample through both filters (transposed direct form II); memory is `(signal, channel, filter, 2)`."""
    for stage in range(2):
        result = weighting[stage, 0] * value + memory[signal, channel, stage, 0]
        memory[signal, channel, stage, 0] = (
            weighting[stage, 1] * value - weighting[stage, 3] * result + memory[signal, channel, stage, 1] + _TINY
        )
        memory[signal, channel, stage, 1] = weighting[stage, 2] * value - weighting[stage, 4] * result
        value = result
    return value


@compiled
def blend(m: Any, q: Any, s: Any, samples: int, start: int, out: Any) -> None:
    """Cross-fade `out`, the remix, with the original from frame `start` of what lies at `samples`, if so asked."""
    original = carray(samples_at(samples), (start + out.shape[0], 2))
    coefficients = carray(floats_at(m.weighting), (2, 5))
    memory = carray(floats_at(m.weighting_memory), (2, 2, 2, 2))
    count = out.shape[0]
    remix_sum = 0.0
    original_sum = 0.0
    peak = s.original_peak
    for t in range(count):
        for channel in range(2):
            heard = _weighted(coefficients, memory, 0, channel, float(out[t, channel]))
            remix_sum += heard * heard
            value = float(original[start + t, channel])
            peak = max(peak, abs(value))
            heard = _weighted(coefficients, memory, 1, channel, value)
            original_sum += heard * heard
    s.original_peak = peak
    keep = q.loudness_memory**count
    s.loudness = keep * s.loudness + (1.0 - keep) * remix_sum / count
    s.original_loudness = keep * s.original_loudness + (1.0 - keep) * original_sum / count
    before = s.match_gain
    after = 1.0
    if s.original_loudness > _SILENCE * (1.0 - keep):
        after = math.sqrt(s.loudness / s.original_loudness)
        after = min(max(after, LEAST_GAIN), LARGEST_GAIN)
    if peak * after > 1.0 and after > 1.0:
        after = max(1.0, 1.0 / peak)
    s.match_gain = after
    goal = q.compare_frames if q.compare else 0
    if s.compared == 0 and goal == 0:
        return
    if s.compared == 0:
        before = after
    for t in range(count):
        if s.compared < goal:
            s.compared += 1
        elif s.compared > goal:
            s.compared -= 1
        share = s.compared / q.compare_frames
        gain = before + (after - before) * (t + 1) / count
        for channel in range(2):
            out[t, channel] = np.float32((1.0 - share) * out[t, channel] + share * gain * original[start + t, channel])
