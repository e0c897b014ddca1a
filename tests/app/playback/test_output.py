import threading
import time
from pathlib import Path

import pytest

from app.errors import DeviceError
from app.playback import output
from app.playback.engine import Engine
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
    """An engine without a song, which tells how many blocks it was asked for."""

    def __init__(self) -> None:
        self.render = Engine()
        self.stopped: list[str] = []
        self.has_stopped = threading.Event()

    def wait_for_blocks(self, more: int = 5) -> None:
        """Wait until it was asked for some more."""
        until, deadline_s = self.render.state("blocks") + more, time.monotonic() + WAIT_S
        while self.render.state("blocks") < until:
            assert time.monotonic() < deadline_s
            time.sleep(0.005)

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
    source = Source()
    silent = open_output(OutputSettings(), 44100, source.render, source.stop)
    try:
        assert isinstance(silent, SilentOutput)
        assert silent.line == "No audio device: the PortAudio library is missing, install it (libportaudio2)"
        source.wait_for_blocks()
    finally:
        silent.close()
    assert source.stopped == []


def test_a_silent_output_runs_at_the_rate_that_was_asked_for() -> None:
    source = Source()
    silent = SilentOutput(OutputSettings(rate=8000), 44100, source.render, source.stop)
    try:
        source.wait_for_blocks()
        assert silent.rate == 8000
        assert silent.now_s() <= time.monotonic()
    finally:
        silent.close()
    blocks = source.render.state("blocks")
    time.sleep(0.1)
    assert source.render.state("blocks") == blocks, "nothing is rendered after it was closed"


def test_a_device_that_is_not_there(sound_card: AudioServer) -> None:
    source = Source()
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
    source = Source()
    opened = SoundOutput(OutputSettings(chosen.name), 44100, source.render, source.stop)
    opened.close()
    opened.close()
    assert opened.line.startswith(f"{chosen.name}, 44.1 kHz, ")


def test_a_refused_rate_is_replaced_by_the_devices_own(
    sound_card: AudioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_accepted_rate", lambda *arguments: 44100)
    source = Source()
    opened = SoundOutput(OutputSettings(), 96000, source.render, source.stop)
    try:
        assert opened.rate == 44100
        assert opened.line.startswith("default, 44.1 kHz, ")
        assert opened.line.endswith(" ms (song 96 kHz)")
        source.wait_for_blocks()
    finally:
        opened.close()


def test_the_clock_runs_and_stops_with_the_stream(sound_card: AudioServer) -> None:
    source = Source()
    opened = SoundOutput(OutputSettings(), 44100, source.render, source.stop)
    before = opened.now_s()
    source.wait_for_blocks()
    after = opened.now_s()
    assert 0.0 < after - before < WAIT_S
    opened.close()
    assert opened.now_s() == pytest.approx(after, abs=WAIT_S)


def test_a_lost_device_is_noticed(sound_card: AudioServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert not missing_programs()
    folder = Path(tmp_path_factory.mktemp("server"))
    source = Source()
    with portaudio_in(environment(folder)), audio_server(folder) as server:
        look_for_devices_again()
        opened = SoundOutput(OutputSettings(), 44100, source.render, source.stop)
        source.wait_for_blocks()
        server.process.kill()
        assert source.has_stopped.wait(WAIT_S)
        opened.close()
    assert source.stopped == ["the device was lost"]
