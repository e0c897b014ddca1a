"""How the program starts."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.application import run

def make_session(post):
    session = Session(post, Player(), Preferences())
    session.warm_up = lambda: None
    QTimer.singleShot(0, look)
    return session

def look():
    heavy = {"torch", "numba", "sounddevice", "soundfile", "av"} & set(sys.modules)
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.windowTitle()]
    print(sorted(heavy), [widget.windowTitle() for widget in windows])
    QTimer.singleShot(200, windows[0].close)

print(run(make_session))
"""


def test_the_window_opens_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(tmp_path),
        "PARTWISE_CACHE": str(tmp_path),
    }
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.splitlines() == ["[] ['Partwise']", "0"], result.stderr
