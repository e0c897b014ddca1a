"""The window as a picture: nothing is cut off, whatever the theme, the size and the song's name.

With the environment variable PARTWISE_LAYOUT_PICTURES set to a folder, the pictures are kept there.
"""

import os
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QToolButton, QWidget

from app.session.commands import SetGain, SetPan, SetSolo
from app.session.preferences import Preferences
from app.ui.elided_label import ElidedLabel
from app.ui.master_strip import MasterStrip
from app.ui.strip import Strip
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import PretendSeparation, write_song


def keep(widget: QWidget, name: str) -> None:
    """Save a picture if somebody wants to see it."""
    folder = os.environ.get("PARTWISE_LAYOUT_PICTURES")
    if folder:
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def cut_off(root: QWidget) -> list[str]:
    """The visible labels and buttons that have less room than their text needs, or that stick out of the window."""
    bad = []
    frame = QRect(QPoint(0, 0), root.size())
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.window() is not root:
            continue
        if isinstance(widget, QLabel | QAbstractButton) and not frame.contains(
            QRect(widget.mapTo(root, QPoint(0, 0)), widget.size())
        ):
            bad.append(f"outside: {widget.objectName()} {widget.geometry()}")
        icon_only = (
            isinstance(widget, QToolButton)
            and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
            and not widget.icon().isNull()
        )
        if isinstance(widget, QLabel) and widget.wordWrap():
            if widget.heightForWidth(widget.width()) > widget.height():
                bad.append(f"cut: {widget.objectName()} {widget.text()!r}")
        elif isinstance(widget, QLabel | QAbstractButton) and not isinstance(widget, ElidedLabel) and not icon_only:
            lines = widget.text().replace("&", "").split("\n")
            if max(widget.fontMetrics().horizontalAdvance(line) for line in lines) > widget.width():
                bad.append(f"cut: {widget.objectName()} {widget.text()!r}")
    return bad


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (1280, 640)], ids=lambda size: "x".join(map(str, size)))
def test_everything_is_visible(
    make_desk: Callable[..., Desk], tmp_path: Path, theme: str, size: tuple[int, int]
) -> None:
    path = write_song(
        tmp_path, 20.0, "A rather long name of a song that somebody recorded in the kitchen on Sunday.wav"
    )
    desk = make_desk(preferences=Preferences(theme=theme), separation=PretendSeparation(pause_after=6))  # type: ignore[arg-type]
    desk.window.resize(*size)
    desk.qtbot.wait(20)
    assert cut_off(desk.window) == []
    keep(desk.window, f"empty-{theme}-{size[0]}x{size[1]}")
    desk.open(path)
    desk.wait(lambda: desk.song.coverage.fraction(desk.song.frames) >= 0.59)
    desk.session.do(SetGain("bass", -60.0))
    desk.session.do(SetPan("piano", -1.0))
    desk.session.do(SetSolo("vocals", on=True))
    desk.player.seek(9 * desk.song.rate)
    desk.qtbot.wait(60)
    assert (desk.window.width(), desk.window.height()) == size
    assert cut_off(desk.window) == []
    keep(desk.window, f"song-{theme}-{size[0]}x{size[1]}")


def test_lanes_and_their_names_are_level(desk: Desk) -> None:
    timeline = desk.window.timeline
    for name, lane in timeline.lanes.lanes.items():
        header = timeline.lanes.headers[name]
        assert (header.y(), header.height()) == (lane.y(), lane.height())
        for strip in (timeline.overview, timeline.ruler):
            assert strip.mapTo(timeline, QPoint(0, 0)).x() == lane.mapTo(timeline, QPoint(0, 0)).x()
            assert strip.width() == lane.width()


@pytest.mark.parametrize("width", [0, 1366])
def test_controls_do_not_overlap(desk: Desk, width: int) -> None:
    desk.window.resize(width, 640)  # 0: as narrow as it goes
    desk.qtbot.wait(20)
    assert desk.window.width() <= 1366
    for strip in desk.window.mixer.strips:
        controls: list[QWidget] = [strip.pan, strip.mute, strip.solo, strip.fader, strip.meter, strip.readout]
        controls += [strip.equalizer, strip.spread, strip.polarity, strip.safe, strip.link, strip.more]
        places = [QRect(control.mapTo(strip, QPoint(0, 0)), control.size()) for control in controls]
        for one, other in combinations(places, 2):
            assert not one.intersects(other)
        assert all(strip.rect().contains(place) for place in places)


def test_strips_are_level(desk: Desk) -> None:
    strips: list[Strip | MasterStrip] = [*desk.window.mixer.strips, desk.window.mixer.master]
    assert len({strip.height() for strip in strips}) == 1
    assert len({strip.fader.mapTo(desk.window, QPoint(0, 0)).y() for strip in strips}) == 1
    assert len({strip.fader.height() for strip in strips}) == 1
    assert len({strip.meter.height() for strip in strips}) == 1
    widths = [strip.width() for strip in strips[:-1]]
    assert max(widths) - min(widths) <= 1
