import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.errors import DeviceError
from app.playback import output
from app.playback.output import (
    OutputSettings,
    SilentOutput,
    SoundOutput,
    block_frames,
    list_devices,
    look_for_devices_again,
    open_output,
)
from tests.audio_server import AudioServer, audio_server, environment, missing_programs, portaudio_in

WAIT_S = 20.0


class Source:
    """Renders a steady tone, and tells when it has been asked."""

    def __init__(self, rate: int, failing: bool = False) -> None:
        self.asked = threading.Event()
        self.stopped: list[str] = []
        self.has_stopped = threading.Event()
        self._step = 2 * np.pi * 1000 / rate
        self._frame = 0
        self._failing = failing

    def render(self, out: NDArray[np.float32], delay_s: float) -> None:
        assert 0.0 <= delay_s < 1.0
        if self._failing:
            raise ValueError("this was to be expected")
        out[:] = 0.25 * np.sin(self._step * np.arange(self._frame, self._frame + len(out)))[:, np.newaxis]
        self._frame += len(out)
        self.asked.set()

    def stop(self, reason: str) -> None:
        self.stopped.append(reason)
        self.has_stopped.set()


def no_portaudio() -> None:
    raise DeviceError("the PortAudio library is missing, install it (libportaudio2)")


@pytest.mark.parametrize(
    ("latency_s", "rate", "frames"),
    [(0.046, 44100, 1024), (0.023, 44100, 512), (0.093, 44100, 2048), (0.046, 48000, 1024), (0.046, 96000, 2048)],
)
def test_block_frames(latency_s: float, rate: int, frames: int) -> None:
    assert block_frames(latency_s, rate) == frames


def test_without_portaudio_it_runs_silently_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_sounddevice", no_portaudio)
    assert list_devices() == ()
    source = Source(44100)
    silent = open_output(OutputSettings(), 44100, source.render, source.stop)
    try:
        assert isinstance(silent, SilentOutput)
        assert silent.line == "No audio device: the PortAudio library is missing, install it (libportaudio2)"
        assert source.asked.wait(WAIT_S)
    finally:
        silent.close()
    assert source.stopped == []


def test_a_silent_output_tells_of_a_failing_render() -> None:
    source = Source(44100, failing=True)
    silent = SilentOutput(OutputSettings(), 44100, source.render, source.stop)
    assert source.has_stopped.wait(WAIT_S)
    silent.close()
    assert source.stopped == ["ValueError: this was to be expected"]


def test_a_device_that_is_not_there(sound_card: AudioServer) -> None:
    source = Source(44100)
    with pytest.raises(DeviceError, match="“Theremin” is not connected"):
        SoundOutput(OutputSettings("Theremin"), 44100, source.render, source.stop)
    instead = open_output(OutputSettings("Theremin"), 44100, source.render, source.stop)
    instead.close()
    assert isinstance(instead, SoundOutput)
    assert instead.line.endswith("(instead of Theremin)")


def test_devices_are_listed(sound_card: AudioServer) -> None:
    devices = list_devices()
    assert [device.is_default for device in devices].count(True) == 1
    chosen = next(device for device in devices if device.is_default)
    source = Source(44100)
    opened = SoundOutput(OutputSettings(chosen.name), 44100, source.render, source.stop)
    opened.close()
    opened.close()
    assert opened.line.startswith(f"{chosen.name}, 44.1 kHz, ")


def test_a_refused_rate_is_resampled(sound_card: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_accepted_rate", lambda *arguments: 44100)
    source = Source(96000)
    with sound_card.recording() as recording:
        opened = SoundOutput(OutputSettings(), 96000, source.render, source.stop)
        try:
            assert opened.line.startswith("default, 44.1 kHz, ")
            assert opened.line.endswith(" ms (song 96 kHz)")
            while np.count_nonzero(recording.samples) < 44100:
                assert source.asked.wait(WAIT_S)
                source.asked.clear()
        finally:
            opened.close()
    heard = recording.samples[:, 0]
    heard = heard[np.flatnonzero(np.abs(heard) > 0.2)[0] :][:16384]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert np.argmax(spectrum) * 44100 / len(heard) == pytest.approx(1000, abs=3)


def test_a_failing_callback_stops_the_stream_with_its_reason(sound_card: AudioServer) -> None:
    source = Source(44100, failing=True)
    opened = SoundOutput(OutputSettings(), 44100, source.render, source.stop)
    assert source.has_stopped.wait(WAIT_S)
    opened.close()
    assert source.stopped == ["ValueError: this was to be expected"]


def test_a_lost_device_is_noticed(sound_card: AudioServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert not missing_programs()
    folder = Path(tmp_path_factory.mktemp("server"))
    source = Source(44100)
    with portaudio_in(environment(folder)), audio_server(folder) as server:
        look_for_devices_again()
        opened = SoundOutput(OutputSettings(), 44100, source.render, source.stop)
        assert source.asked.wait(WAIT_S)
        server.process.kill()
        assert source.has_stopped.wait(WAIT_S)
        opened.close()
    assert source.stopped == ["the device was lost"]
