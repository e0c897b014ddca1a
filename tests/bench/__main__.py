"""`python -m tests.bench [--seconds N] [row ...]`: all rows, or those named, printed and written to bench.json.

`--seconds` shortens (or lengthens) the rows that last a set time, for a quick look.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench.activation import pencil_row
from tests.bench.application import first_sound_row, window_row
from tests.bench.memory import memory_row, reopen_row
from tests.bench.mixing import kernel_row
from tests.bench.playback import callback_row, control_row, dropouts_row, low_latency_dropouts_row
from tests.bench.separation import separate_row, spleeter_row
from tests.bench.table import Row, write
from tests.bench.timeline import timeline_row
from tests.bench.training import training_row

ROWS: Final[dict[str, Callable[[float | None], Row | None]]] = {
    "separate": lambda seconds: separate_row(),
    "separate-spleeter-2stems": lambda seconds: spleeter_row("spleeter-2stems"),
    "separate-spleeter+iass-six": lambda seconds: spleeter_row("spleeter+iass-six"),
    "training": lambda seconds: training_row(),
    "first-sound-open-warm": lambda seconds: first_sound_row(),
    "window-shown": lambda seconds: window_row(),
    "reopen": lambda seconds: reopen_row(),
    "peak-memory-10min": lambda seconds: memory_row(10),
    "peak-memory-30min": lambda seconds: memory_row(30),
    "peak-memory-60min": lambda seconds: memory_row(60),
    "timeline-frame-p95": timeline_row,
    "kernel-512": lambda seconds: kernel_row(),
    "pencil-60min": lambda seconds: pencil_row(),
    "callback-p99": callback_row,
    "control-to-sound": control_row,
    "dropouts-46ms": dropouts_row,
    "dropouts-23ms": low_latency_dropouts_row,
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("rows", nargs="*", metavar="row", help=", ".join(ROWS))
    parser.add_argument("--seconds", type=float, help="duration of the rows that last a set time")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.rows if name not in ROWS]:
        parser.error(f"there is no row {unknown[0]!r}; choose from {', '.join(ROWS)}")
    rows = [ROWS[name](arguments.seconds) for name in arguments.rows or ROWS]
    write([row for row in rows if row is not None], Path("bench.json"))


if __name__ == "__main__":
    # The child process that separates imports this file again.
    main()
