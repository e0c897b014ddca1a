"""How a process that does nothing but separate or train asks the system for memory."""

import ctypes
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1  # the names of glibc's malloc.h: M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX
_TOP_PAD: Final = -2
_MMAP_MAX: Final = -4


def keep_freed_memory() -> bool:
    """Keep large tensors that were freed for the next ones, where the C library can be told (glibc).

    Otherwise each is mapped and cleared anew by the system: a fifth of the time of a separation. The process keeps the
    most it ever needed. Returns True if it was possible.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 << 20))
    results = [mallopt(name, value) for name, value in settings]
    return results == [1] * len(settings)
