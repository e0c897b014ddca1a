"""Typed values of pan, width and the limiter's ceiling."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.mixing.mixer import Mixer
from app.ui.type_in import TypeIn
from tests.app.ui.conftest import Desk


def type_in(desk: Desk, control: QWidget, text: str) -> None:
    """Enter on a control, the text, Enter."""
    control.setFocus()
    QTest.keyClick(control, Qt.Key.Key_Return)
    field = desk.find(TypeIn, "type-in")
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("text", "pan"), [("L 40", -0.4), ("40r", 0.4), ("-25", -0.25), ("c", 0.0), ("l 250", -1.0), ("100 %", 1.0)]
)
def test_a_pan_is_typed(desk: Desk, text: str, pan: float) -> None:
    knob = desk.window.mixer.strips[0].pan
    type_in(desk, knob, text)
    assert desk.strip_settings("vocals").pan == pan
    assert knob.amount == pan
    assert knob.hasFocus()
    desk.session.undo()
    assert desk.strip_settings("vocals").pan == 0.0


@pytest.mark.parametrize(("text", "width"), [("mono", 0.0), ("150", 1.5), ("80 %", 0.8), ("900", 2.0)])
def test_a_width_is_typed(desk: Desk, text: str, width: float) -> None:
    type_in(desk, desk.window.mixer.strips[1].spread, text)
    assert desk.strip_settings("electric_guitar").width == width


def test_nonsense_stays_in_the_field_and_escape_gives_up(desk: Desk) -> None:
    knob = desk.window.mixer.strips[0].pan
    type_in(desk, knob, "leftish")
    field = desk.find(TypeIn, "type-in")
    assert field.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert (desk.strip_settings("vocals").pan, knob.hasFocus()) == (0.0, True)


def test_leaving_the_field_gives_up(desk: Desk) -> None:
    knob = desk.window.mixer.strips[0].pan
    knob.setFocus()
    QTest.keyClick(knob, Qt.Key.Key_Return)
    field = desk.find(TypeIn, "type-in")
    QTest.keyClicks(field, "L 40")
    desk.window.mixer.strips[1].fader.setFocus()
    assert not field.isVisible()
    assert desk.strip_settings("vocals").pan == 0.0


@pytest.mark.parametrize(("text", "ceiling_dbtp"), [("-2,5", -2.5), ("-.3 dBTP", -0.3), ("-40", -12.0), ("3", 0.0)])
def test_a_ceiling_is_typed(desk: Desk, text: str, ceiling_dbtp: float) -> None:
    limiter = desk.window.mixer.master.limiter
    menu = limiter.make_menu()
    menu.actions()[-1].trigger()
    menu.close()
    field = desk.find(TypeIn, "type-in")
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.mix.limiter.ceiling_dbtp == ceiling_dbtp


def test_a_typed_pan_is_heard(desk: Desk) -> None:
    for strip in desk.window.mixer.strips:
        type_in(desk, strip.pan, "r 100")
    heard = Mixer(desk.song, desk.session.mix).render(4 * desk.song.rate, 4096)
    assert np.abs(heard[:, 0]).max() < 1e-6 < np.abs(heard[:, 1]).max()
