"""Ducking and following the solo, set in the side panel and heard in the samples."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.mixing.mixer import Mixer
from app.session.commands import SetMute
from app.ui.smart_listening import SmartListening
from models.instruments import INSTRUMENTS
from tests.app.ui.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(desk: Desk) -> SmartListening:
    """The page, open."""
    desk.window.side.panel.open_page("listening")
    return desk.window.side.listening


def heard(desk: Desk, start_s: float) -> NDArray[np.float32]:
    """A second of what `Mixer.render` makes."""
    mixer = Mixer(desk.song, desk.session.mix)
    rate = desk.song.rate
    return mixer.render(round(start_s * rate), rate).copy()


def test_ducking_turns_the_others_down_while_it_plays(desk: Desk, page: SmartListening) -> None:
    desk.session.do(SetMute("vocals", True))
    while_singing, at_rest = heard(desk, 4.0), heard(desk, 8.5)
    QTest.mouseClick(page.duck_on, LEFT, pos=QPoint(8, page.duck_on.height() // 2))
    page.amount.slider.setFocus()
    QTest.keyClick(page.amount.slider, Qt.Key.Key_Return)
    QTest.keyClicks(page.amount.value, "-20 dB")
    QTest.keyClick(page.amount.value, Qt.Key.Key_Return)
    duck = desk.session.mix.duck
    assert (duck.on, duck.instrument, duck.depth_db) == (True, "vocals", 20.0)
    quiet = heard(desk, 4.0)
    assert np.abs(quiet[4000:] - 0.1 * while_singing[4000:]).max() < 1e-4
    assert np.abs(heard(desk, 8.5)[6000:] - at_rest[6000:]).max() < 1e-4
    assert desk.player.mix.duck == duck
    desk.session.undo()
    desk.session.undo()
    assert not desk.session.mix.duck.on
    assert not page.duck_on.isChecked()


def test_the_key_follows_the_solo_and_names_what_is_missing(desk: Desk, page: SmartListening) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_F)
    assert desk.session.mix.follow.on
    assert desk.session.mix.follow.instruments == INSTRUMENTS
    for stem in INSTRUMENTS[1:]:
        QTest.mouseClick(page.members[stem], LEFT, pos=QPoint(8, page.members[stem].height() // 2))
    assert desk.session.mix.follow.instruments == ("vocals",)
    assert page.note.isVisible()
    desk.session.undo()
    assert not page.note.isVisible()
    assert page.members["drums"].isChecked()


def test_attack_and_release_are_dragged_as_one_step(desk: Desk, page: SmartListening) -> None:
    for row in (page.attack, page.release):
        row.slider.setFocus()
        QTest.keyClick(row.slider, Qt.Key.Key_PageUp)
    assert (desk.session.mix.duck.attack_ms, desk.session.mix.duck.release_ms) == (150.0, 550.0)
    desk.session.undo()
    assert (desk.session.mix.duck.attack_ms, desk.session.mix.duck.release_ms) == (150.0, 500.0)
    QTest.keyClick(desk.window, Qt.Key.Key_D)
    assert desk.session.mix.duck.on
