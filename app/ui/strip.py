"""One channel strip of the mixer."""

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.session.commands import Command, SetGain, SetMute, SetPan, SetPolarity, SetSolo, SetSoloSafe, SetWidth
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.thumbnail import CurveThumbnail
from app.ui.fader import Fader
from app.ui.gain_scale import format_db, parse_db
from app.ui.knob import PanKnob, WidthKnob
from app.ui.lamp_button import FlagButton, LampButton
from app.ui.meter import Meter
from app.ui.names import display_name, icon_name
from app.ui.readout import Readout
from app.ui.strip_menu import link_menu, linked_with, more_menu
from models.instruments import STEMS

HEADER_PX: Final = 20
"""Height of the name at the top of a strip."""


class Strip(QFrame):
    """Name, equalizer, pan, width, mute, solo, fader and meter of one stem. Shows the session's mix, sends commands.

    Signals:
        selected(str): the user turned to this strip.
        equalizer_requested(str), activation_requested(str): the user wants to see the equalizer, the weight's settings.
    """

    selected = Signal(str)
    equalizer_requested = Signal(str)
    activation_requested = Signal(str)

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
        self.equalizer = CurveThumbnail(appearance)
        self.pan = PanKnob(self.tr("Pan"), appearance)
        self.spread = WidthKnob(self.tr("Width"), appearance)
        self.polarity = FlagButton("mdi6.circle-off-outline", appearance)
        self.safe = FlagButton("mdi6.shield-outline", appearance)
        self.link = FlagButton("mdi6.link-variant", appearance)
        self.more = FlagButton("mdi6.dots-horizontal", appearance)
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
        strip, audible, linked = (
            mix.strips[self._index],
            mix.audible[self._index],
            linked_with(self._session, self.stem),
        )
        if self._shown == (strip, audible, linked):
            return
        self._shown = (strip, audible, linked)
        self.fader.set_amount(strip.gain_db)
        self.readout.show_text(format_db(strip.gain_db))
        self.pan.set_amount(strip.pan)
        self.spread.set_amount(strip.width)
        self.mute.setChecked(strip.mute)
        self.solo.setChecked(strip.solo)
        self.polarity.setChecked(strip.invert_polarity)
        self.safe.setChecked(strip.solo_safe)
        self.link.setChecked(bool(linked))
        partners = ", ".join(display_name(other) for other in linked)
        self.link.setAccessibleDescription(partners)
        self.link.setToolTip(
            self.tr("The gain moves with: {0}").format(partners)
            if linked
            else self.tr("Link the gain with other strips")
        )
        self.equalizer.show_settings(strip.equalizer)
        self._name.setProperty("dim", not audible)
        _restyle(self._name)

    def set_selected(self, on: bool) -> None:
        """Mark the strip as the one that M and S are for."""
        self.setProperty("selected", on)
        _restyle(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt
        self._more_menu().popup(event.globalPos())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress):
            self.selected.emit(self.stem)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.selected.emit(self.stem)

    def _describe(self) -> None:
        title, number = self._title, self._index + 1
        about = {
            "equalizer": (self.equalizer, self.tr("{0}: equalizer"), self.tr("Open the equalizer of {0} (E)")),
            "pan": (
                self.pan,
                self.tr("{0}: pan"),
                self.tr(
                    "Pan of {0}: the side turned to keeps its level, the other one fades;\ndouble click for the middle"
                ),
            ),
            "width": (
                self.spread,
                self.tr("{0}: stereo width"),
                self.tr("Stereo width of {0}: from mono to twice as wide; double click for 100 %"),
            ),
            "polarity": (self.polarity, self.tr("{0}: invert polarity"), self.tr("Turn the polarity of {0} round")),
            "safe": (
                self.safe,
                self.tr("{0}: solo safe"),
                self.tr("Solo safe: {0} stays audible while others are soloed"),
            ),
            "link": (self.link, self.tr("{0}: link"), ""),
            "more": (self.more, self.tr("{0}: more"), self.tr("More for {0}: mute groups, copy, paste, reset")),
            "mute": (self.mute, self.tr("{0}: mute"), self.tr("Mute {0} (M)")),
            "solo": (
                self.solo,
                self.tr("{0}: solo"),
                self.tr("Solo {0} (S, or Shift+{1}); other solos stay\nWith Ctrl or Alt: only this one"),
            ),
            "fader": (
                self.fader,
                self.tr("{0}: gain"),
                self.tr("Gain of {0}; double click for 0 dB, hold Shift to move finely"),
            ),
            "gain": (self.readout, self.tr("{0}: gain in dB"), self.tr("Double click to type a gain in dB")),
            "meter": (
                self.meter,
                self.tr("{0}: level"),
                self.tr("Level of {0}; red at the top: it was over full scale, click to reset"),
            ),
        }
        for key, (widget, name, tip) in about.items():
            widget.setObjectName(f"strip-{self.stem}-{key}")
            widget.setAccessibleName(name.format(title))
            widget.setToolTip(tip.format(title, number))
        self.setObjectName("strip")
        self.setAccessibleName(title)

    def _lay_out(self) -> None:
        self._name.setFont(scaled_font(self, 0.95, bold=True))
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setMinimumWidth(20)
        self._name.setFixedHeight(HEADER_PX)
        self._bar.setFixedHeight(3)
        for button in (self.mute, self.solo):
            button.setFixedHeight(25)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.more.setCheckable(False)
        header = QHBoxLayout()
        header.setSpacing(6)
        header.addWidget(self._icon)
        header.addWidget(self._name, 1)
        left = QVBoxLayout()
        left.setSpacing(5)
        left.addWidget(self.equalizer, 1)
        left.addLayout(_row(2, None, self.pan, self.spread, None))
        left.addLayout(_row(1, self.polarity, self.safe, self.link, self.more))
        left.addLayout(_row(4, self.mute, self.solo))
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
        stem, do = self.stem, self._session.do
        self.fader.edited.connect(lambda gain_db: do(SetGain(stem, gain_db)))
        self.fader.typing_requested.connect(self.readout.start_typing)
        self.readout.typed.connect(self._type_gain)
        self.pan.edited.connect(lambda pan: do(SetPan(stem, pan)))
        self.spread.edited.connect(lambda width: do(SetWidth(stem, width)))
        self.mute.switched.connect(self._switch_mute)
        self.solo.switched.connect(self._switch_solo)
        self.polarity.switched.connect(partial(self._switch, SetPolarity))
        self.safe.switched.connect(partial(self._switch, SetSoloSafe))
        self.link.switched.connect(self._open_link_menu)
        self.more.clicked.connect(self._open_more_menu)
        self.equalizer.clicked.connect(self._open_equalizer)
        for control in (self.fader, self.pan, self.spread):
            control.gesture_ended.connect(self._end_gesture)
        for widget in self.findChildren(QWidget):
            widget.installEventFilter(self)
        self._session.mix_changed.subscribe(self.show_mix)
        self._appearance.changed.connect(self._dress)

    def _switch(self, command: type[SetPolarity | SetSoloSafe], on: bool, exclusive: bool) -> None:
        made: Command = command(self.stem, on)
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
    def _open_equalizer(self) -> None:
        self.equalizer_requested.emit(self.stem)

    @Slot()
    def _open_activation(self) -> None:
        self.selected.emit(self.stem)
        self.activation_requested.emit(self.stem)

    @Slot()
    def _open_link_menu(self) -> None:
        _popup_below(link_menu(self._session, self.stem, self), self.link)

    @Slot()
    def _open_more_menu(self) -> None:
        _popup_below(self._more_menu(), self.more)

    def _more_menu(self) -> QMenu:
        return more_menu(self._session, self.stem, self, self._open_equalizer, self._open_activation)

    @Slot()
    def _dress(self) -> None:
        color = self._appearance.theme.instrument(self._index)
        self._icon.setPixmap(self._appearance.icon(icon_name(self.stem), color.name()).pixmap(17, 17))
        self._bar.setStyleSheet(f"background: {color.name()}; border-radius: 1px;")
        for painted in (self.equalizer, self.pan, self.spread, self.fader):
            painted.set_color(color)


def _row(spacing_px: int, *widgets: QWidget | None) -> QHBoxLayout:
    """Side by side; None is a stretch."""
    row = QHBoxLayout()
    row.setSpacing(spacing_px)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row


def _popup_below(menu: QMenu, button: QWidget) -> None:
    menu.popup(button.mapToGlobal(QPoint(0, button.height() + 2)))


def _restyle(widget: QWidget) -> None:
    """Apply the stylesheet anew after a property has changed that it selects by."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
