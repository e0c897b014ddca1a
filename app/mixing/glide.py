"""How the parameters of the mixing kernel move: compiled, and called by `app.mixing.kernel` alone.

All glide along the same curve, but for a peak or shelf that goes far off in frequency: it would sweep over all that
lies between. It fades to neutral in the first half of the time, jumps, and fades in again in the second half.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner
from app.mixing.equalizer import COEFFICIENTS, SECTIONS
from app.mixing.kernel_layout import (
    DUE,
    FILTERS,
    GAIN_ROW,
    LANES,
    MOVING,
    OFF,
    PARAMETERS,
    RAMP,
    REMAINING,
    RESET,
    SECTION_STATES,
    STEADY,
    STEADY_FORM,
    STEADY_ROWS,
    SWING,
    TRAVEL,
)

_FAR: Final = 1.25  # a change of frequency by more than that factor, a third of an octave, is no glide
_FIRST_WITH_GAIN: Final = 2  # sections: the passes are at both ends
_LAST_WITH_GAIN: Final = SECTIONS - 3

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@inner
def steady_rows(state: Floats, section: int) -> Floats:
    """The rows of a section's steady form."""
    first = STEADY_FORM + section * STEADY_ROWS
    return state[first : first + STEADY_ROWS]


@inner
def _steady_form(target: Floats, form: Floats) -> None:
    """What `_equalize_steady` needs of five rows of coefficients that do not move."""
    for lane in range(LANES):
        g, k = target[0, lane], target[1, lane]
        m0, m1, m2 = target[2, lane], target[3, lane], target[4, lane]
        a1 = 1.0 / (1.0 + g * (g + k))
        a2 = g * a1
        a3 = g * a2
        form[0, lane] = 2.0 * a1 - 1.0
        form[1, lane] = 2.0 * a2
        form[2, lane] = 2.0 * a3
        form[3, lane] = m0 + m1 * a2 + m2 * a3
        form[4, lane] = m1 * a1 + m2 * a2
        form[5, lane] = m2 * (1.0 - a3) - m1 * a2


@inner
def _value(state: Floats, row: int, lane: int, shape: float, bulge: float) -> float:
    """A parameter where the glide is at `shape` and `bulge`."""
    return state[row, lane] - state[TRAVEL + row, lane] * shape + state[SWING + row, lane] * bulge


@inner
def _set_out(
    state: Floats, row: int, lane: int, wanted: float, shape: float, bulge: float, pace: float, sway: float
) -> bool:
    """Let a parameter glide from where it is to `wanted`; returns whether it moves.

    `shape` and `bulge` are the curve's values now, `pace` and `sway` their slopes by the time that the new glide takes.
    """
    speed = state[TRAVEL + row, lane] * pace + state[SWING + row, lane] * sway
    way = wanted - _value(state, row, lane, shape, bulge)
    state[row, lane] = wanted
    state[TRAVEL + row, lane] = way
    # A start at more than three times the mean speed would overshoot, one in the other direction has to turn round.
    state[SWING + row, lane] = max(min(speed, max(3.0 * way, 0.0)), min(3.0 * way, 0.0))
    return way != 0.0


@inner
def _place(state: Floats, row: int, lane: int, wanted: float) -> None:
    """Put a parameter at `wanted`."""
    state[row, lane] = wanted
    state[TRAVEL + row, lane] = 0.0
    state[SWING + row, lane] = 0.0


@inner
def settle(state: Floats, control: Integers) -> None:
    """Nothing moves: prepare the sections that are in use, and empty the others."""
    control[REMAINING] = 0
    for section in range(SECTIONS):
        row = section * COEFFICIENTS
        target = state[row : row + COEFFICIENTS]
        used = False
        for lane in range(LANES):
            used |= target[2, lane] != 1.0 or target[3, lane] != 0.0 or target[4, lane] != 0.0
        control[SECTION_STATES + section] = STEADY if used else OFF
        if used:
            _steady_form(target, steady_rows(state, section))
        else:
            state[FILTERS + 2 * section : FILTERS + 2 * section + 2][:] = 0.0


