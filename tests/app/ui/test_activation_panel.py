"""The weight of each instrument, set in the side panel: the document changes, and so do the samples."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.mixing.mixer import Mixer
from app.session.commands import SetSolo
from app.ui.activation_panel import ActivationPanel, frames_to_ms, ms_to_frames, odd_frames
from app.ui.value_row import ValueRow
from models.activation import ActivationSettings
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import drag

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(desk: Desk) -> ActivationPanel:
    """The page, open."""
    desk.window.side.panel.open_page("activation")
    return desk.window.side.activation


def settings(desk: Desk, stem: str = "vocals") -> ActivationSettings:
    return desk.strip_settings(stem).activation


def type_value(row: ValueRow, text: str) -> None:
    row.slider.setFocus()
    QTest.keyClick(row.slider, Qt.Key.Key_Return)
    QTest.keyClicks(row.value, text)
    QTest.keyClick(row.value, Qt.Key.Key_Return)


def heard(desk: Desk) -> np.ndarray:
    """Four seconds around the first rest of the vocals, as `Mixer.render` makes them."""
    mixer = Mixer(desk.song, desk.session.mix)
    return mixer.render(round(5.5 * desk.song.rate), 4 * desk.song.rate).copy()


def test_milliseconds_and_frames_are_each_other_s_inverse() -> None:
    for frames in range(1, 502):
        assert ms_to_frames(frames_to_ms(frames)) == frames
    for frames in range(1, 502, 2):
        assert odd_frames(frames_to_ms(frames)) == frames
    assert all(odd_frames(milliseconds / 10) % 2 == 1 for milliseconds in range(1, 5000, 7))


def test_typed_values_reach_the_document(desk: Desk, panel: ActivationPanel) -> None:
    type_value(panel.threshold, "62 %")
    type_value(panel.hysteresis, "25")
    type_value(panel.median, "1 s")
    type_value(panel.minimum, "300 ms")
    type_value(panel.fade, "100")
    assert settings(desk) == ActivationSettings("soft", 0.62, 43, 0.25, 13, 4)
    assert settings(desk, "bass") == ActivationSettings()
    for _ in range(5):
        desk.session.undo()
    assert settings(desk) == ActivationSettings()
    assert panel.threshold.value.text() == "50 %"


def test_a_drag_is_one_step(desk: Desk, panel: ActivationPanel) -> None:
    slider = panel.threshold.slider
    middle = slider.rect().center()
    drag(slider, middle, middle + QPoint(40, 0))
    assert settings(desk).threshold > 0.55
    desk.session.undo()
    assert settings(desk).threshold == 0.5


@pytest.mark.parametrize("mode", ["off", "soft", "hard"])
def test_modes_are_for_the_chosen_instrument_alone(desk: Desk, panel: ActivationPanel, mode: str) -> None:
    panel.box.setCurrentIndex(4)
    QTest.mouseClick(panel.modes.buttons["hard"], LEFT)
    QTest.mouseClick(panel.modes.buttons[mode], LEFT)
    assert settings(desk, "bass").mode == mode
    assert settings(desk, "vocals").mode == "soft"
    assert [name for name, button in panel.modes.buttons.items() if button.isChecked()] == [mode]
    assert panel.threshold.isEnabled() is (mode != "off")


def test_the_selected_strip_and_the_shown_instrument_are_one(desk: Desk, panel: ActivationPanel) -> None:
    desk.window.mixer.select(5)
    assert panel.instrument == "drums"
    panel.box.setCurrentIndex(3)
    assert desk.window.mixer.selected_stem == "piano"
    desk.window.mixer.select(6)  # "other" has no weight of its own
    assert panel.instrument == "piano"


def test_default_and_use_for_all_are_one_step_each(desk: Desk, panel: ActivationPanel) -> None:
    type_value(panel.threshold, "70 %")
    QTest.mouseClick(panel.to_all, LEFT)
    assert {settings(desk, stem).threshold for stem in ("vocals", "piano", "drums")} == {0.7}
    assert not panel.to_all.isEnabled()
    QTest.mouseClick(panel.reset, LEFT)
    assert (settings(desk).threshold, settings(desk, "piano").threshold) == (0.5, 0.7)
    desk.session.undo()
    desk.session.undo()
    assert (settings(desk).threshold, settings(desk, "piano").threshold) == (0.7, 0.5)


@pytest.mark.parametrize(
    ("row", "text"), [("threshold", "97 %"), ("median", "8 s"), ("minimum", "9 s"), ("fade", "1 s")]
)
def test_what_is_set_is_heard_and_the_sum_stays_the_song(
    desk: Desk, panel: ActivationPanel, row: str, text: str
) -> None:
    QTest.mouseClick(panel.modes.buttons["hard"], LEFT)
    whole = heard(desk)
    desk.session.do(SetSolo("vocals", True))
    before = heard(desk)
    type_value(getattr(panel, row), text)
    assert np.abs(heard(desk) - before).max() > 1e-3
    desk.session.do(SetSolo("vocals", False))
    assert np.abs(heard(desk) - whole).max() < 1e-6


def test_the_player_has_it_at_once(desk: Desk, panel: ActivationPanel) -> None:
    type_value(panel.threshold, "80 %")
    assert desk.player.mix.strip("vocals").activation.threshold == 0.8


def strip_menu(desk: Desk, index: int) -> Callable[[str], QAction]:
    """The actions of a strip's menu by their text."""
    menu = desk.window.mixer.strips[index]._more_menu()
    found = {action.text(): action for sub in (menu, *menu.findChildren(QMenu)) for action in sub.actions()}
    return found.__getitem__


def test_the_strip_s_menu_sets_the_mode_and_opens_the_page(desk: Desk) -> None:
    action = strip_menu(desk, 3)
    action("Hard").trigger()
    assert settings(desk, "piano").mode == "hard"
    action("Settings…").trigger()
    assert desk.window.side.panel.page == "activation"
    assert desk.window.side.activation.instrument == "piano"
