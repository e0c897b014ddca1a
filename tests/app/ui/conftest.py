"""A window with a real session and player, and a song in it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.mixing.presets import EqualizerPresets
from app.mixing.settings import StripSettings
from app.playback.output import OutputSettings, Render, SilentOutput, Stopped
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from app.song.song import Song
from app.ui.appearance import Appearance
from app.ui.application import make_application
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.theme import RESOURCES
from tests.app.ui.desk import PretendSeparation, write_song


@pytest.fixture(scope="session")
def qapp_cls() -> Callable[[list[str]], QApplication]:
    """pytest-qt makes the application as the program does."""
    return make_application


W = TypeVar("W", bound=QWidget)


@dataclass
class Desk:
    """A window and what it shows."""

    window: MainWindow
    session: Session
    player: Player
    appearance: Appearance
    separation: Any
    qtbot: QtBot

    @property
    def song(self) -> Song:
        """The open song."""
        assert self.session.song is not None
        return self.session.song

    def strip_settings(self, stem: str) -> StripSettings:
        """How a strip of the session's mix is set."""
        return self.session.mix.strip(stem)

    def find(self, kind: type[W], name: str) -> W:
        """The widget of that object name."""
        widget = self.window.findChild(kind, name)
        assert widget is not None, name
        return widget

    def open(self, path: Path) -> None:
        """Open a song and wait until it is there, paused at its start."""
        self.player.warm_up()  # the first time it compiles, which takes longer than the test waits
        self.session.open(path)
        self.wait(lambda: self.session.song is not None and self.session.song.path == path)
        self.player.stop()
        self.window.poll()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until this holds."""
        self.qtbot.waitUntil(condition, timeout=15_000)

    def wait_separated(self) -> None:
        """Wait until the song is separated."""
        self.wait(lambda: self.session.separation is not None and self.session.separation.state == "done")


def silent_output(settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> SilentOutput:
    """No test makes a sound."""
    return SilentOutput(settings, rate, render, stopped)


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """The light theme, worn."""
    return Appearance(qapp, "light")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session without a song, for a widget of its own."""
    session = Session(
        lambda call: call(),
        Player(OutputSettings(), silent_output),
        Preferences(),
        separation_process=PretendSeparation(),
        presets=EqualizerPresets(RESOURCES / "presets" / "equalizer", tmp_path / "presets"),
    )
    yield session
    session.close()


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens windows; closes them after the test."""
    desks: list[Desk] = []
    bridge = Bridge()

    def make(
        *, preferences: Preferences | None = None, separation: SeparationProcess | None = None, demo: Path | None = None
    ) -> Desk:
        separation = separation or PretendSeparation()
        player = Player(OutputSettings(), silent_output)
        session = Session(
            bridge.post,
            player,
            preferences or Preferences(),
            separation_process=separation,
            presets=EqualizerPresets(RESOURCES / "presets" / "equalizer", tmp_path / "presets"),
        )
        appearance = Appearance(qapp, session.preferences.theme)
        window = MainWindow(session, appearance, demo)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()  # keys go to the active window, and there may be no window manager
        qtbot.waitUntil(window.isActiveWindow)
        desks.append(Desk(window, session, player, appearance, separation, qtbot))
        return desks[-1]

    yield make
    for desk in desks:
        desk.session.project.discard()  # else the window asks
        desk.window.close()
        desk.session.close()
    bridge.close()


@pytest.fixture
def song_path(tmp_path: Path) -> Path:
    """A song of twenty seconds."""
    return write_song(tmp_path)


@pytest.fixture
def desk(make_desk: Callable[..., Desk], song_path: Path) -> Desk:
    """A window with a song, separated and paused at its start."""
    desk = make_desk()
    desk.open(song_path)
    desk.wait_separated()
    return desk
