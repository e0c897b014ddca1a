"""Rows of the bench, and how they are timed, printed and written."""

import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RUNS = 3


@dataclass(frozen=True)
class Row:
    """One measurement. `ratio` is value / peer's value in the same unit; None where there is no peer."""

    work: str
    value: float
    unit: str
    peer: str | None = None
    ratio: float | None = None


def median_of(measure: Callable[[], float], runs: int = RUNS) -> float:
    """Median of several measurements."""
    return statistics.median(measure() for _ in range(runs))


def against_peer(
    work: str, unit: str, measure: Callable[[], float], peer: str, measure_peer: Callable[[], float]
) -> Row:
    """Measure both in turn, so that a machine that slows down slows both; medians of `RUNS` after one warm-up."""
    measure(), measure_peer()
    pairs = [(measure(), measure_peer()) for _ in range(RUNS)]
    value, other = (statistics.median(values) for values in zip(*pairs, strict=True))
    return Row(work, round(value, 5), unit, peer, round(value / other, 4))


def machine() -> str:
    """What it ran on, in words."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def write(rows: list[Row], path: Path) -> None:
    """Print the table and write it as JSON."""
    path.write_text(json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    print(machine())
    for row in rows:
        against = f"{row.ratio:.3g} of {row.peer}" if row.peer else ""
        print(f"{row.work:28} {row.value:10.4g} {row.unit:24} {against}")
