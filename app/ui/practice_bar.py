"""Mixes to practise one instrument with."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from app.session.commands import practice_in_force
from app.session.document import PracticeKind
from app.session.session import Session
from app.ui.actions import action_table, tip_of
from app.ui.appearance import Appearance
from app.ui.names import display_name, icon_name
from models.instruments import STEMS

BAR_PX: Final = 28
"""Height of what stands in the row above the strips."""


class PracticeBar(QWidget):
    """My instrument, and a button for the band without it, for it alone, and for it 6 dB down."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self.setObjectName("practice")
        label = QLabel(self.tr("My instrument"))
        label.setProperty("dim", True)
        self.instrument = QComboBox()
        self.instrument.setObjectName("my-instrument")
        self.instrument.setAccessibleName(self.tr("My instrument"))
        self.instrument.setToolTip(self.tr("The instrument that you practise"))
        self.instrument.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for stem in STEMS:
            self.instrument.addItem(display_name(stem), stem)
        self.instrument.activated.connect(self._choose)
        self.instrument.setFixedHeight(BAR_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(label)
        row.addSpacing(8)
        row.addWidget(self.instrument)
        row.addSpacing(8)
        tips = {spec.name: tip_of(spec) for spec in action_table()}
        self.buttons: dict[PracticeKind, QToolButton] = {}
        choices: tuple[tuple[PracticeKind, str], ...] = (
            ("without", self.tr("Without")),
            ("only", self.tr("Only")),
            ("quieter", self.tr("6 dB down")),
        )
        for index, (kind, text) in enumerate(choices):
            button = self.buttons[kind] = QToolButton()
            button.setText(text)
            button.setObjectName(f"practice-{kind}")
            button.setToolTip(tips[f"practice_{kind}"] + "\n" + self.tr("Again: the whole band"))
            button.setAccessibleName(tips[f"practice_{kind}"].split(" (")[0])
            button.setCheckable(True)
            button.setFixedHeight(BAR_PX)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("segment", True)
            button.setProperty("first", index == 0)
            button.setProperty("last", index == len(choices) - 1)
            button.clicked.connect(partial(self._practise, kind))
            row.addWidget(button)
        session.mix_changed.subscribe(self.show_mix)
        session.preferences_changed.subscribe(self.show_mix)
        appearance.changed.connect(self._dress)
        self._dress()
        self.show_mix()

    def show_mix(self) -> None:
        """Show which practice mix is heard."""
        strip = self._session.preferences.my_instrument
        self.instrument.setCurrentIndex(STEMS.index(strip))
        heard = practice_in_force(self._session.document, strip)
        for kind, button in self.buttons.items():
            button.setChecked(kind == heard)

    def _practise(self, kind: PracticeKind, checked: bool = False) -> None:
        self._session.practice(kind)
        self.show_mix()

    @Slot(int)
    def _choose(self, index: int) -> None:
        """A practice mix that is heard goes over to the new instrument."""
        session = self._session
        heard = practice_in_force(session.document, session.preferences.my_instrument)
        session.set_preferences(replace(session.preferences, my_instrument=self.instrument.itemData(index)))
        if heard is not None and heard != "with":
            session.practice(heard)

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        for index, stem in enumerate(STEMS):
            self.instrument.setItemIcon(index, self._appearance.icon(icon_name(stem), theme.instrument(index).name()))
