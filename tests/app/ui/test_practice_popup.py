"""Speed, key and pre-roll as numbers, by keyboard and wheel."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel

from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import turn_wheel


def type_number(box: QDoubleSpinBox, text: str) -> None:
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize(("typed", "tempo"), [("75", 0.75), ("200", 2.0), ("50", 0.5)])
def test_a_speed_is_typed(desk: Desk, typed: str, tempo: float) -> None:
    popup = desk.window.transport.popup
    type_number(popup.speed, typed)
    assert desk.player.tempo == tempo
    assert popup.speed.text() == f"{typed} %"


def test_steps_by_key_and_wheel(desk: Desk) -> None:
    popup = desk.window.transport.popup
    QTest.keyClick(popup.pitch, Qt.Key.Key_Up)
    QTest.keyClick(popup.pitch, Qt.Key.Key_Up)
    assert desk.player.transpose_semitones == 2.0
    popup.pre_roll.setFocus()
    turn_wheel(popup.pre_roll, 3)
    assert desk.player.pre_roll_s == 1.5


def test_it_shows_what_the_keys_do_and_the_beats(desk: Desk) -> None:
    popup = desk.window.transport.popup
    QTest.keyClick(desk.window, Qt.Key.Key_Minus)
    QTest.keyClick(desk.window, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert (popup.speed.value(), popup.pitch.value()) == (95.0, 1.0)
    beats = popup.findChild(QLabel, "practice-beats")
    assert beats is not None
    tempo = desk.session.tempo.current
    assert beats.text() == (f"{tempo.bpm:.1f} BPM" if tempo else "not found, tap T")
