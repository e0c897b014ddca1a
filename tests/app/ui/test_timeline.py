"""The timeline, driven with mouse and keys: looking at the song and moving in it."""

import gc
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.ui.timeline.lane_stack import COLLAPSED_PX
from app.ui.timeline.ruler import Ruler, tick_step
from app.ui.timeline.time_strip import TimeStrip
from models.instruments import INSTRUMENTS
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import PretendSeparation
from tests.app.ui.gestures import LEFT, NONE, drag, send_move
from tests.app.ui.lanes import lane_of, place, wheel

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def press(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """A key, wherever the keyboard is."""
    QTest.keyClick(desk.window.focusWidget() or desk.window, key, modifier)


@pytest.mark.parametrize("name", ["lane-bass", "overview", "ruler"])
def test_a_click_seeks(desk: Desk, name: str) -> None:
    strip = desk.find(TimeStrip, name)
    QTest.mouseClick(strip, LEFT, NONE, place(strip, 12.5))
    assert desk.player.position / desk.song.rate == pytest.approx(12.5, abs=20.0 / strip.width())
    assert strip.playhead_s == pytest.approx(12.5, abs=20.0 / strip.width())


@pytest.mark.parametrize("time_s", [0.0, 3.3, 10.0, 19.9])
def test_ctrl_and_the_wheel_zoom_around_the_cursor(desk: Desk, time_s: float) -> None:
    lane, view = lane_of(desk, "piano"), desk.window.timeline.view
    at = QPointF(place(lane, time_s))
    under = lane.time_at(at.x())
    for notches in (1, 3, -2):
        wheel(lane, at, notches, CTRL)
        assert lane.time_at(at.x()) == pytest.approx(under, abs=1e-6)
    assert view.span_s == pytest.approx(20.0 / 1.25**2)


def test_two_fingers_on_a_touch_pad_zoom_around_them(desk: Desk) -> None:
    lane, view = lane_of(desk, "piano"), desk.window.timeline.view
    at = QPointF(place(lane, 7.0))
    under, kind = lane.time_at(at.x()), Qt.NativeGestureType.ZoomNativeGesture
    for grown in (0.5, 0.5, -0.2):
        there = QPointF(lane.mapToGlobal(at))
        pad = QPointingDevice.primaryPointingDevice()
        gesture = QNativeGestureEvent(kind, pad, 2, at, at, there, grown, QPointF())
        QCoreApplication.sendEvent(lane, gesture)
        assert lane.time_at(at.x()) == pytest.approx(under, abs=1e-6)
    assert view.span_s == pytest.approx(20.0 / (1.5 * 1.5 * 0.8))


def test_the_wheel_scrolls(desk: Desk) -> None:
    lane, view = lane_of(desk, "piano"), desk.window.timeline.view
    view.zoom(4.0, 10.0)
    start_s, span_s = view.start_s, view.span_s
    wheel(lane, QPointF(100, 10), -1)
    assert view.start_s > start_s
    assert view.span_s == pytest.approx(span_s)


def test_the_middle_button_pulls_the_song_along(desk: Desk) -> None:
    lane, view = lane_of(desk, "piano"), desk.window.timeline.view
    view.zoom(4.0, 10.0)
    grabbed_s = lane.time_at(300)
    QTest.mousePress(lane, Qt.MouseButton.MiddleButton, NONE, QPoint(300, 10))
    QTest.mouseMove(lane, QPoint(350, 10))
    QTest.mouseMove(lane, QPoint(400, 10))
    QTest.mouseRelease(lane, Qt.MouseButton.MiddleButton, NONE, QPoint(400, 10))
    assert lane.time_at(400) == pytest.approx(grabbed_s, abs=0.02)
    assert desk.player.position == 0


def test_the_window_in_the_overview_can_be_moved_and_stretched(desk: Desk) -> None:
    overview, view = desk.window.timeline.overview, desk.window.timeline.view
    view.show(0.0, 5.0)
    drag(overview, place(overview, 2.0), place(overview, 6.0))
    assert view.start_s == pytest.approx(4.0, abs=0.1)
    drag(overview, place(overview, view.stop_s), place(overview, 12.0))
    assert view.start_s == pytest.approx(4.0, abs=0.1)
    assert view.stop_s == pytest.approx(12.0, abs=0.1)
    assert desk.player.position == 0


def test_keys_zoom_to_the_selection_and_out_again(desk: Desk) -> None:
    timeline = desk.window.timeline
    timeline.cursor_model.select("bass", 200, 300)
    desk.window.actions_by_name["zoom_selection"].trigger()
    assert timeline.view.start_s < 200 / 43.066 < 300 / 43.066 < timeline.view.stop_s
    assert timeline.view.span_s < 3.0
    desk.window.actions_by_name["zoom_all"].trigger()
    assert timeline.view.whole


def test_hovering_tells_time_probability_and_weight(desk: Desk) -> None:
    timeline = desk.window.timeline
    lane = lane_of(desk, "bass")
    timeline.show_hover(lane, QPointF(place(lane, 9.0)))
    told = re.fullmatch(r"0:0(8\.9|9\.0)   Bass (\d+) %, weight (\d+) %", timeline.hover_text)
    assert told is not None, timeline.hover_text
    probability = timeline.data.probability(lane.row, 9.0)
    assert probability is not None
    assert int(told[2]) / 100 == pytest.approx(probability, abs=0.3)
    assert int(told[3]) == 100
    timeline.unhover()
    assert timeline.hover_text == ""


def test_what_is_not_separated_says_so_and_is_shaded_in(make_desk: Callable[..., Desk], song_path: Path) -> None:
    separation = PretendSeparation(pause_after=4)  # eight of twenty seconds
    desk = make_desk(separation=separation)
    desk.open(song_path)
    desk.wait(lambda: desk.song.coverage.fraction(desk.song.frames) >= 0.39)
    timeline, lane = desk.window.timeline, lane_of(desk, "vocals")
    desk.wait(lambda: timeline.data.spans != () and timeline.data.spans[0][1] > 7.5)
    timeline.show_hover(lane, QPointF(place(lane, 15.0)))
    assert "not separated yet" in timeline.hover_text
    timeline.unhover()

    def ground(time_s: float) -> set[int]:
        image = lane.grab().toImage()
        x = round(lane.x_of(time_s) * image.width() / lane.width())
        return {QColor(image.pixel(x + step, 2)).rgb() for step in range(9)}

    assert len(ground(7.0)) == 1  # plain
    assert len(ground(15.0)) > 1  # hatched: told by a pattern
    separation.go_on.set()
    desk.wait_separated()
    assert ground(7.0) == ground(15.0)
    assert "probability" in lane.words_at(15.5)


def test_an_instrument_that_is_not_in_the_song_is_dim_and_there(desk: Desk) -> None:
    def colorfulness(name: str) -> float:
        lane = lane_of(desk, name)
        assert lane.isVisible()
        image = lane.grab().toImage()
        return max(
            image.pixelColor(x, y).hsvSaturationF() for y in range(12, image.height() - 2) for x in range(300, 700, 3)
        )

    assert colorfulness("acoustic_guitar") < 0.6 * colorfulness("bass")


def test_the_playhead_moves_while_it_plays_and_the_view_follows(desk: Desk) -> None:
    timeline = desk.window.timeline
    timeline.view.zoom(40.0, 0.0)
    stop_s = timeline.view.stop_s
    desk.player.play()
    desk.wait(lambda: timeline.view.start_s >= stop_s - 0.1)
    desk.player.pause()
    desk.window.poll()
    assert timeline.overview.playhead_s is not None
    assert timeline.view.start_s <= timeline.overview.playhead_s <= timeline.view.stop_s


def test_clicking_a_name_selects_the_strip(desk: Desk) -> None:
    header = desk.window.timeline.lanes.headers["piano"]
    QTest.mouseClick(header, LEFT, NONE, QPoint(60, header.height() // 2))
    assert desk.window.mixer.selected_stem == "piano"


def test_lanes_are_reordered_by_dragging_a_name_and_by_keys(desk: Desk) -> None:
    stack = desk.window.timeline.lanes
    header, target = stack.headers["drums"], stack.headers["vocals"]
    QTest.mousePress(header, LEFT, NONE, QPoint(60, 10))
    for y in range(header.y() + 10, target.y() + 4, -15):
        send_move(header, stack.mapToGlobal(QPoint(60, y)), NONE)
    QTest.mouseRelease(header, LEFT, NONE, QPoint(60, 10))
    assert desk.session.view.order[0] == "drums"
    assert stack.ordered[0] is stack.lanes["drums"]
    assert stack.lanes["drums"].y() < stack.lanes["vocals"].y()
    lane_of(desk, "drums").setFocus()
    press(desk, Qt.Key.Key_Down, ALT)
    assert desk.session.view.order[:2] == ("vocals", "drums")
    press(desk, Qt.Key.Key_Up, ALT)
    assert desk.session.view.order[0] == "drums"
    press(desk, Qt.Key.Key_Down)  # to the next lane as it is shown
    assert desk.window.focusWidget() is lane_of(desk, "vocals")


def test_lanes_are_folded_and_enlarged(desk: Desk) -> None:
    stack = desk.window.timeline.lanes
    heights = {name: lane.height() for name, lane in stack.lanes.items()}
    QTest.mouseClick(stack.headers["piano"], LEFT, NONE, QPoint(13, heights["piano"] // 2))
    assert stack.lanes["piano"].height() == COLLAPSED_PX
    assert stack.lanes["bass"].height() > heights["bass"]  # the others share what it leaves
    lane_of(desk, "piano").setFocus()
    press(desk, Qt.Key.Key_Return, ALT)
    assert stack.lanes["piano"].height() == heights["piano"]
    press(desk, Qt.Key.Key_PageUp, ALT)
    press(desk, Qt.Key.Key_PageUp, ALT)
    assert stack.lanes["piano"].height() > 1.4 * heights["piano"]
    header = stack.headers["bass"]
    drag(header, QPoint(60, header.height() - 2), QPoint(60, 160))
    assert stack.lanes["bass"].height() == pytest.approx(160, abs=2)
    assert stack.scroll_bar.isVisible()
    stack.reveal(stack.view_state.order[-1])
    last = stack.ordered[-1]
    assert last.y() + last.height() <= stack.height()


def test_lanes_stay_level_with_their_names_and_the_ruler(desk: Desk) -> None:
    timeline = desk.window.timeline
    timeline.lanes.enlarge("bass", 4)
    for name, lane in timeline.lanes.lanes.items():
        header = timeline.lanes.headers[name]
        assert (header.y(), header.height()) == (lane.y(), lane.height())
        for other in (timeline.overview, timeline.ruler):
            assert other.width() == lane.width()
            assert other.mapTo(timeline, QPoint(0, 0)).x() == lane.mapTo(timeline, QPoint(0, 0)).x()


def test_the_view_is_kept_in_the_session_and_comes_back(desk: Desk) -> None:
    timeline = desk.window.timeline
    timeline.view.show(5.0, 9.0)
    assert (desk.session.view.start_s, desk.session.view.stop_s) == (5.0, 9.0)
    desk.session.view = replace(desk.session.view.moved("drums", 0), start_s=2.0, stop_s=4.0, collapsed=("bass",))
    timeline.show_song()  # as when a project was opened
    assert (timeline.view.start_s, timeline.view.stop_s) == (2.0, 4.0)
    assert timeline.lanes.ordered[0].instrument == "drums"
    assert timeline.lanes.lanes["bass"].height() == COLLAPSED_PX
    timeline.zoom_out_fully()
    assert desk.session.view.stop_s is None


def test_a_spectrogram_is_computed_beside_and_drawn_behind(desk: Desk) -> None:
    lane = lane_of(desk, "bass")
    before = lane.grab().toImage()
    lane.setFocus()
    desk.window.actions_by_name["lane_spectrogram"].trigger()
    assert "bass" in desk.session.view.spectrograms
    timeline = desk.window.timeline
    desk.wait(lambda: len(timeline.spectrograms.tiles(lane.row, 8.0, 10.0, lane.width())) > 0)
    desk.wait(lambda: lane.grab().toImage() != before)
    desk.window.actions_by_name["lane_spectrogram"].trigger()
    assert "bass" not in desk.session.view.spectrograms


@pytest.mark.parametrize("name", [*(f"lane-{name}" for name in INSTRUMENTS), "overview", "ruler"])
def test_nothing_is_drawn_twice_for_one_change(desk: Desk, name: str) -> None:
    strip = desk.find(TimeStrip, name)
    drawn: list[tuple[float, float]] = []
    draw = strip.draw
    strip.draw = lambda *size: drawn.append(strip.shown_s) or draw(*size)  # type: ignore[method-assign, func-returns-value]
    desk.window.grab()
    drawn.clear()
    for _ in range(4):
        desk.window.timeline.view.scroll(0.5)
        desk.window.timeline.view.zoom(1.1, 3.0)
    strip.repaint()
    assert len(drawn) == 1
    for step in range(10):
        strip.show_playhead(step * 0.5)
        strip.repaint()
    assert len(drawn) == 1  # the playhead moves over the picture


@pytest.mark.parametrize("span_s", [0.1, 0.5, 3.0, 20.0, 187.0, 5400.0])
@pytest.mark.parametrize("width_px", [300, 1150, 3000])
def test_labels_of_the_ruler_have_room(span_s: float, width_px: int) -> None:
    step_s = tick_step(span_s, width_px)
    assert step_s / span_s * width_px >= 84 or step_s == 3600
    assert step_s <= span_s or width_px < 400 or span_s < 1.0


def test_repainting_leaks_no_references(desk: Desk) -> None:
    lane: QWidget = lane_of(desk, "bass")

    def repaint(times: int) -> None:
        for number in range(times):
            lane_of(desk, "bass").show_playhead(number / times * 20.0)
            lane.repaint()

    repaint(20)
    gc.collect()
    before = sys.getrefcount(None)
    repaint(600)
    gc.collect()
    assert abs(sys.getrefcount(None) - before) < 50


def test_the_ruler_is_as_tall_as_it_says(desk: Desk) -> None:
    ruler = desk.find(Ruler, "ruler")
    assert ruler.height() == ruler.sizeHint().height()
