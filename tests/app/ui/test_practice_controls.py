"""Loop, speed, key and clicks by the keyboard and the popup."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from tests.app.ui.conftest import Desk


def press(desk: Desk, key: str) -> None:
    QTest.keyClicks(desk.window, key)


def test_keys_set_and_clear_the_loop(desk: Desk) -> None:
    rate = desk.song.rate
    desk.player.seek(4 * rate)
    press(desk, "[")
    desk.player.seek(9 * rate)
    press(desk, "]")
    assert desk.session.document.loop == desk.player.loop == (4 * rate, 9 * rate)
    loops = []
    for _ in range(2):
        press(desk, "l")
        loops.append(desk.player.loop)
    desk.session.undo()
    assert [*loops, desk.player.loop] == [None, (4 * rate, 9 * rate), None]


def test_one_key_compares(desk: Desk) -> None:
    button = desk.find(QToolButton, "transport-compare")
    for on in (True, False):
        press(desk, "c")
        assert desk.player.compare is on
        assert button.isChecked() is on


def test_repeat_and_metronome_are_buttons(desk: Desk) -> None:
    for name in ("repeat", "metronome"):
        QTest.mouseClick(desk.find(QToolButton, f"transport-{name}"), Qt.MouseButton.LeftButton)
    assert desk.player.repeat_song
    assert desk.player.metronome.on


def test_speed_and_key_by_key_and_by_number(desk: Desk) -> None:
    press(desk, "-")
    assert desk.player.tempo == 0.95
    popup = desk.window.transport.popup
    popup.speed.setValue(50)
    popup.pitch.setValue(-2.35)
    assert (desk.player.tempo, desk.player.transpose_semitones) == (0.5, -2.35)
    press(desk, "-")
    assert desk.player.tempo == 0.5
