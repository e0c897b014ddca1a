"""Real-time priority for the threads that play, where the system grants it.

CoreAudio, WASAPI, PipeWire and PulseAudio give it to their own threads. On Linux that leaves the ones between them and
us, PortAudio's and ALSA's, which wait behind the window's painting on a busy machine. Root may ask for it, and members
of a group that `limits.conf` gives an `rtprio` (usually `audio`); everybody else plays without.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIORITY: Final = 5
"""As PulseAudio's own threads have: above all ordinary ones, below those of the system."""

_TASKS: Final = Path("/proc/self/task")

_log = logging.getLogger(__name__)


@contextmanager
def real_time_threads() -> Iterator[None]:
    """Give it to the threads that libraries start inside. Python's own never get it: they compute for long."""
    before = _threads()
    yield
    python = {thread.native_id for thread in threading.enumerate()}
    for thread in _threads() - before - python:
        try:
            os.sched_setscheduler(thread, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
        except PermissionError:
            _log.info("The system grants no real-time priority; see rtprio in limits.conf(5).")
            return
        except OSError as error:  # it has ended
            _log.debug("no real-time priority for thread %d: %s", thread, error)


def _threads() -> set[int]:
    """The process's threads by their numbers; none where the system has no such list."""
    try:
        return {int(path.name) for path in _TASKS.iterdir()}
    except OSError:
        return set()
