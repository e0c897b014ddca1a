"""The window: opening, jobs, errors, settings, quitting."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from app.session.commands import SetGain
from app.session.jobs import Job
from app.session.preferences import Preferences
from app.ui.export_dialog import ExportDialog
from app.ui.settings_dialog import SettingsDialog
from app.ui.theme import DARK
from tests.app.ui.conftest import Desk
from tests.app.ui.desk import PretendSeparation, write_song

LEFT = Qt.MouseButton.LeftButton


def drop(window: QWidget, path: Path) -> bool:
    """Drag a file over the window and let it go there; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(200, 200), action, data, LEFT, none)
    QApplication.sendEvent(window, enter)
    event = QDropEvent(QPointF(200, 200), action, data, LEFT, none)
    QApplication.sendEvent(window, event)
    return enter.isAccepted() and event.isAccepted()


def message_box(desk: Desk) -> QMessageBox:
    """The dialog that has come up."""
    desk.wait(lambda: any(box.isVisible() for box in desk.window.findChildren(QMessageBox)))
    return next(box for box in desk.window.findChildren(QMessageBox) if box.isVisible())


def test_a_dropped_song_opens_and_plays_before_it_is_separated(make_desk: Callable[..., Desk], song_path: Path) -> None:
    desk = make_desk(separation=PretendSeparation(pause_after=0))
    assert desk.window.windowTitle() == "Partwise"
    assert drop(desk.window, song_path)
    desk.wait(lambda: desk.session.song is not None)
    assert desk.window.windowTitle() == "Sunday Kitchen – Partwise"
    desk.wait(lambda: desk.player.playing and desk.player.position > 0)
    assert desk.song.coverage.fraction(desk.song.frames) == 0.0
    assert desk.window.timeline.isVisible()
    assert not desk.window.empty.isVisible()


def test_a_song_can_be_dropped_anywhere(desk: Desk) -> None:
    takers = [widget for widget in desk.window.findChildren(QWidget) if widget.acceptDrops()]
    assert takers == []
    assert desk.window.acceptDrops()


