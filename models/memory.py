"""How processes ask the system for memory, and give it back."""

import ctypes
import sys
from typing import Any, Final

_TRIM_THRESHOLD: Final = -1  # the names of glibc's malloc.h: M_TRIM_THRESHOLD, ...
_TOP_PAD: Final = -2
_MMAP_THRESHOLD: Final = -3
_MMAP_MAX: Final = -4


def keep_freed_memory() -> bool:
    """Keep large tensors that were freed for the next ones, where the C library can be told (glibc).

    For a process that does nothing but separate or train. Otherwise each is mapped and cleared anew by the system: a
    fifth of the time of a separation. The process keeps the most it ever needed, until `give_back_freed_memory`.
    Returns True if it was possible.
    """
    mallopt = _of_c_library("mallopt")
    if mallopt is None:
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 << 20))
    results = [mallopt(name, value) for name, value in settings]
    return results == [1] * len(settings)


def return_large_blocks() -> bool:
    """Have blocks of a megabyte or more given back when they are freed, where the C library can be told (glibc).

    For a process that waits for a user most of the time. Left to itself, glibc keeps blocks of up to 32 MB as soon as
    one of that size was freed; with a few arrays as long as the song, memory grows with the song. Returns True if it
    was possible.
    """
    mallopt = _of_c_library("mallopt")
    if mallopt is None:
        return False
    settings = ((_MMAP_THRESHOLD, 1 << 20), (_TRIM_THRESHOLD, 8 << 20))
    results = [mallopt(name, value) for name, value in settings]
    return results == [1] * len(settings)


def give_back_freed_memory() -> bool:
    """Give the system what was freed and is kept for later, after work that took much. True if there was something."""
    trim = _of_c_library("malloc_trim")
    return trim is not None and bool(trim(0))


def _of_c_library(name: str) -> Any:
    """A function of glibc; None with another C library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
