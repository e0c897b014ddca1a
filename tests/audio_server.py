"""A sound card where there is none: a private PulseAudio server with a null sink, whose monitor can be recorded."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from app.playback.output import look_for_devices_again

PROGRAMS = ("pulseaudio", "pactl", "parec")
START_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class AudioServer:
    """A running server. Its `null` sink takes float32 stereo at `rate` Hz as it is, and goes nowhere."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    rate: int

    @contextmanager
    def recording(self) -> Iterator["Recording"]:
        """Record what the sink plays, from before the body runs until it ends."""
        command = ["parec", "--device=null.monitor", "--format=float32le", f"--rate={self.rate}", "--channels=2"]
        with subprocess.Popen([*command, "--latency-msec=50"], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            recording = Recording(process.stdout)
            recording.wait_for_sound_card()
            try:
                yield recording
            finally:
                process.terminate()
                recording.finish()


class Recording:
    """What `parec` has delivered so far, read on a thread so that its pipe never fills."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._data = bytearray()
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for_sound_card(self) -> None:
        """Wait until the monitor delivers anything: silence, as long as nothing plays."""
        with self._grown:
            assert self._grown.wait_for(lambda: len(self._data) > 0, START_TIMEOUT_S)

    def finish(self) -> None:
        """Wait for the end of the stream."""
        self._thread.join()

    @property
    def samples(self) -> NDArray[np.float32]:
        """float32 `(frames, 2)` so far."""
        with self._grown:
            whole = len(self._data) // 8 * 8
            return np.frombuffer(bytes(self._data[:whole]), np.float32).reshape(-1, 2)

    def _read(self) -> None:
        while block := self._stream.read1(65536):  # type: ignore[attr-defined]
            with self._grown:
                self._data += block
                self._grown.notify_all()


def environment(folder: Path) -> dict[str, str]:
    """What makes PulseAudio's programs and ALSA's default device use the server in `folder`."""
    return {
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_STATE_PATH": str(folder),
        "PULSE_COOKIE": str(folder / "cookie"),
        "PULSE_SERVER": f"unix:{folder}/native",
        "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
    }


@contextmanager
def audio_server(folder: Path, rate: int = 44100) -> Iterator[AudioServer]:
    """Start a server whose files are in `folder`; the environment must be that of `environment(folder)`."""
    (folder / "asound.conf").write_text(
        "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"
    )
    command = [
        *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"),
        *("-L", f"module-native-protocol-unix socket={folder}/native auth-anonymous=1"),
        *("-L", f"module-null-sink sink_name=null norewinds=1 rate={rate} format=float32le channels=2"),
        *("-L", "module-always-sink"),
    ]
    with (folder / "pulseaudio.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode != 0:
            assert process.poll() is None, (folder / "pulseaudio.log").read_text()
            assert time.monotonic() < deadline_s, "the audio server does not answer"
            time.sleep(0.05)
        yield AudioServer(process, folder, rate)
    finally:
        process.terminate()
        process.wait()


def missing_programs() -> list[str]:
    """Which of the programs that this needs are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def portaudio_in(variables: dict[str, str]) -> Iterator[None]:
    """Have PortAudio (in this process) and child processes see these variables; afterwards the old ones again."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        look_for_devices_again()
