"""Regions, edits and markers in the side panel."""

import csv
import io

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from app.session.commands import AddEdit, AddMarker
from app.song.activation_edits import ActivationEdit
from app.song.markers import Marker
from app.ui.edits_panel import EditsPanel
from app.ui.markers_panel import MarkersPanel
from app.ui.panel_table import PanelTable
from app.ui.readout import Readout
from app.ui.regions_panel import RegionsPanel
from tests.app.ui.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def regions(desk: Desk) -> RegionsPanel:
    """The page of regions, open at the vocals."""
    desk.window.mixer.select(0)
    desk.window.side.panel.open_page("regions")
    desk.window.side.regions.box.setCurrentIndex(1)
    return desk.window.side.regions


@pytest.fixture
def edits(desk: Desk) -> EditsPanel:
    """The page of edits, open, with three of them."""
    for edit in (
        ActivationEdit("vocals", 100, 200, "on"),
        ActivationEdit("bass", 300, 400, "off"),
        ActivationEdit("vocals", 500, 600, "level", (0.5,)),
    ):
        desk.session.do(AddEdit(edit))
        desk.session.end_gesture()
    desk.window.side.panel.open_page("edits")
    return desk.window.side.edits


@pytest.fixture
def markers(desk: Desk) -> MarkersPanel:
    """The page of markers, open, with two of them."""
    for frame, name in ((12 * desk.song.rate, "Chorus"), (3 * desk.song.rate, "Verse")):
        desk.session.do(AddMarker(Marker(frame, name)))
    desk.window.side.panel.open_page("markers")
    return desk.window.side.markers


def click_row(table: PanelTable, row: int, column: int = 0) -> None:
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.rows.index(row, column)).center())


def column(table: PanelTable, index: int) -> list[str]:
    return [table.rows.index(row, index).data() for row in range(table.rows.rowCount())]


def seconds(desk: Desk) -> float:
    return desk.player.position / desk.song.rate


def type_time(readout: Readout, text: str) -> None:
    readout.setFocus()
    QTest.keyClick(readout, Qt.Key.Key_Return)
    QTest.keyClicks(readout, text)
    QTest.keyClick(readout, Qt.Key.Key_Return)


def loop_of(desk: Desk) -> tuple[int, int] | None:
    return desk.player.loop


