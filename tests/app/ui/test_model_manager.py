import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.errors import Cancelled
from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.jobs import JobRunner
from app.session.models import ModelKeeper
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.bridge import Bridge
from app.ui.model_manager import ModelManager
from app.ui.separator_offer import SeparatorOffer
from models.registry import DEFAULT, FOLDER_VARIABLE
from tests.app.ui.conftest import silent_output
from tests.app.ui.desk import PretendSeparation
from tests.app.ui.model_library import make_library
from tests.models.manager.model_server import ModelServer, served

W = TypeVar("W", bound=QWidget)


@dataclass
class Shelf:
    """The dialog, what it shows, and what was said."""

    dialog: ModelManager
    session: Session
    server: ModelServer
    folder: Path
    failures: list[str]
    said: list[str]
    qtbot: QtBot

    def button(self, name: str) -> QPushButton:
        return self.find(QPushButton, f"model-{name}")

    def find(self, kind: type[W], name: str) -> W:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def press(self, name: str) -> None:
        button = self.button(name)
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def text(self, name: str) -> str:
        label = self.find(QLabel, f"model-{name}")
        return label.text() if label.isVisible() else ""

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)

    @property
    def files(self) -> list[str]:
        found = glob("**/*", root_dir=self.folder, recursive=True, include_hidden=True)  # which may vanish meanwhile
        return sorted(path for path in found if (self.folder / path).is_file())


def measure(name: str, progress: Callable[[float], None], cancelled: Callable[[], bool], *, root: Path) -> float:
    """Stands for the timing of a separator."""
    while not (root / "measured").exists():
        progress(0.5)
        time.sleep(0.01)
        if cancelled():
            raise Cancelled
    return 0.25


