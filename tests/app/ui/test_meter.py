"""The meter's ballistics."""

import math

import pytest
from pytestqt.qtbot import QtBot

from app.ui.appearance import Appearance
from app.ui.meter import FALL_DB_PER_S, HOLD_S, Ballistics, Meter


def test_it_rises_at_once_and_falls_steadily() -> None:
    bar = Ballistics()
    bar.feed(0.5, 10.0)
    assert bar.level_db == pytest.approx(-6.02, abs=0.01)
    bar.feed(0.0, 10.5)
    assert bar.level_db == pytest.approx(-6.02 - 0.5 * FALL_DB_PER_S, abs=0.01)
    bar.feed(1.0, 10.6)
    assert bar.level_db == 0.0


def test_it_falls_as_fast_however_often_it_is_asked() -> None:
    seldom, often = Ballistics(), Ballistics()
    for bar in (seldom, often):
        bar.feed(1.0, 0.0)
    seldom.feed(0.0, 1.0)
    for step in range(1, 101):
        often.feed(0.0, step / 100)
    assert often.level_db == pytest.approx(seldom.level_db, abs=1e-6)


def test_the_peak_is_held_and_then_let_go() -> None:
    bar = Ballistics()
    bar.feed(1.0, 0.0)
    bar.feed(0.1, HOLD_S * 0.9)
    assert bar.hold_db == 0.0
    for step in range(200):
        bar.feed(0.1, HOLD_S + step / 30)
    assert bar.hold_db == pytest.approx(-20.0)


@pytest.mark.parametrize("peak", [math.nan, math.inf])
def test_broken_levels_do_no_harm(peak: float) -> None:
    bar = Ballistics()
    bar.feed(peak, 0.0)
    assert bar.level_db == 0.0


def test_it_repaints_only_if_a_pixel_changes(qtbot: QtBot, appearance: Appearance) -> None:
    paints: list[int] = []

    class Counting(Meter):
        def update(self) -> None:  # type: ignore[override]
            paints.append(1)
            super().update()

    meter = Counting(appearance)
    qtbot.addWidget(meter)
    meter.resize(meter.width(), 150)
    meter.feed(0.5, 0.5, 0.0)
    count = len(paints)
    meter.feed(0.5, 0.5, 0.001)
    assert len(paints) == count
    meter.feed(0.9, 0.5, 0.002)
    assert len(paints) == count + 1
