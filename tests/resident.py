"""How much of a file this process has in memory."""

import re
from pathlib import Path

SMAPS = Path("/proc/self/smaps")


def resident_bytes(path: Path) -> int:
    """Of the file's maps in this process, what is resident; Linux only."""
    total, inside = 0, False
    for line in SMAPS.read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(f" {path}")
        elif inside and line.startswith("Rss:"):
            total += 1024 * int(line.split()[1])
    return total
