"""Fixtures that more than one part of the tests uses."""

import tempfile
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest

from app.playback.output import look_for_devices_again
from tests.audio_server import AudioServer, audio_server, environment, missing_programs, portaudio_in


@pytest.fixture(scope="session", autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the user's own cache and configuration."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARTWISE_CACHE", str(folder / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield


@pytest.fixture(scope="session")
def sound_card() -> Iterator[AudioServer]:
    """The system's default output for the rest of the session is a null sink that can be recorded."""
    if missing := missing_programs():
        pytest.skip(f"{', '.join(missing)} not installed")
    if find_library("portaudio") is None:
        pytest.skip("PortAudio is not installed")
    with (
        tempfile.TemporaryDirectory() as name,  # its name is short enough for a socket
        portaudio_in(environment(Path(name))),
        audio_server(Path(name)) as server,
    ):
        look_for_devices_again()
        yield server
