"""A hand on the equalizer's editor, for its tests."""

from typing import TypeVar

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.mixing.settings import BandSettings, EqualizerSettings
from app.session.session import Session
from app.ui.equalizer.editor import EqualizerEditor
from app.ui.equalizer.node import BandNode
from app.ui.equalizer.value_cell import ValueCell
from tests.app.ui.gestures import LEFT

W = TypeVar("W", bound=QWidget)


class Hand:
    """An editor for the vocals, without a song, and short words for what one looks for."""

    def __init__(self, session: Session, editor: EqualizerEditor, qtbot: QtBot) -> None:
        self.session = session
        self.editor = editor
        self.qtbot = qtbot
        qtbot.waitUntil(editor.isActiveWindow)

    @property
    def equalizer(self) -> EqualizerSettings:
        return self.session.mix.strip("vocals").equalizer

    def equalizer_of(self, stem: str) -> EqualizerSettings:
        return self.session.mix.strip(stem).equalizer

    def band(self, number: int) -> BandSettings:
        return self.equalizer.bands[number - 1]

    def node(self, number: int) -> BandNode:
        return self.find(BandNode, f"equalizer-node-{number}")

    def cell(self, key: str, number: int) -> ValueCell:
        return self.find(ValueCell, f"equalizer-{key}-{number}")

    def find(self, kind: type[W], name: str) -> W:
        widget = self.editor.findChild(kind, name)
        assert widget is not None, name
        return widget

    def click(self, name: str) -> None:
        QTest.mouseClick(self.find(QToolButton, f"equalizer-{name}"), LEFT)
