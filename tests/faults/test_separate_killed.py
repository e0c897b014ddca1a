import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.killing import fast_folder

ROOT = Path(__file__).parents[2]
VICTIMS = 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")
def test_batches_killed_at_fifty_moments_lose_nothing_and_go_on() -> None:
    """Never a half-written file under its name, never a wrong sample in the cache, and the next start goes on."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.faults.separate_victims"]
    with fast_folder() as folder:
        ended = subprocess.run(
            [*command, str(folder), str(VICTIMS), "1"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["victims"] == VICTIMS
    assert report["victims"] - report["finished"] >= VICTIMS // 2, "most of them were killed at work"
    assert report["left"] == [], "the last run cleans up after the killed ones"
    assert report["parts_kept"] >= 2, "parts of songs came back from the cache"
