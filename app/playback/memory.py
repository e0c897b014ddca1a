"""Memory that compiled code shares with Python without a lock: arrays from addresses, fences, a sequence lock."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba as _typed_numba
import numpy as np
from numba import extending as _typed_extending
from numpy.typing import NDArray

import app.mixing.compiled  # noqa: F401 (it says where compiled code is kept)

numba: Any = _typed_numba  # its type hints do not know what compiled code can do
carray, types = numba.carray, numba.types

_Function = TypeVar("_Function", bound=Callable[..., Any])


def intrinsic(function: Callable[..., Any]) -> Any:
    """Numba's decorator for functions that write machine code."""
    decorate: Any = _typed_extending.intrinsic
    return decorate(function)


def compiled(function: _Function) -> _Function:
    """Compile as a part of a compiled caller; it never holds the GIL and allocates nothing that it is not given.

    What is compiled is kept on the disk as a part of its caller, see `app.mixing.compiled`.
    """
    decorate: Any = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
    return cast(_Function, decorate(function))


def entry(function: _Function) -> _Function:
    """Compile for callers in Python, and keep that on the disk."""
    result: Any = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast(_Function, result)


def pointer_to(kind: Any) -> Any:
    """A compiled function that makes an address, int64, a pointer to numba's type `kind`, for `carray`."""

    @intrinsic
    def pointer(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(types.int64), generate

    return pointer


@intrinsic
def fence(typing_context: Any) -> Any:
    """What was read and written before stays before, for every processor that looks."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def address_of(typing_context: Any, array: Any) -> Any:
    """Where the first element of an array lies."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, context.get_value_type(types.int64))

    return types.int64(array), generate


def record_at(kind: "np.dtype[np.void]") -> Any:
    """A compiled function that gives the record of that kind at an address, int64. It is a reference, not a copy."""
    record = numba.from_dtype(kind)

    @intrinsic
    def reference(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return record(types.int64), generate

    return reference


@entry
def publish(sequence: NDArray[np.int64], shared: NDArray[np.int64], words: NDArray[np.int64]) -> None:
    """Write words of 64 bits under a sequence lock: `sequence[0]` is odd meanwhile. One writer at a time."""
    sequence[0] += 1
    fence()
    for index in range(len(words)):
        shared[index] = words[index]
    fence()
    sequence[0] += 1


@entry
def publish_fence() -> None:
    """A fence, for Python that writes what compiled code reads."""
    fence()


@compiled
def receive(sequence: Any, shared: Any, words: Any) -> int:
    """Copy what `publish` wrote; returns its number, or -1 if it is being written: then the copy is of no use.

    This never waits; the audio callback comes again a block later.
    """
    before = sequence[0]
    if before & 1:
        return -1
    fence()
    for index in range(len(words)):
        words[index] = shared[index]
    fence()
    return before if sequence[0] == before else -1