@inner
def _is_neutral(state: Floats, section: int, lane: int, shape: float, bulge: float) -> bool:
    """Whether the section passes that lane unchanged now."""
    row = section * COEFFICIENTS + 2
    return (
        _value(state, row, lane, shape, bulge) == 1.0
        and _value(state, row + 1, lane, shape, bulge) == 0.0
        and _value(state, row + 2, lane, shape, bulge) == 0.0
    )


@inner
def _will_be_neutral(targets: Floats, section: int, lane: int) -> bool:
    row = section * COEFFICIENTS + 2
    return targets[row, lane] == 1.0 and targets[row + 1, lane] == 0.0 and targets[row + 2, lane] == 0.0


@inner
def _goes_far(targets: Floats, state: Floats, section: int, lane: int, shape: float, bulge: float) -> bool:
    """Whether the section must become neutral before it takes its new frequency."""
    if section < _FIRST_WITH_GAIN or section > _LAST_WITH_GAIN:
        return False
    if _is_neutral(state, section, lane, shape, bulge) or _will_be_neutral(targets, section, lane):
        return False
    relation = targets[section * COEFFICIENTS, lane] / _value(state, section * COEFFICIENTS, lane, shape, bulge)
    return relation > _FAR or relation * _FAR < 1.0


@inner
def _glide_section(
    section: int,
    targets: Floats,
    state: Floats,
    control: Integers,
    shape: float,
    bulge: float,
    pace: float,
    sway: float,
) -> None:
    """Set out for new coefficients. In a lane that is neutral, frequency and Q go there at once: nobody hears it."""
    row = section * COEFFICIENTS
    used = moves = False
    for lane in range(LANES):
        silent = _is_neutral(state, section, lane, shape, bulge)
        far = _goes_far(targets, state, section, lane, shape, bulge)
        used |= not silent or not _will_be_neutral(targets, section, lane)
        for c in range(COEFFICIENTS):
            wanted = targets[row + c, lane]
            if far:
                wanted = _value(state, row + c, lane, shape, bulge) if c < 2 else 1.0 if c == 2 else 0.0
            if c < 2 and (silent or far):
                _place(state, row + c, lane, wanted)
            else:
                moves |= _set_out(state, row + c, lane, wanted, shape, bulge, pace, sway)
    control[SECTION_STATES + section] = OFF if not used else MOVING if moves else STEADY
    if used and not moves:
        _steady_form(state[row : row + COEFFICIENTS], steady_rows(state, section))


@inner
def glide(targets: Floats, state: Floats, control: Integers) -> None:
    """Set out for the targets from wherever the parameters are, within the frames that are due."""
    s = control[REMAINING] / max(control[RAMP], 1)
    shape, bulge = s * s * (3.0 - 2.0 * s), (1.0 - s) * s * s
    ramp = control[DUE]
    control[DUE] = 0
    for section in range(SECTIONS):
        for lane in range(LANES):
            if _goes_far(targets, state, section, lane, shape, bulge):
                control[DUE] = ramp - ramp // 2
    ramp = max(ramp - control[DUE], 1)
    stretch = ramp / max(control[RAMP], 1)
    pace, sway = 6.0 * s * (1.0 - s) * stretch, (3.0 * s * s - 2.0 * s) * stretch
    for section in range(SECTIONS):
        _glide_section(section, targets, state, control, shape, bulge, pace, sway)
    for row in range(GAIN_ROW, PARAMETERS):
        for lane in range(LANES):
            _set_out(state, row, lane, targets[row, lane], shape, bulge, pace, sway)
    control[RAMP] = control[REMAINING] = ramp


@inner
def jump(targets: Floats, state: Floats, control: Integers) -> None:
    """Carry out a reset."""
    control[RESET] = control[DUE] = 0
    for row in range(PARAMETERS):
        for lane in range(LANES):
            _place(state, row, lane, targets[row, lane])
    state[FILTERS : FILTERS + 2 * SECTIONS][:] = 0.0
    settle(state, control)


@inner
def fill_curve(curve: Floats, count: int, control: Integers) -> None:
    """Where the glide is at each of the next frames."""
    for t in range(count):
        s = max(control[REMAINING] - t - 1, 0) / max(control[RAMP], 1)
        curve[t, 0] = s * s * (3.0 - 2.0 * s)
        curve[t, 1] = (1.0 - s) * s * s
