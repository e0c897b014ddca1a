"""The list of steps goes to where it is clicked."""

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView

from app.session.commands import SetGain, SetMute
from tests.app.ui.conftest import Desk


def rows(view: QListView) -> list[str]:
    model = view.model()
    return [str(model.data(model.index(row, 0))) for row in range(model.rowCount(QModelIndex()))]


def click(desk: Desk, view: QListView, row: int) -> None:
    place: QPoint = view.visualRect(view.model().index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_goes_to_that_step_and_back(desk: Desk) -> None:
    documents = [desk.session.document]
    for command in (SetGain("bass", -3.0), SetMute("vocals", True), SetGain("drums", 2.0)):
        desk.session.do(command)
        desk.session.end_gesture()
        documents.append(desk.session.document)
    desk.window.actions_by_name["history"].trigger()
    panel = desk.window.history
    assert panel.isVisible()
    assert rows(panel.list) == ["Start", "Bass gain", "Mute vocals", "Drums gain"]
    for row in (1, 0, 3, 2):
        click(desk, panel.list, row)
        assert desk.session.document is documents[row]
        assert desk.player.mix == documents[row].mix
        assert panel.list.currentIndex().row() == row
    assert len(rows(panel.list)) == 4
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert panel.list.model().data(panel.list.model().index(3, 0), spoken) == "Drums gain, undone"
    desk.session.do(SetGain("piano", -1.0))
    assert rows(panel.list) == ["Start", "Bass gain", "Mute vocals", "Piano gain"]


def test_the_keyboard_goes_there_too(desk: Desk) -> None:
    desk.session.do(SetGain("bass", -3.0))
    desk.window.actions_by_name["history"].trigger()
    view = desk.window.history.list
    assert view.accessibleName()
    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert desk.session.history.position == 0
