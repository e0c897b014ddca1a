"""The loop that makes the desk's sound: stems and weights in, mixed samples and levels out. Compiled by numba.

`mix_block` works on arrays alone: it allocates nothing, calls no Python and touches no global state, so it may as well
be called from a compiled audio callback. What follows it, limiter and loudness, is `master_block` in
`app.mixing.master_kernel`, which comes last, behind any fade that the caller applies. The signatures:

    mix_block(mix, stems, weights, curves, start, count, activation_start, activation_per_frame, slew, ramp_frames,
              targets, state, control, meters, tap, out)
    split_block(mix, stems, weights, start, count, activation_per_frame, slew, jump, slewed, tile, out)
    master_block(samples, count, limit, ceiling, state, meters)

Everything that is remembered lies in arrays that the owner makes, all C-contiguous. The names of their rows and entries
stand in `app.mixing.kernel_layout`:

    lane        a column of the 16 lane arrays: channel * 8 + strip; lanes 7 and 15 are the master's left and right
    targets     float64 (PARAMETERS, 16): what the parameters shall become. Row 5 * section + c is coefficient c of that
                equalizer section (g, k, m0, m1, m2), then, from GAIN_ROW on, the linear gain of the strip's own channel
                into this one, that of its other channel, and the master's linear gain (the same in every lane)
    state       float64 (STATE_ROWS, 16): zeros at first
    control     int64 (CONTROLS,): zeros at first, but RESET; see the names below
    meters      float64 (METERS, 16): zeros at first; see the names below
    tap         float32 (2, TAP_FRAMES): rings of the tapped strip's samples (mono), before and behind its equalizer

Every strip is multiplied, between its equalizer and its fader, with the gain that `curves` give it in that activation
frame: that is how smart listening ducks and solos. Curves of a single row are 1, and cost nothing.

To change the mix: write `targets`, then raise `control[WANTED]`; both between two calls, not during one, and `targets`
then stay as they are until the next change. Parameters
glide over `ramp_frames` along a cubic without corners (a Hermite spline that starts with the speed they have and comes
to rest on the targets exactly), so neither a jump nor a stream of changes makes more than a soft edge. The glides end
on the sample, and every sample is computed in the same way whatever block it is in: the size of blocks does not matter.

Sections whose bands are neutral in all strips are skipped; they start from rest when they come on.

Nothing here is compiled with relaxed arithmetic, so that playback and export, which compile it into different
functions, agree to the bit. float64 costs what float32 does, for the filters wait for their own results.

What was compiled is kept on the disk, see `app.mixing.compiled`.
"""

from typing import Final

import numpy as np
from numba import boolean, float32, float64, int64, types, void
from numpy.typing import NDArray

from app.mixing.compiled import entry, inner
from app.mixing.duck_kernel import duck
from app.mixing.equalizer import COEFFICIENTS, SECTIONS
from app.mixing.glide import fill_curve, glide, jump, settle, steady_rows
from app.mixing.kernel_layout import (
    CURVE,
    DUCKED,
    DUE,
    FILTERS,
    GAIN_ROW,
    HELD,
    IN_FORCE,
    LANES,
    LEVELS,
    MASTER_LANE,
    MEAN_SQUARE,
    MOVING,
    PEAK,
    REMAINING,
    RESET,
    SECTION_STATES,
    SIDE,
    SLEWED,
    STEADY,
    STEM_COUNT,
    STRIPS,
    SWING,
    TAP_FRAMES,
    TAP_NEXT,
    TAPPED,
    TARGET,
    TILE,
    TILE_FRAMES,
    TRAVEL,
    WANTED,
)
from app.mixing.weights import WEIGHT_LANES

# Keeps the integrators from decaying into denormal numbers, which are slow; far below the smallest float32.
_TINY: Final = 1e-100

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
Integers = NDArray[np.int64]

_input2, _input3 = (types.Array(float32, dimensions, "C", readonly=True) for dimensions in (2, 3))
_lanes = float64[:, ::1]


