"""Editing when an instrument plays, by mouse and by keys: what the document holds and what is heard."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton

from app.mixing.mixer import Mixer
from app.session.commands import AddEdit, SetSolo
from app.song.activation_edits import ActivationEdit
from app.ui.timeline.lane_picture import EDITS_PX
from models.activation import ACTIVATION_RATE_HZ
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import LEFT, NONE, carry, drag
from tests.app.ui.lanes import drag_to, lane_of, place, seconds, select

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def press(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """A key, wherever the keyboard is."""
    QTest.keyClick(desk.window.focusWidget() or desk.window, key, modifier)


def rendered(desk: Desk, start_s: float, stop_s: float) -> NDArray[np.float32]:
    """What one hears of a stretch with the document as it is."""
    mixer = Mixer(desk.song, desk.session.mix)
    mixer.edits = desk.session.document.edits
    start, stop = round(start_s * desk.song.rate), round(stop_s * desk.song.rate)
    return mixer.render(start, stop - start)


def only(desk: Desk, instrument: str) -> None:
    desk.session.do(SetSolo(instrument, True, exclusive=True))


def edits_of(desk: Desk) -> list[ActivationEdit]:
    return list(desk.session.document.edits)


def loudness(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def test_a_drag_selects_and_forces_off_by_key(desk: Desk) -> None:
    only(desk, "bass")
    before = rendered(desk, 6.2, 7.8)
    start, stop = select(desk, "bass", 6.0, 8.0)
    assert seconds(start) == pytest.approx(6.0, abs=0.05)
    assert seconds(stop) == pytest.approx(8.0, abs=0.05)
    press(desk, Qt.Key.Key_N)
    assert desk.session.document.edits == (ActivationEdit("bass", start, stop, "off"),)
    assert loudness(before) > 0.01
    assert loudness(rendered(desk, 6.2, 7.8)) == 0.0
    np.testing.assert_array_equal(rendered(desk, 8.2, 9.0), rendered(desk, 8.2, 9.0))
    desk.session.undo()
    np.testing.assert_array_equal(rendered(desk, 6.2, 7.8), before)


def test_keys_force_on_and_back_to_automatic(desk: Desk) -> None:
    start, stop = select(desk, "vocals", 8.0, 9.5)  # it rests there
    middle = (start + stop) // 2

    def weight() -> float:
        """As the player plays it."""
        assert desk.player.weights is not None
        return float(desk.player.weights[middle, 0])

    assert weight() < 0.5
    press(desk, Qt.Key.Key_Y)
    assert desk.session.document.edits == (ActivationEdit("vocals", start, stop, "on"),)
    assert weight() == 1.0
    assert desk.window.timeline.data.weight(0, seconds(middle)) == 1.0
    press(desk, Qt.Key.Key_A)
    assert edits_of(desk) == []
    assert weight() < 0.5


def test_the_floating_buttons_do_the_same(desk: Desk) -> None:
    bar = desk.window.timeline.edit_bar
    assert not bar.isVisible()
    start, stop = select(desk, "piano", 8.0, 10.0)
    assert bar.isVisible()
    lane = lane_of(desk, "piano")
    left, right = (
        lane.mapTo(desk.window.timeline, place(lane, 8.0)).x(),
        lane.mapTo(desk.window.timeline, place(lane, 10.0)).x(),
    )
    assert bar.geometry().left() >= right or bar.geometry().right() <= left  # it does not hide the selection
    QTest.mouseClick(desk.find(QToolButton, "edit-bar-force_on"), LEFT)
    QTest.mouseClick(desk.find(QToolButton, "edit-bar-loop_selection"), LEFT)
    assert desk.session.document.edits == (ActivationEdit("piano", start, stop, "on"),)
    loop = desk.session.document.loop
    assert loop is not None
    assert loop[0] / desk.song.rate == pytest.approx(seconds(start), abs=0.001)
    assert loop[1] / desk.song.rate == pytest.approx(seconds(stop), abs=0.001)
    press(desk, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_edges_snap_to_the_estimated_ones_and_alt_frees_them(desk: Desk) -> None:
    lane = lane_of(desk, "bass")
    edge = int(desk.window.timeline.data.edges(lane.row)[0])
    start_px, stop_px = round(lane.x_of(seconds(edge))) + 3, round(lane.x_of(9.0))
    y = round(lane.height() * 0.7)
    drag(lane, QPoint(start_px, y), QPoint(stop_px, y))
    selection = desk.window.timeline.cursor_model.selection
    assert selection is not None
    assert selection[0] == edge
    drag_to(lane, [QPoint(stop_px + 40, y), QPoint(start_px, y)], ALT)
    selection = desk.window.timeline.cursor_model.selection
    assert selection is not None
    assert selection[0] == round(lane.time_at(start_px) * ACTIVATION_RATE_HZ) != edge


def test_a_double_click_and_a_key_select_the_region(desk: Desk) -> None:
    lane, cursor = lane_of(desk, "drums"), desk.window.timeline.cursor_model
    edges = desk.window.timeline.data.edges(lane.row).tolist()
    QTest.mouseDClick(lane, LEFT, NONE, place(lane, 8.0))
    region = cursor.selection
    assert region is not None
    assert region[0] in edges
    assert region[1] in edges
    assert seconds(region[0]) < 8.0 < seconds(region[1])
    QTest.mouseClick(lane, LEFT, NONE, place(lane, 9.0))
    assert cursor.selection is None
    press(desk, Qt.Key.Key_I)
    assert cursor.selection == region


def test_the_ends_of_a_selection_can_be_dragged(desk: Desk) -> None:
    lane = lane_of(desk, "bass")
    start, stop = select(desk, "bass", 6.0, 8.0)
    drag_to(lane, [place(lane, seconds(stop)), place(lane, 9.0)], ALT)
    selection = desk.window.timeline.cursor_model.selection
    assert selection is not None
    assert selection[0] == start
    assert selection[1] == pytest.approx(9.0 * ACTIVATION_RATE_HZ, abs=2)
    drag_to(lane, [place(lane, seconds(start)), place(lane, 5.0)], ALT)
    selection = desk.window.timeline.cursor_model.selection
    assert selection is not None
    assert selection[0] == pytest.approx(5.0 * ACTIVATION_RATE_HZ, abs=2)


def test_edges_of_an_edit_are_dragged_in_one_step(desk: Desk) -> None:
    lane = lane_of(desk, "bass")
    desk.session.do(AddEdit(ActivationEdit("bass", 250, 350, "off")))
    desk.session.end_gesture()
    steps = desk.session.history.position
    only_row = EDITS_PX // 2
    drag_to(lane, [place(lane, seconds(350), only_row), place(lane, 9.0, only_row)], ALT)
    assert desk.session.history.position == steps + 1
    (edit,) = desk.session.document.edits
    assert edit.start == 250
    assert edit.stop == pytest.approx(9.0 * ACTIVATION_RATE_HZ, abs=2)
    only(desk, "bass")
    assert loudness(rendered(desk, 8.2, 8.8)) == 0.0
    desk.session.undo()
    desk.session.undo()
    assert desk.session.document.edits[0].stop == 350


def test_a_stroke_of_the_pencil_is_one_step_and_heard(desk: Desk) -> None:
    only(desk, "bass")
    whole = rendered(desk, 7.0, 7.1)
    press(desk, Qt.Key.Key_P)
    assert desk.window.timeline.pencil.isChecked()
    lane, steps = lane_of(desk, "bass"), desk.session.history.position
    half = round(lane.box.y_of(0.5))
    drag_to(lane, [place(lane, 6.0, half), place(lane, 7.0, half), place(lane, 8.0, lane.box.y_of(0.0))])
    assert desk.session.history.position == steps + 1
    (edit,) = desk.session.document.edits
    assert edit.kind == "level"
    assert len(edit.levels) == edit.stop - edit.start
    assert edit.levels[2] == pytest.approx(0.5, abs=0.05)
    assert edit.levels[-1] == pytest.approx(0.0, abs=0.05)
    middle = edit.levels[round((6.5 - seconds(edit.start)) * ACTIVATION_RATE_HZ)]
    assert middle == pytest.approx(0.5, abs=0.05)
    assert loudness(rendered(desk, 7.0, 7.1)) == pytest.approx(0.5 * loudness(whole), rel=0.2)
    press(desk, Qt.Key.Key_P)
    assert not desk.window.timeline.pencil.isChecked()
    desk.session.undo()
    assert edits_of(desk) == []


def test_the_weight_of_a_selection_is_typed_and_nudged(desk: Desk) -> None:
    only(desk, "bass")
    select(desk, "bass", 6.0, 8.0)
    whole = loudness(rendered(desk, 6.5, 7.5))
    press(desk, Qt.Key.Key_V)
    field = desk.find(QLineEdit, "type-in")
    field.setText("40 %")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.document.edits[-1].kind == "level"
    assert loudness(rendered(desk, 6.5, 7.5)) == pytest.approx(0.4 * whole, rel=0.01)
    lane_of(desk, "bass").setFocus()
    press(desk, Qt.Key.Key_PageUp)
    assert loudness(rendered(desk, 6.5, 7.5)) == pytest.approx(0.5 * whole, rel=0.01)


def test_threshold_and_hysteresis_are_dragged_on_the_lane(desk: Desk) -> None:
    lane, steps = lane_of(desk, "vocals"), desk.session.history.position
    start, target = place(lane, 6.0, lane.box.y_of(0.5)), place(lane, 6.0, lane.box.y_of(0.95))
    drag(lane, start, target)
    threshold = desk.strip_settings("vocals").activation.threshold
    assert threshold == pytest.approx(0.95, abs=0.08)
    assert desk.session.history.position == steps + 1
    grip = lane.release
    drag_by = round(lane.box.y_of(0.4) - lane.box.y_of(threshold))
    carry(grip, QPoint(0, drag_by))
    settings = desk.strip_settings("vocals").activation
    assert settings.threshold * (1 - settings.hysteresis) == pytest.approx(0.4, abs=0.05)
    assert desk.session.history.position == steps + 2
    lane.threshold.setFocus()
    QTest.keyClick(lane.threshold, Qt.Key.Key_Down)
    assert desk.strip_settings("vocals").activation.threshold == pytest.approx(threshold - 0.01, abs=0.0015)


def test_a_higher_threshold_is_heard(desk: Desk) -> None:
    desk.window.findChild(QToolButton, "activation-hard").click()  # type: ignore[union-attr]
    only(desk, "electric_guitar")
    lane = lane_of(desk, "electric_guitar")
    before = loudness(rendered(desk, 8.0, 10.0))
    y = lane.box.y_of(0.5)
    drag(lane, place(lane, 3.0, y), QPoint(place(lane, 3.0).x(), 0))
    assert desk.strip_settings("electric_guitar").activation.threshold == pytest.approx(0.95)
    assert 0.0 < loudness(rendered(desk, 8.0, 10.0)) < 0.7 * before


def test_everything_goes_by_keys_alone(desk: Desk) -> None:
    press(desk, Qt.Key.Key_G)
    lane, cursor = lane_of(desk, desk.session.view.order[0]), desk.window.timeline.cursor_model
    assert desk.window.focusWidget() is lane
    edges = desk.window.timeline.data.edges(lane.row).tolist()
    press(desk, Qt.Key.Key_Right, CTRL)
    assert cursor.frame == edges[0]
    press(desk, Qt.Key.Key_Right, CTRL | SHIFT)
    assert cursor.selection == (edges[0], edges[1])
    press(desk, Qt.Key.Key_Right, SHIFT)
    assert cursor.selection is not None
    assert cursor.selection[1] > edges[1]
    assert desk.player.position == 0  # the arrows are the lane's now
    press(desk, Qt.Key.Key_N)
    assert desk.session.document.edits[-1].kind == "off"
    press(desk, Qt.Key.Key_Delete)
    assert edits_of(desk) == []
    press(desk, Qt.Key.Key_Return)
    assert desk.player.position / desk.song.rate == pytest.approx(seconds(cursor.frame), abs=0.01)
    press(desk, Qt.Key.Key_Escape)
    assert not desk.window.timeline.edit_bar.isVisible()
    press(desk, Qt.Key.Key_Escape)
    press(desk, Qt.Key.Key_Home)
    assert desk.player.position == 0  # the window's again


def test_without_a_selection_one_is_told_what_to_do(desk: Desk) -> None:
    told: list[str] = []
    desk.session.message.subscribe(told.append)
    desk.window.actions_by_name["force_on"].trigger()
    assert edits_of(desk) == []
    assert "Select a stretch" in told[0]


def test_the_context_menu_offers_it_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    start, stop = select(desk, "drums", 5.0, 6.0)
    lane = lane_of(desk, "drums")
    lane.menu_requested.emit("drums", lane.mapToGlobal(place(lane, 5.5)).toPointF())
    menu = desk.window.timeline.menus.menu
    assert menu is not None
    entries: dict[str, QAction] = {action.objectName(): action for action in menu.actions()}
    offered = {"menu-force_on", "menu-force_off", "menu-force_automatic", "menu-edit_level", "menu-loop_selection"}
    assert offered | {"menu-pencil", "menu-lane_collapse", "menu-lane_spectrogram"} <= set(entries)
    entries["menu-force_off"].trigger()
    assert desk.session.document.edits == (ActivationEdit("drums", start, stop, "off"),)
    menu.close()


def test_what_a_stem_loses_lies_in_other(make_desk: Callable[..., Desk], desk: Desk) -> None:
    select(desk, "bass", 5.0, 9.0)
    press(desk, Qt.Key.Key_N)
    select(desk, "drums", 3.0, 7.5)
    press(desk, Qt.Key.Key_Y)
    song = desk.song
    difference = rendered(desk, 0.0, song.duration_s) - song.mix
    assert np.abs(difference).max() < 1e-6


def test_what_is_told_does_not_cover_what_can_be_done(desk: Desk) -> None:
    """The label at the mouse keeps clear of the buttons beside a selection, and does not outlast another size."""
    timeline, lane = desk.window.timeline, lane_of(desk, "piano")
    for name in ("vocals", "piano", "drums"):
        timeline.cursor_model.clear_selection()
        lane = lane_of(desk, name)
        timeline.show_hover(lane, place(lane, 8.0).toPointF())
        select(desk, name, 5.0, 8.0)
        told = timeline.findChild(QLabel, "hover-label")
        assert isinstance(told, QLabel)
        assert told.isVisible()
        assert timeline.edit_bar.isVisible()
        assert not told.geometry().intersects(timeline.edit_bar.geometry())
        timeline.show_hover(lane, place(lane, 8.3).toPointF())
        assert not told.geometry().intersects(timeline.edit_bar.geometry())
        assert timeline.rect().contains(told.geometry())
    desk.window.resize(desk.window.width() - 40, desk.window.height())
    desk.wait(lambda: timeline.hover_text == "")


def test_doubtful_stretches_are_marked_and_told(desk: Desk) -> None:
    data, timeline = desk.window.timeline.data, desk.window.timeline
    bass, guitar = lane_of(desk, "bass"), lane_of(desk, "acoustic_guitar")
    select(desk, "bass", 6.0, 9.0)
    press(desk, Qt.Key.Key_N)  # its stem is loud there
    select(desk, "acoustic_guitar", 10.0, 14.0)
    press(desk, Qt.Key.Key_Y)  # its stem is silent everywhere
    desk.wait(lambda: data.doubt_at(bass.row, 7.5) == "bleed" and data.doubt_at(guitar.row, 12.0) == "silent")
    assert data.doubt_at(bass.row, 12.0) is None
    timeline.show_hover(bass, place(bass, 7.5).toPointF())
    assert timeline.hover_text.endswith("probable bleed")
    timeline.show_hover(guitar, place(guitar, 12.0).toPointF())
    assert timeline.hover_text.endswith("silent though active")
    timeline.unhover()
    marked = bass.grab().toImage()
    desk.session.undo()
    desk.session.undo()
    desk.wait(lambda: data.doubt_at(bass.row, 7.5) is None)
    assert bass.grab().toImage() != marked
