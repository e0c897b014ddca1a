"""A process is killed at random moments while it edits and while it saves: nothing is lost, nothing half-written."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.session.project_file import read_project
from app.session.recovery import forget, unsaved
from tests.faults.worker import number_of

KILLS = 50
SEED = 20

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


def killed(folder: Path, what: str) -> list[tuple[Path, int]]:
    """For every killed process its folder, and the number of the last document that it said was safe."""
    command = [sys.executable, "-m", "tests.faults.worker", str(folder), what, str(KILLS), str(SEED)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    rounds = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(rounds) == KILLS
    assert all(round_["status"] == signal.SIGKILL for round_ in rounds), "one died of something else"
    assert len({round_["done"] for round_ in rounds}) > 2, "they were not killed at different moments"
    return [(Path(round_["folder"]), round_["done"]) for round_ in rounds]


def test_killed_while_saving(tmp_path: Path) -> None:
    for folder, done in killed(tmp_path, "save"):
        path = folder / "song.partwise"
        if done == 0 and not path.exists():
            continue
        assert number_of(read_project(path)) in (done, done + 1)
        others = [item.name for item in folder.iterdir() if item != path]
        assert all(name.startswith(".partwise-") and name.endswith(".part") for name in others), others


def test_killed_while_editing_the_next_start_offers_what_was_there(tmp_path: Path) -> None:
    for folder, done in killed(tmp_path, "edit"):
        items = unsaved(folder / "recovery")
        saved = folder / "song.partwise"
        numbers = [number_of(item.project) for item in items]
        if saved.exists():
            numbers.append(number_of(read_project(saved)))
        assert len(items) <= 1
        assert max(numbers, default=0) in (done, done + 1)
        for item in items:
            assert item.saved_as == saved
            forget(item)
        assert unsaved(folder / "recovery") == ()
