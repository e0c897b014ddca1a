"""Loudness and true peak of the master, compiled: ITU-R BS.1770-5, EBU R128 and EBU Tech 3341.

Every 100 ms the mean square of the K-weighted samples is taken, summed over both channels. Momentary loudness is the
mean of the last four of these, short-term of the last thirty. Integrated loudness is the mean of all blocks of four
that pass the gates: -70 LUFS, and 10 LU below the mean of those. The blocks are counted in bins of 0.1 LU, so that a
whole day needs no more memory than a minute (a block within one bin of the gate may fall on its other side).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner
from app.mixing.true_peak import HISTORY, TILE, peaks_between

# What `measure` writes: loudness as mean square (see `app.mixing.loudness`), the true peak linear.
MOMENTARY: Final = 0
SHORT_TERM: Final = 1
INTEGRATED: Final = 2
TRUE_PEAK: Final = 3

OFFSET_LU: Final = -0.691
_HOP_S: Final = 0.1
_BLOCK_HOPS: Final = 4
_SHORT_TERM_HOPS: Final = 30
_LOWEST_LUFS: Final = -70.0
_BINS: Final = 1000
_BINS_PER_LU: Final = 10.0
_GATE: Final = 0.1  # 10 LU below, as a power

# Entries of the state.
_COEFFICIENTS: Final = 0  # b0, b1, b2, a1, a2 of the K weighting's two filters
_HOP: Final = 10  # frames
_FILTERS: Final = 12  # two memories for each filter and channel
_SUM: Final = 20  # of the hop under way
_FRAMES: Final = 21  # in it
_HOPS: Final = 22  # that are complete
_RECENT: Final = 24  # ring of their powers
_COUNTS: Final = _RECENT + _SHORT_TERM_HOPS
_POWERS: Final = _COUNTS + _BINS  # summed, of the blocks in each bin
_LINES: Final = _POWERS + _BINS
_LINE: Final = HISTORY + TILE
_PEAKS: Final = _LINES + 2 * _LINE
_SCRATCH: Final = _PEAKS + TILE
LOUDNESS_SIZE: Final = _SCRATCH + TILE

_TINY: Final = 1e-100  # against denormal numbers

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

# BS.1770 gives the filters' coefficients at 48 kHz. These are the analogue prototypes they come from by the bilinear
# transform (B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018).
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_SLOPE: Final = 0.4996667741545416
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def k_weighting(rate: int) -> Floats:
    """b0, b1, b2, a1, a2 of the shelf and of the high-pass at `rate` Hz, float64 `(2, 5)`."""
    k = math.tan(math.pi * min(_SHELF_HZ / rate, 0.49))
    high = 10.0 ** (_SHELF_DB / 20.0)
    middle = high**_SHELF_SLOPE
    scale = 1.0 + k / _SHELF_Q + k * k
    shelf = [
        (high + middle * k / _SHELF_Q + k * k) / scale,
        2.0 * (k * k - high) / scale,
        (high - middle * k / _SHELF_Q + k * k) / scale,
        2.0 * (k * k - 1.0) / scale,
        (1.0 - k / _SHELF_Q + k * k) / scale,
    ]
    k = math.tan(math.pi * _HIGH_PASS_HZ / rate)
    scale = 1.0 + k / _HIGH_PASS_Q + k * k
    high_pass = [1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / scale, (1.0 - k / _HIGH_PASS_Q + k * k) / scale]
    return np.array([shelf, high_pass])


def prepare_loudness(state: Floats, rate: int) -> None:
    """Fill in what depends on the sample rate; the rest of `state`, float64 (LOUDNESS_SIZE,), is to be zeros."""
    state[_COEFFICIENTS : _COEFFICIENTS + 10] = k_weighting(rate).ravel()
    state[_HOP] = max(1, round(_HOP_S * rate))


@inner
def forget_loudness(state: Floats, results: Floats) -> None:
    """Begin a new programme."""
    state[_SUM:_LINES] = 0.0
    results[: TRUE_PEAK + 1] = 0.0


@inner
def _integrated(state: Floats) -> float:
    """The mean power of the blocks that pass the relative gate."""
    count = power = 0.0
    for i in range(_BINS):
        count += state[_COUNTS + i]
        power += state[_POWERS + i]
    if count == 0.0:
        return 0.0
    gate = _GATE * power / count
    count = power = 0.0
    for i in range(_BINS):
        if state[_POWERS + i] > gate * state[_COUNTS + i]:
            count += state[_COUNTS + i]
            power += state[_POWERS + i]
    return power / count if count > 0.0 else 0.0


@inner
def _end_hop(state: Floats, results: Floats) -> None:
    """Take in the power of another 100 ms."""
    hops = int(state[_HOPS])
    state[_RECENT + hops % _SHORT_TERM_HOPS] = state[_SUM] / state[_HOP]
    state[_SUM] = state[_FRAMES] = 0.0
    hops += 1
    state[_HOPS] = hops
    block = short = 0.0
    for back in range(min(hops, _SHORT_TERM_HOPS)):
        power = state[_RECENT + (hops - 1 - back) % _SHORT_TERM_HOPS]
        short += power
        if back < _BLOCK_HOPS:
            block += power
    block /= _BLOCK_HOPS
    results[MOMENTARY] = block
    results[SHORT_TERM] = short / _SHORT_TERM_HOPS
    if hops >= _BLOCK_HOPS and block > 0.0:
        level = (OFFSET_LU + 10.0 * math.log10(block) - _LOWEST_LUFS) * _BINS_PER_LU
        if level > 0.0:
            index = min(int(level), _BINS - 1)
            state[_COUNTS + index] += 1.0
            state[_POWERS + index] += block
            results[INTEGRATED] = _integrated(state)


@inner
def _weigh(samples: Samples, offset: int, count: int, state: Floats, results: Floats) -> None:
    """K-weighted power, sample by sample (transposed direct form II)."""
    b0, b1, b2, a1, a2 = state[0], state[1], state[2], state[3], state[4]
    c1, c2 = state[8], state[9]  # the high-pass: its zeros are 1, -2, 1
    p, q, r, s = state[_FILTERS], state[_FILTERS + 1], state[_FILTERS + 2], state[_FILTERS + 3]
    u, v, w, z = state[_FILTERS + 4], state[_FILTERS + 5], state[_FILTERS + 6], state[_FILTERS + 7]
    total, frames = state[_SUM], int(state[_FRAMES])
    for t in range(offset, offset + count):
        x, y = samples[t, 0] + _TINY, samples[t, 1] + _TINY
        left = b0 * x + p
        p = b1 * x - a1 * left + q
        q = b2 * x - a2 * left
        right = b0 * y + r
        r = b1 * y - a1 * right + s
        s = b2 * y - a2 * right
        x, y = left + u, right + w
        u = v - 2.0 * left - c1 * x
        v = left - c2 * x
        w = z - 2.0 * right - c1 * y
        z = right - c2 * y
        total += x * x + y * y
        frames += 1
        if frames == state[_HOP]:
            state[_SUM] = total
            _end_hop(state, results)
            total, frames = 0.0, 0
    state[_FILTERS], state[_FILTERS + 1], state[_FILTERS + 2], state[_FILTERS + 3] = p, q, r, s
    state[_FILTERS + 4], state[_FILTERS + 5], state[_FILTERS + 6], state[_FILTERS + 7] = u, v, w, z
    state[_SUM], state[_FRAMES] = total, frames


@inner
def measure(samples: Samples, count: int, state: Floats, results: Floats) -> None:
    """Take in the first `count` frames of `samples`, float32 (frames, 2).

    Args:
        samples: what is heard.
        count: how many frames.
        state: from `prepare_loudness`.
        results: float64 (4 or more,), see the names above, written every 100 ms; the true peak is raised at once, and
            its owner may set it back to 0.
    """
    peaks = state[_PEAKS : _PEAKS + TILE]
    for done in range(0, count, TILE):
        n = min(TILE, count - done)
        peaks[:] = 0.0
        for channel in range(2):
            line = state[_LINES + channel * _LINE : _LINES + (channel + 1) * _LINE]
            for t in range(n):
                line[HISTORY + t] = samples[done + t, channel]
            peaks_between(line, state[_SCRATCH : _SCRATCH + TILE], peaks)
            for i in range(HISTORY):
                line[i] = line[n + i]
        for t in range(n):
            results[TRUE_PEAK] = max(results[TRUE_PEAK], peaks[t])
        _weigh(samples, done, n, state, results)
