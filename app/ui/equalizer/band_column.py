"""A band's values under the plot."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QVBoxLayout, QWidget

from app.mixing.equalizer import effective_q
from app.mixing.settings import DEFAULT_BANDS, SLOPES_DB_PER_OCTAVE, BandSettings
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_edit import (
    Q_STEP,
    format_q,
    level_of,
    parse_gain,
    parse_q,
    with_frequency,
    with_level,
    with_q,
)
from app.ui.equalizer.band_look import band_color, band_title, on_band_color, paint_glyph
from app.ui.equalizer.frequency import format_hz, parse_hz
from app.ui.equalizer.value_cell import ValueCell
from app.ui.gain_scale import format_db
from app.ui.lamp_button import LampButton
from app.ui.theme import with_alpha

ROW_PX: Final = 25
_STEP_OCTAVES: Final = 1 / 12


class BandButton(LampButton):
    """On and off: the band's number and the shape of its filter, in its colour while it is on."""

    def __init__(self, index: int, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(str(index + 1), "band", parent)
        self._index = index
        self._appearance = appearance
        self._kind = DEFAULT_BANDS[index].kind
        self._font = scaled_font(self, 0.9, bold=True)
        self.setObjectName(f"equalizer-band-{index + 1}")
        self.setAccessibleName(self.tr("Band {0}: {1} on").format(index + 1, band_title(index)))
        self.setToolTip(self.tr("{0} on or off").format(band_title(index)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)
        appearance.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(64, 28)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        color = band_color(theme, self._index)
        box = QRectF(self.rect()).adjusted(1.0, 1.0, -1.0, -1.0)
        edge = QColor(theme.text if on else theme.accent) if self.hasFocus() else QColor(theme.border)
        painter.setPen(QPen(edge if self.hasFocus() or not on else color, 1.6 if self.hasFocus() else 1.0))
        painter.setBrush(color if on else QColor(theme.hover if self.underMouse() else theme.panel))
        painter.drawRoundedRect(box, 6, 6)
        ink = on_band_color(theme) if on else QColor(theme.dim)
        painter.setFont(self._font)
        painter.setPen(ink)
        middle = box.center().x()
        number = QRectF(middle - 25.0, box.top(), 20.0, box.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignCenter, self.text())
        paint_glyph(painter, QRectF(middle - 2.0, box.center().y() - 6.0, 24.0, 12.0), self._kind, ink)


class BandColumn(QFrame):
    """On, frequency, gain or slope, and Q of one band.

    Signals:
        edited(int, BandSettings): the user wants this.
        gesture_ended(): what follows is another step of undo.
        picked(int): the user turned to this band.
    """

    edited = Signal(int, object)
    gesture_ended = Signal()
    picked = Signal(int)

    def __init__(self, index: int, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self._appearance = appearance
        self._band = DEFAULT_BANDS[index]
        self._selected = False
        self.button = BandButton(index, appearance)
        self.frequency = ValueCell(parse_hz)
        self.gain = ValueCell(parse_gain)
        self.q = ValueCell(parse_q)
        self.slope = QComboBox()
        self._describe()
        self._lay_out()
        self._connect()
        self.show_band(self._band)

    @property
    def is_pass(self) -> bool:
        """Whether it has a slope and no gain."""
        return self._band.kind.is_pass

    def show_band(self, band: BandSettings) -> None:
        """Show a band; nothing is emitted."""
        self._band = band
        self.button.setChecked(band.on)
        self.frequency.show_text(format_hz(band.frequency_hz))
        self.gain.show_text(format_db(band.gain_db))
        self.q.show_text(format_q(band.q))
        limited = self.tr("It is heard as Q {0}, the most that this filter takes.").format(format_q(effective_q(band)))
        note = limited if effective_q(band) < band.q else ""
        self.q.setToolTip(f"{self._q_hint}\n{note}".strip())
        self.q.setAccessibleDescription(note)
        self.slope.setCurrentIndex(SLOPES_DB_PER_OCTAVE.index(band.slope_db_per_octave))
        for cell in (self.frequency, self.gain, self.q, self.slope):
            if cell.property("dim") != (not band.on):
                cell.setProperty("dim", not band.on)
                cell.style().unpolish(cell)
                cell.style().polish(cell)

    def set_selected(self, on: bool) -> None:
        """Mark it as the band in hand."""
        self._selected = on
        self.update()

    def start_typing(self) -> None:
        """Let the user type, the frequency first."""
        self.frequency.start_typing()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt
        if event.type() == QEvent.Type.MouseButtonPress:
            self.picked.emit(self.index)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.picked.emit(self.index)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        if self._selected:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            color = band_color(self._appearance.theme, self.index)
            painter.setPen(QPen(with_alpha(color, 0.65), 1.0))
            painter.setBrush(with_alpha(color, 0.10))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    def _describe(self) -> None:
        number, title = self.index + 1, band_title(self.index)
        hint = self.tr("Double click to type; turn the wheel to change")
        self._q_hint = self.tr("Q: high is narrow, low is wide") + "\n" + hint
        for widget, key, name, tip in (
            (
                self.frequency,
                "frequency",
                self.tr("frequency"),
                self.tr("Frequency, or a note such as A4") + "\n" + hint,
            ),
            (self.gain, "gain", self.tr("gain"), self.tr("Gain in dB") + "\n" + hint),
            (self.q, "q", self.tr("Q"), self._q_hint),
            (self.slope, "slope", self.tr("slope"), self.tr("How steeply it falls")),
        ):
            widget.setObjectName(f"equalizer-{key}-{number}")
            widget.setAccessibleName(self.tr("Band {0}, {1}: {2}").format(number, title, name))
            widget.setToolTip(tip)

    def _lay_out(self) -> None:
        for slope in SLOPES_DB_PER_OCTAVE:
            self.slope.addItem(self.tr("{0} dB/oct").format(slope), slope)
        self.slope.setProperty("flat", True)
        self.slope.setFont(scaled_font(self, 0.88, tabular=True))
        self.slope.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 5, 5, 5)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addSpacing(2)
        middle = self.slope if self.is_pass else self.gain
        unused = self.gain if self.is_pass else self.slope
        unused.setParent(self)
        unused.hide()
        for widget in (self.frequency, middle, self.q):
            widget.setFixedHeight(ROW_PX)
            widget.setMinimumWidth(74)
            column.addWidget(widget)

    def _connect(self) -> None:
        self.button.switched.connect(self._switch)
        self.frequency.typed.connect(lambda hz: self._type(with_frequency(self._band, hz)))
        self.gain.typed.connect(lambda gain_db: self._type(with_level(self._band, gain_db)))
        self.q.typed.connect(lambda q: self._type(with_q(self._band, q)))
        self.frequency.stepped.connect(
            lambda by: self._edit(with_frequency(self._band, self._band.frequency_hz * 2.0 ** (by * _STEP_OCTAVES)))
        )
        self.gain.stepped.connect(lambda by: self._edit(with_level(self._band, level_of(self._band) + by * 0.5)))
        self.q.stepped.connect(lambda by: self._edit(with_q(self._band, self._band.q * Q_STEP**by)))
        self.slope.activated.connect(self._choose_slope)
        for cell in (self.frequency, self.gain, self.q):
            cell.gesture_ended.connect(self.gesture_ended)
            cell.focused.connect(self._pick)
        for widget in (self.button, self.frequency, self.gain, self.q, self.slope):
            widget.installEventFilter(self)

    @Slot()
    def _pick(self) -> None:
        self.picked.emit(self.index)

    @Slot(bool, bool)
    def _switch(self, on: bool, exclusive: bool) -> None:
        self._type(replace(self._band, on=on))

    @Slot(int)
    def _choose_slope(self, index: int) -> None:
        self._type(replace(self._band, slope_db_per_octave=self.slope.itemData(index)))

    def _type(self, band: BandSettings) -> None:
        self.gesture_ended.emit()
        self._edit(band)
        self.gesture_ended.emit()

    def _edit(self, band: BandSettings) -> None:
        if band != self._band:
            self.edited.emit(self.index, band)