def press(widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(widget, key)


# regions


def test_a_click_and_enter_seek_to_a_region(desk: Desk, regions: RegionsPanel) -> None:
    found = regions.model.items
    assert len(found) == 3
    click_row(regions.table, 1, 2)
    assert seconds(desk) == pytest.approx(found[1].start_s, abs=1e-4)
    press(regions.table, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert seconds(desk) == pytest.approx(found[2].start_s, abs=1e-4)


def test_the_table_is_sorted_by_its_headings(desk: Desk, regions: RegionsPanel) -> None:
    regions.box.setCurrentIndex(0)
    header = regions.table.horizontalHeader()
    for index, key in ((3, "length"), (0, "instrument")):
        QTest.mouseClick(header.viewport(), LEFT, pos=QPoint(header.sectionPosition(index) + 8, 8))
        found = regions.model.items
        values = [r.stop_s - r.start_s if key == "length" else r.instrument.replace("_", " ") for r in found]
        assert values in (sorted(values), sorted(values, reverse=True))
        headings = [str(regions.model.headerData(place, Qt.Orientation.Horizontal)) for place in range(4)]
        assert [place for place, heading in enumerate(headings) if "▴" in heading or "▾" in heading] == [index]
    assert not header.isSortIndicatorShown(), "it would lie over the words"
    assert len(set(column(regions.table, 0))) == 5  # the acoustic guitar does not play


def test_regions_follow_settings_and_edits(desk: Desk, regions: RegionsPanel) -> None:
    desk.session.do(AddEdit(ActivationEdit("vocals", 1, 40, "on")))
    desk.wait(lambda: len(regions.model.items) == 4)
    desk.session.do(AddEdit(ActivationEdit("vocals", 0, 10_000, "off")))
    desk.wait(lambda: len(regions.model.items) == 0)
    assert regions.count.text().startswith("No regions")


def test_entries_by_button_and_key(desk: Desk, regions: RegionsPanel) -> None:
    starts = [pytest.approx(region.start_s, abs=1e-4) for region in regions.model.items]
    for start in starts:
        QTest.mouseClick(regions.next, LEFT)
        assert seconds(desk) == start
    QTest.keyClick(desk.window, Qt.Key.Key_Comma)
    assert seconds(desk) == starts[1]
    QTest.keyClick(desk.window, Qt.Key.Key_Period)
    assert seconds(desk) == starts[2]
    QTest.mouseClick(regions.previous, LEFT)
    QTest.mouseClick(regions.previous, LEFT)
    QTest.mouseClick(regions.previous, LEFT)
    assert seconds(desk) == starts[0]


def test_a_region_is_looped_undoably(desk: Desk, regions: RegionsPanel) -> None:
    click_row(regions.table, 1, 1)
    QTest.mouseClick(regions.loop_this, LEFT)
    region, rate = regions.model.items[1], desk.song.rate
    assert loop_of(desk) == (round(region.start_s * rate), round(region.stop_s * rate))
    desk.session.undo()
    assert loop_of(desk) is None
    regions.table.clearSelection()
    regions.table.setCurrentIndex(regions.model.index(-1, -1))
    desk.player.seek(16 * rate)
    QTest.keyClick(desk.window, Qt.Key.Key_R)
    third = regions.model.items[2]
    assert loop_of(desk) == (round(third.start_s * rate), round(third.stop_s * rate))


def test_rests_are_jumped_over(desk: Desk, regions: RegionsPanel) -> None:
    QTest.mouseClick(regions.ways["only"], LEFT)
    desk.player.play()
    desk.wait(lambda: seconds(desk) >= regions.model.items[0].start_s)
    assert desk.player.playing
    desk.player.seek(round(19.5 * desk.song.rate))
    desk.wait(lambda: not desk.player.playing)
    QTest.mouseClick(regions.ways["rests"], LEFT)
    desk.player.seek(round((regions.model.items[0].start_s + 0.5) * desk.song.rate))
    desk.player.play()
    desk.wait(lambda: seconds(desk) >= regions.model.items[0].stop_s - 0.01)
    QTest.mouseClick(regions.ways["all"], LEFT)
    assert regions.ways["all"].isChecked()


def test_each_region_is_looped_in_turn_with_a_pre_roll(desk: Desk, regions: RegionsPanel) -> None:
    rate, first = desk.song.rate, regions.model.items[0]
    regions.repeats.setValue(2)
    regions.pre_roll.setValue(0.5)
    QTest.mouseClick(regions.each, LEFT)
    assert regions.each.isChecked()
    assert loop_of(desk) == (round(first.start_s * rate) - round(0.5 * rate), round(first.stop_s * rate))
    assert desk.player.playing
    QTest.mouseClick(regions.each, LEFT)
    assert not regions.each.isChecked()
    assert loop_of(desk) is None


def test_after_the_last_region_it_pauses(desk: Desk, regions: RegionsPanel) -> None:
    regions.repeats.setValue(1)
    QTest.mouseClick(regions.each, LEFT)
    for region in regions.model.items:
        desk.wait(lambda region=region: abs(seconds(desk) - region.start_s) < 1.5)  # type: ignore[misc]
        assert desk.player.playing
        desk.player.seek(round((region.stop_s - 0.1) * desk.song.rate))
    desk.wait(lambda: not desk.player.playing)
    assert not regions.each.isChecked()


def test_regions_are_copied(desk: Desk, regions: RegionsPanel) -> None:
    regions.findChild(QAction, "regions-copy-csv").trigger()  # type: ignore[union-attr]
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [float(row["start_s"]) for row in rows] == [region.start_s for region in regions.model.items]
    assert {row["instrument"] for row in rows} == {"vocals"}
    regions.table.setFocus()
    regions.table.selectAll()
    QTest.keyClick(regions.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Vocals\t0:02.4")


# edits


def test_a_click_goes_to_an_edit_and_delete_takes_it_away(desk: Desk, edits: EditsPanel) -> None:
    assert column(edits.table, 1) == ["On", "Off", "Drawn"]
    click_row(edits.table, 1)
    assert seconds(desk) == pytest.approx(300 * 1024 / 44100, abs=1e-3)
    QTest.keyClick(edits.table, Qt.Key.Key_Delete)
    assert [edit.instrument for edit in desk.session.document.edits] == ["vocals", "vocals"]
    desk.session.undo()
    assert column(edits.table, 1) == ["On", "Off", "Drawn"]


def test_all_edits_are_taken_away_in_one_step(desk: Desk, edits: EditsPanel) -> None:
    QTest.mouseClick(edits.clear, LEFT)
    assert desk.session.document.edits == ()
    assert edits.hint.isVisible()
    assert not edits.table.isVisible()
    assert not edits.remove.isEnabled()
    desk.session.undo()
    assert len(desk.session.document.edits) == 3


def test_several_edits_are_removed(desk: Desk, edits: EditsPanel) -> None:
    click_row(edits.table, 0)
    QTest.keyClick(edits.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseClick(edits.remove, LEFT)
    assert [edit.kind for edit in desk.session.document.edits] == ["level"]
    desk.session.undo()
    assert len(desk.session.document.edits) == 3, "it was one step"


# loop and markers


def test_markers_lie_by_time_and_a_click_goes_there(desk: Desk, markers: MarkersPanel) -> None:
    assert column(markers.table, 0) == ["Verse", "Chorus"]
    click_row(markers.table, 1)
    assert seconds(desk) == pytest.approx(12.0, abs=1e-4)


def test_a_marker_is_added_renamed_moved_and_removed(desk: Desk, markers: MarkersPanel) -> None:
    rate = desk.song.rate
    desk.player.seek(5 * rate)
    QTest.mouseClick(markers.add, LEFT)
    assert column(markers.table, 0) == ["Verse", "Marker 3", "Chorus"]
    markers.table.go_to_row(1)
    markers.table.setFocus()
    QTest.keyClick(markers.table, Qt.Key.Key_F2)
    field = markers.table.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "Bridge")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.wait(lambda: column(markers.table, 0)[1] == "Bridge")
    assert desk.session.document.markers[2] == Marker(5 * rate, "Bridge")
    type_time(markers.time, "0:15.5")
    assert desk.session.document.markers[2].frame == round(15.5 * rate)
    assert column(markers.table, 0) == ["Verse", "Chorus", "Bridge"]
    assert markers.table.current_row == 2
    QTest.keyClick(markers.table, Qt.Key.Key_Delete)
    assert len(desk.session.document.markers) == 2
    for _ in range(4):
        desk.session.undo()
    assert column(markers.table, 0) == ["Verse", "Chorus"]


def test_the_loop_is_typed(desk: Desk, markers: MarkersPanel) -> None:
    rate = desk.song.rate
    type_time(markers.loop_start, "4")
    type_time(markers.loop_stop, "0:09.250")
    assert loop_of(desk) == (4 * rate, round(9.25 * rate))
    assert (markers.loop_start.text(), markers.loop_stop.text()) == ("0:04.000", "0:09.250")
    type_time(markers.loop_start, "12")  # behind the end: up to the end of the song
    assert loop_of(desk) == (12 * rate, desk.song.frames)
    type_time(markers.loop_stop, "never")
    assert loop_of(desk) == (12 * rate, desk.song.frames)
    QTest.mouseClick(markers.loop_on, LEFT)
    assert loop_of(desk) is None
    for _ in range(4):
        desk.session.undo()
    assert desk.session.document.loop is None


def test_without_a_song_there_is_nothing_to_mark(desk: Desk, markers: MarkersPanel) -> None:
    desk.session.close_song()
    assert not markers.add.isEnabled()
    assert markers.loop_start.text() == "–"
    assert markers.model.rowCount() == 0
