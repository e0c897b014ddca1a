"""Keeping memory changes how fast tensors are made, not what they hold; it must run in a process of its own."""

import subprocess
import sys

PROBE = """
import sys
import torch
from models.memory import keep_freed_memory
assert keep_freed_memory() or not sys.platform.startswith("linux")
for _ in range(3):
    assert torch.ones(20_000_000).sum() == 20_000_000
"""


def test_works_after_it() -> None:
    subprocess.run([sys.executable, "-c", PROBE], check=True, timeout=120)


LARGE_BLOCKS = """
import sys
from pathlib import Path
import numpy as np
from models.memory import give_back_freed_memory, return_large_blocks

def anonymous_mb():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024

returned = return_large_blocks()
if not sys.platform.startswith("linux") or not returned:
    sys.exit()
before = anonymous_mb()
for _ in range(4):
    blocks = [np.ones(size << 17) for size in (1, 2, 4, 8, 16, 24)]
    assert anonymous_mb() > before + 50
    del blocks[::2], blocks
assert anonymous_mb() < before + 2, "large blocks go at once"
small = [np.ones(1 << 12) for _ in range(2000)]
last = np.ones(16)
del small
give_back_freed_memory()
assert anonymous_mb() < before + 4, "small ones when that is asked for"
"""


def test_what_is_freed_goes_back() -> None:
    subprocess.run([sys.executable, "-c", LARGE_BLOCKS], check=True, timeout=120)
