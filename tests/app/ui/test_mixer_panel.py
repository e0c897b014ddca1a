"""The strips, driven with mouse and keyboard."""

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.ui.activation_chooser import ActivationChooser
from app.ui.fader import Fader
from app.ui.gain_scale import fraction_of
from app.ui.knob import PanKnob, WidthKnob
from app.ui.lamp_button import LampButton
from app.ui.master_strip import ClipLight
from app.ui.readout import Readout
from models.instruments import STEMS
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import LEFT, NONE, drag, turn_wheel


def cap_of(fader: Fader) -> QPoint:
    return QPoint(14, round(fader.y_of(fader.amount)))


def test_dragging_a_fader_changes_the_mix_in_one_step_of_undo(desk: Desk) -> None:
    fader = desk.find(Fader, "strip-vocals-fader")
    cap = cap_of(fader)
    drag(fader, cap, cap + QPoint(0, 40))
    gain_db = desk.strip_settings("vocals").gain_db
    assert -30.0 < gain_db < -2.0
    assert fader.y_of(gain_db) == pytest.approx(cap.y() + 40, abs=1.5)
    assert desk.player.mix == desk.session.mix
    drag(fader, cap_of(fader), cap_of(fader) + QPoint(0, 20))
    desk.session.undo()
    assert desk.strip_settings("vocals").gain_db == gain_db
    desk.session.undo()
    assert desk.strip_settings("vocals").gain_db == 0.0
    assert not desk.session.history.can_undo
    assert fader.amount == 0.0


def test_a_fader_reaches_silence_and_its_headroom(desk: Desk) -> None:
    fader = desk.find(Fader, "strip-bass-fader")
    drag(fader, cap_of(fader), QPoint(14, fader.height() + 40))
    assert desk.strip_settings("bass").gain_db == -math.inf
    drag(fader, cap_of(fader), QPoint(14, -40))
    assert desk.strip_settings("bass").gain_db == 12.0


def test_a_fader_rests_at_zero(desk: Desk) -> None:
    fader = desk.find(Fader, "strip-bass-fader")
    drag(fader, cap_of(fader), cap_of(fader) + QPoint(0, 30))
    drag(fader, cap_of(fader), QPoint(14, round(fader.y_of(0.0)) + 3))
    assert desk.strip_settings("bass").gain_db == 0.0


def test_a_double_click_resets_a_control(desk: Desk) -> None:
    for kind, name, field, neutral in (
        (Fader, "strip-piano-fader", "gain_db", 0.0),
        (PanKnob, "strip-piano-pan", "pan", 0.0),
        (WidthKnob, "strip-piano-width", "width", 1.0),
    ):
        control = desk.find(kind, name)
        middle = control.rect().center()
        drag(control, middle, middle + QPoint(0, -25))
        assert getattr(desk.strip_settings("piano"), field) != neutral
        QTest.mouseDClick(control, LEFT, NONE, middle)
        assert getattr(desk.strip_settings("piano"), field) == neutral


def test_wheel_and_keys_move_a_fader(desk: Desk) -> None:
    fader = desk.find(Fader, "strip-drums-fader")

    def gain_db() -> float:
        return desk.strip_settings("drums").gain_db

    turn_wheel(fader, -2)
    assert gain_db() == -2.0
    turn_wheel(fader, 1, Qt.KeyboardModifier.ShiftModifier)
    assert gain_db() == pytest.approx(-1.9)
    fader.setFocus()
    QTest.keyClick(fader, Qt.Key.Key_Down)
    assert gain_db() == pytest.approx(-2.9)
    QTest.keyClick(fader, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert gain_db() == pytest.approx(-2.8)
    QTest.keyClick(fader, Qt.Key.Key_PageUp)
    assert gain_db() == pytest.approx(3.2)
    QTest.keyClick(fader, Qt.Key.Key_Delete)
    assert gain_db() == 0.0


def test_keys_step_down_to_silence_and_back(desk: Desk) -> None:
    fader = desk.find(Fader, "strip-drums-fader")
    fader.setFocus()
    for _ in range(61):
        QTest.keyClick(fader, Qt.Key.Key_Down)
    assert desk.strip_settings("drums").gain_db == -math.inf
    QTest.keyClick(fader, Qt.Key.Key_Up)
    assert desk.strip_settings("drums").gain_db == -60.0


def test_a_gain_can_be_typed(desk: Desk) -> None:
    readout = desk.find(Readout, "strip-other-gain")
    QTest.mouseDClick(readout, LEFT)
    QTest.keyClicks(readout, "-7.5")
    QTest.keyClick(readout, Qt.Key.Key_Return)
    assert desk.strip_settings("other").gain_db == -7.5
    assert readout.text() == "−7.5 dB"
    assert desk.find(Fader, "strip-other-fader").amount == -7.5


def test_nonsense_is_not_taken_and_escape_gives_up(desk: Desk) -> None:
    readout = desk.find(Readout, "strip-other-gain")
    QTest.mouseDClick(readout, LEFT)
    QTest.keyClicks(readout, "loud")
    QTest.keyClick(readout, Qt.Key.Key_Return)
    assert not readout.isReadOnly()
    QTest.keyClick(readout, Qt.Key.Key_Escape)
    assert readout.isReadOnly()
    assert readout.text() == "0.0 dB"
    assert not desk.session.history.can_undo


def test_enter_on_a_fader_lets_a_gain_be_typed(desk: Desk) -> None:
    fader, readout = desk.find(Fader, "strip-bass-fader"), desk.find(Readout, "strip-bass-gain")
    fader.setFocus()
    QTest.keyClick(fader, Qt.Key.Key_Return)
    QTest.keyClicks(readout, "off")
    QTest.keyClick(readout, Qt.Key.Key_Return)
    assert desk.strip_settings("bass").gain_db == -math.inf


def test_solos_add_up_and_can_be_exclusive(desk: Desk) -> None:
    buttons = {stem: desk.find(LampButton, f"strip-{stem}-solo") for stem in STEMS}

    def soloed() -> set[str]:
        return {stem for stem in STEMS if desk.strip_settings(stem).solo}

    QTest.mouseClick(buttons["bass"], LEFT)
    QTest.mouseClick(buttons["drums"], LEFT)
    assert soloed() == {"bass", "drums"}
    for modifier in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier):
        QTest.mouseClick(buttons["piano"], LEFT, modifier)
        assert soloed() == {"piano"}
        QTest.mouseClick(buttons["bass"], LEFT)
        assert soloed() == {"piano", "bass"} == {stem for stem in STEMS if buttons[stem].isChecked()}


