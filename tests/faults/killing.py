"""Kill -9 at random moments: a process that has loaded everything forks victims, so that fifty of them take seconds.

The victims are real processes with the program's own code; only loading the libraries is spared them.
"""

import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Killed:
    """How many victims there were, how many of them had finished before they were killed."""

    victims: int
    finished: int


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a kill leaves it as it leaves a disk, but flushing takes no time."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)


def kill_at_random_moments(
    work: Callable[[], None],
    check: Callable[[], None],
    start_again: Callable[[], None],
    *,
    victims: int,
    seed: int,
) -> Killed:
    """Let `work` run in a process of its own and kill it, again and again; each goes on with what the last one left.

    Args:
        work: what is interrupted. It must be able to run any number of times.
        check: looks at what is on the disk after each kill; raises if something is wrong.
        start_again: called when `work` was through, so that there is something to do again.
        victims: how many are killed.
        seed: of the moments, which lie anywhere in the time that a whole run takes.
    """
    chance, finished = random.Random(seed), 0
    start_again()
    longest_s = _run(work, None)
    check()
    start_again()
    for _ in range(victims):
        took_s = _run(work, chance.uniform(0.0, longest_s))
        check()
        if took_s >= 0.0:
            finished += 1
            start_again()
    _run(work, None)
    check()
    return Killed(victims, finished)


def _run(work: Callable[[], None], kill_after_s: float | None) -> float:
    """Seconds that it took; -1 if it was killed. Raises RuntimeError if it failed by itself."""
    started_s = time.monotonic()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if kill_after_s is not None:
        while time.monotonic() - started_s < kill_after_s:
            time.sleep(0.001)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return _took(started_s, status)
        os.kill(pid, signal.SIGKILL)
    return _took(started_s, os.waitpid(pid, 0)[1])


def _took(started_s: float, status: int) -> float:
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        return -1.0
    if code != 0:
        raise RuntimeError(f"the victim ended with {code}")
    return time.monotonic() - started_s
