"""What a person waits for: the window, and the first separated sound of a song."""

import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import soundfile

from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from tests.bench.separation import song
from tests.bench.table import Row, median_of

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0


def first_sound_row() -> Row:
    """Seconds from opening a 5 min song to the first separated sound, with the model loaded."""
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "five-minutes.flac"
        soundfile.write(path, song(300.0), 44100)
        with closing(Session(calls.put, Player(OutputSettings()), Preferences())) as session:
            session.warm_up()
            _open_until_separated(session, calls, path)  # the model is loaded with its first song
            seconds = median_of(lambda: _open_until_separated(session, calls, path))
    return Row("first-sound-open-warm", round(seconds, 3), "s")


def _open_until_separated(session: Session, calls: "queue.Queue[Callable[[], None]]", path: Path) -> float:
    """Open a song and wait until the span at the play position is there."""
    session.close_song()
    heard: list[float] = []
    unsubscribe = session.coverage_changed.subscribe(lambda: heard.append(time.perf_counter()))
    started = time.perf_counter()
    session.open(path)
    while not heard and time.perf_counter() - started < LIMIT_S:
        calls.get(timeout=LIMIT_S)()
    unsubscribe()
    session.cancel_separation()
    return heard[0] - started


def window_row() -> Row:
    """Seconds from the start of the process to the first painted window."""
    return Row("window-shown", round(median_of(_show_window), 3), "s")


def _show_window() -> float:
    started = time.monotonic()
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.window_probe"],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LIMIT_S,
    ).stdout
    return float(output.split()[-1]) - started
