"""The timeline, driven with the mouse."""

import gc
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.lanes import Lanes
from app.ui.overview import Overview
from app.ui.ruler import Ruler, tick_step
from app.ui.time_plot import TimePlot
from models.instruments import INSTRUMENTS
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import PretendSeparation

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def wheel(plot: TimePlot, at: QPointF, notches: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    event = QWheelEvent(
        at,
        plot.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def move(desk: Desk, plot: TimePlot, at: QPoint) -> None:
    """Bring the mouse there from nearby, and let a real display server report it."""
    QTest.mouseMove(plot.viewport(), at + QPoint(-3, 0))
    QTest.mouseMove(plot.viewport(), at)
    desk.wait(lambda: desk.window.timeline.hover_text != "")


def place(plot: TimePlot, time_s: float, row: int = 0) -> QPoint:
    """Where a time of a lane is in the viewport."""
    return QPoint(round(plot.x_of(time_s)), round((row + 0.5) * plot.viewport().height() / plot.rows))


@pytest.mark.parametrize(("kind", "name"), [(Lanes, "timeline"), (Overview, "overview")])
def test_a_click_seeks(desk: Desk, kind: type[TimePlot], name: str) -> None:
    plot = desk.find(kind, name)
    QTest.mouseClick(plot.viewport(), LEFT, NONE, place(plot, 12.5))
    assert desk.player.position / desk.song.rate == pytest.approx(12.5, abs=20.0 / plot.width())
    assert plot.playhead.value() == pytest.approx(12.5, abs=20.0 / plot.width())


def test_a_click_on_the_ruler_seeks(desk: Desk) -> None:
    ruler = desk.find(Ruler, "ruler")
    QTest.mouseClick(ruler, LEFT, NONE, QPoint(ruler.width() // 4, 8))
    assert desk.player.position / desk.song.rate == pytest.approx(5.0, abs=0.05)


@pytest.mark.parametrize("time_s", [0.0, 3.3, 10.0, 19.9])
def test_the_wheel_zooms_around_the_cursor(desk: Desk, time_s: float) -> None:
    lanes, view = desk.window.timeline.lanes, desk.window.timeline.view
    at = QPointF(place(lanes, time_s))
    under = lanes.time_at(at.x())
    for notches in (1, 3, -2):
        wheel(lanes, at, notches)
        assert lanes.time_at(at.x()) == pytest.approx(under, abs=1e-6)
    assert view.span_s == pytest.approx(20.0 / 1.25**2)


def test_shift_and_the_wheel_scroll(desk: Desk) -> None:
    lanes, view = desk.window.timeline.lanes, desk.window.timeline.view
    view.zoom(4.0, 10.0)
    start_s, span_s = view.start_s, view.span_s
    wheel(lanes, QPointF(100, 50), -1, Qt.KeyboardModifier.ShiftModifier)
    assert view.start_s > start_s
    assert view.span_s == pytest.approx(span_s)


def test_a_drag_scrolls_and_does_not_seek(desk: Desk) -> None:
    lanes, view = desk.window.timeline.lanes, desk.window.timeline.view
    view.zoom(4.0, 10.0)
    grabbed_s = lanes.time_at(300)
    QTest.mousePress(lanes.viewport(), LEFT, NONE, QPoint(300, 50))
    for x in range(300, 399, 11):
        QTest.mouseMove(lanes.viewport(), QPoint(x, 50))
    QTest.mouseMove(lanes.viewport(), QPoint(400, 50))
    QTest.mouseRelease(lanes.viewport(), LEFT, NONE, QPoint(400, 50))
    assert lanes.time_at(400) == pytest.approx(grabbed_s, abs=0.02)
    assert desk.player.position == 0


def test_the_window_in_the_overview_can_be_dragged(desk: Desk) -> None:
    overview, view = desk.window.timeline.overview, desk.window.timeline.view
    view.zoom(4.0, 0.0)
    QTest.mousePress(overview.viewport(), LEFT, NONE, place(overview, 2.0))
    for time_s in (3.0, 4.0, 6.0):
        QTest.mouseMove(overview.viewport(), place(overview, time_s))
    QTest.mouseRelease(overview.viewport(), LEFT, NONE, place(overview, 6.0))
    assert view.start_s == pytest.approx(4.0, abs=0.1)
    assert desk.player.position == 0


def test_hovering_tells_time_and_probability(desk: Desk) -> None:
    timeline = desk.window.timeline
    row = INSTRUMENTS.index("bass")
    move(desk, timeline.lanes, place(timeline.lanes, 9.0, row))
    # A window that settles on a real screen may move by pixels under the mouse.
    told = re.fullmatch(r"0:0(8\.[89]|9\.[01])   Bass (\d+) %", timeline.hover_text)
    assert told is not None, timeline.hover_text
    probability = timeline.lanes.probability(row, 9.0)
    assert probability is not None
    assert int(told[2]) / 100 == pytest.approx(probability, abs=0.3)
    move(desk, timeline.overview, place(timeline.overview, 4.0))
    assert timeline.hover_text in ("0:03.9", "0:04.0", "0:04.1")
    timeline.unhover()
    assert timeline.hover_text == ""


def test_what_is_not_separated_says_so_and_is_shaded_in(make_desk: Callable[..., Desk], song_path: Path) -> None:
    separation = PretendSeparation(pause_after=4)  # eight of twenty seconds
    desk = make_desk(separation=separation)
    desk.open(song_path)
    desk.wait(lambda: desk.song.coverage.fraction(desk.song.frames) >= 0.39)
    timeline = desk.window.timeline
    move(desk, timeline.lanes, place(timeline.lanes, 15.0))
    assert "not separated yet" in timeline.hover_text
    timeline.unhover()

    def ground(time_s: float) -> QColor:
        at = place(timeline.lanes, time_s)
        return timeline.lanes.grab().toImage().pixelColor(at.x(), 3)

    assert ground(7.0) != ground(15.0)
    before = timeline.overview.grab().toImage()
    separation.go_on.set()
    desk.wait_separated()
    assert ground(7.0) == ground(15.0)
    assert timeline.overview.grab().toImage() != before
    timeline.hover_lanes(QPointF(place(timeline.lanes, 15.5)))
    assert "Vocals" in timeline.hover_text
    assert "%" in timeline.hover_text


def test_an_instrument_that_is_not_in_the_song_is_dim(desk: Desk) -> None:
    def colorfulness(row: int) -> float:
        image = desk.window.timeline.lanes.grab().toImage()
        height = image.height() / len(INSTRUMENTS)
        return max(
            image.pixelColor(x, y).hsvSaturationF()
            for y in range(round(row * height) + 2, round((row + 1) * height) - 2)
            for x in range(300, 700, 3)
        )

    assert colorfulness(INSTRUMENTS.index("acoustic_guitar")) < 0.6 * colorfulness(INSTRUMENTS.index("bass"))


def test_the_playhead_moves_while_it_plays_and_the_view_follows(desk: Desk) -> None:
    timeline = desk.window.timeline
    timeline.view.zoom(40.0, 0.0)
    stop_s = timeline.view.stop_s
    desk.player.play()
    desk.wait(lambda: timeline.view.start_s >= stop_s - 0.1)
    desk.player.pause()
    desk.window.poll()
    assert timeline.view.start_s <= timeline.lanes.playhead.value() <= timeline.view.stop_s


def test_clicking_a_name_selects_the_strip(desk: Desk) -> None:
    timeline = desk.window.timeline
    labels = timeline.lanes.mapTo(timeline, QPoint(0, 0))
    widget = timeline.childAt(20, labels.y() + round(3.5 * timeline.lanes.height() / 6))
    assert widget is not None
    QTest.mouseClick(widget, LEFT, NONE, QPoint(20, round(3.5 * widget.height() / 6)))
    assert desk.window.mixer.selected_stem == "piano"


@pytest.mark.parametrize("span_s", [0.5, 3.0, 20.0, 187.0, 5400.0])
@pytest.mark.parametrize("width_px", [300, 1150, 3000])
def test_labels_of_the_ruler_have_room(span_s: float, width_px: int) -> None:
    step_s = tick_step(span_s, width_px)
    assert step_s / span_s * width_px >= 84 or step_s == 3600
    assert width_px / (step_s / span_s * width_px) >= 1 or width_px < 400 or span_s < 1.0


def test_repainting_leaks_no_references(desk: Desk) -> None:
    lanes = desk.window.timeline.lanes

    def repaint(times: int) -> None:
        for number in range(times):
            lanes.show_playhead(number / times * 20.0)
            lanes.viewport().repaint()

    repaint(20)
    gc.collect()
    before = sys.getrefcount(None)
    repaint(1000)
    gc.collect()
    assert abs(sys.getrefcount(None) - before) < 50
