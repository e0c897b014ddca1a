"""Plays a song of 60 min in the real timeline, zooms and scrolls, and prints the 95th percentile of frames in ms.

A frame is everything from the change of the view until all of it is painted. What takes time there depends on pixels,
on points of the activation (155 thousand for 60 min) and on buckets of the outline, not on the sample rate, which is
low here to spare the disk.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from PySide6.QtWidgets import QApplication

from app.playback.output import OutputSettings, Render, SilentOutput, Stopped
from app.playback.player import Player
from app.session.commands import AddEdit
from app.session.preferences import Preferences
from app.session.session import Session
from app.song.activation_edits import ActivationEdit
from app.song.song import Song
from app.song.stores import SongStores
from app.ui.appearance import Appearance
from app.ui.application import make_application
from app.ui.timeline.timeline import Timeline
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS

RATE: Final = 8000
SECONDS: Final = 3600.0
SIZE: Final = (1342, 420)  # in a window of 1366 x 768
FRAMES_PER_S: Final = 60
WARM_UP_FRAMES: Final = 30


def long_song(folder: Path) -> Song:
    """Separated noise whose instruments come and go."""
    rng = np.random.default_rng(3)
    path = folder / "hour.wav"
    soundfile.write(path, np.zeros((RATE, 2), np.float32), RATE)
    frames = round(SECONDS * RATE)
    stores = SongStores(folder / "stores")
    stores.create("mix", (frames, 2))
    song = Song(path, RATE, frames, 2, stores)
    count = song.activations.shape[1]
    slow = np.sin(np.arange(count)[None] / ACTIVATION_RATE_HZ / rng.uniform(2.0, 9.0, (len(INSTRUMENTS), 1)))
    song.activations[:] = np.clip(0.5 + 0.6 * slow + 0.1 * rng.standard_normal(slow.shape), 0.0, 1.0)
    block = rng.uniform(-0.5, 0.5, (60 * RATE, 2)).astype(np.float32)
    for start in range(0, frames, len(block)):
        piece = block[: frames - start] * np.float32(rng.uniform(0.2, 1.0))
        song.stems[:, start : start + len(piece)] = piece
        song.mix_peaks.update(start, piece)
        song.add_span(
            start,
            None,
            (first := round(start / RATE * ACTIVATION_RATE_HZ)),
            np.array(song.activations[:, first : min(count, round((start + len(piece)) / RATE * ACTIVATION_RATE_HZ))]),
            stop=start + len(piece),
        )
    return song


def silent_output(settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> SilentOutput:
    """Nobody listens."""
    return SilentOutput(settings, rate, render, stopped)


def measure(application: QApplication, song: Song, seconds: float) -> list[float]:
    """Milliseconds of each frame."""
    session = Session(lambda call: call(), Player(OutputSettings(), silent_output), Preferences())
    timeline = Timeline(session, Appearance(application, "dark"))
    timeline.resize(*SIZE)
    timeline.show()
    session.song = song
    session.player.load(song, session.mix)
    session.song_changed.emit()
    for start in range(0, 150_000, 3000):
        session.do(AddEdit(ActivationEdit(INSTRUMENTS[start // 3000 % 6], start, start + 700, "on")))
        session.end_gesture()
    session.player.seek(song.frames // 3)
    session.player.play()
    times = []
    frames = round(seconds * FRAMES_PER_S)
    for number in range(frames + WARM_UP_FRAMES):
        started = time.perf_counter()
        # in to half a second and out again, twice, wandering all the while
        depth = 0.5 - 0.5 * np.cos(4 * np.pi * number / frames)
        span_s = SECONDS * (0.5 / SECONDS) ** depth
        middle_s = SECONDS / 3 + 0.3 * span_s * np.sin(number / 7)
        timeline.view.show(middle_s - span_s / 2, middle_s + span_s / 2)
        timeline.show_position()
        application.processEvents()
        elapsed = time.perf_counter() - started
        if number >= WARM_UP_FRAMES:
            times.append(1000.0 * elapsed)
        time.sleep(max(0.0, 1.0 / FRAMES_PER_S - elapsed))
    session.player.pause()
    session.song = None
    session.close()
    timeline.close()
    return times


def main() -> None:
    """Measure."""
    application = make_application([])
    with tempfile.TemporaryDirectory() as folder:
        song = long_song(Path(folder))
        times = measure(application, song, float(sys.argv[1]))
        song.close()
    print(f"median {np.median(times):.2f} ms, worst {max(times):.2f} ms", file=sys.stderr)
    print(float(np.percentile(times, 95)))


if __name__ == "__main__":
    main()
