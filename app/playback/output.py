"""Where the sound goes: a stream of the sound card, or a silent clock where there is none. Hides sounddevice."""

import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import DeviceError
from app.playback.priority import real_time_threads
from app.playback.stream import open_stream

DEFAULT_LATENCY_S: Final = 0.046
LATENCIES_S: Final = (0.023, DEFAULT_LATENCY_S, 0.093)


class Render(Protocol):
    """What makes the sound: compiled code for PortAudio to call, which Python can call as well."""

    @property
    def callback_address(self) -> int:
        """Address of a PaStreamCallback."""

    @property
    def table(self) -> int:
        """Address of the user data that it wants."""

    @property
    def underflows(self) -> int:
        """How often it was told, or noticed, that sound did not come in time."""

    def set_rate(self, rate: int, channels: int, latency_s: float) -> None:
        """What the output has; called before the first block."""

    def __call__(self, out: NDArray[np.float32], delay_s: float) -> None:
        """Fill a block, float32 `(n, 2)`, that will be heard that many seconds from now."""


Stopped = Callable[[str], None]
"""Told, on a thread of the output, why an output has stopped by itself."""


@dataclass(frozen=True)
class OutputSettings:
    """`device` is a name out of `list_devices`, None for the system's default; `rate` None for the song's rate."""

    device: str | None = None
    rate: int | None = None
    latency_s: float = DEFAULT_LATENCY_S


@dataclass(frozen=True)
class DeviceInfo:
    """One output device as PortAudio names it."""

    name: str
    channels: int
    default_rate: int
    is_default: bool


class Output(Protocol):
    """A running output; it pulls blocks until it is closed.

    `line` describes it, `rate` is its own in Hz, `silent` is True if it stands in for a device.
    """

    line: str
    rate: int
    silent: bool

    def now_s(self) -> float:
        """The clock by which the blocks' times are told."""

    def close(self) -> None:
        """Stop at once; returns when no block is being rendered any more. Idempotent."""


OpenOutput = Callable[[OutputSettings, int, Render, Stopped], Output]


def block_frames(latency_s: float, rate: int) -> int:
    """The power of two nearest to half the latency: 1024 frames at 46 ms and 44.1 kHz."""
    return 1 << max(5, round(math.log2(max(1.0, latency_s * rate / 2))))


def list_devices() -> tuple[DeviceInfo, ...]:
    """All devices that can play; none without PortAudio."""
    try:
        sounddevice = _sounddevice()
        devices = list(sounddevice.query_devices())
        default = int(sounddevice.default.device[1])
    except Exception:  # PortAudio's own error class is only known once it is loaded
        return ()
    return tuple(
        DeviceInfo(device["name"], device["max_output_channels"], round(device["default_samplerate"]), i == default)
        for i, device in enumerate(devices)
        if device["max_output_channels"] > 0
    )


def look_for_devices_again() -> None:
    """Have PortAudio notice what was plugged in since it was loaded. No stream may be open."""
    with contextlib.suppress(DeviceError):
        sounddevice = _sounddevice()
        # These two are the module's own way to do it: https://github.com/spatialaudio/python-sounddevice/issues/3
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()
            sounddevice._initialize()


