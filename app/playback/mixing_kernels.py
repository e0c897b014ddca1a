"""Where playback and the mixing kernel meet: the only place that knows the kernel's arrays."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from app.mixing import kernel
from app.mixing import kernel_layout as layout
from app.mixing.limiter_kernel import LIMITER_SIZE
from app.mixing.master_kernel import MASTER_SIZE, master_block, master_state
from app.mixing.weights import WEIGHT_LANES
from app.playback.layout import CALL, RING_FRAMES
from app.playback.memory import address_of, carray, compiled, intrinsic, numba, pointer_to, record_at, types

if TYPE_CHECKING:
    from app.mixing.mixer import Mixer

TARGETS: Final = layout.PARAMETERS * layout.LANES
STEM_COUNT: Final = layout.STEM_COUNT
STRIPS: Final = layout.STRIPS

ARRAYS: Final = 7
"""How many addresses `Memory.addresses` has, in the order of `KernelMemory`; last comes a limiter at rest."""

_TARGETS, _STATE, _CONTROL, _METERS, _TAP, _MASTER, _REST = range(ARRAYS)

# mypy knows the kernels by the arrays of Python.
_mix_block: Any = kernel.mix_block
_split_block: Any = kernel.split_block
_master_block: Any = master_block

floats_at = pointer_to(types.float64)
integers_at = pointer_to(types.int64)
samples_at = pointer_to(types.float32)
call_at = record_at(CALL)


class Memory:
    """What the callback needs of a mixer. The mixer lives as long as this does."""

    def __init__(self, mixer: "Mixer") -> None:
        memory = mixer.memory
        self._mixer = mixer
        self._rest = master_state(mixer.rate)[:LIMITER_SIZE].copy()
        arrays = (
            memory.targets, memory.state, memory.control, memory.meters, memory.tap, memory.master, self._rest
        )  # fmt: skip
        self.addresses = np.array([array.ctypes.data for array in arrays], np.int64)


class StripReader:
    """The stems as they were estimated and what they leave of the mix, block by block, in memory of its own."""

    def __init__(self, mixer: "Mixer") -> None:
        """Reads the mixer's song. Its weights come later, when what was read is mixed, so that a change is heard."""
        self._mixer = mixer
        self._weights = np.ones((1, WEIGHT_LANES), np.float32)
        self._slewed = np.zeros(WEIGHT_LANES)
        self._tile = np.zeros((layout.TILE_FRAMES, layout.LANES))

    def read(self, start: int, out: NDArray[np.float32]) -> None:
        """Fill `out`, float32 `(7, n, 2)`, from frame `start`; all must lie within the song."""
        mixer = self._mixer
        _split_block(
            mixer.mix, mixer.stems, self._weights, start, out.shape[1], 0.0, 1.0, True, self._slewed, self._tile, out
        )


@compiled
def take_targets(m: Any, incoming: int) -> None:
    """Have the kernel glide from its next block on to the parameters at that address."""
    where = carray(integers_at(m.where), (ARRAYS,))
    targets = carray(floats_at(where[_TARGETS]), (TARGETS,))
    wanted = carray(floats_at(incoming), (TARGETS,))
    for index in range(TARGETS):
        targets[index] = wanted[index]
    carray(integers_at(where[_CONTROL]), (layout.CONTROLS,))[layout.WANTED] += 1


@compiled
def restart(m: Any, s: Any) -> None:
    """Have the strips forget the past in the next block; the limiter too, unless something is on its way there."""
    where = carray(integers_at(m.where), (ARRAYS,))
    carray(integers_at(where[_CONTROL]), (layout.CONTROLS,))[layout.RESET] = 1
    if s.tail > 0:
        return
    limiter = carray(floats_at(where[_MASTER]), (LIMITER_SIZE,))
    rest = carray(floats_at(where[_REST]), (LIMITER_SIZE,))
    for index in range(LIMITER_SIZE):
        limiter[index] = rest[index]


@compiled
def clear_meters(m: Any) -> None:
    """Let the meters fall to silence; a clip and the integrated loudness stay shown."""
    where = carray(integers_at(m.where), (ARRAYS,))
    meters = carray(floats_at(where[_METERS]), (layout.METERS, layout.LANES))
    for row in range(layout.CLIPPED):
        for lane in range(layout.LANES):
            meters[row, lane] = 0.0
    meters[layout.LOUDNESS, 0] = 0.0
    meters[layout.LOUDNESS, 1] = 0.0


