"""The one loop that makes sound: stems and weights in, mixed samples and meters out. Compiled by numba.

`mix_block` works on arrays alone: it allocates nothing, calls no Python and touches no global state, so it may as well
be called from a compiled audio callback. Everything it remembers lies in arrays that its owner makes:

    lane        a column of the 16 lane arrays: strip * 2 + channel for the seven strips, 14 and 15 for the master
    targets     float64 (17, 16): what the parameters shall become. Row 5 * band + c is coefficient c of that
                equalizer band (g, k, m0, m1, m2), row 15 the strip's linear gain with its pan, row 16 the master's
                linear gain (the same in every lane)
    target, step float64 (17, 16): a parameter is now `target - step * remaining`
    filters     float64 (6, 16): the two integrators of each band
    slewed      float64 (8,): the weight of each stem at the last sample
    control     int64 (4,): see the names below
    meters      float64 (6, 16): see the names below; the last two rows are scratch
    tile        float64 (64, 16): scratch

Parameters glide linearly over `ramp_frames` and land exactly on their targets. Every sample is computed in the same
way whatever block it is in, so the size of the blocks does not matter.

What was compiled is kept beside this file and made anew when this file changes. After a change of a constant that comes
from another file, touch this one.

float64 was chosen by measurement: 16 lanes at 64 bits take as long as at 32, because the filters wait for their own
results, not for arithmetic.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numba import boolean, float32, float64, int64, njit, types, void
from numpy.typing import NDArray

from app.mixing.equalizer import BANDS, COEFFICIENTS
from app.mixing.weights import WEIGHT_LANES
from models.instruments import INSTRUMENTS, STEMS

LANES: Final = 16
STEM_COUNT: Final = len(INSTRUMENTS)
STRIP_LANES: Final = 2 * len(STEMS)
GAIN_ROW: Final = BANDS * COEFFICIENTS
MASTER_ROW: Final = GAIN_ROW + 1
PARAMETERS: Final = MASTER_ROW + 1
TILE_FRAMES: Final = 64

# Entries of `control`.
WANTED: Final = 0  # a number that the owner raises after writing `targets`
IN_FORCE: Final = 1  # the value of WANTED that the parameters follow now
REMAINING: Final = 2  # frames until they have arrived
RESET: Final = 3  # the owner sets 1: jump to the targets and forget the past; back to 0 when done

# Rows of `meters`. The owner may set HELD and CLIPPED back to 0.
PEAK: Final = 0  # largest absolute sample of the last block
MEAN_SQUARE: Final = 1  # of the last block
HELD: Final = 2  # largest absolute sample since it was last set to 0
CLIPPED: Final = 3  # lane 0: 1 once the master has exceeded full scale

# Keeps the integrators from decaying into denormal numbers, which are slow; far below the smallest float32.
_TINY: Final = 1e-100

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _inner(function: _Function) -> _Function:
    """Compile when an entry below needs it."""
    compiled: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast(_Function, compiled)


def _entry(signature: Any) -> Callable[[_Function], _Function]:
    """Compile for these types when this file is imported, or load what was compiled before."""
    compile_for: Any = njit(signature, nogil=True, cache=True, error_model="numpy")
    return cast(Callable[[_Function], _Function], compile_for)


_input2, _input3 = (types.Array(float32, dimensions, "C", readonly=True) for dimensions in (2, 3))
_state = float64[:, ::1]


@_inner
def _fill_tile(
    mix: Samples,
    stems: Samples,
    weights: Samples,
    start: int,
    count: int,
    activation_per_frame: float,
    slew: float,
    jump: bool,
    slewed: Floats,
    tile: Floats,
) -> None:
    """Weighted stems and what remains of the mix, one row of `tile` per frame."""
    last = weights.shape[0] - 1
    for t in range(count):
        frame = start + t
        position = frame * activation_per_frame
        index = min(int(position), last)
        following = min(index + 1, last)
        fraction = min(position - index, 1.0)
        for s in range(WEIGHT_LANES):
            weight = weights[index, s] + (weights[following, s] - weights[index, s]) * fraction
            change = weight - slewed[s]
            if change > slew:
                weight = slewed[s] + slew
            elif change < -slew:
                weight = slewed[s] - slew
            slewed[s] = weight
        if jump and t == 0:
            for s in range(WEIGHT_LANES):
                slewed[s] = weights[index, s] + (weights[following, s] - weights[index, s]) * fraction
        left = float64(mix[frame, 0])
        right = float64(mix[frame, 1])
        for s in range(STEM_COUNT):
            stem_left = slewed[s] * stems[s, frame, 0]
            stem_right = slewed[s] * stems[s, frame, 1]
            tile[t, 2 * s] = stem_left
            tile[t, 2 * s + 1] = stem_right
            left -= stem_left
            right -= stem_right
        tile[t, 2 * STEM_COUNT] = left
        tile[t, 2 * STEM_COUNT + 1] = right


@_inner
def _equalize(
    tile: Floats, count: int, target: Floats, step: Floats, remaining: int, first: Floats, second: Floats
) -> None:
    """One band, in place, for all lanes at once. `target` and `step` are its five rows."""
    for t in range(count):
        r = float64(max(remaining - t - 1, 0))
        for lane in range(LANES):
            g = target[0, lane] - step[0, lane] * r
            k = target[1, lane] - step[1, lane] * r
            m0 = target[2, lane] - step[2, lane] * r
            m1 = target[3, lane] - step[3, lane] * r
            m2 = target[4, lane] - step[4, lane] * r
            a1 = 1.0 / (1.0 + g * (g + k))
            a2 = g * a1
            a3 = g * a2
            v0 = tile[t, lane]
            v3 = v0 + _TINY - second[lane]
            v1 = a1 * first[lane] + a2 * v3
            v2 = second[lane] + a2 * first[lane] + a3 * v3
            first[lane] = v1 + v1 - first[lane]
            second[lane] = v2 + v2 - second[lane]
            tile[t, lane] = m0 * v0 + m1 * v1 + m2 * v2


@_inner
def _sum(
    tile: Floats,
    count: int,
    target: Floats,
    step: Floats,
    remaining: int,
    out: Samples,
    offset: int,
    peak: Floats,
    square: Floats,
) -> None:
    """Strip gains, the sum, the master gain and the meters."""
    for t in range(count):
        r = float64(max(remaining - t - 1, 0))
        for lane in range(LANES):
            tile[t, lane] *= target[GAIN_ROW, lane] - step[GAIN_ROW, lane] * r
        left = 0.0
        right = 0.0
        for strip in range(STRIP_LANES // 2):
            left += tile[t, 2 * strip]
            right += tile[t, 2 * strip + 1]
        master = target[MASTER_ROW, 0] - step[MASTER_ROW, 0] * r
        tile[t, STRIP_LANES] = left * master
        tile[t, STRIP_LANES + 1] = right * master
        out[offset + t, 0] = tile[t, STRIP_LANES]
        out[offset + t, 1] = tile[t, STRIP_LANES + 1]
        for lane in range(LANES):
            peak[lane] = max(peak[lane], abs(tile[t, lane]))
            square[lane] += tile[t, lane] * tile[t, lane]


@_inner
def _obey(
    targets: Floats, target: Floats, step: Floats, filters: Floats, control: NDArray[np.int64], ramp_frames: int
) -> bool:
    """Take over new targets and carry out a reset; returns whether there was one."""
    wanted = control[WANTED]
    jump = bool(control[RESET] != 0)
    if jump:
        control[RESET] = 0
        control[REMAINING] = 0
        filters[:] = 0.0
    if jump or wanted != control[IN_FORCE]:
        for row in range(PARAMETERS):
            for lane in range(LANES):
                now = target[row, lane] - step[row, lane] * control[REMAINING]
                target[row, lane] = targets[row, lane]
                step[row, lane] = (target[row, lane] - now) / ramp_frames
        control[IN_FORCE] = wanted
        control[REMAINING] = 0 if jump else ramp_frames
    return jump


@_entry(
    void(
        _input2, _input3, _input2, int64, int64, float64, float64, int64,
        _state, _state, _state, _state, float64[::1], int64[::1], _state, _state, float32[:, ::1],
    )
)  # fmt: skip
def mix_block(
    mix: Samples,
    stems: Samples,
    weights: Samples,
    start: int,
    count: int,
    activation_per_frame: float,
    slew: float,
    ramp_frames: int,
    targets: Floats,
    target: Floats,
    step: Floats,
    filters: Floats,
    slewed: Floats,
    control: NDArray[np.int64],
    meters: Floats,
    tile: Floats,
    out: Samples,
) -> None:
    """Mix `count` frames from frame `start` of the song into `out`.

    Args:
        mix: float32 (frames, 2), the song.
        stems: float32 (6, frames, 2), unweighted.
        weights: float32 (activation frames, 8), see `app.mixing.weights`.
        start: the first frame.
        count: how many; they must lie within the song.
        activation_per_frame: activation frames per sample frame.
        slew: the most a weight may change from one sample to the next.
        ramp_frames: how long parameters take to their targets.
        targets: what the parameters shall become. This and the next seven: see the head of this file.
        target: what they glide to now.
        step: how fast.
        filters: the filters' memory.
        slewed: the weights' memory.
        control: requests and progress.
        meters: levels, written.
        tile: scratch.
        out: float32 (count or more, 2), overwritten.
    """
    jump = _obey(targets, target, step, filters, control, ramp_frames)
    peak = meters[4]
    square = meters[5]
    peak[:] = 0.0
    square[:] = 0.0
    done = 0
    while done < count:
        n = min(TILE_FRAMES, count - done)
        _fill_tile(mix, stems, weights, start + done, n, activation_per_frame, slew, jump and done == 0, slewed, tile)
        remaining = control[REMAINING]
        for band in range(BANDS):
            row = band * COEFFICIENTS
            _equalize(
                tile, n, target[row : row + COEFFICIENTS], step[row : row + COEFFICIENTS], remaining,
                filters[2 * band], filters[2 * band + 1],
            )  # fmt: skip
        _sum(tile, n, target, step, remaining, out, done, peak, square)
        control[REMAINING] = max(remaining - n, 0)
        done += n
    for lane in range(LANES):
        meters[PEAK, lane] = peak[lane]
        meters[MEAN_SQUARE, lane] = square[lane] / max(count, 1)
        meters[HELD, lane] = max(meters[HELD, lane], peak[lane])
    if max(peak[STRIP_LANES], peak[STRIP_LANES + 1]) > 1.0:
        meters[CLIPPED, 0] = 1.0


@_entry(
    void(
        _input2, _input3, _input2, int64, int64, float64, float64, boolean,
        float64[::1], _state, float32[:, :, ::1],
    )
)  # fmt: skip
def split_block(
    mix: Samples,
    stems: Samples,
    weights: Samples,
    start: int,
    count: int,
    activation_per_frame: float,
    slew: float,
    jump: bool,
    slewed: Floats,
    tile: Floats,
    out: Samples,
) -> None:
    """The weighted stems and what remains, without strips; `out` is float32 (7, count or more, 2).

    `jump` forgets the weights of the block before; all else is as in `mix_block`.
    """
    done = 0
    while done < count:
        n = min(TILE_FRAMES, count - done)
        _fill_tile(mix, stems, weights, start + done, n, activation_per_frame, slew, jump and done == 0, slewed, tile)
        for t in range(n):
            for strip in range(STRIP_LANES // 2):
                out[strip, done + t, 0] = tile[t, 2 * strip]
                out[strip, done + t, 1] = tile[t, 2 * strip + 1]
        done += n
