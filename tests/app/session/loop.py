"""A thread that waits for what is posted to it, as the window's does."""

import queue
import time
from collections.abc import Callable

WAIT_S = 30.0


class Loop:
    """`post` queues calls; `run_until` makes them."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def run_until(self, condition: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline_s, "it did not happen"
            try:
                self._calls.get(timeout=0.02)()
            except queue.Empty:
                continue

    def run_waiting(self) -> None:
        """Make the calls that are there already."""
        while not self._calls.empty():
            self._calls.get()()
