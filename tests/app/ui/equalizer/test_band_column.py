"""A band's column says what is heard where that is not what is set."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from app.mixing.equalizer import effective_q
from app.mixing.settings import DEFAULT_BANDS
from app.ui.appearance import Appearance
from app.ui.equalizer.band_column import BandColumn


def test_a_q_that_the_filter_cannot_take_is_told(qtbot: QtBot, appearance: Appearance) -> None:
    shelf = BandColumn(1, appearance)
    qtbot.addWidget(shelf)
    plain = shelf.q.toolTip()
    shelf.show_band(replace(DEFAULT_BANDS[1], q=8.0))
    assert effective_q(replace(DEFAULT_BANDS[1], q=8.0)) == 2.0
    assert shelf.q.text() == "8.00"
    assert "heard as Q 2.00" in shelf.q.toolTip()
    assert "heard as Q 2.00" in shelf.q.accessibleDescription()
    shelf.show_band(DEFAULT_BANDS[1])
    assert shelf.q.toolTip() == plain
    assert "heard" not in plain
