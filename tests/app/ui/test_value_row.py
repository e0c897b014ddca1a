"""A labelled slider with a value that can be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.appearance import Appearance
from app.ui.typed_number import read_ms, write_ms
from app.ui.value_row import ValueRow
from app.ui.value_slider import ValueScale, ValueSlider
from tests.app.ui.gestures import drag, turn_wheel

SCALE = ValueScale(0.0, 1000.0, 100.0, 10.0, 1.0, 100.0, write_ms, read_ms, lambda x: float(round(x)), "square")


@pytest.fixture
def row(qtbot: QtBot, appearance: Appearance) -> ValueRow:
    row = ValueRow("time", "Time", "How long.", SCALE, appearance)
    qtbot.addWidget(row)
    row.resize(340, 24)
    row.show()
    row.activateWindow()
    qtbot.waitUntil(row.isActiveWindow)
    return row


@given(st.floats(0.0, 1000.0))
def test_place_and_value_are_each_other_s_inverse(amount: float) -> None:
    slider = ValueSlider.__new__(ValueSlider)  # no widget is needed for its scale
    slider._scale = SCALE
    assert slider.amount_at(slider.fraction_of(amount)) == pytest.approx(amount, abs=0.5001)


def test_keys_step_and_delete_goes_back(row: ValueRow) -> None:
    wanted: list[float] = []
    row.edited.connect(wanted.append)
    row.slider.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_Down, Qt.Key.Key_Delete):
        QTest.keyClick(row.slider, key)
    QTest.keyClick(row.slider, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert wanted == [110.0, 210.0, 310.0, 300.0, 100.0, 101.0]
    assert row.value.text() == "101 ms"


def test_dragging_to_the_ends_stays_within_them(row: ValueRow, qtbot: QtBot) -> None:
    wanted: list[float] = []
    row.edited.connect(wanted.append)
    middle = row.slider.rect().center()
    with qtbot.waitSignal(row.gesture_ended):
        drag(row.slider, middle, middle + QPoint(2000, 0))
    assert wanted[-1] == 1000.0
    drag(row.slider, middle, middle - QPoint(4000, 0))
    assert wanted[-1] == 0.0


def test_the_wheel_moves_it(row: ValueRow) -> None:
    turn_wheel(row.slider, 2)
    assert row.slider.amount == 120.0


def test_enter_types_and_what_is_out_of_range_is_limited(row: ValueRow) -> None:
    wanted: list[float] = []
    row.edited.connect(wanted.append)
    row.slider.setFocus()
    for text, amount in (("0,25 s", 250.0), ("7 s", 1000.0)):
        QTest.keyClick(row.slider, Qt.Key.Key_Return)
        assert not row.value.isReadOnly()
        QTest.keyClicks(row.value, text)
        QTest.keyClick(row.value, Qt.Key.Key_Return)
        assert wanted[-1] == amount
        assert row.slider.hasFocus()


def test_nonsense_and_escape_change_nothing(row: ValueRow) -> None:
    wanted: list[float] = []
    row.edited.connect(wanted.append)
    QTest.mouseDClick(row.value, Qt.MouseButton.LeftButton)
    QTest.keyClicks(row.value, "soon")
    QTest.keyClick(row.value, Qt.Key.Key_Return)
    assert not row.value.isReadOnly()
    QTest.keyClick(row.value, Qt.Key.Key_Escape)
    assert (row.value.text(), wanted) == ("100 ms", [])


def test_the_slider_tells_screen_readers_its_value(row: ValueRow) -> None:
    row.show_amount(480.0)
    assert (row.slider.accessibleName(), row.slider.accessibleDescription()) == ("Time", "480 ms")
