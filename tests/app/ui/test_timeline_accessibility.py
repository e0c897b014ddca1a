"""What a screen reader finds in the timeline's painted widgets, through Qt's own interface."""

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.session.commands import SetActivation
from app.ui.timeline.lane_header import LaneHeader
from app.ui.timeline.time_strip import TimeStrip
from models.instruments import INSTRUMENTS
from tests.app.ui.conftest import Desk
from tests.app.ui.lanes import lane_of

TEXT = QAccessible.Text


def spoken(widget: QWidget) -> tuple[str, int, str]:
    """Name, value and description."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface.role() == QAccessible.Role.Slider
    value = interface.valueInterface()
    assert value.minimumValue() <= value.currentValue() <= value.maximumValue()
    return interface.text(TEXT.Name), value.currentValue(), interface.text(TEXT.Description)


PAINTED = [*(f"lane-{name}" for name in INSTRUMENTS), *(f"lane-name-{name}" for name in INSTRUMENTS)]
PAINTED += [f"{kind}-{name}" for kind in ("threshold", "release") for name in INSTRUMENTS]
PAINTED += ["overview", "ruler"]


@pytest.mark.parametrize("names", [PAINTED], ids=["all"])
def test_every_painted_widget_has_a_name_a_value_and_words(desk: Desk, names: list[str]) -> None:
    told = [spoken(desk.find(QAbstractSlider, name)) for name in names]
    assert len({name for name, _, _ in told}) == len(names)  # none is mistaken for another
    for name, _, description in told:
        assert name
        assert description, name


def test_a_lane_tells_where_its_cursor_is_and_what_is_there(desk: Desk) -> None:
    lane, cursor = lane_of(desk, "bass"), desk.window.timeline.cursor_model
    cursor.put("bass", 300)
    name, value, description = spoken(lane)
    assert name == "Bass: when it plays"
    assert value == pytest.approx(300 / 43.066 * 1000, abs=1)
    assert description.startswith("0:07.0, probability ")
    assert "weight 100 %" in description
    cursor.select("bass", 300, 400)
    assert "selected 0:06.97 to 0:09.29" in spoken(lane)[2]


def test_thresholds_tell_theirs(desk: Desk) -> None:
    desk.session.do(SetActivation(strip="piano", threshold=0.62))
    lane = lane_of(desk, "piano")
    assert spoken(lane.threshold) == ("Piano: threshold", 62, "Threshold 62 %: above it the instrument plays")
    assert spoken(lane.release)[0] == "Piano: hysteresis"


def test_the_ruler_tells_what_is_chosen(desk: Desk) -> None:
    ruler = desk.find(TimeStrip, "ruler")
    assert spoken(ruler)[2] == "no loop, no markers"
    desk.window.timeline.items.add_marker(6.5)
    assert spoken(ruler)[1:] == (6500, "Marker “Marker 1” at 0:06.50")


def test_a_header_tells_the_levels(desk: Desk) -> None:
    header = desk.find(LaneHeader, "lane-name-drums")
    for _ in range(60):  # it falls as slowly as a meter does
        header.show_levels(-12.3, -34.0)
    name, value, description = spoken(header)
    assert (name, value) == ("Drums: level", -12)
    assert description in ("−12.3 dB, Other −34.0 dB", "−12.3 dB, Other −33.9 dB")  # told in steps of half a dB