@compiled
def mix_song(m: Any, q: Any, start: int, out: Any) -> None:
    """Fill `out` with what the mixer makes of the song from that frame on."""
    call = call_at(m.call)
    call.mix = q.mix
    call.stems = q.stems
    call.frames = q.frames
    call.activation_start = 0.0
    call.activation_per_frame = q.activation_per_frame
    _mix(m, q, call, start, out)


@compiled
def mix_ring(m: Any, q: Any, ring: int, start: int, place: float, step: float, out: Any) -> None:
    """Fill `out` with what the mixer makes of a ring's strips from that index on.

    That index lies at the song frame `place`, each following one `step` after the one before.
    """
    call = call_at(m.call)
    call.mix = m.ring_mix + ring * RING_FRAMES * 8
    call.stems = m.ring_stems + ring * STEM_COUNT * RING_FRAMES * 8
    call.frames = RING_FRAMES
    call.activation_start = (place - start * step) * q.activation_per_frame
    call.activation_per_frame = step * q.activation_per_frame
    _mix(m, q, call, start, out)


@compiled
def _mix(m: Any, q: Any, call: Any, start: int, out: Any) -> None:
    call.start = start
    call.weights = q.weights
    call.weight_rows = q.weight_rows
    call.curves = q.curves
    call.curve_rows = q.curve_rows
    call.slew = q.slew
    call.ramp_frames = q.ramp_frames
    call.out = address_of(out)
    call.count = out.shape[0]
    call.where = m.where
    _call(call.mix_function, m.call)


@compiled
def finish(m: Any, q: Any, out: Any) -> None:
    """Limit and measure what will be heard, in place."""
    call = call_at(m.call)
    call.limit = q.limit
    call.ceiling = q.ceiling
    call.out = address_of(out)
    call.count = out.shape[0]
    call.where = m.where
    _call(call.master_function, m.call)


@intrinsic
def _call(typing_context: Any, function: Any, argument: Any) -> Any:
    """Call `void function(void *)`, both given as addresses.

    The kernel is reached in this way, not as a part of the caller: it would be compiled into it several times over.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def compile_kernels() -> tuple[Any, Any]:
    """What `mix_song` and `mix_ring`, and what `finish`, call; their `address` belongs into a CALL record."""
    compile_for: Any = numba.cfunc(types.void(types.int64), nopython=True, cache=True, error_model="numpy")
    return compile_for(_call_mix), compile_for(_call_master)


def _call_mix(address: Any) -> None:
    call = call_at(address)
    where = carray(integers_at(call.where), (ARRAYS,))
    _mix_block(
        carray(samples_at(call.mix), (call.frames, 2)),
        carray(samples_at(call.stems), (STEM_COUNT, call.frames, 2)),
        carray(samples_at(call.weights), (call.weight_rows, WEIGHT_LANES)),
        carray(samples_at(call.curves), (call.curve_rows, layout.SIDE)),
        call.start, call.count, call.activation_start, call.activation_per_frame, call.slew, call.ramp_frames,
        carray(floats_at(where[_TARGETS]), (layout.PARAMETERS, layout.LANES)),
        carray(floats_at(where[_STATE]), (layout.STATE_ROWS, layout.LANES)),
        carray(integers_at(where[_CONTROL]), (layout.CONTROLS,)),
        carray(floats_at(where[_METERS]), (layout.METERS, layout.LANES)),
        carray(samples_at(where[_TAP]), (2, layout.TAP_FRAMES)),
        carray(samples_at(call.out), (call.count, 2)),
    )  # fmt: skip


def _call_master(address: Any) -> None:
    call = call_at(address)
    where = carray(integers_at(call.where), (ARRAYS,))
    _master_block(
        carray(samples_at(call.out), (call.count, 2)), call.count, call.limit != 0, call.ceiling,
        carray(floats_at(where[_MASTER]), (MASTER_SIZE,)),
        carray(floats_at(where[_METERS]), (layout.METERS, layout.LANES)),
    )  # fmt: skip
