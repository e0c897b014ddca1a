"""Diagnostics on the clipboard, and the dialog for faults."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from tests.app.ui.conftest import Desk


def test_copy_diagnostics(desk: Desk) -> None:
    window = desk.window
    said: list[str] = []
    desk.session.message.subscribe(said.append)
    window.actions_by_name["copy_diagnostics"].trigger()
    text = QGuiApplication.clipboard().text()
    assert "Partwise" in text
    assert "Screen: " in text
    assert said


def test_a_fault_is_shown_once_and_can_be_copied(desk: Desk, qtbot: QtBot) -> None:
    window = desk.window
    QGuiApplication.clipboard().clear()
    for _ in range(3):
        window.diagnostics.tell_failure("Something went wrong.")
    boxes = [box for box in window.findChildren(QMessageBox, "failure") if box.isVisible()]
    assert len(boxes) == 1
    copy = next(button for button in boxes[0].findChildren(QPushButton) if "Copy" in button.text())
    copy.click()
    assert boxes[0].isVisible()
    assert "Partwise" in QGuiApplication.clipboard().text()
    boxes[0].accept()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox, "failure"))
    window.diagnostics.tell_failure("Something else.")
    assert [box for box in window.findChildren(QMessageBox, "failure") if box.isVisible()]
