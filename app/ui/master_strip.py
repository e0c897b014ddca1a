"""The master strip."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.session.commands import SetMasterGain
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.fader import Fader
from app.ui.gain_scale import format_db, parse_db
from app.ui.limiter_control import LimiterControl
from app.ui.loudness_panel import LoudnessPanel
from app.ui.meter import Meter
from app.ui.readout import Readout
from app.ui.strip import HEADER_PX


class ClipLight(QAbstractButton):
    """Lights up, and stays lit, once the output has gone over full scale. A click puts it out.

    Signals:
        reset_requested(): clicked.
    """

    reset_requested = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._lit = False
        self.setFixedSize(40, 17)
        self.setFont(scaled_font(self, 0.72, bold=True))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.reset_requested)
        appearance.changed.connect(self.update)

    @property
    def lit(self) -> bool:
        """Whether it is lit."""
        return self._lit

    def show_clipped(self, clipped: bool) -> None:
        """Light up or go out."""
        if clipped != self._lit:
            self._lit = clipped
            self.setAccessibleDescription(self.tr("clipped") if clipped else self.tr("not clipped"))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = theme.accent if self.hasFocus() else theme.border
        painter.setPen(QPen(QColor(theme.meter_high if self._lit else edge), 1.0))
        painter.setBrush(QColor(theme.meter_high if self._lit else theme.sunken))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(QColor("#ffffff" if self._lit else theme.dim))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("CLIP"))


class MasterStrip(QFrame):
    """Loudness, limiter, fader, meter and clip light of the whole mix."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAccessibleName(self.tr("Master"))
        self._session = session
        self._appearance = appearance
        self.fader = Fader(appearance)
        self.meter = Meter(appearance, bar_px=7)
        self.clip = ClipLight(appearance)
        self.loudness = LoudnessPanel(appearance)
        self.limiter = LimiterControl(session, appearance)
        self.readout = Readout(parse_db)
        self._bar = QFrame()
        about = (
            (
                self.fader,
                "master-fader",
                self.tr("Master: gain"),
                self.tr("Gain of the whole mix; double click for 0 dB"),
            ),
            (self.readout, "master-gain", self.tr("Master: gain in dB"), self.tr("Double click to type a gain in dB")),
            (self.meter, "master-meter", self.tr("Master: level"), ""),
            (
                self.clip,
                "master-clip",
                self.tr("Clip light"),
                self.tr("The mix was louder than full scale; click to reset"),
            ),
        )
        for widget, object_name, name, tip in about:
            widget.setObjectName(object_name)
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self._lay_out()
        self.fader.edited.connect(self._set_gain)
        self.fader.gesture_ended.connect(self._end_gesture)
        self.fader.typing_requested.connect(self.readout.start_typing)
        self.readout.typed.connect(self._type_gain)
        self.clip.reset_requested.connect(self.reset_clip)
        self.loudness.reset_requested.connect(self.reset_loudness)
        session.mix_changed.subscribe(self.show_mix)
        appearance.changed.connect(self._dress)
        self._dress()
        self.show_mix()

    def show_mix(self) -> None:
        """Show the session's master gain."""
        gain_db = self._session.mix.master_gain_db
        self.fader.set_amount(gain_db)
        self.readout.show_text(format_db(gain_db))

    def show_levels(self, left: float, right: float) -> None:
        """Show the latest peaks, and read the other meters; called about thirty times a second."""
        meters = self._session.player.meters
        self.meter.feed(left, right)
        self.clip.show_clipped(bool(meters.clipped))
        self.loudness.show_values(meters.loudness if self._session.song is not None else None)
        self.limiter.bar.show_reduction(meters.gain_reduction_db if self._session.mix.limiter.on else 0.0)

    @Slot()
    def reset_loudness(self) -> None:
        """Measure the loudness anew from here."""
        self._session.player.meters.reset_loudness()

    def _lay_out(self) -> None:
        name = QLabel(self.tr("Master"))
        name.setFont(scaled_font(self, 0.95, bold=True))
        name.setFixedHeight(HEADER_PX)
        self._bar.setFixedHeight(3)
        header = QHBoxLayout()
        header.addWidget(name)
        header.addStretch(1)
        header.addWidget(self.clip)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.loudness, 1)
        left.addWidget(self.limiter)
        right = QGridLayout()
        right.setHorizontalSpacing(2)
        right.setVerticalSpacing(0)
        right.addWidget(self.fader, 0, 0)
        right.addWidget(self.meter, 0, 1)
        right.addWidget(self.readout, 1, 0, 1, 2)
        right.setRowStretch(0, 1)
        body = QHBoxLayout()
        body.setSpacing(4)
        body.addLayout(left, 1)
        body.addLayout(right)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 7, 8, 8)
        column.setSpacing(6)
        column.addLayout(header)
        column.addWidget(self._bar)
        column.addLayout(body, 1)

    @Slot(float)
    def _set_gain(self, gain_db: float) -> None:
        self._session.do(SetMasterGain(gain_db))

    @Slot()
    def _end_gesture(self) -> None:
        self._session.end_gesture()

    @Slot(float)
    def _type_gain(self, gain_db: float) -> None:
        self._session.end_gesture()
        self._session.do(SetMasterGain(gain_db))
        self._session.end_gesture()
        self.fader.setFocus()

    @Slot()
    def reset_clip(self) -> None:
        """Put the clip light out."""
        self._session.player.meters.reset_clip()
        self.clip.show_clipped(False)
        self.meter.reset_over()

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        self.fader.set_color(QColor(theme.dim))
        self._bar.setStyleSheet(f"background: {theme.dim}; border-radius: 1px;")
