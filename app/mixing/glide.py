"""How the parameters of the mixing kernel move: compiled, and called by `app.mixing.kernel` alone.

All glide along the same curve, but for a band that goes far off in frequency: it would sweep over all that lies
between, and a sweep by octaves in 20 ms is heard as noise. A peak or shelf fades to neutral in the first half of the
time, jumps, and fades in again in the second half. A pass would let through meanwhile what it keeps out before and
after. So a spare section in front of it fades to the new frequency in the first half, then the pass fades to neutral
in the second, and takes over from the spare section, coefficients and integrators, when that is done.

A band that goes off fades where it is, whatever frequency it is to have when it comes on again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.compiled import inner
from app.mixing.equalizer import COEFFICIENTS, PASS_SECTIONS, SECTIONS, SPARE
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
_FIRST_WITH_GAIN: Final = PASS_SECTIONS[1] + 1  # sections: the passes are at both ends
_LAST_WITH_GAIN: Final = PASS_SECTIONS[2] - SPARE - 1

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
def _mark(section: int, used: bool, moves: bool, state: Floats, control: Integers) -> None:
    """Say how the section is to be computed from now on."""
    control[SECTION_STATES + section] = OFF if not used else MOVING if moves else STEADY
    if used and not moves:
        row = section * COEFFICIENTS
        _steady_form(state[row : row + COEFFICIENTS], steady_rows(state, section))


@inner
def settle(state: Floats, control: Integers) -> None:
    """Nothing moves: prepare the sections that are in use, and empty the others."""
    control[REMAINING] = 0
    _take_over(state, 0.0, 0.0)
    for section in range(SECTIONS):
        row = section * COEFFICIENTS
        target = state[row : row + COEFFICIENTS]
        used = False
        for lane in range(LANES):
            used |= target[2, lane] != 1.0 or target[3, lane] != 0.0 or target[4, lane] != 0.0
        _mark(section, used, False, state, control)
        if not used:
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
    """Whether the section is in use before and after, at frequencies too far apart to glide."""
    if _is_neutral(state, section, lane, shape, bulge) or _will_be_neutral(targets, section, lane):
        return False
    relation = targets[section * COEFFICIENTS, lane] / _value(state, section * COEFFICIENTS, lane, shape, bulge)
    return relation > _FAR or relation * _FAR < 1.0


@inner
def _crosses(targets: Floats, state: Floats, section: int, lane: int, shape: float, bulge: float) -> bool:
    """Whether a pass must use its spare section, which must be free, to get to its new frequency."""
    return _is_neutral(state, section - SPARE, lane, shape, bulge) and _goes_far(
        targets, state, section, lane, shape, bulge
    )


@inner
def _take_over(state: Floats, shape: float, bulge: float) -> None:
    """Where a pass has faded out behind its spare section, go on in the pass with what the spare section has."""
    for section in PASS_SECTIONS:
        spare = section - SPARE
        for lane in range(LANES):
            if _is_neutral(state, spare, lane, shape, bulge) or not _is_neutral(state, section, lane, shape, bulge):
                continue
            for c in range(COEFFICIENTS):
                row, spare_row = section * COEFFICIENTS + c, spare * COEFFICIENTS + c
                state[row, lane] = state[spare_row, lane]
                state[TRAVEL + row, lane] = state[TRAVEL + spare_row, lane]
                state[SWING + row, lane] = state[SWING + spare_row, lane]
                _place(state, spare_row, lane, 1.0 if c <= 2 else 0.0)
            for integrator in range(2):
                row, spare_row = FILTERS + 2 * section + integrator, FILTERS + 2 * spare + integrator
                state[row, lane] = state[spare_row, lane]
                state[spare_row, lane] = 0.0


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
        off = _will_be_neutral(targets, section, lane)
        far = _goes_far(targets, state, section, lane, shape, bulge)
        used |= not silent or not off
        for c in range(COEFFICIENTS):
            wanted = targets[row + c, lane]
            if far or (off and c < 2):
                wanted = _value(state, row + c, lane, shape, bulge) if c < 2 else 1.0 if c == 2 else 0.0
            if c < 2 and (silent or far or off):
                _place(state, row + c, lane, wanted)
            else:
                moves |= _set_out(state, row + c, lane, wanted, shape, bulge, pace, sway)
    _mark(section, used, moves, state, control)


@inner
def _glide_pass(
    section: int,
    targets: Floats,
    state: Floats,
    control: Integers,
    shape: float,
    bulge: float,
    pace: float,
    sway: float,
) -> None:
    """The same for a section of a pass, and its spare one."""
    row = section * COEFFICIENTS
    spare_row = row - SPARE * COEFFICIENTS
    used = moves = spare_used = spare_moves = False
    for lane in range(LANES):
        silent = _is_neutral(state, section, lane, shape, bulge)
        off = _will_be_neutral(targets, section, lane)
        leaving = not _is_neutral(state, section - SPARE, lane, shape, bulge)
        crossing = _crosses(targets, state, section, lane, shape, bulge)
        used |= not silent or not (off or leaving)
        spare_used |= leaving or crossing
        for c in range(COEFFICIENTS):
            rest = 1.0 if c == 2 else 0.0
            wanted = targets[row + c, lane]
            if crossing or (c < 2 and (off or leaving)):
                _place(state, row + c, lane, _value(state, row + c, lane, shape, bulge))
            elif c < 2 and silent:
                _place(state, row + c, lane, wanted)
            else:
                goal = rest if leaving else wanted
                moves |= _set_out(state, row + c, lane, goal, shape, bulge, pace, sway)
            if c < 2 and not leaving:
                _place(state, spare_row + c, lane, wanted)
            elif c < 2 and off:
                _place(state, spare_row + c, lane, _value(state, spare_row + c, lane, shape, bulge))
            else:
                goal = wanted if leaving or crossing else rest
                spare_moves |= _set_out(state, spare_row + c, lane, goal, shape, bulge, pace, sway)
    _mark(section, used, moves, state, control)
    _mark(section - SPARE, spare_used, spare_moves, state, control)


@inner
def _needs_two_steps(targets: Floats, state: Floats, shape: float, bulge: float) -> bool:
    """Whether any band has to go far."""
    for lane in range(LANES):
        for section in range(_FIRST_WITH_GAIN, _LAST_WITH_GAIN + 1):
            if _goes_far(targets, state, section, lane, shape, bulge):
                return True
        for section in PASS_SECTIONS:
            if _crosses(targets, state, section, lane, shape, bulge):
                return True
    return False


@inner
def glide(targets: Floats, state: Floats, control: Integers) -> None:
    """Set out for the targets from wherever the parameters are, within the frames that are due."""
    s = control[REMAINING] / max(control[RAMP], 1)
    shape, bulge = s * s * (3.0 - 2.0 * s), (1.0 - s) * s * s
    ramp = control[DUE]
    control[DUE] = 0
    _take_over(state, shape, bulge)
    if _needs_two_steps(targets, state, shape, bulge):
        control[DUE] = ramp - ramp // 2
    ramp = max(ramp - control[DUE], 1)
    stretch = ramp / max(control[RAMP], 1)
    pace, sway = 6.0 * s * (1.0 - s) * stretch, (3.0 * s * s - 2.0 * s) * stretch
    for section in range(_FIRST_WITH_GAIN, _LAST_WITH_GAIN + 1):
        _glide_section(section, targets, state, control, shape, bulge, pace, sway)
    for section in PASS_SECTIONS:
        _glide_pass(section, targets, state, control, shape, bulge, pace, sway)
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
