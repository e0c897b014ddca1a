"""How fast the network learns, with the allocator as `make train` sets it and as it is by default."""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.table import Row, against_peer
from tests.bench.training_probe import BATCH

ROOT = Path(__file__).parents[2]
KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""As in the Makefile: memory that was freed is kept, in large pages, instead of being mapped again at each step."""


def training_row() -> Row:
    """Seconds per excerpt of 6 s."""
    return against_peer(
        "training",
        "s / excerpt of 6 s",
        lambda: _step_s(KEEP_MEMORY) / BATCH,
        "default allocator",
        lambda: _step_s({}) / BATCH,
    )


def _step_s(environment: dict[str, str]) -> float:
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.training_probe"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return float(output)
