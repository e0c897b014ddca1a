"""Practice mixes, mute groups, snapshots and links: what concerns the whole desk."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from app.mixing.mixer import Mixer
from app.mixing.settings import LimiterSettings, StripSettings
from app.session.commands import SetGain, SetMute
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.desk_bar import DeskBar
from app.ui.fader import Fader
from app.ui.lamp_button import FlagButton, LampButton
from app.ui.mixer_panel import MixerPanel
from app.ui.snapshot_bar import SnapshotButton
from app.ui.strip_menu import link_menu, more_menu
from models.instruments import STEMS
from tests.app.ui.conftest import Desk
from tests.app.ui.gestures import LEFT, drag

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(qtbot: QtBot, session: Session, appearance: Appearance) -> MixerPanel:
    """The mixer alone, without a song."""
    panel = MixerPanel(session, appearance)
    qtbot.addWidget(panel)
    panel.resize(1340, 300)
    panel.show()
    return panel


def button(panel: MixerPanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert found is not None, name
    return found


def snapshot(panel: MixerPanel, letter: str) -> SnapshotButton:
    found = panel.findChild(SnapshotButton, f"snapshot-{letter}")
    assert found is not None
    return found


def state(button: SnapshotButton) -> str:
    return button.state


def group(session: Session, number: int) -> tuple[str, ...]:
    return session.mix.mute_groups[number - 1]


def is_over(panel: MixerPanel) -> bool:
    return panel.strips[0].meter.over


def limiter_of(session: Session) -> LimiterSettings:
    return session.mix.limiter


def item(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text().split("\t")[0] == text)


def settings_of(session: Session, stem: str) -> StripSettings:
    return session.mix.strip(stem)


def muted(session: Session) -> set[str]:
    return {stem for stem in STEMS if session.mix.strip(stem).mute}


def test_a_snapshot_is_stored_by_the_first_click_and_recalled_by_the_next(panel: MixerPanel, session: Session) -> None:
    a, b = snapshot(panel, "a"), snapshot(panel, "b")
    assert (state(a), state(b)) == ("empty", "empty")
    QTest.mouseClick(a, LEFT)
    assert state(a) == "heard"
    session.do(SetGain("bass", -9.0))
    assert state(a) == "stored"
    QTest.mouseClick(b, LEFT)
    assert (state(a), state(b)) == ("stored", "heard")
    QTest.mouseClick(a, LEFT)
    assert settings_of(session, "bass").gain_db == 0.0
    assert (state(a), state(b)) == ("heard", "stored")
    session.undo()
    assert settings_of(session, "bass").gain_db == -9.0


@pytest.mark.parametrize("modifier", [SHIFT, CONTROL])
def test_a_modifier_stores_over_what_is_there(
    panel: MixerPanel, session: Session, modifier: Qt.KeyboardModifier
) -> None:
    a = snapshot(panel, "a")
    QTest.mouseClick(a, LEFT)
    session.do(SetGain("bass", -9.0))
    QTest.mouseClick(a, LEFT, modifier)
    assert state(a) == "heard"
    assert session.document.snapshots[0] == session.mix
    session.do(SetGain("bass", -3.0))
    item(a.make_menu(), "Recall A").trigger()
    assert settings_of(session, "bass").gain_db == -9.0
    session.do(SetGain("bass", -3.0))
    item(a.make_menu(), "Store the mix as A").trigger()
    assert session.document.snapshots[0] == session.mix


def test_holding_a_snapshot_stores(panel: MixerPanel, session: Session, qtbot: QtBot) -> None:
    a = snapshot(panel, "a")
    QTest.mouseClick(a, LEFT)
    session.do(SetGain("bass", -9.0))
    QTest.mousePress(a, LEFT)
    qtbot.waitUntil(lambda: state(a) == "heard", timeout=3000)
    QTest.mouseRelease(a, LEFT)
    assert settings_of(session, "bass").gain_db == -9.0
    assert session.document.snapshots[0] == session.mix


def test_practice_mixes_are_one_click_and_a_second_click_takes_them_back(panel: MixerPanel, session: Session) -> None:
    chooser = panel.findChild(QComboBox, "my-instrument")
    assert chooser is not None
    chooser.setFocus()
    QTest.keyClick(chooser, Qt.Key.Key_Down)
    assert session.preferences.my_instrument == "electric_guitar"
    without, only, quieter = (button(panel, f"practice-{kind}") for kind in ("without", "only", "quieter"))
    QTest.mouseClick(without, LEFT)
    assert muted(session) == {"electric_guitar"}
    assert without.isChecked()
    QTest.mouseClick(only, LEFT)
    assert muted(session) == set()
    assert settings_of(session, "electric_guitar").solo
    assert (without.isChecked(), only.isChecked()) == (False, True)
    QTest.mouseClick(quieter, LEFT)
    assert settings_of(session, "electric_guitar").gain_db == -6.0
    QTest.keyClick(chooser, Qt.Key.Key_Down)  # goes over to the next instrument
    assert settings_of(session, "electric_guitar").gain_db == 0.0
    assert settings_of(session, "acoustic_guitar").gain_db == -6.0
    QTest.mouseClick(quieter, LEFT)
    assert settings_of(session, "acoustic_guitar").gain_db == 0.0
    assert not any(one.isChecked() for one in (without, only, quieter))


def test_mute_groups_are_listed_and_muted(panel: MixerPanel, session: Session) -> None:
    bar = panel.findChild(DeskBar)
    assert bar is not None
    menu = bar.groups.menu()
    menu.aboutToShow.emit()
    item(menu, "8: Electric guitar, Acoustic guitar").trigger()
    assert muted(session) == {"electric_guitar", "acoustic_guitar"}
    menu.aboutToShow.emit()
    assert item(menu, "8: Electric guitar, Acoustic guitar").isChecked()
    assert not item(menu, "9: all but vocals").isChecked()
    item(menu, "9: all but vocals").trigger()
    assert muted(session) == set(STEMS) - {"vocals"}


def test_a_strip_joins_and_leaves_a_mute_group(panel: MixerPanel, session: Session) -> None:
    def groups() -> QMenu:
        menu = more_menu(session, "piano", panel, lambda: None, lambda: None)
        return next(
            child
            for child in menu.findChildren(QMenu)
            if any(action.text().startswith("8:") for action in child.actions())
        )

    item(groups(), "8: Electric guitar, Acoustic guitar").trigger()
    assert group(session, 8) == ("electric_guitar", "acoustic_guitar", "piano")
    item(groups(), "8: Electric guitar, Acoustic guitar, Piano").trigger()
    assert group(session, 8) == ("electric_guitar", "acoustic_guitar")


def test_linked_faders_move_together(panel: MixerPanel, session: Session) -> None:
    session.do(SetGain("bass", -6.0))
    session.end_gesture()
    item(link_menu(session, "drums", panel), "Bass").trigger()
    assert [strip.stem for strip in panel.strips if strip.link.isChecked()] == ["bass", "drums"]
    assert panel.strips[STEMS.index("drums")].link.accessibleDescription() == "Bass"
    fader = panel.findChild(Fader, "strip-drums-fader")
    assert fader is not None
    cap = fader.rect().center()
    cap.setY(round(fader.y_of(0.0)))
    drag(fader, cap, cap + QPoint(0, 30))
    drums_db, bass_db = settings_of(session, "drums").gain_db, settings_of(session, "bass").gain_db
    assert drums_db < -2.0
    assert bass_db == pytest.approx(drums_db - 6.0)
    item(link_menu(session, "bass", panel), "Unlink").trigger()
    assert session.mix.links == ()


def test_small_signs_switch_polarity_and_solo_safe(panel: MixerPanel, session: Session) -> None:
    for key, field in (("polarity", "invert_polarity"), ("safe", "solo_safe")):
        flag = panel.findChild(FlagButton, f"strip-bass-{key}")
        assert flag is not None
        QTest.mouseClick(flag, LEFT)
        assert getattr(settings_of(session, "bass"), field)
        assert flag.isChecked()
        session.undo()
        assert not flag.isChecked()


def test_the_limiter_is_switched_and_its_ceiling_chosen(panel: MixerPanel, session: Session) -> None:
    limiter = panel.findChild(LampButton, "limiter")
    assert limiter is not None
    QTest.mouseClick(limiter, LEFT)
    assert limiter_of(session).on
    item(panel.master.limiter.make_menu(), "−3.0 dBTP").trigger()
    assert (limiter_of(session).on, limiter_of(session).ceiling_dbtp) == (True, -3.0)
    assert limiter.accessibleDescription() == "ceiling −3.0 dBTP"
    session.undo()
    session.undo()
    assert not limiter_of(session).on
    assert not limiter.isChecked()


def test_the_red_cap_of_a_meter_stays_until_it_is_clicked(panel: MixerPanel) -> None:
    meter = panel.strips[0].meter
    meter.feed(1.0, 1.0, 0.0)
    assert not is_over(panel)
    meter.feed(1.02, 0.1, 0.1)
    for now_s in (1.0, 5.0, 9.0):
        meter.feed(0.0, 0.0, now_s)
    assert is_over(panel)
    assert meter.accessibleDescription() == "over full scale"
    QTest.mouseClick(meter, LEFT)
    assert not is_over(panel)
    panel.strips[1].meter.feed(2.0, 2.0, 0.0)
    panel.reset_clip()
    assert not panel.strips[1].meter.over


def test_reset_puts_everything_back_but_links(panel: MixerPanel, session: Session) -> None:
    item(link_menu(session, "drums", panel), "Bass").trigger()
    session.do(SetMute("piano", on=True))
    QTest.mouseClick(button(panel, "reset-mix"), LEFT)
    assert muted(session) == set()
    assert session.mix.links == (("bass", "drums"),)


def test_keys_for_groups_snapshots_and_practice(desk: Desk) -> None:
    window, session = desk.window, desk.session
    QTest.keyClick(window, Qt.Key.Key_9)
    assert muted(session) == set(STEMS) - {"vocals"}
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL | SHIFT)
    QTest.keyClick(window, Qt.Key.Key_9)
    assert muted(session) == set()
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
    assert muted(session) == set(STEMS) - {"vocals"}
    QTest.keyClick(window, Qt.Key.Key_9)
    QTest.keyClick(window, Qt.Key.Key_W)
    assert muted(session) == {"vocals"}
    heard = render(desk)
    np.testing.assert_allclose(heard, desk.song.mix[: len(heard)] - vocals_of(desk, len(heard)), atol=2e-6)
    QTest.keyClick(window, Qt.Key.Key_O)
    np.testing.assert_allclose(render(desk), vocals_of(desk, len(heard)), atol=2e-6)
    QTest.keyClick(window, Qt.Key.Key_Q)
    expected = desk.song.mix[: len(heard)] - (1.0 - 10.0 ** (-6.0 / 20.0)) * vocals_of(desk, len(heard))
    np.testing.assert_allclose(render(desk), expected, atol=2e-6)
    QTest.keyClick(window, Qt.Key.Key_Q)
    np.testing.assert_allclose(render(desk), desk.song.mix[: len(heard)], atol=2e-6)
    QTest.mouseClick(window.mixer.strips[4].equalizer, LEFT)
    editor = window.mixer.editor
    assert editor is not None
    assert (editor.stem, editor.isVisible()) == ("bass", True)
    editor.close()
    window.activateWindow()
    desk.wait(window.isActiveWindow)
    window.mixer.select(STEMS.index("drums"))
    QTest.keyClick(window, Qt.Key.Key_E)
    assert (editor.stem, editor.isVisible()) == ("drums", True)


def render(desk: Desk) -> NDArray[np.float32]:
    """Four seconds in which the vocals come in, as the session's mix makes them."""
    return Mixer(desk.song, desk.session.mix).render(0, 4 * desk.song.rate)


