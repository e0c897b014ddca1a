"""Opens the window and runs it."""

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.diagnostics import log_folder, start_log, watch_for_failures
from app.session.jobs import Post
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.theme import RESOURCES
from app.ui.timeline.lane_picture import warm_up_painting

_AFTER_FIRST_PAINT_MS: Final = 60


def run(make_session: Callable[[Post], Session], *, demo_song: Path | None = None, paths: Sequence[Path] = ()) -> int:
    """Show the window until it is closed.

    Args:
        make_session: builds the session; it is given what brings calls to the GUI thread.
        demo_song: what "Play the demo song" opens, if there is one.
        paths: songs or projects from the command line; the first one is opened.

    Returns:
        the exit status.
    """
    application = make_application(sys.argv[:1])
    bridge = Bridge(application)
    session = make_session(bridge.post)
    appearance = Appearance(application, session.preferences.theme)
    window = MainWindow(session, appearance, demo_song)
    signal.signal(signal.SIGINT, lambda number, frame: window.close())
    start_log(log_folder())
    watch_for_failures(lambda sentence: bridge.post(lambda: window.diagnostics.tell_failure(sentence)))
    window.show()
    warm_up = threading.Thread(target=session.warm_up, name="warm up", daemon=True)
    QTimer.singleShot(_AFTER_FIRST_PAINT_MS, warm_up.start)
    painting = threading.Thread(target=warm_up_painting, name="warm up painting", daemon=True)
    QTimer.singleShot(_AFTER_FIRST_PAINT_MS, painting.start)
    QTimer.singleShot(_AFTER_FIRST_PAINT_MS, window.projects.offer_recovery)
    for path in paths[:1]:
        session.open(path)
    status = application.exec()
    session.close()
    bridge.close()
    return status


def make_application(arguments: Sequence[str]) -> QApplication:
    """The application with its names and its icon; there can be one in a process."""
    application = QApplication(list(arguments))
    application.setApplicationName("partwise")
    application.setApplicationDisplayName("Partwise")
    application.setDesktopFileName("partwise")
    application.setWindowIcon(QIcon(str(RESOURCES / "partwise.svg")))
    return application