@inner
def _fill_tile(
    mix: Samples,
    stems: Samples,
    weights: Samples,
    start: int,
    count: int,
    activation_start: float,
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
        position = activation_start + frame * activation_per_frame
        index = min(int(position), last)
        following = min(index + 1, last)
        fraction = min(position - index, 1.0)
        for s in range(WEIGHT_LANES):
            weight = weights[index, s] + (weights[following, s] - weights[index, s]) * fraction
            slewed[s] = max(slewed[s] - slew, min(slewed[s] + slew, weight))
        if jump and t == 0:
            for s in range(WEIGHT_LANES):
                slewed[s] = weights[index, s] + (weights[following, s] - weights[index, s]) * fraction
        left = float64(mix[frame, 0])
        right = float64(mix[frame, 1])
        for s in range(STEM_COUNT):
            stem_left = slewed[s] * stems[s, frame, 0]
            stem_right = slewed[s] * stems[s, frame, 1]
            tile[t, s] = stem_left
            tile[t, SIDE + s] = stem_right
            left -= stem_left
            right -= stem_right
        tile[t, STEM_COUNT] = left
        tile[t, SIDE + STEM_COUNT] = right


@inner
def _equalize_moving(
    tile: Floats, count: int, target: Floats, travel: Floats, swing: Floats, curve: Floats, filters: Floats
) -> None:
    """One section that glides, in place, for all lanes at once. The parameter arrays are its five rows."""
    for t in range(count):
        shape, bulge = curve[t, 0], curve[t, 1]
        for lane in range(LANES):
            g = target[0, lane] - travel[0, lane] * shape + swing[0, lane] * bulge
            k = target[1, lane] - travel[1, lane] * shape + swing[1, lane] * bulge
            m0 = target[2, lane] - travel[2, lane] * shape + swing[2, lane] * bulge
            m1 = target[3, lane] - travel[3, lane] * shape + swing[3, lane] * bulge
            m2 = target[4, lane] - travel[4, lane] * shape + swing[4, lane] * bulge
            a1 = 1.0 / (1.0 + g * (g + k))
            a2 = g * a1
            x = tile[t, lane]
            s1, s2 = filters[0, lane], filters[1, lane]
            difference = x - s2
            v1 = a1 * s1 + a2 * difference
            v2 = s2 + g * v1
            filters[0, lane] = v1 + v1 - s1 + _TINY
            filters[1, lane] = v2 + v2 - s2
            tile[t, lane] = m0 * x + m1 * v1 + m2 * v2


@inner
def _equalize_steady(tile: Floats, count: int, form: Floats, filters: Floats) -> None:
    """The same filter as `_equalize_moving` while its coefficients rest, on the same integrators."""
    for t in range(count):
        for lane in range(LANES):
            x = tile[t, lane]
            s1, s2 = filters[0, lane], filters[1, lane]
            difference = x - s2
            filters[0, lane] = form[0, lane] * s1 + form[1, lane] * difference + _TINY
            filters[1, lane] = s2 + form[1, lane] * s1 + form[2, lane] * difference
            tile[t, lane] = form[3, lane] * x + form[4, lane] * s1 + form[5, lane] * s2


@inner
def _equalize(tile: Floats, count: int, state: Floats, control: Integers, curve: Floats) -> None:
    """All sections, in place.

    For a full tile the number of frames is handed on as a constant, for which the compiler makes loops of their own
    that use whole vectors: three times faster, and the same samples.
    """
    for section in range(SECTIONS):
        kind = control[SECTION_STATES + section]
        filters = state[FILTERS + 2 * section : FILTERS + 2 * section + 2]
        row = section * COEFFICIENTS
        if kind == STEADY:
            form = steady_rows(state, section)
            if count == TILE_FRAMES:
                _equalize_steady(tile, TILE_FRAMES, form, filters)
            else:
                _equalize_steady(tile, count, form, filters)
        elif kind == MOVING:
            target = state[TARGET + row : TARGET + row + COEFFICIENTS]
            travel = state[TRAVEL + row : TRAVEL + row + COEFFICIENTS]
            swing = state[SWING + row : SWING + row + COEFFICIENTS]
            if count == TILE_FRAMES:
                _equalize_moving(tile, TILE_FRAMES, target, travel, swing, curve, filters)
            else:
                _equalize_moving(tile, count, target, travel, swing, curve, filters)


@inner
def _fade(
    tile: Floats, count: int, target: Floats, travel: Floats, swing: Floats, curve: Floats, levels: Floats
) -> None:
    """Strip gains, in place, and levels. The parameter arrays are three rows from GAIN_ROW on."""
    for t in range(count):
        shape, bulge = curve[t, 0], curve[t, 1]
        for lane in range(SIDE):
            l, r = tile[t, lane], tile[t, SIDE + lane]  # noqa: E741
            ll = target[0, lane] - travel[0, lane] * shape + swing[0, lane] * bulge
            lr = target[1, lane] - travel[1, lane] * shape + swing[1, lane] * bulge
            rr = target[0, SIDE + lane] - travel[0, SIDE + lane] * shape + swing[0, SIDE + lane] * bulge
            rl = target[1, SIDE + lane] - travel[1, SIDE + lane] * shape + swing[1, SIDE + lane] * bulge
            tile[t, lane] = ll * l + lr * r
            tile[t, SIDE + lane] = rr * r + rl * l
        for lane in range(LANES):
            levels[0, lane] = max(levels[0, lane], abs(tile[t, lane]))
            levels[1, lane] += tile[t, lane] * tile[t, lane]


@inner
def _sum(tile: Floats, count: int, state: Floats, curve: Floats, out: Samples, offset: int) -> None:
    """Strip gains and levels, the sum and the master gain."""
    target = state[TARGET + GAIN_ROW : TARGET + GAIN_ROW + 3]
    travel = state[TRAVEL + GAIN_ROW : TRAVEL + GAIN_ROW + 3]
    swing = state[SWING + GAIN_ROW : SWING + GAIN_ROW + 3]
    levels = state[LEVELS : LEVELS + 2]
    if count == TILE_FRAMES:
        _fade(tile, TILE_FRAMES, target, travel, swing, curve, levels)
    else:
        _fade(tile, count, target, travel, swing, curve, levels)
    for t in range(count):
        left = 0.0
        right = 0.0
        for strip in range(STRIPS):
            left += tile[t, strip]
            right += tile[t, SIDE + strip]
        master = target[2, 0] - travel[2, 0] * curve[t, 0] + swing[2, 0] * curve[t, 1]
        out[offset + t, 0] = left * master
        out[offset + t, 1] = right * master


@inner
def _write_tap(ring: Samples, tile: Floats, count: int, control: Integers) -> None:
    """Copy the tapped strip's samples."""
    strip = control[TAPPED] - 1
    if 0 <= strip < STRIPS:
        for t in range(count):
            ring[(control[TAP_NEXT] + t) % TAP_FRAMES] = 0.5 * (tile[t, strip] + tile[t, SIDE + strip])


@entry(
    void(
        _input2, _input3, _input2, _input2, int64, int64, float64, float64, float64, int64,
        _lanes, _lanes, int64[::1], _lanes, float32[:, ::1], float32[:, ::1],
    )
)  # fmt: skip
def mix_block(
    mix: Samples,
    stems: Samples,
    weights: Samples,
    curves: Samples,
    start: int,
    count: int,
    activation_start: float,
    activation_per_frame: float,
    slew: float,
    ramp_frames: int,
    targets: Floats,
    state: Floats,
    control: Integers,
    meters: Floats,
    tap: Samples,
    out: Samples,
) -> None:
    """Mix `count` frames from frame `start` of the song into `out`.

    Args:
        mix: float32 (frames, 2), the song.
        stems: float32 (6, frames, 2), unweighted.
        weights: float32 (activation frames, 8), see `app.mixing.weights`.
        curves: float32 (activation frames, 8), see `app.mixing.smart_listening`, or (1, 8) of ones.
        start: the first frame.
        count: how many; they must lie within the song.
        activation_start: the activation frame, with fractions, of frame 0.
        activation_per_frame: activation frames per sample frame.
        slew: the most a weight or a curve may change from one sample to the next.
        ramp_frames: how long parameters take to targets that are new in this block.
        targets: what the parameters shall become. This and the next four: see the head of this file.
        state: the memory.
        control: requests and progress.
        meters: levels, written; the master's are those of `master_block`.
        tap: samples for the spectrum, written.
        out: float32 (count or more, 2), overwritten.
    """
    reset, changed = control[RESET] != 0, control[WANTED] != control[IN_FORCE]
    control[IN_FORCE] = control[WANTED]
    if reset:
        jump(targets, state, control)
    elif changed:
        control[DUE] = ramp_frames
    slewed = state[SLEWED, :WEIGHT_LANES]
    ducked = state[DUCKED, :SIDE]
    tile = state[TILE : TILE + TILE_FRAMES]
    curve = state[CURVE : CURVE + TILE_FRAMES]
    levels = state[LEVELS : LEVELS + 2]
    levels[:] = 0.0
    done = 0 * count  # not the constant 0: numba would compile for that one, too
    while done < count:
        if control[DUE] > 0 and (changed or control[REMAINING] == 0):
            glide(targets, state, control)
            changed = False
        n = min(TILE_FRAMES, count - done)
        gliding = control[REMAINING] > 0
        if gliding:
            n = min(n, control[REMAINING])
        fill_curve(curve, n, control)
        first = reset and done == 0
        _fill_tile(
            mix, stems, weights, start + done, n, activation_start, activation_per_frame, slew, first, slewed, tile
        )
        _write_tap(tap[0], tile, n, control)
        _equalize(tile, n, state, control, curve)
        _write_tap(tap[1], tile, n, control)
        control[TAP_NEXT] = (control[TAP_NEXT] + n) % TAP_FRAMES
        duck(curves, start + done, n, activation_start, activation_per_frame, slew, first, ducked, tile)
        _sum(tile, n, state, curve, out, done)
        if gliding:
            control[REMAINING] -= n
            if control[REMAINING] == 0 and control[DUE] == 0:
                settle(state, control)
        done += n
    for lane in range(LANES):
        if lane % SIDE != MASTER_LANE:
            meters[PEAK, lane] = levels[0, lane]
            meters[MEAN_SQUARE, lane] = levels[1, lane] / max(count, 1)
            meters[HELD, lane] = max(meters[HELD, lane], levels[0, lane])


@entry(
    void(
        _input2, _input3, _input2, int64, int64, float64, float64, boolean,
        float64[::1], _lanes, float32[:, :, ::1],
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

    `jump` forgets the weights of the block before; `slewed`, float64 (8,), remembers them; `tile`, float64 (64, 16), is
    scratch. All else is as in `mix_block`.
    """
    done = 0 * count
    while done < count:
        n = min(TILE_FRAMES, count - done)
        first = jump and done == 0
        _fill_tile(mix, stems, weights, start + done, n, 0.0, activation_per_frame, slew, first, slewed, tile)
        for t in range(n):
            for strip in range(STRIPS):
                out[strip, done + t, 0] = tile[t, strip]
                out[strip, done + t, 1] = tile[t, SIDE + strip]
        done += n
