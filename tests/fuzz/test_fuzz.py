"""A minute of damaged files, the same ones every time: each opens or is refused in a sentence, none crashes or hangs.

For longer: `python -m tests.fuzz all --seconds 600 --seed 7`.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import fuzz, sentence_problem
from tests.fuzz.formats import Format, formats
from tests.fuzz.mutations import mutate

SECONDS = 60.0 / len(formats())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", formats())
def test_damaged_files(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(SECONDS), "--folder", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=110)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    outcome = json.loads(result.stdout.splitlines()[-1])
    assert outcome["opened"] + outcome["refused"] > 10
    assert outcome["refused"] > 0 or not formats()[name].errors


def test_the_same_seed_damages_the_same_way() -> None:
    seeds = [bytes(range(256)) * 4, b"another" * 100]
    first, again, other = ([mutate(seeds[0], seeds, rng) for _ in range(50)] for rng in map(random.Random, (1, 1, 2)))
    assert first == again != other
    assert all(len(data) <= 1 << 21 for data in first)


@pytest.mark.parametrize("error", [RecursionError("deep"), KeyError("x"), ValueError("two\nlines"), ValueError("")])
def test_what_gives_way_is_found(error: Exception, tmp_path: Path) -> None:
    calls = []

    def attempt(path: Path) -> None:
        calls.append(path)
        if len(calls) > 1:  # the whole file opens
            raise error

    kind = Format(".x", lambda folder: [b"whole"], attempt, (ValueError,), names_the_file=False)
    outcome = fuzz(kind, tmp_path, 5.0, 1)
    assert outcome.failure
    assert (tmp_path / "failed.x").exists()


def test_a_sentence_names_the_file() -> None:
    assert sentence_problem("Cannot open “a.wav”: it is empty.", "a.wav") == ""
    assert sentence_problem("Cannot open it: it is empty.", "a.wav")
    assert sentence_problem("x" * 601, "")