def test_what_is_no_file_cannot_be_dropped(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    data = QMimeData()
    data.setText("la la la")
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter.ignore()
    QApplication.sendEvent(desk.window, enter)
    assert not enter.isAccepted()


def test_a_bad_file_brings_a_dialog_with_the_sentence(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk()
    path = tmp_path / "noise.wav"
    path.write_bytes(b"this is no song")
    drop(desk.window, path)
    box = message_box(desk)
    assert box.text().startswith("Cannot open “noise.wav”: ")
    assert "Traceback" not in box.text()
    box.close()
    assert desk.window.empty.isVisible()


def test_the_empty_state_offers_the_demo_and_recent_songs(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    demo, recent = write_song(tmp_path, 3.0, "demo.wav"), write_song(tmp_path, 3.0, "Old one.wav")
    gone = tmp_path / "gone.wav"
    desk = make_desk(preferences=Preferences(recent=(gone, recent)), demo=demo)
    labels = [button.text() for button in desk.window.empty.findChildren(QPushButton) if button.isVisible()]
    assert labels == ["Open a song…", "Play the demo song", "Old one", "Models…"]
    QTest.mouseClick(desk.find(QPushButton, "empty-demo"), LEFT)
    desk.wait(lambda: desk.session.song is not None)
    assert desk.song.path == demo
    desk.session.close_song()
    assert desk.window.empty.isVisible()
    desk.qtbot.wait(20)  # what is no longer listed is deleted, what is new is shown
    labels = [button.text() for button in desk.window.empty.findChildren(QPushButton) if button.isVisible()]
    assert labels[2:] == ["demo", "Old one", "Models…"]


def test_separation_is_cancelled_and_started_again(make_desk: Callable[..., Desk], song_path: Path) -> None:
    separation = PretendSeparation(pause_after=3)
    desk = make_desk(separation=separation)
    desk.open(song_path)
    bar = desk.window.status.separation
    desk.wait(lambda: bar.text.startswith("Separating 30 %"))
    button = desk.find(QPushButton, "job-separation-button")
    assert button.text() == "Cancel"
    QTest.mouseClick(button, LEFT)
    desk.wait(lambda: button.text() == "Separate again")
    assert bar.text == "Separating: stopped at 30 %"
    separation.go_on.set()
    QTest.mouseClick(button, LEFT)
    desk.wait_separated()
    desk.wait(lambda: bar.text == "Separated")
    assert desk.song.coverage.covers(0, desk.song.frames)


def test_a_failed_separation_says_why_and_can_be_tried_again(make_desk: Callable[..., Desk], song_path: Path) -> None:
    desk = make_desk(separation=PretendSeparation(pause_after=1, failure="The separator ran out of memory."))
    desk.open(song_path)
    box = message_box(desk)
    assert box.text() == "The separator ran out of memory."
    box.close()
    assert desk.find(QPushButton, "job-separation-button").text() == "Separate again"
    assert desk.window.actions_by_name["separate"].isEnabled()


def test_progress_tells_percent_and_time_left(desk: Desk) -> None:
    now_s = [0.0]
    job = Job("Exporting “x.wav”", clock=lambda: now_s[0])
    job.fraction, now_s[0] = 0.43, 16.0
    desk.session.exporting = job
    desk.session.jobs_changed.emit()
    assert desk.window.status.exporting.text == "Exporting “x.wav” 43 %, 0:21 left"
    QTest.mouseClick(desk.find(QPushButton, "job-exporting-button"), LEFT)
    assert job.cancelled()
    desk.session.exporting = None


def test_undo_and_redo_are_named(desk: Desk) -> None:
    undo, redo = desk.window.actions_by_name["undo"], desk.window.actions_by_name["redo"]
    assert not undo.isEnabled()
    desk.session.do(SetGain("vocals", -3.0))
    assert undo.text() == f"Undo {SetGain('vocals', -3.0).name}"
    undo.trigger()
    assert desk.strip_settings("vocals").gain_db == 0.0
    assert redo.text() == f"Redo {SetGain('vocals', -3.0).name}"
    redo.trigger()
    assert desk.strip_settings("vocals").gain_db == -3.0


def test_actions_that_need_a_song_wait_for_one(make_desk: Callable[..., Desk], song_path: Path) -> None:
    desk = make_desk()
    names = ("play", "export_remix", "export_stems", "close", "zoom_in")
    assert not any(desk.window.actions_by_name[name].isEnabled() for name in names)
    desk.open(song_path)
    assert all(desk.window.actions_by_name[name].isEnabled() for name in names)


def test_the_position_is_shown(desk: Desk) -> None:
    desk.player.seek(round(9.25 * desk.song.rate))
    desk.window.poll()
    assert desk.find(QLabel, "position").text() == "0:09.2"
    assert desk.find(QLabel, "device-line").text() == desk.player.device_line != ""


def test_settings_are_used_at_once_and_remembered(desk: Desk) -> None:
    desk.window.dialogs.settings()
    dialog = desk.find(SettingsDialog, "settings")
    assert dialog.device.itemText(0) == "System default"
    dialog.latency.setCurrentIndex(2)
    dialog.rate.setCurrentIndex(dialog.rate.findData(48000))
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.accept()
    output = desk.session.preferences.output
    assert (output.device, output.rate, output.latency_s) == (None, 48000, 0.093)
    assert desk.player.output == output
    assert desk.session.preferences.theme == "dark"
    assert desk.appearance.theme is DARK


def test_every_painted_widget_wears_the_theme(desk: Desk) -> None:
    pictures = {}
    for choice in ("light", "dark"):
        desk.appearance.choose(choice)
        pictures[choice] = {
            "timeline": desk.window.timeline.grab().toImage(),
            "strip": desk.window.mixer.strips[0].grab().toImage(),
            "master": desk.window.mixer.master.grab().toImage(),
            "transport": desk.window.transport.grab().toImage(),
        }
    for name, light in pictures["light"].items():
        dark = pictures["dark"][name]
        different = sum(
            light.pixelColor(x, y) != dark.pixelColor(x, y)
            for x in range(0, light.width(), 7)
            for y in range(0, light.height(), 7)
        )
        assert different > 0.9 * math.ceil(light.width() / 7) * math.ceil(light.height() / 7), name


def test_an_export_reports_and_offers_the_folder(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "out.wav"
    desk.window.actions_by_name["export_remix"].trigger()
    dialog = desk.find(ExportDialog, "export-dialog")
    dialog.target.setText(str(target))
    dialog.bit_depth.setCurrentIndex(dialog.bit_depth.findData("FLOAT"))
    QTest.mouseClick(dialog.export, LEFT)
    box = message_box(desk)
    assert box.text() == "Exported “out.wav”."
    assert "Show in folder" in {button.text() for button in box.buttons()}
    box.close()
    samples, rate = soundfile.read(target)
    assert (rate, len(samples)) == (desk.song.rate, desk.song.frames)
    assert np.max(np.abs(samples - desk.song.mix)) < 1e-6


def test_stems_are_exported_to_a_folder(desk: Desk, tmp_path: Path) -> None:
    desk.window.actions_by_name["export_stems"].trigger()
    dialog = desk.find(ExportDialog, "export-dialog")
    dialog.target.setText(str(tmp_path / "stems"))
    dialog.format.setCurrentIndex(1)
    QTest.mouseClick(dialog.export, LEFT)
    message_box(desk).close()
    assert len(list((tmp_path / "stems").glob("*.flac"))) == 7


def test_quitting_during_an_export_asks(desk: Desk) -> None:
    job = Job("Exporting")
    desk.session.exporting = job
    desk.window.close()
    assert desk.window.isVisible()
    box = message_box(desk)
    QTest.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)
    assert desk.window.isVisible()
    desk.window.close()
    box = message_box(desk)
    quit_button = next(button for button in box.buttons() if button.text() == "Quit")
    QTest.mouseClick(quit_button, LEFT)
    desk.wait(lambda: not desk.window.isVisible())
    desk.session.exporting = None


def test_the_geometry_is_remembered(make_desk: Callable[..., Desk]) -> None:
    first = make_desk()
    first.window.resize(1400, 700)
    first.window.close()
    assert first.session.preferences.geometry is not None
    second = make_desk(preferences=first.session.preferences)
    room = second.window.screen().availableGeometry()  # what does not fit on the screen is made smaller
    least = second.window.minimumSizeHint().expandedTo(second.window.minimumSize())
    assert second.window.height() == (700 if room.height() > 740 else least.height())
    assert second.window.width() == (1400 if room.width() > 1420 else least.width())
    third = make_desk(preferences=replace(first.session.preferences, geometry="!no base64!"))
    assert third.window.isVisible()


def test_everything_that_takes_the_focus_has_a_name(desk: Desk) -> None:
    desk.window.dialogs.settings()
    desk.window.dialogs.export("remix")
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in desk.window.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and isinstance(widget.window(), QWidget)
        and not widget.accessibleName()
        and not widget.objectName().startswith("qt_")
        and not (isinstance(widget, QPushButton | QToolButton) and widget.text())
        and not type(widget).__module__.startswith("PySide6.QtWidgets")
    ]
    plain = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in desk.window.findChildren(QWidget)
        if isinstance(widget, QToolButton | QPushButton)
        and widget.isVisibleTo(desk.window)
        and not widget.accessibleName()
        and not widget.text()
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless + plain == []
    for name in ("settings", "export-dialog"):
        dialog = desk.window.findChild(SettingsDialog if name == "settings" else ExportDialog, name)
        assert dialog is not None
        dialog.reject()
