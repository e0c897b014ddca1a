"""The loop, markers and scrubbing on ruler and overview, by mouse and by keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.ui.timeline.ruler import Ruler
from app.ui.timeline.time_strip import TimeStrip
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import LEFT, NONE, drag
from tests.app.ui.lanes import drag_to, place

SHIFT = Qt.KeyboardModifier.ShiftModifier
BAND, TICKS = 6, 24


@pytest.fixture
def ruler(desk: Desk) -> Ruler:
    return desk.find(Ruler, "ruler")


def loop_s(desk: Desk) -> tuple[float, float]:
    loop = desk.session.document.loop
    assert loop is not None
    return loop[0] / desk.song.rate, loop[1] / desk.song.rate


def near(*times: float) -> tuple[object, ...]:
    return tuple(pytest.approx(time_s, abs=0.05) for time_s in times)


def test_a_drag_makes_a_loop_that_is_played(desk: Desk, ruler: Ruler) -> None:
    steps = desk.session.history.position
    drag(ruler, place(ruler, 4.0, TICKS), place(ruler, 9.0, TICKS))
    assert loop_s(desk) == near(4.0, 9.0)
    assert desk.player.loop == desk.session.document.loop
    assert desk.session.history.position == steps + 1
    drag(ruler, place(ruler, 12.0, TICKS), place(ruler, 10.0, TICKS))  # towards the left
    assert loop_s(desk) == near(10.0, 12.0)
    desk.session.undo()
    assert loop_s(desk) == near(4.0, 9.0)


def test_the_ends_and_the_loop_itself_are_dragged(desk: Desk, ruler: Ruler) -> None:
    drag(ruler, place(ruler, 4.0, TICKS), place(ruler, 9.0, TICKS))
    drag(ruler, place(ruler, 9.0, BAND), place(ruler, 11.0, BAND))
    assert loop_s(desk) == near(4.0, 11.0)
    drag(ruler, place(ruler, 4.0, BAND), place(ruler, 5.0, BAND))
    assert loop_s(desk) == near(5.0, 11.0)
    drag(ruler, place(ruler, 8.0, BAND), place(ruler, 10.0, BAND))
    assert loop_s(desk) == near(7.0, 13.0)
    drag(ruler, place(ruler, 13.0, BAND), place(ruler, 2.0, BAND))  # it does not turn round
    assert loop_s(desk)[0] == pytest.approx(7.0, abs=0.05)
    assert 0.0 < loop_s(desk)[1] - loop_s(desk)[0] < 0.1


def test_times_are_typed(desk: Desk, ruler: Ruler) -> None:
    drag(ruler, place(ruler, 4.0, TICKS), place(ruler, 9.0, TICKS))
    QTest.mouseDClick(ruler, LEFT, NONE, place(ruler, 9.0, BAND))
    field = desk.find(QLineEdit, "type-in")
    field.setText("0:07.25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.document.loop is not None
    assert desk.session.document.loop[1] == round(7.25 * desk.song.rate)


def test_a_marker_is_added_by_key_dragged_renamed_and_deleted(desk: Desk, ruler: Ruler) -> None:
    desk.player.seek(6 * desk.song.rate)
    QTest.keyClick(desk.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    (marker,) = desk.session.document.markers
    assert marker.frame == 6 * desk.song.rate
    assert marker.name
    desk.player.seek(0)
    desk.window.poll()
    drag(ruler, place(ruler, 6.0, BAND), place(ruler, 8.0, BAND))
    assert desk.session.document.markers[0].frame / desk.song.rate == pytest.approx(8.0, abs=0.05)
    QTest.mouseDClick(ruler, LEFT, NONE, place(ruler, 8.0, BAND))
    field = desk.find(QLineEdit, "type-in")
    field.setText("Chorus")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.document.markers[0].name == "Chorus"
    ruler.setFocus()
    QTest.keyClick(ruler, Qt.Key.Key_Delete)
    assert [marker.name for marker in desk.session.document.markers] == []
    desk.session.undo()
    assert [marker.name for marker in desk.session.document.markers] == ["Chorus"]


def test_keys_go_from_marker_to_marker(desk: Desk) -> None:
    items = desk.window.timeline.items
    for time_s in (12.0, 4.0):
        items.add_marker(time_s)
    for key, time_s in (("J", 4.0), ("J", 12.0), ("H", 4.0)):
        QTest.keyClick(desk.window, Qt.Key(ord(key)))
        assert desk.player.position / desk.song.rate == pytest.approx(time_s, abs=1e-3)


def test_the_focused_ruler_moves_what_is_chosen(desk: Desk, ruler: Ruler) -> None:
    items = desk.window.timeline.items
    items.set_loop(4.0, 9.0)
    items.add_marker(6.0)
    ruler.setFocus()
    QTest.keyClick(ruler, Qt.Key.Key_Down)
    assert ruler.chosen is not None
    assert ruler.chosen.kind == "marker"
    QTest.keyClick(ruler, Qt.Key.Key_Right)
    moved = desk.session.document.markers[0].frame / desk.song.rate - 6.0
    assert moved == pytest.approx(6 * 20.0 / ruler.width(), rel=0.01)
    QTest.keyClick(ruler, Qt.Key.Key_Left, SHIFT)
    finely = desk.session.document.markers[0].frame / desk.song.rate - 6.0
    assert finely == pytest.approx(5 * 20.0 / ruler.width(), rel=0.01)
    QTest.keyClick(ruler, Qt.Key.Key_F2)
    field = desk.find(QLineEdit, "type-in")
    field.setText("Bridge")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.document.markers[0].name == "Bridge"


@pytest.mark.parametrize("name", ["ruler", "overview"])
def test_shift_and_a_drag_scrub(desk: Desk, name: str) -> None:
    strip = desk.find(TimeStrip, name)
    scrubbed: list[int | None] = []
    desk.player.scrub = scrubbed.append  # type: ignore[method-assign, assignment]
    drag_to(strip, [place(strip, 3.0), place(strip, 7.0)], SHIFT)
    assert scrubbed[-1] is None
    frames = [frame for frame in scrubbed if frame is not None]
    assert frames[0] / desk.song.rate == pytest.approx(3.0, abs=0.05)
    assert frames[-1] / desk.song.rate == pytest.approx(7.0, abs=0.05)
    assert (np.diff(frames) >= 0).all()
    assert desk.session.document.loop is None


def test_the_playhead_itself_is_dragged(desk: Desk, ruler: Ruler) -> None:
    desk.player.seek(5 * desk.song.rate)
    desk.window.poll()
    drag(ruler, place(ruler, 5.0, TICKS + 8), place(ruler, 8.0, TICKS + 8))
    assert desk.session.document.loop is None
    desk.wait(lambda: abs(desk.player.position / desk.song.rate - 8.0) < 0.1)


def test_the_menu_of_the_ruler_sets_and_clears_the_loop(desk: Desk, ruler: Ruler) -> None:
    menus = desk.window.timeline.menus

    def choose(time_s: float, text: str) -> None:
        at = QPointF(ruler.mapToGlobal(place(ruler, time_s)))
        menus.open_ruler_menu(at, time_s, None)
        assert menus.menu is not None
        next(action for action in menus.menu.actions() if action.text() == text).trigger()
        menus.menu.close()

    choose(5.0, "Loop from here")
    assert loop_s(desk) == near(5.0, 20.0)
    choose(8.0, "Loop up to here")
    assert loop_s(desk) == near(5.0, 8.0)
    choose(2.0, "Marker here")
    assert len(desk.session.document.markers) == 1
    choose(2.0, "Clear the loop")
    assert desk.session.document.loop is None


def test_items_can_be_seen_without_colour(desk: Desk, ruler: Ruler) -> None:
    before = ruler.grab().toImage()
    desk.window.timeline.items.add_marker(6.0)
    after = ruler.grab().toImage()
    x = round(ruler.x_of(6.0) * after.width() / ruler.width())
    column = [(before.pixelColor(x, y).lightness(), after.pixelColor(x, y).lightness()) for y in range(2, 12)]
    assert any(abs(one - other) > 60 for one, other in column)
    assert QPoint(x, 0).x() > 0
