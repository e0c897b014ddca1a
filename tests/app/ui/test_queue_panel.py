from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from app.song.stem_cache import StemCache
from app.ui.bridge import Bridge
from app.ui.cache_settings import CacheSettings
from app.ui.queue_panel import QueuePanel
from tests.app.ui.conftest import silent_output
from tests.app.ui.desk import PretendSeparation, write_song


@pytest.fixture
def keeping(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    """A session with a cache, and a bridge to this thread."""
    bridge = Bridge()
    session = Session(
        bridge.post,
        Player(OutputSettings(), silent_output),
        Preferences(),
        separation_process=PretendSeparation(),
        cache=StemCache(tmp_path / "cache"),
        play_on_open=False,
    )
    yield session
    session.close()
    bridge.close()


@pytest.fixture
def panel(keeping: Session, qtbot: QtBot, tmp_path: Path) -> QueuePanel:
    panel = QueuePanel(keeping, tmp_path / "Stems")
    qtbot.addWidget(panel)
    panel.show()
    return panel


def texts(panel: QueuePanel, column: int) -> list[str]:
    rows = (panel.list.topLevelItem(index) for index in range(panel.list.topLevelItemCount()))
    return [row.text(column) for row in rows if row is not None]


def press(panel: QueuePanel, name: str) -> None:
    QTest.mouseClick(panel.button(name), Qt.MouseButton.LeftButton)


def test_dropped_songs_are_separated_and_shown(
    panel: QueuePanel, keeping: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    write_song(tmp_path / "music", 4.0, "one.wav")
    write_song(tmp_path / "music", 4.0, "two.wav")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "music"))])
    where, no_buttons = QPointF(panel.list.rect().center()), Qt.MouseButton.NoButton
    panel.list.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, no_buttons, Qt.KeyboardModifier.NoModifier))
    assert texts(panel, 0) == ["one.wav", "two.wav"]
    qtbot.waitUntil(lambda: texts(panel, 1) == ["done", "done"], timeout=20_000)
    assert (tmp_path / "Stems" / "two" / "other.wav").is_file()
    assert keeping.queue.items[0].fraction == 1.0
    press(panel, "clear")
    assert texts(panel, 0) == []


def test_songs_are_reordered_paused_and_cancelled_by_keys_and_buttons(panel: QueuePanel, tmp_path: Path) -> None:
    press(panel, "pause")
    assert panel.button("pause").text() == "Continue"
    panel.add([write_song(tmp_path, 2.0, f"{name}.wav") for name in "abc"])
    assert texts(panel, 1) == ["waiting"] * 3
    panel.list.setCurrentIndex(panel.list.model().index(2, 0))
    press(panel, "up")
    assert texts(panel, 0) == ["a.wav", "c.wav", "b.wav"]
    assert panel.list.selected is not None
    assert panel.list.selected.source.name == "c.wav"
    QTest.keyClick(panel.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert texts(panel, 0) == ["c.wav", "a.wav", "b.wav"]
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert texts(panel, 1)[0] == "cancelled"
    press(panel, "retry")
    assert texts(panel, 1)[0] == "waiting"
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert texts(panel, 0) == ["a.wav", "b.wav"]


def test_everything_has_a_name_for_those_who_do_not_see_it(panel: QueuePanel, keeping: Session, qtbot: QtBot) -> None:
    settings = CacheSettings(keeping)
    qtbot.addWidget(settings)
    for widget in (panel, settings):
        assert all(button.accessibleName() for button in widget.findChildren(QPushButton))
    assert settings.limit.accessibleName()


def test_the_cache_is_shown_and_cleared(keeping: Session, qtbot: QtBot, tmp_path: Path) -> None:
    keeping.open(write_song(tmp_path, 4.0))
    qtbot.waitUntil(lambda: keeping.separation is not None and keeping.separation.state == "done", timeout=20_000)
    keeping.close_song()
    keeping.cache.wait(10.0)  # else it may still be open, and stay
    settings = CacheSettings(keeping)
    qtbot.addWidget(settings)
    settings.show()
    qtbot.waitUntil(lambda: keeping.cache.songs == 1)
    qtbot.waitUntil(lambda: keeping.cache.job is not None and not keeping.cache.job.running)
    assert "1 song," in settings._size.text()
    QTest.mouseClick(settings.clear, Qt.MouseButton.LeftButton)
    box = settings.findChild(QMessageBox, "cache-clear-question")
    assert box is not None
    confirm = box.findChild(QPushButton, "cache-clear-confirmed")
    assert confirm is not None
    confirm.click()
    qtbot.waitUntil(lambda: keeping.cache.songs == 0 and keeping.cache.size_bytes == 0)
    settings.limit.setValue(7.0)
    settings.limit.editingFinished.emit()
    assert keeping.preferences.cache_limit_gb == 7.0
    qtbot.waitUntil(lambda: keeping.cache.job is not None and not keeping.cache.job.running)
