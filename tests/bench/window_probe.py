"""Opens the real window, prints the monotonic time at which it was first painted, and leaves."""

import os
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

import main
from app.ui import application


class FirstPaint(QObject):
    """Ends the process once a top-level window has been painted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Wait for the first paint; the timer lets the painting finish."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._finish)
        return False

    def _finish(self) -> None:
        print(time.monotonic(), flush=True)
        os._exit(0)


make_application = application.make_application


def watched_application(arguments: list[str]) -> QApplication:
    """The application, with its first paint watched."""
    result = make_application(arguments)
    result.installEventFilter(FirstPaint(result))
    return result


application.make_application = watched_application  # type: ignore[assignment]
main.main([])
