"""The threads that play come first where that is allowed, and nobody else does."""

import ctypes
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from app.playback import priority
from app.playback.priority import PRIORITY, real_time_threads

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


class Foreign:
    """A thread that a library has started, not Python."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        reading, self._writing = os.pipe()
        self._library.fdopen.restype = ctypes.c_void_p
        stream = ctypes.c_void_p(self._library.fdopen(reading, b"r"))
        wait = ctypes.cast(self._library.getc, ctypes.c_void_p)  # until the pipe is closed
        self._handle = ctypes.c_ulong()
        assert self._library.pthread_create(ctypes.byref(self._handle), None, wait, stream) == 0

    def close(self) -> None:
        os.close(self._writing)
        self._library.pthread_join(self._handle, None)


def tasks() -> set[int]:
    return {int(path.name) for path in Path("/proc/self/task").iterdir()}


def test_threads_of_libraries_come_first_and_those_of_python_do_not() -> None:
    """As far as the system allows it."""
    before, done = tasks(), threading.Event()
    with real_time_threads():
        ours = threading.Thread(target=done.wait)
        ours.start()
        library = Foreign()
    with closing(library):
        (theirs,) = tasks() - before - {ours.native_id}
        assert ours.native_id is not None
        assert os.sched_getscheduler(ours.native_id) == os.SCHED_OTHER
        policy = os.sched_getscheduler(theirs)
        if may_ask():
            assert policy == os.SCHED_RR | os.SCHED_RESET_ON_FORK
            assert os.sched_getparam(theirs).sched_priority == PRIORITY
        else:
            assert policy == os.SCHED_OTHER
    done.set()
    ours.join()


def may_ask() -> bool:
    """Whether this system lets us have real-time threads."""
    ask = f"import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param({PRIORITY}))"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode == 0


def test_a_system_without_such_a_list_plays_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(priority, "_TASKS", tmp_path / "nothing")
    with real_time_threads():
        library = Foreign()
    library.close()
