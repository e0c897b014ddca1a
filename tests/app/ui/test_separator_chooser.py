from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QToolButton

from models.registry import DEFAULT, FOLDER_VARIABLE
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import PretendSeparation


def pretend(name: str) -> PretendSeparation:
    process = PretendSeparation()
    process._model = name
    return process


@pytest.fixture
def two(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window with a song, and a second separator on this computer."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    folder = tmp_path / "models" / "spleeter-2stems"
    folder.mkdir(parents=True)
    (folder / "model.json").write_text('{"targets": ["vocals"], "kind": "spleeter"}')
    (folder / "weights.safetensors").write_bytes(b"0")
    desk.session.separators.make_process = pretend
    desk.session.models.changed.emit()
    return desk


def labels(desk: Desk) -> list[str]:
    chooser = desk.window.separator
    chooser.fill()
    return [action.text() for action in chooser.name.menu().actions() if action.text()]


def test_menu_lists_what_is_here_and_chooses(two: Desk) -> None:
    assert labels(two) == ["Spleeter with IASS six", "IASS six", "Spleeter, 2 stems", "Get other separators…"]
    first = two.song
    chooser = two.window.separator
    actions = {action.text(): action for action in chooser.name.menu().actions()}
    assert actions["IASS six"].isChecked()

    actions["Spleeter, 2 stems"].trigger()
    two.wait(lambda: two.session.separators.name == "spleeter-2stems")

    assert chooser.name.text() == "Spleeter, 2 stems"
    assert chooser.name.accessibleName() == "Separator: Spleeter, 2 stems"
    assert two.song is not first
    two.wait(lambda: two.session.separation is not None and not two.session.separation.running)


@pytest.mark.parametrize("by", ["key", "button"])
def test_key_and_button_compare_two(two: Desk, by: str) -> None:
    button = two.find(QToolButton, "separator-other")
    assert button.isVisible()
    assert button.accessibleName() == "Hear the other separator: Spleeter with IASS six"
    assert button.toolTip().endswith("(X)")

    def press() -> None:
        if by == "key":
            QTest.keyClick(two.window, Qt.Key.Key_X)
        else:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    two.player.seek(two.song.rate)
    first = two.song
    press()
    two.wait(lambda: two.session.separators.name == "spleeter+iass-six")
    second = two.song
    two.wait(lambda: second.coverage.covers(0, second.frames))
    press()
    assert (two.session.separators.name, two.song) == (DEFAULT, first)
    press()
    assert (two.session.separators.name, two.song) == ("spleeter+iass-six", second)
    assert abs(two.player.position - first.rate) <= 1


def test_alone_there_is_nothing_to_compare_with(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "none"))
    desk.session.models.changed.emit()
    assert not desk.find(QToolButton, "separator-other").isVisible()
    assert labels(desk) == ["IASS six", "Get other separators…"]


def test_menu_opens_the_models(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.window.actions_by_name["models"].trigger()
    dialog = desk.window.findChild(QDialog, "models")
    assert dialog is not None
    assert dialog.isVisible()
    dialog.close()
    desk.window.actions_by_name["models"].trigger()
    assert any(dialog.isVisible() for dialog in desk.window.findChildren(QDialog, "models"))
