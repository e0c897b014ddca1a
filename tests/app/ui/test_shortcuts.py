"""The sheet, the page and what the keys really do."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.ui.actions import action_table
from app.ui.shortcut_page import PAGE, page_text
from app.ui.shortcut_sheet import ShortcutSheet
from app.ui.shortcut_table import SUMMED_UP, Section, key_combination, shortcut_sections, widget_sections
from tests.app.ui.conftest import Desk


def section(name: str) -> Section:
    return next(section for section in shortcut_sections() if section.name == name)


def press(widget: QWidget, key: str) -> None:
    """Send a key of the table to a widget that has the focus."""
    combination = key_combination(key)
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


def test_the_page_is_the_one_that_the_table_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "run: python -m app.ui.shortcut_page"


def test_every_key_of_an_action_is_on_the_page_and_in_the_sheet() -> None:
    listed = [key for section in shortcut_sections() for shortcut in section.shortcuts for key in shortcut.keys]
    for spec in action_table():
        for key in spec.keys:
            assert key in listed, key
    text = page_text()
    for spec in action_table():
        if spec.menu not in SUMMED_UP:
            for key in spec.keys:
                assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) in text


def test_every_key_that_is_listed_is_one() -> None:
    for part in shortcut_sections():
        for shortcut in part.shortcuts:
            assert shortcut.keys or shortcut.shown
            assert shortcut.text
            for key in shortcut.keys:
                assert QKeySequence(key).toString() != "", key


def test_sections_have_different_names_and_the_summed_up_keys_are_those_of_the_actions() -> None:
    names = [part.name for part in shortcut_sections()]
    assert len(set(names)) == len(names)
    summed = {key for shortcut in section("mixer").shortcuts if shortcut.shown for key in shortcut.keys}
    assert summed == {key for spec in action_table() if spec.menu in SUMMED_UP for key in spec.keys}


@pytest.mark.parametrize("shortcut", section("control").shortcuts, ids=lambda shortcut: shortcut.text)
def test_the_keys_of_controls_do_something(desk: Desk, shortcut: object) -> None:
    strip = desk.window.mixer.strips[0]
    for key in shortcut.keys:  # type: ignore[attr-defined]
        for control in (strip.fader, strip.pan, strip.spread):
            control.edited.emit(control.amount_at(0.5))
            desk.session.end_gesture()
            before = desk.strip_settings("vocals")
            control.setFocus()
            if key in ("Delete", "Backspace"):
                press(control, "Up")
                before = desk.strip_settings("vocals")
            press(control, key)
            if key in ("Return", "Enter"):
                field = QApplication.focusWidget()
                assert field is not None
                assert field is not control
                press(field, "Esc")
            else:
                assert desk.strip_settings("vocals") != before, (key, control)
            desk.session.undo()


def test_typing_finds_shortcuts(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_F1)
    sheet = desk.find(ShortcutSheet, "shortcut-sheet")

    def shown() -> list[str]:
        return [label.text() for label in sheet.page.findChildren(QLabel)]

    everything = len(shown())
    QTest.keyClicks(sheet.filter, "equalizer of")
    assert "Equalizer of the selected strip" in shown()
    assert len(shown()) < everything / 4
    QTest.keyClicks(sheet.filter, "zzz")
    assert shown() == ["No shortcut has that in its name."]
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_the_sheet_fits_a_small_screen(desk: Desk) -> None:
    desk.window.dialogs.shortcuts()
    sheet = desk.find(ShortcutSheet, "shortcut-sheet")
    assert sheet.width() <= 1366
    assert sheet.height() <= 720
    assert not sheet._area.horizontalScrollBar().isVisible()


def test_widget_sections_are_those_that_are_tested() -> None:
    tested: dict[str, Callable[..., None] | str] = {
        "control": test_the_keys_of_controls_do_something,
        "table": "test_side_panel",
        "queue": "test_queue_panel",
        "equalizer": "equalizer/test_editor",
        "mouse": "test_timeline, test_mixer_panel",
    }
    assert {part.name for part in widget_sections()} == set(tested)