@pytest.fixture
def shelf(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    folder = tmp_path / "models"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    bridge = Bridge()
    with served() as server:
        session = Session(
            bridge.post,
            Player(OutputSettings(), silent_output),
            Preferences(),
            separation_process=PretendSeparation(),
        )
        session.models = ModelKeeper(session, JobRunner(bridge.post), make_library(server), measure)
        failures: list[str] = []
        said: list[str] = []
        session.failed.subscribe(failures.append)
        session.message.subscribe(said.append)
        dialog = ModelManager(session)
        qtbot.addWidget(dialog)
        dialog.show()
        yield Shelf(dialog, session, server, folder, failures, said, qtbot)
        session.models.close()
        session.close()
    bridge.close()


INSTALLED = ["certain/model.json", "certain/weights.safetensors"]


def test_page_says_what_a_person_wants_to_know(shelf: Shelf) -> None:
    assert shelf.dialog.chosen == DEFAULT
    assert shelf.text("state") == "comes with Partwise, in use"
    assert not shelf.button("remove").isVisible()
    assert not shelf.button("get").isVisible()

    shelf.dialog.select("doubtful")
    assert shelf.text("separates") == "vocals, drums, bass; the rest stays in Other"
    assert shelf.text("licence").startswith("CC BY-NC-SA 4.0 – not for commercial use")
    assert "0 MB from 127.0.0.1; its SHA-256 is not known in full" in shelf.text("size")
    assert shelf.text("state") == "not installed"
    QTest.mouseClick(shelf.button("read"), Qt.MouseButton.LeftButton)
    licence = shelf.find(QPlainTextEdit, "model-licence-text")
    assert licence.isVisible()
    assert "Attribution-NonCommercial" in licence.toPlainText()
    assert shelf.server.requests == []  # nothing without a click


def test_get_and_remove(shelf: Shelf) -> None:
    shelf.dialog.select("certain")
    shelf.press("get")
    shelf.wait(lambda: shelf.text("state") == "installed")
    assert shelf.files == INSTALLED
    assert shelf.said == ["Certain is installed."]
    assert shelf.button("use").isVisible()

    shelf.press("verify")
    shelf.wait(lambda: "Certain: its hashes are right." in shelf.said)
    shelf.press("remove")
    QTest.mouseClick(shelf.find(QPushButton, "model-confirm"), Qt.MouseButton.LeftButton)
    shelf.wait(lambda: shelf.text("state") == "not installed")
    assert shelf.files == []


def test_download_shows_how_far_it_is_and_goes_on_after_a_pause(shelf: Shelf) -> None:
    shelf.server.files["certain.bin"].delay_s = 0.08
    shelf.dialog.select("certain")
    shelf.press("get")
    shelf.wait(lambda: "MB/s" in shelf.text("doing") and "left" in shelf.text("doing"))
    assert not shelf.button("get").isVisible()
    shelf.press("cancel")
    shelf.wait(lambda: shelf.text("state") == "download unfinished")
    assert shelf.button("get").text().startswith("Go on")
    assert shelf.failures == []

    shelf.server.files["certain.bin"].delay_s = 0.0
    shelf.press("get")
    shelf.wait(lambda: shelf.text("state") == "installed")
    assert shelf.server.requests[-1][1].startswith("bytes=")
    assert shelf.files == INSTALLED


def test_unfinished_download_is_discarded(shelf: Shelf) -> None:
    shelf.server.files["certain.bin"].delay_s = 0.05
    shelf.dialog.select("certain")
    shelf.press("get")
    shelf.wait(lambda: shelf.session.models.library.fetched_bytes("certain"))
    shelf.press("cancel")
    shelf.wait(lambda: shelf.button("discard").isVisible())
    shelf.press("discard")
    assert shelf.text("state") == "not installed"
    assert shelf.files == []


def test_failure_is_one_sentence_and_leaves_nothing(shelf: Shelf) -> None:
    shelf.server.files["certain.bin"].data = bytes(100)
    shelf.dialog.select("certain")
    shelf.press("get")
    shelf.wait(lambda: shelf.failures)
    assert shelf.failures[0].startswith("Certain could not be downloaded: ")
    assert shelf.text("doing") == shelf.failures[0]
    assert shelf.files == []
    assert shelf.button("get").isVisible()


@pytest.mark.parametrize("agrees", [True, False])
def test_unknown_hash_asks_first(shelf: Shelf, agrees: bool) -> None:
    shelf.dialog.select("doubtful")
    shelf.press("get")
    shelf.wait(lambda: shelf.dialog.findChild(QPushButton, "model-agree"))
    assert shelf.server.requests == []
    assert shelf.failures == []
    button = shelf.find(QPushButton, "model-agree")
    if not agrees:
        box = button.window()
        button = next(found for found in box.findChildren(QPushButton) if found is not button)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    if agrees:
        shelf.wait(lambda: shelf.text("state") == "installed")
    else:
        shelf.qtbot.wait(50)
        assert shelf.text("state") == "not installed"
        assert shelf.server.requests == []


def test_import_from_a_file(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "certain.bin"
    path.write_bytes(shelf.server.files["certain.bin"].data)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *arguments: ([str(path)], ""))
    shelf.dialog.select("certain")
    shelf.press("import")
    shelf.wait(lambda: shelf.text("state") == "installed")
    assert shelf.server.requests == []


def test_speed_is_measured_on_a_click(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    assert shelf.text("speed") == "not measured yet"
    shelf.press("measure")
    shelf.wait(lambda: shelf.text("doing").startswith("Timing IASS six"))
    (shelf.folder / "measured").touch()
    shelf.wait(lambda: "IASS six takes 25 % of a song’s length on this computer." in shelf.said)


def test_new_songs_are_separated_by_what_is_preferred(shelf: Shelf) -> None:
    box = shelf.find(QAbstractButton, "model-default")
    box.click()
    assert shelf.session.preferences.separator == DEFAULT
    box.click()
    assert shelf.session.preferences.separator is None


def test_advice_follows_what_is_here(shelf: Shelf) -> None:
    offer = SeparatorOffer(shelf.session)
    shelf.qtbot.addWidget(offer)
    assert offer.text.text().startswith("Songs are separated by IASS six.\nSpleeter with IASS six would bring ")
    assert shelf.find(QLabel, "model-advice").text() in offer.text.text()
    shelf.session.models.get("certain")
    shelf.wait(lambda: "would bring" not in offer.text.text())
    assert shelf.find(QLabel, "model-advice").text() == "The best separators are here."


def test_what_is_in_use_is_not_removed(shelf: Shelf) -> None:
    shelf.session.models.get("certain")
    shelf.wait(lambda: shelf.files == INSTALLED)
    shelf.session.separators.make_process = lambda name: _named(name)
    shelf.session.separators.choose("spleeter+iass-six")
    shelf.session.models.remove("certain")
    assert shelf.failures == ["Certain is in use for the open song; choose another separator first."]
    assert shelf.files == INSTALLED


def _named(name: str) -> PretendSeparation:
    process = PretendSeparation()
    process._model = name
    return process


def test_everything_has_a_name_and_can_be_reached_by_key(shelf: Shelf) -> None:
    shelf.dialog.select("certain")
    for button in shelf.dialog.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button.objectName()
    shelf.dialog.models.setFocus()
    row = shelf.dialog.models.currentRow()
    QTest.keyClick(shelf.dialog.models, Qt.Key.Key_Down)
    assert shelf.dialog.models.currentRow() != row
    assert all(shelf.dialog.models.item(i).data(Qt.ItemDataRole.AccessibleTextRole) for i in range(4))


def test_two_jobs_do_not_work_on_the_same_files(shelf: Shelf) -> None:
    shelf.server.files["certain.bin"].delay_s = 0.02
    shelf.session.models.get("spleeter+iass-six")
    shelf.session.models.get("certain")
    assert shelf.failures == ["Getting Spleeter with IASS six is under way, wait for it or cancel it."]
    shelf.wait(lambda: shelf.files == INSTALLED and not shelf.session.models.rows()[0].busy)


def test_closing_the_dialog_lets_the_download_go_on(shelf: Shelf) -> None:
    shelf.server.files["certain.bin"].delay_s = 0.01
    shelf.dialog.select("certain")
    shelf.press("get")
    shelf.dialog.accept()
    shelf.wait(lambda: shelf.files == INSTALLED)
