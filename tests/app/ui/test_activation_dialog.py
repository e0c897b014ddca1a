"""Writing when the instruments play, from the window."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.session.commands import AddEdit
from app.song.activation_edits import ActivationEdit
from app.song.regions import read_labels
from app.ui.activation_dialog import ActivationDialog
from tests.app.ui.conftest import Desk

LEFT = Qt.MouseButton.LeftButton
CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def open_dialog(desk: Desk, kind: str) -> ActivationDialog:
    """By its key, with that format chosen."""
    QTest.keyClick(desk.window, Qt.Key.Key_E, CONTROL_ALT)
    dialog = desk.find(ActivationDialog, "activation-export")
    dialog.format.setCurrentIndex(dialog.format.findData(kind))
    return dialog


@pytest.mark.parametrize(("kind", "suffix"), [("csv", ".csv"), ("json", ".json"), ("labels", ".txt"), ("midi", ".mid")])
def test_each_format_is_written_beside_the_song(desk: Desk, kind: str, suffix: str) -> None:
    dialog = open_dialog(desk, kind)
    target = Path(dialog.target.text())
    assert target == desk.song.path.with_name("Sunday Kitchen" + suffix)
    QTest.mouseClick(dialog.export, LEFT)
    desk.wait(target.exists)
    content = target.read_bytes()
    assert content[:4] == {"csv": b"time", "json": b"{\n  ", "labels": b"0.00", "midi": b"MThd"}[kind]
    if kind == "json":
        assert len(json.loads(content)["instruments"]["vocals"]["regions_s"]) == 3


def test_labels_hold_the_edits_and_read_back_as_the_regions(desk: Desk) -> None:
    desk.session.do(AddEdit(ActivationEdit("vocals", 0, 10_000, "off")))
    dialog = open_dialog(desk, "labels")
    target = Path(dialog.target.text())
    QTest.mouseClick(dialog.export, LEFT)
    desk.wait(target.exists)
    regions = read_labels(target.read_text(encoding="utf-8"))
    assert regions == desk.window.side.navigation.regions()
    assert "vocals" not in {region.instrument for region in regions}


def test_a_file_is_replaced_only_after_a_question(desk: Desk) -> None:
    dialog = open_dialog(desk, "csv")
    target = Path(dialog.target.text())
    target.write_text("mine")

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        QTest.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)

    QTimer.singleShot(0, answer)
    QTest.mouseClick(dialog.export, LEFT)
    assert dialog.isVisible()
    assert target.read_text() == "mine"
    dialog.reject()


def test_a_folder_is_no_file(desk: Desk, tmp_path: Path) -> None:
    dialog = open_dialog(desk, "csv")
    for text, good in (("", False), (str(tmp_path), False), (str(tmp_path / "a"), True)):
        dialog.target.setText(text)
        assert dialog.export.isEnabled() is good
    assert dialog.request().target == tmp_path / "a.csv"
    dialog.reject()