def vocals_of(desk: Desk, frames: int) -> NDArray[np.float32]:
    """What the separated vocals add to the mix, from a mixer without the window."""
    return Mixer(desk.song).render_stems(0, frames, True)[0]


def test_the_editor_shows_the_sound_of_its_strip(desk: Desk) -> None:
    desk.window.mixer.open_equalizer("bass")
    editor = desk.window.mixer.editor
    assert editor is not None
    desk.player.seek(6 * desk.song.rate)
    desk.player.play()
    desk.wait(lambda: float(np.abs(desk.player.tap()[0]).max()) > 0.05)
    silent = editor.plot.grab().toImage()
    for _ in range(3):
        desk.window.poll()
    assert editor.plot.grab().toImage() != silent
    assert len(editor.plot.curve_db[~np.isnan(editor.plot.curve_db)]) < len(editor.plot.curve_db)  # 11025 Hz
    editor.close()
    assert float(np.abs(desk.player.tap()[0]).max()) == 0.0
    desk.player.pause()


def test_the_master_tells_loudness_and_gain_reduction(desk: Desk) -> None:
    master = desk.window.mixer.master
    desk.session.do(SetGain("drums", 6.0))
    desk.window.actions_by_name["limiter"].trigger()
    fader_db = 12.0
    master.fader.edited.emit(fader_db)
    desk.player.seek(10 * desk.song.rate)
    desk.player.play()
    desk.wait(lambda: master.loudness.integrated.text() not in ("", "–") and master.limiter.bar.reduction_db > 1.0)
    assert float(master.loudness.true_peak.text().replace("−", "-")) <= -0.9
    desk.player.pause()
    QTest.mouseClick(master.loudness.reset, LEFT)
    desk.window.poll()
    assert master.loudness.integrated.text() == "–"
