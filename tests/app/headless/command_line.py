"""The real command line, as somebody types it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
FAKE: Final = ("--separator", "tests.fake_separator:load")
TIMEOUT_S: Final = 120


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    out: str
    err: str


def partwise(*arguments: object, cwd: Path = ROOT) -> Ended:
    """Run `python main.py ARGUMENTS`."""
    command = [sys.executable, "-W", "error", str(ROOT / "main.py"), *map(str, arguments)]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, timeout=TIMEOUT_S, check=False, env=os.environ
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def assert_one_sentence(ended: Ended, status: int) -> None:
    """The run failed with one line on stderr and nothing else."""
    assert ended.status == status, ended
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.endswith((".\n", ").\n"))
    assert "Traceback" not in ended.err
    assert "Unexpected" not in ended.err


def left_behind(folder: Path) -> list[str]:
    """Everything in a folder and below, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []
