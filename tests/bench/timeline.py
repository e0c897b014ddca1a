"""How long a frame of the timeline takes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.table import Row

ROOT = Path(__file__).parents[2]
LIMIT_S = 600.0


def timeline_row(seconds: float | None) -> Row:
    """95th percentile of the frame time in ms, while a separated song of 60 min plays and is zoomed and scrolled."""
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.timeline_probe", str(seconds or 10.0)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LIMIT_S,
    ).stdout
    return Row("timeline-frame-p95", round(float(output.split()[-1]), 2), "ms")
