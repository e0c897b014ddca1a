"""Damages files of one format and opens them, until the time is over or something gives way.

Each file lies on the disk before it is opened, so that a crash leaves the one that caused it. Prints a line of JSON:
how many files were opened, how many refused, and what went wrong.
"""

import argparse
import faulthandler
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.formats import Format, formats
from tests.fuzz.mutations import mutate

LONGEST_S: Final = 20.0
"""A file that takes longer is a hang: the process ends with a traceback."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 if a file did what it must not."""
    known = formats()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("format", choices=[*known, "all"])
    parser.add_argument("--seconds", type=float, default=60.0, help="for each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where a file that does harm is kept; default: a temporary one")
    arguments = parser.parse_args(argv)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="partwise-fuzz-"))
    names = list(known) if arguments.format == "all" else [arguments.format]
    whole = True
    for name in names:
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        outcome = fuzz(known[name], own, arguments.seconds, arguments.seed)
        whole = whole and outcome.failure is None
        print(json.dumps({"format": name, **asdict(outcome), "folder": str(own)}), flush=True)
    return 0 if whole else 1


@dataclass
class Outcome:
    """How many damaged files were opened and refused; what the last one did that it must not."""

    opened: int = 0
    refused: int = 0
    failure: str | None = None


def fuzz(kind: Format, folder: Path, seconds: float, seed: int) -> Outcome:
    """Open damaged files of a format for so long; the same files for the same seed."""
    rng = random.Random(seed)
    seeds = kind.seeds(folder)
    for number, whole in enumerate(seeds):
        path = folder / f"whole-{number}{kind.suffix}"
        path.write_bytes(whole)
        kind.attempt(path)  # a whole file must open
    outcome = Outcome()
    end = time.monotonic() + seconds
    while time.monotonic() < end and outcome.failure is None:
        path = folder / f"case{kind.suffix}"
        path.write_bytes(mutate(rng.choice(seeds), seeds, rng))
        faulthandler.dump_traceback_later(LONGEST_S, exit=True)
        try:
            kind.attempt(path)
            outcome.opened += 1
        except kind.errors as error:
            outcome.refused += 1
            problem = sentence_problem(str(error), path.name if kind.names_the_file else "")
            outcome.failure = f"{problem}: {error}" if problem else None
        except BaseException as error:
            outcome.failure = f"{type(error).__name__}: {error}"
        faulthandler.cancel_dump_traceback_later()
        if outcome.failure is not None:
            path.rename(path.with_stem("failed"))
    return outcome


def sentence_problem(sentence: str, file_name: str) -> str:
    """What is wrong with an error as a sentence for people; empty if nothing."""
    if not sentence.strip() or "\n" in sentence or "Traceback" in sentence:
        return "not one sentence"
    if len(sentence) > 600:
        return "too long to be read"
    if file_name and file_name not in sentence:
        return "does not name the file"
    return ""


if __name__ == "__main__":
    sys.exit(main())
