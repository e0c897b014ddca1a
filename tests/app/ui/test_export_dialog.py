"""The export dialog by itself."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.audio.encode import EncodeSettings
from app.ui.appearance import Appearance
from app.ui.export_dialog import ExportDialog, Kind

Request = tuple[Path, EncodeSettings, bool]


def make(qtbot: QtBot, kind: Kind, folder: Path) -> tuple[ExportDialog, list[Request]]:
    dialog = ExportDialog(kind, "Song", folder)
    qtbot.addWidget(dialog)
    requests: list[Request] = []
    dialog.requested.connect(lambda path, encode, overwrite: requests.append((path, encode, overwrite)))
    return dialog, requests


def answer(text: str) -> list[str]:
    """Press that button of the question that comes next; the question is in the list then."""
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if button.text().replace("&", "") == text).click()

    QTimer.singleShot(0, press)
    return asked


def test_it_proposes_a_file_and_formats(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, requests = make(qtbot, "remix", tmp_path)
    assert dialog.path == tmp_path / "Song (remix).wav"
    assert [dialog.bit_depth.itemData(i) for i in range(dialog.bit_depth.count())] == ["PCM_24", "PCM_16", "FLOAT"]
    dialog.format.setCurrentIndex(dialog.format.findData("flac"))
    assert dialog.path == tmp_path / "Song (remix).flac"
    assert [dialog.bit_depth.itemData(i) for i in range(dialog.bit_depth.count())] == ["PCM_24", "PCM_16"]
    dialog.bit_depth.setCurrentIndex(1)
    dialog.accept()
    assert requests == [(tmp_path / "Song (remix).flac", EncodeSettings("flac", "PCM_16"), False)]


@pytest.mark.parametrize(("typed", "path"), [("Mix", "Mix.wav"), ("Mix.2", "Mix.2.wav"), ("Mix.WAV", "Mix.WAV")])
def test_the_ending_is_added(qtbot: QtBot, appearance: Appearance, tmp_path: Path, typed: str, path: str) -> None:
    dialog, _ = make(qtbot, "remix", tmp_path)
    dialog.target.setText(str(tmp_path / typed))
    assert dialog.path == tmp_path / path


@pytest.mark.parametrize("kind", ["remix", "stems"])
def test_nothing_is_replaced_without_a_question(
    qtbot: QtBot, appearance: Appearance, tmp_path: Path, kind: Kind
) -> None:
    dialog, requests = make(qtbot, kind, tmp_path)
    if kind == "remix":
        dialog.path.write_bytes(b"mine")
    else:
        dialog.path.mkdir()
        (dialog.path / "mine.wav").write_bytes(b"mine")
    dialog.show()
    asked = answer("Cancel")
    dialog.accept()
    assert len(asked) == 1
    assert dialog.path.name in asked[0]
    assert requests == []
    assert dialog.isVisible()
    answer("Replace")
    dialog.accept()
    assert [overwrite for _, _, overwrite in requests] == [True]
    assert not dialog.isVisible()


def test_an_empty_folder_needs_no_question(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, requests = make(qtbot, "stems", tmp_path)
    dialog.path.mkdir()
    dialog.accept()
    assert [overwrite for _, _, overwrite in requests] == [False]


def test_it_needs_a_target(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, _ = make(qtbot, "remix", tmp_path)
    dialog.target.setText("  ")
    assert not dialog.export.isEnabled()
