"""The function that PortAudio calls for each block: compiled code from end to end, so it never takes the GIL.

Outputs that are driven from Python call the very same function (`Callback.__call__`), which lets go of the GIL.
"""

import ctypes
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from app.playback.layout import ENTERED, LEFT, TABLE, TIMES
from app.playback.memory import carray, compiled, fence, intrinsic, numba, pointer_to, record_at, types
from app.playback.transport import fill, request_at, state_at, take_request

SCRATCH_FRAMES: Final = 4096

_OUTPUT_UNDERFLOW: Final = 4  # paOutputUnderflow in portaudio.h
_LONGEST_DELAY_S: Final = 1.0
_ONE_GAP_S: Final = 0.1
_LATE_S: Final = 0.003  # by which the device's clock may be wrong

_table_at = record_at(TABLE)
_integers_at, _samples_at = pointer_to(types.int64), pointer_to(types.float32)


@intrinsic
def _call_clock(typing_context: Any, address: Any, kind: Any, value: Any) -> Any:
    """Call C's `clock_gettime` at that address; `value` points at a timespec, two int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function = ir.FunctionType(ir.IntType(32), [ir.IntType(32), arguments[2].type])
        number = builder.trunc(arguments[1], ir.IntType(32))
        builder.call(builder.inttoptr(arguments[0], function.as_pointer()), [number, arguments[2]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.CPointer(types.int64)), generate


@compiled
def _nanoseconds(m: Any, q: Any) -> int:
    """A steady clock."""
    _call_clock(q.clock, q.clock_kind, _integers_at(m.clock_value))
    value = carray(_integers_at(m.clock_value), (2,))
    return value[0] * 1_000_000_000 + value[1]


@compiled
def _ran_empty(s: Any, now_s: float) -> bool:
    """Whether everything that was handed out has been heard before this block.

    Not every system tells: PulseAudio's ALSA plugin fills the gap with silence and says nothing, unless its user has
    set `handle_underrun`.
    """
    return s.next_at_s > 0.0 and now_s > s.next_at_s + _LATE_S


@compiled
def _count_underflow(s: Any, now_s: float) -> None:
    """One gap may be told, or noticed, at several blocks in a row."""
    if abs(now_s - s.underflow_at_s) > _ONE_GAP_S:
        s.underflows += 1
    s.underflow_at_s = now_s


@compiled
def _fill_mono(m: Any, q: Any, s: Any, out: Any, at_s: float) -> None:
    """For a device with one channel: the mean of left and right."""
    stereo = carray(_samples_at(m.scratch), (SCRATCH_FRAMES, 2))
    done = 0
    while done < out.shape[0]:
        count = min(out.shape[0] - done, SCRATCH_FRAMES)
        fill(m, q, s, stereo[:count], at_s + done / q.rate)
        for t in range(count):
            out[done + t] = np.float32(0.5) * (stereo[t, 0] + stereo[t, 1])
        done += count


def _compile() -> Any:
    """The callback."""

    def callback(inputs: Any, outputs: Any, frames: Any, times: Any, flags: Any, table: Any) -> int:
        m = _table_at(table)
        q = request_at(m.request)
        s = state_at(m.state)
        control = carray(_integers_at(m.control), (4,))
        control[ENTERED] += 1
        fence()
        take_request(m, q, s)
        started = _nanoseconds(m, q) if q.clock != 0 else 0
        delay_s = times[2] - times[1]
        told = 0.0 < delay_s < _LONGEST_DELAY_S
        at_s = times[1] + (delay_s if told else q.output_latency_s)
        if told and _ran_empty(s, times[1]):
            s.next_at_s = at_s
            _count_underflow(s, times[1])
        elif flags & _OUTPUT_UNDERFLOW:
            _count_underflow(s, times[1])
        if q.channels == 1:
            _fill_mono(m, q, s, carray(outputs, (frames,)), at_s)
        else:
            fill(m, q, s, carray(outputs, (frames, 2)), at_s)
        if q.clock != 0:
            carray(_integers_at(m.block_times), (TIMES,))[s.blocks % TIMES] = _nanoseconds(m, q) - started
        fence()
        control[LEFT] += 1
        return 0

    signature = types.int32(
        types.voidptr, types.CPointer(types.float32), types.ulong, types.CPointer(types.float64), types.ulong,
        types.int64,
    )  # fmt: skip
    compile_for: Any = numba.cfunc(signature, nopython=True, cache=True, error_model="numpy")
    return compile_for(callback)


class Callback:
    """The compiled function. Making one compiles it, which takes seconds, or loads what was compiled before."""

    def __init__(self) -> None:
        self._compiled = _compile()
        self.address: int = self._compiled.address
        prototype = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong,
            ctypes.c_void_p,
        )  # fmt: skip
        self._call = prototype(self.address)

    def __call__(self, out: NDArray[np.float32], times: NDArray[np.float64], flags: int, table: int) -> None:
        """What PortAudio does: fill `out`, float32 `(n, 2)` in C order; `times` are those of PaStreamCallbackTimeInfo.

        Raises TypeError for another kind of array.
        """
        if out.dtype != np.float32 or out.ndim != 2 or out.shape[1] != 2 or not out.flags.c_contiguous:
            raise TypeError("a block is float32 (n, 2) in C order")
        self._call(None, out.ctypes.data, len(out), times.ctypes.data, flags, table)
