"""The editor, driven with mouse and keyboard; what it shows is what is heard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QInputDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.mixing.equalizer import response_db
from app.mixing.mixer import Mixer
from app.mixing.settings import BUTTERWORTH_Q, DEFAULT_BANDS, EqualizerSettings, MixSettings
from app.session.commands import SetBand
from app.session.session import Session
from app.song.song import open_song
from app.ui.appearance import Appearance
from app.ui.equalizer.band_column import BandButton
from app.ui.equalizer.band_look import BANDS, band_color, on_band_color
from app.ui.equalizer.curves import frequencies
from app.ui.equalizer.editor import EqualizerEditor
from app.ui.theme import DARK, LIGHT, Theme
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import write_song
from tests.app.ui.equalizer.hand import Hand
from tests.app.ui.gestures import LEFT, NONE, carry, turn_wheel
from tests.app.ui.test_theme import contrast

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


@pytest.fixture
def hand(qtbot: QtBot, session: Session, appearance: Appearance) -> Iterator[Hand]:
    """The editor alone."""
    editor = EqualizerEditor(session, appearance)
    qtbot.addWidget(editor)
    editor.show_strip("vocals")
    editor.show()
    editor.activateWindow()
    yield Hand(session, editor, qtbot)
    editor.close()


def test_dragging_a_node_sets_frequency_and_gain_in_one_step_of_undo(hand: Hand) -> None:
    node, scale = hand.node(4), hand.editor.plot.scale
    carry(node, QPoint(90, -60))
    band = hand.band(4)
    assert scale.x_of(band.frequency_hz) == pytest.approx(scale.x_of(800.0) + 90, abs=1.5)
    assert scale.y_of(band.gain_db) == pytest.approx(scale.y_of(0.0) - 60, abs=1.5)
    assert node.geometry().center().x() == pytest.approx(scale.x_of(band.frequency_hz), abs=2)
    assert hand.cell("gain", 4).text() == f"+{band.gain_db:.1f} dB"
    hand.session.undo()
    assert hand.equalizer == EqualizerSettings()
    assert not hand.session.history.can_undo


def test_a_node_stops_at_the_edges_and_comes_back(hand: Hand) -> None:
    node = hand.node(5)
    carry(node, QPoint(3000, 2000))
    assert (hand.band(5).frequency_hz, hand.band(5).gain_db) == (20_000.0, -12.0)
    carry(node, QPoint(-3000, -2000))
    assert (hand.band(5).frequency_hz, hand.band(5).gain_db) == (20.0, 12.0)


def test_shift_drags_finely_and_control_turns_q(hand: Hand) -> None:
    node = hand.node(3)
    carry(node, QPoint(0, -50), modifier=SHIFT)
    fine_db = hand.band(3).gain_db
    assert fine_db == pytest.approx(50 * 0.2 / hand.editor.plot.scale.px_per_db, abs=0.1)
    carry(node, QPoint(0, -40), modifier=CONTROL)
    assert hand.band(3).q == pytest.approx(2.0, rel=0.02)
    assert hand.band(3).gain_db == fine_db


def test_a_node_rests_at_zero(hand: Hand) -> None:
    carry(hand.node(3), QPoint(0, -50))
    back = hand.editor.plot.scale.y_of(0.0) - hand.editor.plot.scale.y_of(hand.band(3).gain_db)
    carry(hand.node(3), QPoint(0, round(back) + 3))
    assert hand.band(3).gain_db == 0.0


def test_dragging_a_pass_turns_it_on_and_sets_its_resonance(hand: Hand) -> None:
    assert not hand.band(1).on
    carry(hand.node(1), QPoint(60, 0))
    assert hand.band(1).on
    assert hand.band(1).q == BUTTERWORTH_Q
    carry(hand.node(1), QPoint(0, -70))
    assert hand.band(1).q > 1.2
    assert hand.band(1).gain_db == 0.0


def test_the_wheel_turns_q_and_is_one_step(hand: Hand) -> None:
    turn_wheel(hand.node(4), 4)
    assert hand.band(4).q == pytest.approx(2.0)
    turn_wheel(hand.node(4), -2)
    assert hand.band(4).q == pytest.approx(2.0**0.5, abs=0.01)
    hand.session.undo()
    assert hand.equalizer == EqualizerSettings()


def test_a_double_click_resets_one_band(hand: Hand) -> None:
    carry(hand.node(4), QPoint(50, -50))
    carry(hand.node(5), QPoint(50, -50))
    QTest.mouseDClick(hand.node(4), LEFT, NONE, hand.node(4).rect().center())
    assert hand.band(4) == DEFAULT_BANDS[3]
    assert hand.band(5) != DEFAULT_BANDS[4]


def test_the_keyboard_does_everything(hand: Hand) -> None:
    hand.node(1).setFocus()
    for _ in range(3):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    node = hand.node(4)
    assert node.hasFocus()
    assert hand.editor.plot.selected == 3
    QTest.keyClick(node, Qt.Key.Key_Up)
    QTest.keyClick(node, Qt.Key.Key_Up, SHIFT)
    assert hand.band(4).gain_db == pytest.approx(1.1)
    QTest.keyClick(node, Qt.Key.Key_PageDown)
    assert hand.band(4).gain_db == pytest.approx(-1.9)
    for _ in range(12):
        QTest.keyClick(node, Qt.Key.Key_Right)
    assert hand.band(4).frequency_hz == pytest.approx(1600.0, rel=0.01)
    QTest.keyClick(node, Qt.Key.Key_Left, SHIFT)
    assert hand.band(4).frequency_hz == pytest.approx(1600.0 * 2 ** (-1 / 48), rel=0.01)
    for _ in range(4):
        QTest.keyClick(node, Qt.Key.Key_Plus)
    assert hand.band(4).q == pytest.approx(2.0, rel=0.02)
    QTest.keyClick(node, Qt.Key.Key_Minus)
    assert hand.band(4).q == pytest.approx(2.0**0.75, rel=0.02)
    QTest.keyClick(node, Qt.Key.Key_Space)
    assert not hand.band(4).on
    QTest.keyClick(node, Qt.Key.Key_Space)
    assert hand.band(4).on
    QTest.keyClick(node, Qt.Key.Key_Delete)
    assert hand.band(4) == DEFAULT_BANDS[3]
    QTest.keyClick(node, Qt.Key.Key_Tab, SHIFT)
    assert hand.node(3).hasFocus()


def test_values_are_typed(hand: Hand) -> None:
    node, frequency, gain, q = hand.node(5), hand.cell("frequency", 5), hand.cell("gain", 5), hand.cell("q", 5)
    node.setFocus()
    QTest.keyClick(node, Qt.Key.Key_Return)
    QTest.keyClicks(frequency, "1,5k")
    QTest.keyClick(frequency, Qt.Key.Key_Return)
    for cell, text in ((gain, "-4.25"), (q, "3")):
        QTest.mouseDClick(cell, LEFT)
        QTest.keyClicks(cell, text)
        QTest.keyClick(cell, Qt.Key.Key_Return)
    band = hand.band(5)
    assert (band.frequency_hz, band.gain_db, band.q) == (1500.0, -4.2, 3.0)
    assert (frequency.text(), gain.text(), q.text()) == ("1.50 kHz", "−4.2 dB", "3.00")
    QTest.mouseDClick(gain, LEFT)
    QTest.keyClicks(gain, "loud")
    QTest.keyClick(gain, Qt.Key.Key_Return)
    QTest.keyClick(gain, Qt.Key.Key_Escape)
    assert hand.band(5) == band
    assert hand.editor.isVisible()


def test_a_note_can_be_typed_and_cells_turned(hand: Hand) -> None:
    cell = hand.cell("frequency", 3)
    QTest.mouseDClick(cell, LEFT)
    QTest.keyClicks(cell, "A2")
    QTest.keyClick(cell, Qt.Key.Key_Return)
    assert hand.band(3).frequency_hz == 110.0
    turn_wheel(hand.cell("gain", 3), 4)
    assert hand.band(3).gain_db == 2.0
    QTest.keyClick(hand.cell("gain", 3), Qt.Key.Key_Down)
    assert hand.band(3).gain_db == 1.5


def test_switches_and_slopes(hand: Hand) -> None:
    QTest.mouseClick(hand.find(BandButton, "equalizer-band-1"), LEFT)
    assert hand.band(1).on
    slope = hand.find(QComboBox, "equalizer-slope-1")
    slope.setFocus()
    QTest.keyClick(slope, Qt.Key.Key_Down)
    assert hand.band(1).slope_db_per_octave == 24
    assert hand.editor.findChild(QComboBox, "equalizer-slope-8") is not None
    QTest.mouseClick(hand.find(BandButton, "equalizer-band-4"), LEFT)
    assert not hand.band(4).on


def test_the_curve_is_the_response_and_survives_bypass(hand: Hand) -> None:
    carry(hand.node(4), QPoint(40, -60))
    carry(hand.node(1), QPoint(40, 0))
    drawn = hand.editor.plot.curve_db
    np.testing.assert_allclose(drawn, response_db(hand.equalizer, 44100, frequencies()), atol=1e-6)
    picture = hand.editor.plot.grab().toImage()
    QTest.keyClick(hand.editor, Qt.Key.Key_B)
    assert hand.equalizer_of("vocals").bypass
    assert hand.find(QToolButton, "equalizer-bypass").isChecked()
    np.testing.assert_array_equal(hand.editor.plot.curve_db, drawn)
    assert hand.editor.plot.grab().toImage() != picture
    hand.click("bypass")
    assert not hand.equalizer.bypass
    assert hand.session.history.undo_name == "Use vocals equalizer"


def test_a_and_b_are_compared(hand: Hand) -> None:
    carry(hand.node(4), QPoint(0, -60))
    first = hand.equalizer
    hand.click("side-b")
    assert hand.equalizer == first
    carry(hand.node(4), QPoint(0, 90))
    second = hand.equalizer
    assert second != first
    QTest.keyClick(hand.editor, Qt.Key.Key_X)
    assert hand.equalizer == first
    assert hand.find(QToolButton, "equalizer-side-a").isChecked()
    hand.click("side-a")
    assert hand.equalizer == first
    hand.click("side-b")
    assert hand.equalizer == second


def test_copy_and_paste_between_strips(hand: Hand) -> None:
    carry(hand.node(4), QPoint(0, -60))
    copied = hand.equalizer
    assert not hand.find(QToolButton, "equalizer-paste").isEnabled()
    QTest.keySequence(hand.editor, QKeySequence(QKeySequence.StandardKey.Copy))
    chooser = hand.find(QComboBox, "equalizer-strip")
    chooser.setFocus()
    for _ in range(4):
        QTest.keyClick(chooser, Qt.Key.Key_Down)
    assert hand.editor.stem == "bass"
    assert hand.editor.windowTitle().startswith("Equalizer: Bass")
    hand.click("paste")
    assert hand.equalizer_of("bass") == copied
    hand.click("reset")
    assert hand.equalizer_of("bass") == EqualizerSettings()
    assert hand.equalizer == copied


def test_presets_are_used_saved_named_and_deleted(hand: Hand, tmp_path: Path) -> None:
    presets = hand.editor.tools.presets

    def names() -> list[str]:
        presets.menu().aboutToShow.emit()
        return [action.text() for action in presets.menu().actions() if action.text()]

    def choose(name: str) -> None:
        presets.menu().aboutToShow.emit()
        next(action for action in presets.menu().actions() if action.text() == name).trigger()

    assert "Warm" in names()
    choose("Warm")
    assert not hand.equalizer.is_flat
    assert presets.text() == "Warm"
    carry(hand.node(4), QPoint(10, -60))
    assert presets.text() == "Presets"
    choose("Save as preset…")
    dialog = hand.find(QInputDialog, "equalizer-save-preset")
    dialog.setTextValue("My room & stage")
    dialog.accept()
    assert presets.text() == "My room && stage"
    assert len(list((tmp_path / "presets").iterdir())) == 1
    own = hand.equalizer
    hand.click("reset")
    choose("My room && stage")
    assert hand.equalizer == own
    assert "Delete preset" in names()
    presets.deleting.actions()[0].trigger()
    assert list((tmp_path / "presets").iterdir()) == []
    assert "My room && stage" not in names()


def test_the_range_grows_for_a_node_that_would_be_lost(hand: Hand) -> None:
    box = hand.find(QComboBox, "equalizer-range")
    assert box.currentData() == 12.0
    hand.cell("gain", 4).typed.emit(-20.0)
    assert box.currentData() == hand.editor.plot.range_db == 24.0
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.currentData() == 24.0  # the node still lies there
    hand.cell("gain", 4).typed.emit(-5.0)
    QTest.keyClick(box, Qt.Key.Key_Up)
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert hand.editor.plot.range_db == 6.0
    node = hand.node(4)
    scale = hand.editor.plot.scale
    assert node.geometry().center().y() == pytest.approx(scale.y_of(-5.0), abs=2)


def test_nodes_stay_inside_the_plot_at_every_size(hand: Hand) -> None:
    for index in range(BANDS):
        hand.session.do(
            set_band(hand, index, frequency_hz=20.0 if index % 2 else 20_000.0, gain_db=12.0 if index % 3 else -12.0)
        )
    for size in ((800, 460), (1600, 1000)):
        hand.editor.resize(*size)
        hand.qtbot.wait(10)
        for node in hand.editor.plot.nodes:
            assert hand.editor.plot.rect().contains(node.geometry()), (size, node.index)


def set_band(hand: Hand, index: int, **changes: Any) -> SetBand:
    return SetBand("vocals", index, replace(hand.equalizer.bands[index], **changes))


def test_screen_readers_are_told_everything(hand: Hand) -> None:
    hand.cell("gain", 4).typed.emit(3.0)
    for node in hand.editor.plot.nodes:
        spoken = QAccessible.queryAccessibleInterface(node)
        assert spoken.role() == QAccessible.Role.Slider
        assert spoken.text(QAccessible.Text.Name) == node.accessibleName() != ""
    spoken = QAccessible.queryAccessibleInterface(hand.node(4))
    assert spoken.text(QAccessible.Text.Name) == "Band 4: Peak 2"
    assert spoken.text(QAccessible.Text.Description) == "on, 800 Hz, +3.0 dB, Q 1.00"
    assert spoken.valueInterface().currentValue() == 30
    described = QAccessible.queryAccessibleInterface(hand.node(1)).text(QAccessible.Text.Description)
    assert described == "off, 80 Hz, 12 dB per octave, Q 0.71"
    nameless = [
        widget.objectName() or type(widget).__name__
        for widget in hand.editor.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.isVisibleTo(hand.editor)
        and not widget.accessibleName()
    ]
    assert nameless == []


def test_keys_of_the_main_window_work_here_but_not_those_of_a_node(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.window.mixer.open_equalizer("vocals")
    assert desk.window.mixer.editor is not None
    assert desk.window.mixer.selected_stem == "vocals"
    hand = Hand(desk.session, desk.window.mixer.editor, desk.qtbot)
    carry(hand.node(4), QPoint(0, -60))
    hand.find(QToolButton, "equalizer-copy").setFocus()
    QTest.keyClick(hand.editor, Qt.Key.Key_Z, CONTROL)
    assert hand.equalizer == EqualizerSettings()
    QTest.keyClick(hand.editor, Qt.Key.Key_1)
    assert hand.session.mix.strip("vocals").mute
    hand.node(4).setFocus()
    QTest.keyClick(hand.node(4), Qt.Key.Key_Space)
    assert not hand.band(4).on
    QTest.keyClick(hand.editor, Qt.Key.Key_Escape)
    assert not hand.editor.isVisible()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_bands_can_be_read(theme: Theme) -> None:
    for index in range(BANDS):
        color = band_color(theme, index).name()
        assert contrast(color, theme.panel) >= 3.0
        assert contrast(on_band_color(theme).name(), color) >= 4.5


def loudness_at(song_path: Path, equalizer: EqualizerSettings, frequency_hz: float) -> float:
    """The level in dB of one frequency in what the mixer renders of a song whose sound is all in one strip."""
    song = open_song(song_path)
    try:
        samples: NDArray[np.float64] = np.random.default_rng(3).standard_normal((song.frames, 1)) * 0.05
        song.mix[:] = samples
        mixer = Mixer(song, MixSettings().with_strip("other", equalizer=equalizer))
        spectrum = np.fft.rfft(mixer.render(0, song.frames)[:, 0])
    finally:
        song.close()
    hz = np.fft.rfftfreq(song.frames, 1.0 / song.rate)
    near = np.abs(np.log2(np.maximum(hz, 1.0) / frequency_hz)) < 1 / 24
    return float(10.0 * np.log10(np.mean(np.square(np.abs(spectrum[near])))))


def test_what_is_dragged_is_heard(hand: Hand, tmp_path: Path) -> None:
    hand.cell("frequency", 4).typed.emit(1000.0)
    carry(hand.node(4), QPoint(0, -70))
    gain_db = hand.band(4).gain_db
    assert gain_db > 4.0
    path = write_song(tmp_path, 4.0)
    raised_db = loudness_at(path, hand.equalizer, 1000.0) - loudness_at(path, EqualizerSettings(), 1000.0)
    assert raised_db == pytest.approx(gain_db, abs=0.15)
    same_db = loudness_at(path, hand.equalizer, 60.0) - loudness_at(path, EqualizerSettings(), 60.0)
    assert same_db == pytest.approx(0.0, abs=0.1)
