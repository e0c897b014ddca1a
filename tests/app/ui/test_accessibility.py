"""Every control of the window and of its dialogs has a name, a role and, where it has one, a value."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QDialog, QSlider, QToolButton, QWidget

from app.session.commands import SetGain, SetPan
from app.ui.side_pages import PAGES
from tests.app.ui.accessible import faults, focusable, told
from tests.app.ui.conftest import Desk


def test_the_crawler_finds_what_has_no_name(qapp: object) -> None:
    window = QWidget()
    good, bad = QToolButton(window), QSlider(window)
    good.setAccessibleName("Play")
    found = faults(window)
    assert [text for text in found if "QSlider" in text] == found != []
    bad.setAccessibleName("Gain")
    assert faults(window) == []
    window.deleteLater()


def test_every_control_of_the_window_says_what_it_is(desk: Desk) -> None:
    assert len(focusable(desk.window)) > 100
    assert faults(desk.window) == []


def test_the_window_without_a_song_too(make_desk: Callable[..., Desk]) -> None:
    assert faults(make_desk().window) == []


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_the_side_panel(desk: Desk, page: str) -> None:
    desk.window.side.panel.open_page(page)
    desk.qtbot.wait(20)
    assert faults(desk.window.side.panel) == []


@pytest.mark.parametrize(
    "action", ["settings", "shortcuts", "export_remix", "export_stems", "export_activations", "equalizer_selected"]
)
def test_dialogs(desk: Desk, action: str) -> None:
    desk.window.mixer.select(0)
    desk.window.actions_by_name[action].trigger()
    dialogs = [dialog for dialog in desk.window.findChildren(QDialog) if dialog.isVisible()]
    assert len(dialogs) == 1
    assert faults(dialogs[0]) == []
    dialogs[0].close()


def test_a_painted_control_tells_its_value(desk: Desk) -> None:
    desk.session.do(SetGain("vocals", -6.0))
    desk.session.do(SetPan("vocals", -0.4))
    strip = desk.window.mixer.strips[0]
    about = told(strip.fader)
    assert (about.name, about.role) == ("Vocals: gain", QAccessible.Role.Slider)
    for widget, text in ((strip.fader, "−6.0 dB"), (strip.pan, "L 40"), (strip.spread, "100 %")):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        assert interface.text(QAccessible.Text.Description) == text


def test_a_slider_can_be_moved_by_assistive_technology(desk: Desk) -> None:
    panel = desk.window.side.activation
    desk.window.side.panel.open_page("activation")
    interface = QAccessible.queryAccessibleInterface(panel.threshold.slider)
    assert interface is not None
    values = interface.valueInterface()
    assert (values.minimumValue(), values.maximumValue()) == (0, 1000)
    before = desk.strip_settings("vocals").activation.threshold
    values.setCurrentValue(800)
    assert desk.strip_settings("vocals").activation.threshold == pytest.approx(panel.threshold.slider.amount_at(0.8))
    assert desk.strip_settings("vocals").activation.threshold != before
