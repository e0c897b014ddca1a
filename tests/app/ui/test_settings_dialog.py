"""Output device, rate and latency, chosen in the settings."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.playback.output import LATENCIES_S, DeviceInfo, OutputSettings, block_frames
from app.session.session import Session
from app.ui import settings_dialog
from app.ui.appearance import Appearance
from app.ui.settings_dialog import SettingsDialog
from tests.app.ui.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


def plug_in(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have these devices there."""
    devices = tuple(DeviceInfo(name, 2, 48000, index == 0) for index, name in enumerate(names))
    monkeypatch.setattr(settings_dialog, "list_devices", lambda: devices)


def texts(dialog: SettingsDialog) -> list[str]:
    return [dialog.device.itemText(row) for row in range(dialog.device.count())]


def make(session: Session, appearance: Appearance) -> SettingsDialog:
    return SettingsDialog(session, appearance)


def test_a_device_is_chosen_and_used(
    session: Session, appearance: Appearance, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(monkeypatch, "Speakers", "Headphones", "Headphones")
    dialog = make(session, appearance)
    assert texts(dialog) == ["System default", "Speakers", "Headphones"]
    QTest.keyClicks(dialog.device, "Head")
    dialog.latency.setCurrentIndex(0)
    dialog.accept()
    assert session.player.output == OutputSettings("Headphones", None, LATENCIES_S[0])
    assert session.preferences.output == session.player.output


def test_an_unplugged_device_stays_chosen(
    session: Session, appearance: Appearance, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_preferences(replace(session.preferences, output=OutputSettings("Interface")))
    plug_in(monkeypatch, "Speakers")
    dialog = make(session, appearance)
    assert dialog.device.currentText() == "Interface (not connected)"
    plug_in(monkeypatch, "Speakers", "Interface")
    QTest.mouseClick(dialog.look_again, LEFT)
    assert texts(dialog) == ["System default", "Speakers", "Interface"]
    assert dialog.device.currentData() == "Interface"
    dialog.accept()
    assert session.player.output.device == "Interface"


def test_the_block_size_follows_the_rate(session: Session, appearance: Appearance, qapp: object) -> None:
    dialog = make(session, appearance)
    dialog.latency.setCurrentIndex(1)
    for rate in (44100, 96000):
        dialog.rate.setCurrentIndex(dialog.rate.findData(rate))
        assert f"blocks of {block_frames(LATENCIES_S[1], rate)}" in dialog.latency.currentText()
        assert dialog.latency.currentData() == LATENCIES_S[1]


def test_a_latency_of_one_s_own_is_kept(session: Session, appearance: Appearance, qapp: object) -> None:
    session.set_preferences(replace(session.preferences, output=OutputSettings(latency_s=0.2)))
    dialog = make(session, appearance)
    dialog.accept()
    assert session.player.output.latency_s == 0.2


def test_cancel_changes_nothing(desk: Desk) -> None:
    before = desk.session.preferences
    QTest.keyClick(desk.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = desk.find(SettingsDialog, "settings")
    dialog.latency.setCurrentIndex(0)
    dialog.theme.setCurrentIndex(2)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert desk.session.preferences == before


def test_looking_for_devices_keeps_the_position(desk: Desk) -> None:
    desk.player.seek(5 * desk.song.rate)
    desk.window.dialogs.settings()
    dialog = desk.find(SettingsDialog, "settings")
    QTest.mouseClick(dialog.look_again, LEFT)
    assert desk.player.position == 5 * desk.song.rate
    assert dialog.now.text().startswith("Now: ")
    dialog.reject()
