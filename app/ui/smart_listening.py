"""Duck the others while one instrument plays, and follow the solo."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.mixing.smart_listening import ATTACK_RANGE_MS, DEPTH_RANGE_DB, RELEASE_RANGE_MS, DuckSettings, FollowSettings
from app.session.commands import SetDuck, SetFollow
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.instrument_box import InstrumentBox
from app.ui.names import display_name
from app.ui.typed_number import read_db, read_ms, write_db, write_ms
from app.ui.value_row import ValueRow
from app.ui.value_slider import ValueScale
from models.instruments import INSTRUMENTS, STEMS


class SmartListening(QWidget):
    """The settings of both; each is heard at once, is exported, and can be undone."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self.setObjectName("smart-listening")
        self.duck_on = self._check("duck-on", self.tr("Duck the others"))
        self.duck_on.setToolTip(self.tr("All other instruments are turned down while the chosen one plays."))
        self.box = InstrumentBox("duck-instrument", self.tr("Make room for"), appearance)
        self.amount, self.attack, self.release = self._rows()
        self.follow_on = self._check("follow-on", self.tr("Follow the solo"))
        self.follow_on.setToolTip(self.tr("Of the chosen instruments, the one that plays most clearly is soloed."))
        self.members = {stem: QCheckBox(display_name(stem)) for stem in INSTRUMENTS}
        self.note = QLabel()
        self._lay_out()
        self._connect()
        self.show_mix()

    def show_mix(self) -> None:
        """Show the session's settings."""
        duck, follow = self._session.mix.duck, self._session.mix.follow
        self.duck_on.setChecked(duck.on)
        self.box.show_instrument(duck.instrument)
        self.amount.show_amount(duck.depth_db)
        self.attack.show_amount(duck.attack_ms)
        self.release.show_amount(duck.release_ms)
        self.follow_on.setChecked(follow.on)
        for stem, check in self.members.items():
            check.setChecked(stem in follow.instruments)
        alone = follow.on and len(follow.instruments) < 2
        self.note.setText(
            self.tr("Choose two instruments or more, that there is something to follow.") if alone else ""
        )
        self.note.setVisible(alone)
        self._dress()

    @Slot()
    def toggle_duck(self) -> None:
        """Duck the others, or no more."""
        self._step(lambda: self._duck(on=not self._session.mix.duck.on))

    @Slot()
    def toggle_follow(self) -> None:
        """Follow the solo, or no more."""
        follow = self._session.mix.follow
        wanted = FollowSettings(not follow.on, follow.instruments or INSTRUMENTS)  # the first time all of them
        self._step(lambda: self._session.do(SetFollow(wanted)))

    def _duck(self, **changes: Any) -> None:
        """A moment of a drag."""
        self._session.do(SetDuck(replace(self._session.mix.duck, **changes)))
        self.show_mix()

    def _step(self, do: Callable[[], None]) -> None:
        self._session.end_gesture()
        do()
        self._session.end_gesture()

    @Slot()
    def _switch_duck(self) -> None:
        on = self.duck_on.isChecked()
        self._step(lambda: self._duck(on=on))

    @Slot()
    def _choose(self) -> None:
        stem = self.box.instrument
        self._step(lambda: self._duck(instrument=stem))

    @Slot()
    def _switch_follow(self) -> None:
        chosen = tuple(stem for stem, check in self.members.items() if check.isChecked())
        if self.follow_on.isChecked() and not chosen and not self._session.mix.follow.on:
            chosen = INSTRUMENTS  # the first time all of them
        settings = FollowSettings(self.follow_on.isChecked(), chosen)
        self._step(lambda: self._session.do(SetFollow(settings)))
        self.show_mix()

    @Slot()
    def _end_gesture(self) -> None:
        self._session.end_gesture()

    @Slot()
    def _dress(self) -> None:
        color = self._appearance.theme.instrument(STEMS.index(self._session.mix.duck.instrument))
        for row in (self.amount, self.attack, self.release):
            row.set_color(color)

    def _connect(self) -> None:
        self.duck_on.clicked.connect(self._switch_duck)
        self.box.activated.connect(self._choose)
        self.amount.edited.connect(lambda amount: self._duck(depth_db=amount))
        self.attack.edited.connect(lambda amount: self._duck(attack_ms=amount))
        self.release.edited.connect(lambda amount: self._duck(release_ms=amount))
        for row in (self.amount, self.attack, self.release):
            row.gesture_ended.connect(self._end_gesture)
        for check in (self.follow_on, *self.members.values()):
            check.clicked.connect(self._switch_follow)
        self._session.mix_changed.subscribe(self.show_mix)
        self._appearance.changed.connect(self._dress)

    def _rows(self) -> tuple[ValueRow, ValueRow, ValueRow]:
        neutral = DuckSettings()
        time = ValueScale(0.0, 1.0, 0.0, 5.0, 1.0, 50.0, write_ms, read_ms, lambda x: round(x, 1), "square")
        low_db, high_db = DEPTH_RANGE_DB
        depth = ValueScale(
            low_db, high_db, neutral.depth_db, 0.5, 0.1, 3.0, _write_depth, _read_depth, lambda x: round(x, 2)
        )
        attack = replace(time, lowest=ATTACK_RANGE_MS[0], highest=ATTACK_RANGE_MS[1], default=neutral.attack_ms)
        release = replace(time, lowest=RELEASE_RANGE_MS[0], highest=RELEASE_RANGE_MS[1], default=neutral.release_ms)
        return (
            ValueRow(
                "duck-depth", self.tr("Amount"), self.tr("How far the others are turned down."), depth, self._appearance
            ),
            ValueRow(
                "duck-attack", self.tr("Attack"), self.tr("How fast they are turned down."), attack, self._appearance
            ),
            ValueRow(
                "duck-release", self.tr("Release"), self.tr("How slowly they come back."), release, self._appearance
            ),
        )

    def _check(self, name: str, text: str) -> QCheckBox:
        check = QCheckBox(text)
        check.setObjectName(name)
        check.setAccessibleName(text)
        check.setFont(scaled_font(self, 1.0, bold=True))
        return check

    def _lay_out(self) -> None:
        for stem, check in self.members.items():
            check.setObjectName(f"follow-{stem}")
            check.setAccessibleName(self.tr("Follow: {0}").format(check.text()))
        self.note.setObjectName("follow-note")
        self.note.setWordWrap(True)
        self.note.setProperty("dim", True)
        chosen = QWidget()
        grid = QGridLayout(chosen)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for index, check in enumerate(self.members.values()):
            grid.addWidget(check, index // 2, index % 2)
        line = QFrame()
        line.setProperty("rule", True)
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(7)
        for part in (self.duck_on, self.box, self.amount, self.attack, self.release):
            column.addWidget(part)
        column.addSpacing(3)
        column.addWidget(line)
        column.addSpacing(3)
        column.addWidget(self.follow_on)
        column.addWidget(chosen)
        column.addWidget(self.note)
        column.addStretch(1)
        column.setAlignment(self.duck_on, Qt.AlignmentFlag.AlignLeft)
        column.setAlignment(self.follow_on, Qt.AlignmentFlag.AlignLeft)


def _write_depth(depth_db: float) -> str:
    return write_db(-depth_db)


def _read_depth(text: str) -> float:
    """12 and -12 are both 12 dB down."""
    return abs(read_db(text))