def open_output(settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> Output:
    """Open the device for a song of `rate` Hz; the default one if the chosen one is missing, else silence."""
    reasons = []
    for device in dict.fromkeys((settings.device, None)):
        try:
            output: Output = SoundOutput(
                OutputSettings(device, settings.rate, settings.latency_s), rate, render, stopped
            )
        except DeviceError as error:
            reasons.append(str(error))
            continue
        if reasons:
            output.line = f"{output.line} (instead of {settings.device})"
        return output
    silent = SilentOutput(settings, rate, render, stopped)
    silent.line = f"No audio device: {reasons[-1]}"
    return silent


class SoundOutput:
    """A PortAudio stream. It calls compiled code; no Python runs while it plays."""

    def __init__(self, settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> None:
        """Open and start at the song's `rate`, or at the device's own where that is refused. Raises DeviceError."""
        sounddevice = _sounddevice()
        self.silent = False
        self._stopped = stopped
        self._closing = False
        self._alive = threading.Lock()  # the stream must not be asked for its time once it is closed
        self._now_s = 0.0
        try:
            info, index = _device(sounddevice, settings.device)
            channels = min(2, info["max_output_channels"])
            self.rate = _accepted_rate(sounddevice, info, index, channels, settings.rate or rate)
            with real_time_threads():
                self._stream = open_stream(
                    sounddevice,
                    callback=render.callback_address,
                    user_data=render.table,
                    device=index,
                    channels=channels,
                    rate=self.rate,
                    block_frames=block_frames(settings.latency_s, self.rate),
                    latency_s=settings.latency_s,
                    finished=self._finished,
                )
                latency_s = float(self._stream.latency)
                render.set_rate(self.rate, channels, latency_s)
                self._render = render  # its code and memory live as long as the stream
                self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(f"the device cannot be opened ({_reason(error)})") from error
        self.line = f"{info['name']}, {_kilohertz(self.rate)}, {latency_s * 1000:.0f} ms"
        if self.rate != rate:
            self.line += f" (song {_kilohertz(rate)})"

    def now_s(self) -> float:
        """The clock by which the blocks' times are told."""
        with self._alive:
            if not self._closing:
                self._now_s = float(self._stream.time)
            return self._now_s

    def close(self) -> None:
        """Stop at once; returns when no block is being rendered any more. Idempotent."""
        with self._alive:
            if not self._closing:
                self._closing = True
                self._stream.close(ignore_errors=True)

    def _finished(self) -> None:
        if not self._closing:
            self._stopped("the device was lost")


class SilentOutput:
    """Pulls blocks in real time and drops them, so that everything but the sound works without a device."""

    def __init__(self, settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> None:
        self.line = "No audio device"
        self.rate = settings.rate or rate
        self.silent = True
        render.set_rate(self.rate, 2, 0.0)
        self._render = render
        self._block = np.zeros((block_frames(settings.latency_s, self.rate), 2), np.float32)
        self._period_s = len(self._block) / self.rate
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="silent output", daemon=True)
        self._thread.start()

    def now_s(self) -> float:
        """The clock by which the blocks' times are told."""
        return time.monotonic()

    def close(self) -> None:
        """Stop at once; returns when no block is being rendered any more. Idempotent."""
        self._closing.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._closing.wait(max(0.0, due_s - time.monotonic())):
            self._render(self._block, 0.0)
            due_s = max(due_s + self._period_s, time.monotonic() - self._period_s)


def _sounddevice() -> Any:
    """The module, imported late: it loads PortAudio, which may be missing, and looks for devices, which takes time."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise DeviceError("the PortAudio library is missing, install it (libportaudio2)") from error
    return sounddevice


def _device(sounddevice: Any, name: str | None) -> tuple[dict[str, Any], int]:
    """PortAudio's description and index of that output, or of the default one."""
    devices = list(sounddevice.query_devices())
    if name is None:
        index = int(sounddevice.default.device[1])
        if index < 0:
            raise DeviceError("the system has no output")
        return devices[index], index
    for index, device in enumerate(devices):
        if device["name"] == name and device["max_output_channels"] > 0:
            return device, index
    raise DeviceError(f"“{name}” is not connected")


def _accepted_rate(sounddevice: Any, info: dict[str, Any], index: int, channels: int, rate: int) -> int:
    """`rate` if the device takes it, else the device's own."""
    try:
        sounddevice.check_output_settings(device=index, channels=channels, dtype="float32", samplerate=rate)
    except (sounddevice.PortAudioError, ValueError):
        return int(info["default_samplerate"])
    return rate


def _kilohertz(rate: int) -> str:
    return f"{rate / 1000:g} kHz"


def _reason(error: Exception) -> str:
    """PortAudio's own words without its error number."""
    return str(error).split(" [PaErrorCode")[0].rstrip(".")
