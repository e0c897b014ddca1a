"""The table of actions, the menus and the sheet that are made from it."""

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu

from app.ui.actions import action_table, menu_titles
from app.ui.shortcut_sheet import ShortcutSheet
from tests.app.ui.conftest import Desk


def test_no_key_does_two_things() -> None:
    keys = Counter(QKeySequence(key).toString() for spec in action_table() for key in spec.keys)
    assert "" not in keys
    assert [key for key, count in keys.items() if count > 1] == []


def test_names_and_menus_are_sound() -> None:
    names = Counter(spec.name for spec in action_table())
    assert max(names.values()) == 1
    assert {spec.menu for spec in action_table()} | {"mixer"} == set(menu_titles())


def test_every_action_is_in_a_menu_and_its_tooltip_tells_the_key(desk: Desk) -> None:
    menus = desk.window.menuBar().findChildren(QMenu)
    in_menus = {action for menu in menus for action in menu.actions()}
    for spec in action_table():
        action = desk.window.actions_by_name[spec.name]
        assert action in in_menus
        if spec.keys:
            key = QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            assert f"({key})" in action.toolTip()


def test_f1_shows_every_key(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_F1)
    sheet = desk.window.findChild(ShortcutSheet)
    assert sheet is not None
    assert sheet.isVisible()
    text = "\n".join(label.text() for label in sheet.findChildren(QLabel))
    for spec in action_table():
        if "/" not in spec.menu:
            for key in spec.keys:
                assert QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) in text
    sheet.close()


def test_keys_of_the_transport(desk: Desk) -> None:
    rate = desk.song.rate
    keys = (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 5.0),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, 6.0),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, 5.0),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 10.0),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 5.0),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0.0),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 0.0),
    )
    for key, modifier, seconds in keys:
        QTest.keyClick(desk.window, key, modifier)
        assert desk.player.position == round(seconds * rate)
    QTest.keyClick(desk.window, Qt.Key.Key_Space)
    assert desk.player.playing
    QTest.keyClick(desk.window, Qt.Key.Key_Space)
    assert not desk.player.playing
