"""Plays a song while the timeline of the real window is painted 60 times a second and a song is separated.

Prints a JSON object: how often the stream ran empty, what the callback took, and how busy everything else was, the
host of a virtual machine included.
"""

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile
from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.song import open_song
from app.ui.appearance import Appearance
from app.ui.application import make_application
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from tests.bench.separation import song

FRAME_MS = 1000 // 60
SONG_S = 120.0
SETTLE_S = 3.0


class PaintCounter(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Look on."""
        self.paints += event.type() == QEvent.Type.Paint
        return False


def separate_again_and_again(path: Path, folder: Path, spans: list[float], stopping: threading.Event) -> None:
    """Keep the application's separation process busy."""
    process = SeparationProcess()
    try:
        while not stopping.is_set():
            opened = open_song(path, folder=folder)
            try:
                for span in process.separate(opened, cancelled=stopping.is_set):
                    opened.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)
                    spans.append(time.monotonic())
            finally:
                opened.close()
    except Exception as error:
        if not stopping.is_set():
            print(f"the separation failed: {error}", file=sys.stderr)
    finally:
        process.close()


def stolen_s() -> float:
    """Time that a virtual machine's host has kept its processors from it since it was started; 0 where nobody tells."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    except OSError:
        return 0.0
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Arguments: latency in seconds, how many seconds to play."""
    latency_s, seconds = (float(argument) for argument in sys.argv[1:3])
    application = make_application(sys.argv[:1])
    bridge, player = Bridge(), Player(OutputSettings(latency_s=latency_s))
    spans: list[float] = []
    stopping = threading.Event()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "song.flac"
        soundfile.write(path, song(SONG_S), 44100)
        session = Session(bridge.post, player, Preferences(), play_on_open=False)
        window = MainWindow(session, Appearance(application, "dark"), None)
        window.resize(1600, 1000)
        window.show()
        counter = PaintCounter()
        timeline = window.timeline  # what moves while a song plays, with the meters
        timeline.installEventFilter(counter)
        timer = QTimer(timerType=Qt.TimerType.PreciseTimer)  # a coarse one makes 50 of 60
        timer.timeout.connect(timeline.update)
        timer.start(FRAME_MS)
        worker = threading.Thread(target=separate_again_and_again, args=(path, Path(name), spans, stopping))
        worker.start()
        session.open(path)
        deadline_s = time.monotonic() + 120.0
        while (session.song is None or not spans) and time.monotonic() < deadline_s:
            application.processEvents()
            time.sleep(0.005)
        player.repeat_song = True
        player.play()
        results: dict[str, float] = {}

        def begin() -> None:
            player.start_timing()
            results.update(dropouts=-player.dropouts, painted=-counter.paints, spans=-len(spans), stolen_s=-stolen_s())

        def end() -> None:
            took = player.stop_timing()
            results["dropouts"] += player.dropouts
            results["frames_per_s"] = round((results.pop("painted") + counter.paints) / seconds, 1)
            results["spans"] += len(spans)
            results["stolen_s"] = round(results["stolen_s"] + stolen_s(), 2)
            results["blocks"] = len(took)
            results["median_us"], results["p99_us"], results["max_us"] = (
                round(float(value), 1) for value in np.percentile(took, (50, 99, 100))
            )
            results["playing"] = player.playing
            print(player.device_line, file=sys.stderr)
            application.quit()

        QTimer.singleShot(round(SETTLE_S * 1000), begin)
        QTimer.singleShot(round((SETTLE_S + seconds) * 1000), end)
        application.exec()
        stopping.set()
        window.close()
        session.close()
        worker.join()
        bridge.close()
        print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