def test_mute_shows_what_the_session_says(desk: Desk) -> None:
    button = desk.find(LampButton, "strip-vocals-mute")
    QTest.mouseClick(button, LEFT)
    assert desk.strip_settings("vocals").mute
    assert button.isChecked()
    desk.session.undo()
    assert not button.isChecked()


def test_enter_presses_a_lamp_and_space_plays(desk: Desk) -> None:
    button = desk.find(LampButton, "strip-vocals-mute")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert desk.strip_settings("vocals").mute
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert desk.player.playing
    assert desk.strip_settings("vocals").mute


def test_number_keys_solo_and_mute(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_5, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(desk.window, Qt.Key.Key_7, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(desk.window, Qt.Key.Key_1)
    assert [stem for stem in STEMS if desk.strip_settings(stem).solo] == ["bass", "other"]
    assert [stem for stem in STEMS if desk.strip_settings(stem).mute] == ["vocals"]
    QTest.keyClick(desk.window, Qt.Key.Key_0)
    assert not any(strip.solo for strip in desk.session.mix.strips)
    QTest.keyClick(desk.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.strip_settings("bass").solo


def test_m_and_s_are_for_the_strip_in_focus(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_S)
    assert not desk.session.history.can_undo
    desk.find(PanKnob, "strip-piano-pan").setFocus()
    QTest.keyClick(desk.find(PanKnob, "strip-piano-pan"), Qt.Key.Key_S)
    QTest.keyClick(desk.find(PanKnob, "strip-piano-pan"), Qt.Key.Key_M)
    assert desk.strip_settings("piano").solo
    assert desk.strip_settings("piano").mute


def test_the_master_has_a_gain_and_a_latched_clip_light(desk: Desk) -> None:
    fader, light = desk.find(Fader, "master-fader"), desk.find(ClipLight, "master-clip")
    drag(fader, cap_of(fader), QPoint(14, -40))
    assert desk.session.mix.master_gain_db == 12.0
    desk.player.seek(12 * desk.song.rate)
    desk.player.play()
    desk.wait(lambda: light.lit)
    desk.player.stop()
    desk.qtbot.wait(100)
    assert light.lit
    QTest.mouseClick(light, LEFT)
    desk.window.poll()
    assert not light.lit


def test_the_meters_move_while_it_plays_and_come_to_rest(desk: Desk) -> None:
    meter = desk.window.mixer.master.meter
    desk.player.seek(10 * desk.song.rate)
    desk.player.play()
    desk.wait(lambda: meter.bars[0].level_db > -30.0)
    desk.player.pause()
    desk.wait(lambda: fraction_of(meter.bars[0].level_db) == 0.0)


def test_the_activation_is_chosen_for_all_strips(desk: Desk) -> None:
    chooser = desk.window.transport.activation
    assert isinstance(chooser, ActivationChooser)
    QTest.mouseClick(chooser.buttons["hard"], LEFT)
    assert {strip.activation.mode for strip in desk.session.mix.strips} == {"hard"}
    assert chooser.buttons["hard"].isChecked()
    desk.session.undo()
    assert chooser.buttons["soft"].isChecked()
    assert not chooser.buttons["hard"].isChecked()
