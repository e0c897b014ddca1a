"""Projects in the window: saving, asking, locating a song, and what comes back after a crash."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox

from app.session.commands import SetGain
from app.session.project_file import Project, read_project
from app.session.recovery import Unsaved
from app.ui.recovery_dialog import RecoveryDialog
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import write_song


def box_of(desk: Desk) -> QMessageBox:
    """The question that is asked."""
    boxes = [box for box in desk.window.findChildren(QMessageBox) if box.isVisible()]
    assert len(boxes) == 1
    return boxes[0]


def press(box: QMessageBox, text: str) -> None:
    button = next(button for button in box.buttons() if button.text().startswith(text))
    assert isinstance(button, QAbstractButton)
    button.click()


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    """What the user answers in the file dialog."""
    answer = (str(path) if path else "", "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: answer)


def change(desk: Desk, gain_db: float = -6.0) -> None:
    desk.session.do(SetGain("bass", gain_db))
    desk.session.end_gesture()


def test_save_asks_where_the_first_time_only(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "work.partwise"
    change(desk)
    assert desk.window.isWindowModified()
    choose(monkeypatch, None)
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert desk.session.project.path is None
    choose(monkeypatch, path)
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.windowTitle() == "work – Partwise"
    assert not desk.window.isWindowModified()
    choose(monkeypatch, tmp_path / "never.partwise")
    change(desk, -9.0)
    assert desk.window.windowTitle() == "work[*] – Partwise"
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert read_project(path).document == desk.session.document
    assert not (tmp_path / "never.partwise").exists()
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert desk.session.project.path == tmp_path / "never.partwise"


def test_closing_asks_about_changes(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(desk)
    desk.window.close()
    assert desk.window.isVisible()
    press(box_of(desk), "Cancel")
    assert desk.window.isVisible()
    choose(monkeypatch, None)
    desk.window.close()
    press(box_of(desk), "Save")  # and then the file dialog is cancelled
    assert desk.window.isVisible()
    choose(monkeypatch, tmp_path / "work.partwise")
    desk.window.close()
    press(box_of(desk), "Save")
    assert not desk.window.isVisible()
    assert read_project(tmp_path / "work.partwise").document == desk.session.document


def test_changes_can_be_let_go(desk: Desk) -> None:
    change(desk)
    desk.window.actions_by_name["close"].trigger()
    assert desk.song
    press(box_of(desk), "Don't save")
    assert desk.session.song is None
    desk.window.close()
    assert not desk.window.isVisible()


def test_a_project_dropped_on_the_window_opens(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "work.partwise"
    change(desk)
    desk.session.project.save_as(path)
    document = desk.session.document
    desk.window.actions_by_name["close"].trigger()
    assert desk.session.song is None
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desk.window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))
    desk.wait(lambda: desk.session.song is not None)
    assert desk.session.document == document
    assert desk.window.windowTitle() == "work – Partwise"


def test_a_song_that_moved_is_located(
    desk: Desk, song_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, there = tmp_path / "work.partwise", tmp_path / "there.wav"
    desk.session.project.save_as(path)
    desk.session.close_song()
    song_path.rename(there)
    (tmp_path / "other").mkdir()
    other = write_song(tmp_path / "other", 3.0)
    desk.session.open(path)
    desk.wait(lambda: any(box.isVisible() for box in desk.window.findChildren(QMessageBox)))
    assert "“Sunday Kitchen.wav” of this project was not found" in box_of(desk).text()
    choose(monkeypatch, other)
    first = box_of(desk)
    press(first, "Locate")
    desk.wait(lambda: any(box.isVisible() for box in desk.window.findChildren(QMessageBox) if box is not first))
    assert "is not the file that this project was made with" in box_of(desk).text()
    choose(monkeypatch, there)
    press(box_of(desk), "Locate")
    desk.wait(lambda: desk.session.song is not None)
    assert desk.song.path == there


def test_a_copy_with_stems_is_written_when_they_are_there(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "whole.partwise")
    desk.window.actions_by_name["export_bundle"].trigger()
    desk.wait(lambda: desk.session.project.saving is not None and not desk.session.project.saving.running)
    assert read_project(tmp_path / "whole.partwise").bundle is not None
    assert desk.session.project.path is None


def test_unsaved_work_can_be_restored_or_deleted(desk: Desk, tmp_path: Path) -> None:
    items = [
        Unsaved(tmp_path / "a.recovery", Project(), tmp_path / "work.partwise", 1.7e9),
        Unsaved(tmp_path / "b.recovery", Project(), None, 1.6e9),
    ]
    dialog = RecoveryDialog(items, desk.window)
    restored: list[Unsaved] = []
    deleted: list[Unsaved] = []
    dialog.restored.connect(restored.append)
    dialog.deleted.connect(deleted.append)
    dialog.open()
    assert "work" in dialog.list.item(0).text()
    assert "never saved" in dialog.list.item(1).text()
    dialog.list.setCurrentRow(1)
    dialog.delete_button.click()
    assert deleted == [items[1]]
    assert dialog.isVisible()
    dialog.restore_button.click()
    assert restored == [items[0]]
    assert not dialog.isVisible()


def test_nothing_is_offered_where_nothing_was_lost(desk: Desk) -> None:
    desk.window.projects.offer_recovery()
    assert desk.window.findChildren(RecoveryDialog) == []
