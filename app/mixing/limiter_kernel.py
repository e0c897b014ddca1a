"""The master's limiter, compiled: it looks ahead, and what leaves it keeps a true-peak ceiling.

The gain that a peak needs is held for a while, released slowly, and smoothed by two moving averages in a row whose
length is shorter than the hold; the samples are delayed so that the whole of a peak, with all the samples from which
its interpolated value follows, meets the held gain. Both channels get the same gain. While no peak is near the ceiling
the gain is exactly 1 and the samples are those that came in, `latency_frames` later.

Off, it does nothing but remember the last samples: no latency, no change. When it is switched, the direct samples and
the delayed ones cross-fade, so that nothing clicks (for those 20 ms the two are heard together).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner
from app.mixing.true_peak import AHEAD, HISTORY, TAPS, TILE, peaks_between

# What a change of gain within the 16 samples of the interpolator can add to a peak, found by trying the worst signals.
MARGIN: Final = 10.0 ** (-0.1 / 20.0)

_ATTACK_S: Final = 0.0015
_RELEASE_S: Final = 0.080
_FADE_S: Final = 0.020
_RING: Final = 1024  # enough for a rate of 192 kHz; a power of 2

# Entries of the state; numbers that do not change come first.
_FIRST_WINDOW: Final = 0
_SECOND_WINDOW: Final = 1
_RELEASE: Final = 2
_FADE_STEP: Final = 3
_POSITION: Final = 4  # of the next sample, since the start
_BLEND: Final = 5  # 0 off, 1 on
_ENVELOPE: Final = 6
_FIRST_SUM: Final = 7
_SECOND_SUM: Final = 8
_LOWEST: Final = 9  # of the held gains
_LOWEST_AT: Final = 10
_DELAY: Final = 16  # rings: the samples of two channels, the gains needed, the envelope, its first average
_NEEDED: Final = _DELAY + 2 * _RING
_HELD: Final = _NEEDED + _RING
_AVERAGED: Final = _HELD + _RING
_LINES: Final = _AVERAGED + _RING  # of two channels: history and tile
_LINE: Final = HISTORY + TILE
_PEAKS: Final = _LINES + 2 * _LINE
_SCRATCH: Final = _PEAKS + TILE
LIMITER_SIZE: Final = _SCRATCH + TILE

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]


def windows(rate: int) -> tuple[int, int]:
    """The lengths of the two moving averages in frames."""
    attack = max(4, min(round(_ATTACK_S * rate), _RING // 3))
    return attack // 2 + 1, attack - attack // 2


def latency_frames(rate: int) -> int:
    """By how much the limiter delays while it is on."""
    first, second = windows(rate)
    return 2 * AHEAD + first + second - 2


def prepare_limiter(state: Floats, rate: int) -> None:
    """Fill in what depends on the sample rate; the rest of `state`, float64 (LIMITER_SIZE,), is to be zeros."""
    state[_FIRST_WINDOW], state[_SECOND_WINDOW] = windows(rate)
    state[_RELEASE] = 1.0 - np.exp(-1.0 / (_RELEASE_S * rate))
    state[_FADE_STEP] = 1.0 / max(1, round(_FADE_S * rate))


def limiter_gain(state: Floats) -> float:
    """The gain it applies now, linear, more than 0; 1 while it is off. May be read on any thread."""
    if state[_BLEND] == 0.0:
        return 1.0
    return float(np.clip(state[_SECOND_SUM] / state[_SECOND_WINDOW], 1e-6, 1.0))


@inner
def _wake(state: Floats) -> None:
    """Begin with a gain of 1."""
    state[_NEEDED:_LINES] = 1.0
    state[_ENVELOPE] = 1.0
    state[_FIRST_SUM] = state[_FIRST_WINDOW]
    state[_SECOND_SUM] = state[_SECOND_WINDOW]
    state[_LOWEST] = 1.0
    state[_LOWEST_AT] = state[_POSITION]
    for channel in range(2):
        line = state[_LINES + channel * _LINE : _LINES + (channel + 1) * _LINE]
        for i in range(HISTORY):
            at = (int(state[_POSITION]) - HISTORY + i) & (_RING - 1)
            line[i] = state[_DELAY + channel * _RING + at]


@inner
def _hold(state: Floats, position: int, needed: float, length: int) -> float:
    """The lowest of the last `length` gains that were needed."""
    state[_NEEDED + (position & (_RING - 1))] = needed
    if needed <= state[_LOWEST]:
        state[_LOWEST] = needed
        state[_LOWEST_AT] = position
    elif position - state[_LOWEST_AT] >= length:  # it has left: find the next
        state[_LOWEST] = needed
        state[_LOWEST_AT] = position
        for back in range(1, length):
            value = state[_NEEDED + ((position - back) & (_RING - 1))]
            if value < state[_LOWEST]:
                state[_LOWEST] = value
                state[_LOWEST_AT] = position - back
    return state[_LOWEST]


@inner
def _gain(state: Floats, position: int, needed: float) -> float:
    """The smoothed gain after one more."""
    first, second = int(state[_FIRST_WINDOW]), int(state[_SECOND_WINDOW])
    held = _hold(state, position, needed, first + second - 1 + TAPS + 1)
    envelope = min(held, state[_ENVELOPE] + (1.0 - state[_ENVELOPE]) * state[_RELEASE])
    if envelope > 1.0 - 1e-9:
        envelope = 1.0
    state[_ENVELOPE] = envelope
    at = position & (_RING - 1)
    state[_FIRST_SUM] += envelope - state[_HELD + ((position - first) & (_RING - 1))]
    state[_HELD + at] = envelope
    average = state[_FIRST_SUM] / first
    state[_SECOND_SUM] += average - state[_AVERAGED + ((position - second) & (_RING - 1))]
    state[_AVERAGED + at] = average
    gain = state[_SECOND_SUM] / second
    if gain > 1.0 - 1e-8:  # nothing but the rounding of the sums is left of the last peak
        if envelope == 1.0 and average > 1.0 - 1e-8:
            state[_FIRST_SUM] = first
            state[_SECOND_SUM] = second
        gain = 1.0
    return gain


@inner
def _limit_tile(samples: Samples, offset: int, count: int, on: bool, ceiling: float, state: Floats) -> None:
    """Limit up to a tile of samples, in place."""
    peaks = state[_PEAKS : _PEAKS + TILE]
    peaks[:] = 0.0
    for channel in range(2):
        line = state[_LINES + channel * _LINE : _LINES + (channel + 1) * _LINE]
        for t in range(count):
            line[HISTORY + t] = samples[offset + t, channel]
        peaks_between(line, state[_SCRATCH : _SCRATCH + TILE], peaks)
        for i in range(HISTORY):
            line[i] = line[count + i]
    first, second = int(state[_FIRST_WINDOW]), int(state[_SECOND_WINDOW])
    delay = 2 * AHEAD + first + second - 2
    target = ceiling * MARGIN
    start = int(state[_POSITION])
    for t in range(count):
        position = start + t
        gain = _gain(state, position, min(target / max(peaks[t], 1e-12), 1.0))
        step = state[_FADE_STEP]
        state[_BLEND] = min(state[_BLEND] + step, 1.0) if on else max(state[_BLEND] - step, 0.0)
        blend = state[_BLEND] * state[_BLEND] * (3.0 - 2.0 * state[_BLEND])
        for channel in range(2):
            ring = _DELAY + channel * _RING
            direct = float(samples[offset + t, channel])
            state[ring + (position & (_RING - 1))] = direct
            limited = state[ring + ((position - delay) & (_RING - 1))] * gain
            samples[offset + t, channel] = limited * blend + direct * (1.0 - blend)
    state[_POSITION] = start + count


@inner
def limit(samples: Samples, count: int, on: bool, ceiling: float, state: Floats) -> None:
    """Limit the first `count` frames of `samples`, float32 (frames, 2), in place.

    `ceiling` is linear, `state` from `prepare_limiter`. While off, and 20 ms after it went off, this is quick.
    """
    if on and state[_BLEND] == 0.0:
        _wake(state)
        if state[_POSITION] == 0.0:
            state[_BLEND] = 1.0
    for done in range(0, count, TILE):
        n = min(TILE, count - done)
        if on or state[_BLEND] > 0.0:
            _limit_tile(samples, done, n, on, ceiling, state)
        else:
            start = int(state[_POSITION])
            for channel in range(2):
                for t in range(n):
                    state[_DELAY + channel * _RING + ((start + t) & (_RING - 1))] = samples[done + t, channel]
            state[_POSITION] = start + n
