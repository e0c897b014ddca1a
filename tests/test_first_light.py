"""The whole way, with nothing made up: the demo song in the real window, taken apart by the shipped network.

Also takes the pictures that the README shows: with PARTWISE_PICTURES=resources/pictures they are written there, else
into the test's own folder.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

import main
from app.audio.levels import rms_dbfs
from app.mixing.mixer import Mixer
from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.application import make_application
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from models.instruments import INSTRUMENTS
from tests.audio_server import AudioServer

pytestmark = pytest.mark.timeout(600)
PICTURES = os.environ.get("PARTWISE_PICTURES")


@pytest.fixture(scope="session")
def qapp_cls() -> object:
    """pytest-qt makes the application as the program does."""
    return make_application


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """Light at first."""
    return Appearance(qapp, "light")


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance, sound_card: AudioServer) -> Iterator[MainWindow]:
    """The window as `make run` opens it, with the real network in its child process and a real sound card."""
    bridge = Bridge()
    with closing(Session(bridge.post, Player(OutputSettings()), Preferences(theme="light"))) as session:
        window = MainWindow(session, appearance, main.DEMO_SONG)
        qtbot.addWidget(window)
        window.resize(1366, 768)
        window.show()
        qtbot.waitExposed(window)
        yield window
        window.close()
    bridge.close()


def find(window: MainWindow, name: str) -> QWidget:
    """A control by its object name."""
    widget = window.findChild(QWidget, name)
    assert widget is not None, name
    return widget


def save_picture(window: MainWindow, name: str, folder: Path) -> None:
    """Write what the window shows."""
    folder = Path(PICTURES) if PICTURES else folder
    folder.mkdir(parents=True, exist_ok=True)
    assert window.grab().save(str(folder / f"{name}.png"))


def edit_a_curve(window: MainWindow) -> None:
    """Force the bass off over the stretch that the mouse is dragged over, with the list of edits beside it."""
    session = window._session
    window.actions_by_name["page:edits"].trigger()
    lane = window.timeline.lanes.lanes["bass"]
    start, stop = (QPoint(round(lane.width() * share), lane.height() * 2 // 3) for share in (0.45, 0.6))
    QTest.mousePress(lane, Qt.MouseButton.LeftButton, pos=start)
    for x in range(start.x() + 4, stop.x(), 20):
        QTest.mouseMove(lane, QPoint(x, start.y()))
    QTest.mouseMove(lane, stop)
    QTest.mouseRelease(lane, Qt.MouseButton.LeftButton, pos=stop)
    window.actions_by_name["force_off"].trigger()
    (edit,) = session.document.edits
    assert (edit.instrument, edit.kind) == ("bass", "off")
    middle = (edit.start + edit.stop) // 2
    weights = session.player.weights
    assert weights is not None
    assert weights[middle, INSTRUMENTS.index("bass")] == 0.0
    QTest.qWait(400)


def test_open_separate_mix_seek_export(
    window: MainWindow, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window._session
    window.open_demo()
    qtbot.waitUntil(lambda: session.song is not None and session.player.playing, timeout=60_000)
    song = session.song
    assert song is not None

    qtbot.waitUntil(lambda: song.coverage.fraction(song.frames) > 0.45, timeout=240_000)
    session.player.seek(int(song.frames * 0.4))
    qtbot.wait(400)
    save_picture(window, "separating", tmp_path)
    qtbot.waitUntil(lambda: session.separation is not None and session.separation.state == "done", timeout=240_000)
    assert song.coverage.covers(0, song.frames)
    for index, name in enumerate(INSTRUMENTS):
        assert song.activations[index].max() > 0.5, f"{name} plays somewhere in the demo song"
        assert rms_dbfs(song.stems[index]) > -60, name
    unity = Mixer(song, session.mix).render(0, song.frames)
    assert rms_dbfs(unity - song.mix) <= -120

    fader = find(window, "strip-bass-fader")
    middle = fader.rect().center()
    QTest.mousePress(fader, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(fader, middle + QPoint(0, 25))
    QTest.mouseRelease(fader, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, 25))
    assert session.mix.strips[4].gain_db != 0
    QTest.mouseClick(find(window, "strip-vocals-solo"), Qt.MouseButton.LeftButton)
    assert session.mix.strips[0].solo
    assert sum(session.mix.audible) == 1

    session.player.pause()
    lane = window.timeline.lanes.lanes["bass"]
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(lane.width() // 4, lane.height() * 2 // 3))
    qtbot.waitUntil(lambda: abs(session.player.position / song.frames - 0.25) < 0.01, timeout=5_000)

    edit_a_curve(window)
    save_picture(window, "editing", tmp_path)
    session.undo()
    assert not session.document.edits
    window.actions_by_name["side_panel"].trigger()
    appearance.choose("dark")
    qtbot.wait(400)
    save_picture(window, "dark", tmp_path)

    window.actions_by_name["export_remix"].trigger()
    dialog = find(window, "export-dialog")
    target = tmp_path / "solo.wav"
    depth = dialog.findChild(QComboBox, "export-depth")
    line = dialog.findChild(QLineEdit, "export-target")
    assert depth is not None
    assert line is not None
    depth.setCurrentIndex(depth.findData("FLOAT"))
    line.setText(str(target))
    accept = dialog.findChild(QPushButton, "export-accept")
    assert accept is not None
    written: list[Path] = []
    session.exported.subscribe(written.append)
    accept.click()
    qtbot.waitUntil(lambda: written == [target], timeout=120_000)
    exported, rate = soundfile.read(target, dtype="float32", always_2d=True)
    assert rate == song.rate
    np.testing.assert_array_equal(exported, Mixer(song, session.mix).render(0, song.frames))
