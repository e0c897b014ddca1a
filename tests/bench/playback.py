"""Whether playback ever stutters, what its callback costs, and how soon a control is heard."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.mixing.settings import MixSettings
from app.playback.output import look_for_devices_again
from app.playback.player import Player
from app.song.song import open_song
from tests.audio_server import audio_server, environment, portaudio_in
from tests.bench.table import Row
from tests.songs import write_wav

ROOT = Path(__file__).parents[2]
DEFAULT_S = 600.0
LOW_S = 180.0
TIMING_S = 30.0
CONTROLS = 20
RATE = 44100


def dropouts_row(seconds: float | None = None) -> Row:
    """How often the stream ran empty in ten minutes at the default latency, while a window and a separation work."""
    seconds = seconds or DEFAULT_S
    return _dropouts("dropouts-46ms", 0.046, seconds)


def low_latency_dropouts_row(seconds: float | None = None) -> Row:
    """The same in three minutes at half the latency."""
    seconds = seconds or LOW_S
    return _dropouts("dropouts-23ms", 0.023, seconds)


def _dropouts(name: str, latency_s: float, seconds: float) -> Row:
    """With the time that a virtual machine's host kept its processors from it, when no sound can be made."""
    found = _under_load(latency_s, seconds)
    stolen = f", {found['stolen_s']:g} s stolen by the host" if found["stolen_s"] else ""
    return Row(name, found["dropouts"], f"in {seconds:g} s{stolen}")


def callback_row(seconds: float | None = None) -> Row:
    """What 99 of 100 callbacks take at most, 1024 frames each, under the same load."""
    return Row("callback-p99", round(_under_load(0.046, seconds or TIMING_S)["p99_us"], 1), "µs / 1024 frames")


def control_row(seconds: float | None = None) -> Row:
    """From moving a control until it arrives from the sound card's monitor: median, the recorder's delay included."""
    delays_ms = []
    with tempfile.TemporaryDirectory() as name, _sound_card(Path(name)):
        path = write_wav(Path(name) / "tone.wav", _tone(60.0), RATE)
        with closing(open_song(path, folder=Path(name) / "stores")) as song, closing(Player()) as player:
            off = MixSettings().with_strip("other", mute=True)
            with _Listener() as listener:
                player.load(song, off)
                player.repeat_song = True
                player.play()
                time.sleep(1.0)
                for number in range(CONTROLS):
                    time.sleep(0.3 + 0.0137 * number)  # at all places of a block
                    moved_s = time.monotonic()
                    player.mix = replace(off, strips=MixSettings().strips)
                    delays_ms.append(1000.0 * (listener.wait_until_loud() - moved_s))
                    player.mix = off
            player.unload()
    return Row("control-to-sound", round(float(np.median(delays_ms)), 1), "ms")


def _tone(seconds: float) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """`(frames, 2)`: a kilohertz at -6 dBFS."""
    tone = 0.5 * np.sin(2 * np.pi * 1000.0 * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(tone[:, np.newaxis], 2, axis=1).astype(np.float32)


class _Listener:
    """Hears the monitor and knows when something loud arrived."""

    def __init__(self) -> None:
        command = ["parec", "--device=null.monitor", "--format=float32le", f"--rate={RATE}", "--channels=2"]
        self._process = subprocess.Popen([*command, "--latency-msec=5"], stdout=subprocess.PIPE, bufsize=0)
        self._loud = threading.Event()
        self._at_s = 0.0
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "_Listener":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def wait_until_loud(self) -> float:
        """When a sample above half the tone's peak came, as `time.monotonic` says."""
        self._loud.clear()
        if not self._loud.wait(10.0):
            raise TimeoutError("nothing is heard")
        return self._at_s

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while block := stream.read(4096):
            samples = np.frombuffer(block[: len(block) // 4 * 4], np.float32)
            if len(samples) and np.abs(samples).max() > 0.25:
                self._at_s = time.monotonic()
                self._loud.set()


@contextmanager
def _sound_card(folder: Path) -> Iterator[None]:
    """PortAudio's default output is a null sink meanwhile."""
    with portaudio_in(environment(folder)), audio_server(folder):
        look_for_devices_again()
        yield


def _under_load(latency_s: float, seconds: float) -> dict[str, float]:
    """Play that long in a process of its own with a window that is painted all the time, and separate meanwhile."""
    with tempfile.TemporaryDirectory() as name, _sound_card(Path(name)):
        output = subprocess.run(
            [sys.executable, "-m", "tests.bench.playback_probe", str(latency_s), str(seconds)],
            cwd=ROOT,
            env=os.environ | {"PARTWISE_CACHE": name},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=seconds + 300.0,
        ).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    print(f"{latency_s * 1000:.0f} ms, {seconds:g} s: {result}", file=sys.stderr)
    return result
