"""The crossing into the GUI thread."""

import threading

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from app.ui.bridge import Bridge


def test_calls_run_on_the_gui_thread_in_order(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[int, bool]] = []
    gui = QThread.currentThread()

    def work() -> None:
        for number in range(100):
            bridge.post(lambda number=number: seen.append((number, QThread.currentThread() is gui)))  # type: ignore[misc]

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(seen) == 100)
    assert seen == [(number, True) for number in range(100)]


def test_a_call_never_runs_at_once(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.post(lambda: seen.append(1))
    assert not seen
    qtbot.waitUntil(lambda: seen == [1])


def test_nothing_runs_after_it_is_closed(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.post(lambda: seen.append(1))
    bridge.close()
    bridge.post(lambda: seen.append(2))
    qtbot.wait(20)
    assert not seen
