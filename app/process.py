"""Which processes run, for files that say whose they are."""

import os
import sys
from pathlib import Path


def start_of(pid: int) -> str | None:
    """When a process began, in a form only good for comparing; None where that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5), counted after the name in brackets


def is_running(pid: int, started: str | None = None) -> bool:
    """Whether that process runs, and is the one that began then: numbers are used again."""
    if pid <= 0 or not _runs(pid):
        return False
    now = start_of(pid)
    return started is None or now is None or now == started


if sys.platform == "win32":

    def _runs(pid: int) -> bool:
        import ctypes

        query_limited_information, still_active = 0x1000, 259
        handle = ctypes.windll.kernel32.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return code.value == still_active

else:

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass  # it lives and belongs to someone else
        return True
