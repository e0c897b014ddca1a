"""The export dialog by itself."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox
from pytestqt.qtbot import QtBot

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest, What
from app.ui.appearance import Appearance
from app.ui.export_dialog import ExportDialog
from models.instruments import STEMS


@dataclass
class PretendSong:
    title: str
    path: Path


def make(
    qtbot: QtBot, what: What, folder: Path, loop: tuple[int, int] | None = None
) -> tuple[ExportDialog, list[ExportRequest]]:
    song = PretendSong("Song", folder / "song.wav")
    dialog = ExportDialog(song, folder, ExportRequest(Path(), what), loop)
    qtbot.addWidget(dialog)
    requests: list[ExportRequest] = []
    dialog.requested.connect(requests.append)
    return dialog, requests


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


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
    assert dialog.example.text() == "Song - Remix.wav"
    assert [dialog.bit_depth.itemData(i) for i in range(dialog.bit_depth.count())] == ["PCM_24", "PCM_16", "FLOAT"]
    choose(dialog.format, "flac")
    assert dialog.example.text() == "Song - Remix.flac"
    assert [dialog.bit_depth.itemData(i) for i in range(dialog.bit_depth.count())] == ["PCM_24", "PCM_16"]
    choose(dialog.bit_depth, "PCM_16")
    dialog.accept()
    assert requests == [ExportRequest(tmp_path / "Song - Remix.flac", encode=EncodeSettings("flac", "PCM_16"))]


def test_all_choices_are_in_the_request(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, requests = make(qtbot, "remix", tmp_path, loop=(100, 900))
    dialog.show()
    choose(dialog.what, "stems_through_strips")
    for stem in STEMS[1:]:
        QTest.mouseClick(dialog.stems[stem], Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.stems[stem].height() // 2))
    for check in (dialog.loop_only, dialog.loudness_on, dialog.tags):
        QTest.mouseClick(check, Qt.MouseButton.LeftButton, pos=QPoint(8, check.height() // 2))
    dialog.loudness.setValue(-16.0)
    choose(dialog.format, "mp3")
    choose(dialog.level, "limit")
    dialog.pattern.clear()
    QTest.keyClicks(dialog.pattern, "{number} {title}")
    assert dialog.example.text() == "01 Song.mp3"
    QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    assert requests == [
        ExportRequest(
            tmp_path / "Song stems",
            "stems_through_strips",
            STEMS[:1],
            (100, 900),
            EncodeSettings("mp3"),
            "limit",
            loudness_lufs=-16.0,
            pattern="{number} {title}",
            copy_tags=False,
        )
    ]


@pytest.mark.parametrize("what", ["remix", "stems"])
def test_nothing_is_replaced_without_a_question(
    qtbot: QtBot, appearance: Appearance, tmp_path: Path, what: What
) -> None:
    dialog, requests = make(qtbot, what, tmp_path)
    folder = Path(dialog.target.text())
    folder.mkdir(exist_ok=True)
    (folder / dialog.example.text()).write_bytes(b"mine")
    dialog.show()
    asked = answer("Cancel")
    dialog.accept()
    assert len(asked) == 1
    assert dialog.example.text() in asked[0]
    assert requests == []
    assert dialog.isVisible()
    answer("Replace")
    dialog.accept()
    assert [request.overwrite for request in requests] == [True]
    assert not dialog.isVisible()


def test_other_files_in_the_folder_need_no_question(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, requests = make(qtbot, "stems", tmp_path)
    folder = Path(dialog.target.text())
    folder.mkdir()
    (folder / "notes.txt").write_bytes(b"mine")
    dialog.accept()
    assert [request.overwrite for request in requests] == [False]


def test_what_makes_no_sense_is_told(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> None:
    dialog, _ = make(qtbot, "remix", tmp_path)
    dialog.pattern.setText("{singer}")
    assert "{singer}" in dialog.example.text()
    assert not dialog.export.isEnabled()
    dialog.pattern.setText("{title}")
    assert dialog.export.isEnabled()
    dialog.target.setText("  ")
    assert not dialog.export.isEnabled()
    assert not dialog.loop_only.isEnabled()
