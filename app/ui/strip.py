"""One channel strip of the mixer."""

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.mixing.settings import EqualizerSettings
from app.session.commands import Command, ResetStrip, SetEqualizer, SetGain, SetMute, SetPan, SetSolo
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer_panel import EqualizerPanel
from app.ui.fader import Fader
from app.ui.gain_scale import format_db, parse_db
from app.ui.knob import PanKnob
from app.ui.lamp_button import LampButton
from app.ui.meter import Meter
from app.ui.names import display_name, icon_name
from app.ui.readout import Readout
from models.instruments import STEMS

HEADER_PX: Final = 20
"""Height of the name at the top of a strip."""


class Strip(QFrame):
    """Name, equalizer, pan, mute, solo, fader and meter of one stem. Shows the session's mix, sends commands.

    Signals:
        selected(str): the user turned to this strip.
    """

    selected = Signal(str)

    def __init__(self, stem: str, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stem = stem
        self._index = STEMS.index(stem)
        self._title = display_name(stem)
        self._session = session
        self._appearance = appearance
        self._shown: object = None
        self._icon = QLabel()
        self._name = QLabel(self._title)
        self._bar = QFrame()
        self.equalizer = EqualizerPanel(stem, self._title, appearance)
        self.pan = PanKnob(self.tr("Pan"), appearance)
        self.mute = LampButton("M", "mute")
        self.solo = LampButton("S", "solo")
        self.fader = Fader(appearance)
        self.meter = Meter(appearance)
        self.readout = Readout(parse_db)
        self._describe()
        self._lay_out()
        self._connect()
        self._dress()
        self.show_mix()

    def show_mix(self) -> None:
        """Show the session's mix."""
        mix = self._session.mix
        strip, audible = mix.strips[self._index], mix.audible[self._index]
        if self._shown == (strip, audible):
            return
        self._shown = (strip, audible)
        self.fader.set_amount(strip.gain_db)
        self.readout.show_text(format_db(strip.gain_db))
        self.pan.set_amount(strip.pan)
        self.mute.setChecked(strip.mute)
        self.solo.setChecked(strip.solo)
        self.equalizer.show_settings(strip.equalizer)
        self._name.setProperty("dim", not audible)
        _restyle(self._name)

    def set_selected(self, on: bool) -> None:
        """Mark the strip as the one that M and S are for."""
        self.setProperty("selected", on)
        _restyle(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Reset {0}").format(self._title)).triggered.connect(self.reset)
        menu.popup(event.globalPos())

    @Slot()
    def reset(self) -> None:
        """Put everything on the strip back to neutral."""
        self._session.do(ResetStrip(self.stem))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress):
            self.selected.emit(self.stem)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.selected.emit(self.stem)

    def _describe(self) -> None:
        title, number = self._title, self._index + 1
        about = {
            "pan": (self.pan, self.tr("{0}: pan"), self.tr("Pan between left and right; double click for the middle")),
            "mute": (self.mute, self.tr("{0}: mute"), self.tr("Mute {0} (M, or Shift+{1})")),
            "solo": (
                self.solo,
                self.tr("{0}: solo"),
                self.tr("Solo {0} (S, or {1}); other solos stay\nWith Ctrl or Alt: only this one"),
            ),
            "fader": (
                self.fader,
                self.tr("{0}: gain"),
                self.tr("Gain of {0}; double click for 0 dB, hold Shift to move finely"),
            ),
            "gain": (self.readout, self.tr("{0}: gain in dB"), self.tr("Double click to type a gain in dB")),
        }
        for key, (widget, name, tip) in about.items():
            widget.setObjectName(f"strip-{self.stem}-{key}")
            widget.setAccessibleName(name.format(title))
            widget.setToolTip(tip.format(title, number))
        self.setObjectName("strip")
        self.setAccessibleName(title)
        self.meter.setObjectName(f"strip-{self.stem}-meter")
        self.meter.setAccessibleName(self.tr("{0}: level").format(title))

    def _lay_out(self) -> None:
        self._name.setFont(scaled_font(self, 0.95, bold=True))
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setMinimumWidth(20)
        self._name.setFixedHeight(HEADER_PX)
        self._bar.setFixedHeight(3)
        for button in (self.mute, self.solo):
            button.setFixedHeight(25)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        header = QHBoxLayout()
        header.setSpacing(6)
        header.addWidget(self._icon)
        header.addWidget(self._name, 1)
        lamps = QHBoxLayout()
        lamps.setSpacing(4)
        lamps.addWidget(self.mute)
        lamps.addWidget(self.solo)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.equalizer, 1)
        left.addWidget(self.pan, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addLayout(lamps)
        right = QGridLayout()
        right.setSpacing(0)
        right.addWidget(self.fader, 0, 0)
        right.addWidget(self.meter, 0, 1)
        right.addWidget(self.readout, 1, 0, 1, 2)
        right.setRowStretch(0, 1)
        body = QHBoxLayout()
        body.setSpacing(4)
        body.addLayout(left, 1)
        body.addLayout(right)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 7, 7, 8)
        column.setSpacing(6)
        column.addLayout(header)
        column.addWidget(self._bar)
        column.addLayout(body, 1)

    def _connect(self) -> None:
        self.fader.edited.connect(partial(self._do, SetGain))
        self.fader.typing_requested.connect(self.readout.start_typing)
        self.readout.typed.connect(self._type_gain)
        self.pan.edited.connect(partial(self._do, SetPan))
        self.equalizer.edited.connect(partial(self._do, SetEqualizer))
        self.mute.switched.connect(self._switch_mute)
        self.solo.switched.connect(self._switch_solo)
        for control in (self.fader, self.pan, self.equalizer):
            control.gesture_ended.connect(self._end_gesture)
        for widget in self.findChildren(QWidget):
            widget.installEventFilter(self)
        self._session.mix_changed.subscribe(self.show_mix)
        self._appearance.changed.connect(self._dress)

    def _do(self, command: type[SetGain | SetPan | SetEqualizer], value: float | EqualizerSettings) -> None:
        made: Command = command(self.stem, value)  # type: ignore[arg-type]
        self._session.do(made)

    @Slot()
    def _end_gesture(self) -> None:
        self._session.end_gesture()

    @Slot(float)
    def _type_gain(self, gain_db: float) -> None:
        self._session.end_gesture()
        self._session.do(SetGain(self.stem, gain_db))
        self._session.end_gesture()
        self.fader.setFocus()

    @Slot(bool, bool)
    def _switch_mute(self, on: bool, exclusive: bool) -> None:
        self._session.do(SetMute(self.stem, on))

    @Slot(bool, bool)
    def _switch_solo(self, on: bool, exclusive: bool) -> None:
        self._session.do(SetSolo(self.stem, on or exclusive, exclusive))

    @Slot()
    def _dress(self) -> None:
        color = self._appearance.theme.instrument(self._index)
        self._icon.setPixmap(self._appearance.icon(icon_name(self.stem), color.name()).pixmap(17, 17))
        self._bar.setStyleSheet(f"background: {color.name()}; border-radius: 1px;")
        for painted in (self.equalizer, self.pan, self.fader):
            painted.set_color(color)


def _restyle(widget: QWidget) -> None:
    """Apply the stylesheet anew after a property has changed that it selects by."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
