"""The process that separates dies: the window lives, says so, and one click goes on with smaller chunks."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QPushButton

from app.session.separation_process import SeparationProcess
from tests.app.ui.conftest import Desk


def boxes(desk: Desk) -> list[QMessageBox]:
    return [box for box in desk.window.findChildren(QMessageBox) if box.isVisible()]


def test_one_click_goes_on_with_smaller_chunks(make_desk: Callable[..., Desk], song_path: Path, tmp_path: Path) -> None:
    marker = tmp_path / "died once"
    desk = make_desk(separation=SeparationProcess(str(marker), "tests.fake_separator:load_dying"))
    desk.open(song_path)
    desk.wait(lambda: bool(boxes(desk)))
    (box,) = boxes(desk)
    assert "ended with status 7" in box.text()
    assert desk.song.path == song_path, "the song stays open"
    retry = box.findChild(QPushButton, "retry-smaller")
    assert retry is not None
    assert retry.isDefault(), "Enter does it"
    retry.click()
    desk.wait_separated()
    assert desk.song.coverage.covers(0, desk.song.frames)
    assert not boxes(desk)


def test_other_errors_offer_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.session.open(tmp_path / "nothing.wav")
    desk.wait(lambda: bool(boxes(desk)))
    (box,) = boxes(desk)
    assert box.findChild(QPushButton, "retry-smaller") is None
    box.accept()
