"""Environment of a training process: what torch cannot be told once it runs."""

import os
import sys
from typing import Final

ENVIRONMENT: Final = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "GOMP_SPINCOUNT": "3000",
}
"""For glibc: memory that was freed is kept, in large pages, instead of being mapped again at each step: a third of a
step. For GNU OpenMP: threads that wait give way to the data worker soon, but not at once."""


def restart_in_environment() -> None:
    """Start this program again with `ENVIRONMENT` set, on Linux, unless it is; what a person has set is left alone."""
    if not sys.platform.startswith("linux") or ENVIRONMENT.keys() <= os.environ.keys():
        return
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], ENVIRONMENT | os.environ)
