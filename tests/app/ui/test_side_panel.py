"""The side panel: shown by key, remembered, and beside the timeline without cutting anything off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.session.preferences import Preferences, load_preferences, save_preferences
from app.ui.side_pages import PAGES
from tests.app.ui.conftest import Desk
from tests.app.ui.test_layout import cut_off, keep

LEFT = Qt.MouseButton.LeftButton
KEYS = dict(zip(PAGES, (Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8, Qt.Key.Key_F9), strict=True))


def page_of(desk: Desk) -> str | None:
    return desk.window.side.panel.page


def test_it_is_hidden_until_it_is_asked_for(desk: Desk) -> None:
    panel = desk.window.side.panel
    assert page_of(desk) is None
    assert not panel.isVisible()
    QTest.keyClick(desk.window, Qt.Key.Key_F4)
    assert page_of(desk) == "activation"
    QTest.keyClick(desk.window, Qt.Key.Key_F4)
    assert page_of(desk) is None


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_a_key(desk: Desk, page: str) -> None:
    panel = desk.window.side.panel
    QTest.keyClick(desk.window, KEYS[page])
    assert (panel.page, desk.session.preferences.side_page) == (page, page)
    QTest.keyClick(desk.window, KEYS[page])
    assert (panel.page, desk.session.preferences.side_page) == (None, None)


def test_tabs_and_the_cross_work_with_the_mouse(desk: Desk) -> None:
    panel = desk.window.side.panel
    QTest.mouseClick(desk.window.transport.activation.panel, LEFT)
    assert page_of(desk) == "activation"
    bar = panel.tabs.tabBar()
    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(3).center())
    assert page_of(desk) == "markers"
    QTest.mouseClick(panel.closing, LEFT)
    assert page_of(desk) is None
    assert desk.window.hasFocus() or desk.window.focusWidget() is not None


def test_the_open_page_is_remembered(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    save_preferences(replace(Preferences(), side_page="regions"), path)
    assert make_desk(preferences=load_preferences(path)).window.side.panel.page == "regions"


@pytest.mark.parametrize("text", ["", "nowhere", "a b", 3, None, "x" * 40])
def test_a_page_that_is_none_is_forgotten(make_desk: Callable[..., Desk], tmp_path: Path, text: object) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"side_page": text}))
    assert make_desk(preferences=load_preferences(path)).window.side.panel.page is None


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_beside_it(make_desk: Callable[..., Desk], song_path: Path, theme: str, page: str) -> None:
    desk = make_desk(preferences=Preferences(theme=theme, side_page=page))  # type: ignore[arg-type]
    desk.window.resize(1366, 768)
    desk.open(song_path)
    desk.wait_separated()
    desk.qtbot.wait(200)
    assert (desk.window.width(), desk.window.height()) == (1366, 768)
    assert cut_off(desk.window) == []
    keep(desk.window, f"panel-{page}-{theme}-1366x768")


def test_the_panel_and_the_timeline_do_not_overlap(desk: Desk) -> None:
    desk.window.resize(1366, 768)
    desk.window.side.panel.open_page("regions")
    desk.qtbot.wait(20)

    def place(widget: object) -> QRect:
        return QRect(widget.mapTo(desk.window, QPoint(0, 0)), widget.size())  # type: ignore[attr-defined]

    assert not place(desk.window.timeline).intersects(place(desk.window.side.panel))
    assert desk.window.timeline.width() >= 700


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_usable_at_twice_the_scale(tmp_path: Path, theme: str) -> None:
    """The scale is chosen when a program starts, so this is one of its own. Its pictures are twice as large."""
    target = Path(os.environ.get("PARTWISE_LAYOUT_PICTURES", tmp_path))
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.ui.scaled_window", theme, str(tmp_path), str(target)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""  # nothing is cut off
    for page in PAGES:
        assert QImage(str(target / f"panel-{page}-{theme}-200.png")).size() == QSize(2 * 1366, 2 * 768)
