"""A band's node in the plot: what one drags."""

import math
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.mixing.settings import DEFAULT_BANDS, EQUALIZER_GAIN_RANGE_DB, BandSettings
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_edit import (
    Q_STEP,
    format_q,
    level_of,
    neutral_level_of,
    switched_on,
    with_frequency,
    with_level,
    with_q,
)
from app.ui.equalizer.band_look import band_color, band_title, ground_color, on_band_color
from app.ui.equalizer.frequency import format_hz
from app.ui.equalizer.plot_scale import PlotScale
from app.ui.gain_scale import format_db
from app.ui.theme import blend

NODE_PX: Final = 30
_RADIUS_PX: Final = 10.0
_FINE: Final = 0.2
_DETENT_PX: Final = 4.0
_WHEEL_GESTURE_MS: Final = 500
_Q_DRAG_PX: Final = 40.0  # for twice the Q
_KEY_OCTAVES: Final = 1 / 12
_FINE_KEY_OCTAVES: Final = 1 / 48
_OWN_KEYS: Final = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Space,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Plus,
        Qt.Key.Key_Equal,
        Qt.Key.Key_Minus,
        Qt.Key.Key_Underscore,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
    }
)


class BandNode(QAbstractSlider):
    """A numbered disc at a band's frequency and gain (for a pass: its gain at the cutoff, which is its Q).

    It shows the model's band and reports what the user wants. Dragging moves it, with Shift finely, with Ctrl it
    changes Q, as the wheel does; a double click resets the band. Keys: arrows, with Shift finely, Page Up and Down,
    plus and minus for Q, Space for on and off, Delete to reset, Enter to type. Moving a band that is off turns it on.

    Being a slider to Qt, it is one for screen readers: its integer is the gain in tenths of a dB, and its description
    says everything.

    Signals:
        edited(BandSettings): the user wants this.
        gesture_ended(): a drag is over; what follows is another step of undo.
        typing_requested(): Enter was pressed.
        picked(): the user turned to this band.
        pointed(bool): the mouse came or went.
    """

    edited = Signal(object)
    gesture_ended = Signal()
    typing_requested = Signal()
    picked = Signal()
    pointed = Signal(bool)

    def __init__(self, index: int, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self.band = DEFAULT_BANDS[index]
        self._appearance = appearance
        self._scale = PlotScale(QRectF(0.0, 0.0, 1.0, 1.0), 12.0)
        self._drag: tuple[QPointF, QPointF] | None = None  # the mouse, and where the node would be without detents
        self._hovered = False
        self._selected = False
        self._bypassed = False
        self._wheel_rest = QTimer(self, singleShot=True, interval=_WHEEL_GESTURE_MS)
        self._wheel_rest.timeout.connect(self.gesture_ended)
        lowest, highest = EQUALIZER_GAIN_RANGE_DB
        self.setRange(round(10 * lowest), round(10 * highest))
        self.setFixedSize(NODE_PX, NODE_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setObjectName(f"equalizer-node-{index + 1}")
        self.setAccessibleName(self.tr("Band {0}: {1}").format(index + 1, band_title(index)))
        self._font = scaled_font(self, 0.84, bold=True)
        appearance.changed.connect(self.update)

    @property
    def dragged(self) -> bool:
        """Whether the mouse holds it."""
        return self._drag is not None

    def show_band(self, band: BandSettings, bypassed: bool) -> None:
        """Show a band; nothing is emitted."""
        self.band, self._bypassed = band, bypassed
        self.setValue(round(10.0 * level_of(band)))
        self.setAccessibleDescription(self.describe())
        self._place()
        self.update()

    def set_scale(self, scale: PlotScale) -> None:
        """The plot has another size or range."""
        self._scale = scale
        self._place()

    def set_selected(self, on: bool) -> None:
        """Mark it as the band in hand; it then lies above the others."""
        self._selected = on
        if on:
            self.raise_()
        self.update()

    def describe(self) -> str:
        """`on, 440 Hz, +3.0 dB, Q 1.00`."""
        band = self.band
        gain = (
            self.tr("{0} dB per octave").format(band.slope_db_per_octave)
            if band.kind.is_pass
            else format_db(band.gain_db)
        )
        state = self.tr("on") if band.on else self.tr("off")
        return f"{state}, {format_hz(band.frequency_hz)}, {gain}, Q {format_q(band.q)}"

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.globalPosition(), self._spot()
            self.setSliderDown(True)
            self.picked.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._drag is None:
            return
        last, spot = self._drag
        moved = event.globalPosition() - last
        if moved.isNull():
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        moved *= _FINE if fine else 1.0
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._drag = event.globalPosition(), spot
            self._edit(with_q(self.band, self.band.q * 2.0 ** (-moved.y() / _Q_DRAG_PX)))
            return
        spot += moved
        rect = self._scale.rect
        spot = QPointF(
            min(rect.right(), max(rect.left(), spot.x())),
            min(self._scale.y_of(-self._scale.range_db), max(self._scale.y_of(self._scale.range_db), spot.y())),
        )
        self._drag = event.globalPosition(), spot
        level_db, neutral_db = self._scale.gain_at(spot.y()), neutral_level_of(self.band)
        if not fine and abs(spot.y() - self._scale.y_of(neutral_db)) < _DETENT_PX:
            level_db = neutral_db
        self._edit(with_level(with_frequency(self.band, self._scale.frequency_at(spot.x())), level_db))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._drag is not None:
            self._drag = None
            self.setSliderDown(False)
            self.gesture_ended.emit()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        self.turn_q((event.angleDelta().y() or event.angleDelta().x()) / 120, event.modifiers())
        event.accept()

    def turn_q(self, notches: float, modifiers: Qt.KeyboardModifier) -> None:
        """The wheel was turned over the node, or over the plot while it is the band in hand."""
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            notches *= _FINE
        self._edit(with_q(self.band, self.band.q * Q_STEP**notches))
        self._wheel_rest.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        key, band = event.key(), self.band
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        octaves, step_db = (_FINE_KEY_OCTAVES, 0.1) if fine else (_KEY_OCTAVES, 1.0)
        moves = {
            Qt.Key.Key_Left: (-octaves, 0.0),
            Qt.Key.Key_Right: (octaves, 0.0),
            Qt.Key.Key_Up: (0.0, step_db),
            Qt.Key.Key_Down: (0.0, -step_db),
            Qt.Key.Key_PageUp: (0.0, 3.0),
            Qt.Key.Key_PageDown: (0.0, -3.0),
        }
        if key in moves:
            by_octaves, by_db = moves[Qt.Key(key)]
            if by_octaves:
                self._step_to(with_frequency(band, band.frequency_hz * 2.0**by_octaves))
            else:
                self._step_to(with_level(band, level_of(band) + by_db))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._step_to(with_q(band, band.q * Q_STEP))
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._step_to(with_q(band, band.q / Q_STEP))
        elif key == Qt.Key.Key_Space:
            self.switch()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.typing_requested.emit()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        # The window's shortcuts (Space plays, the arrows seek) would otherwise get these keys.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def switch(self) -> None:
        """On or off."""
        self.gesture_ended.emit()
        self.edited.emit(replace(self.band, on=not self.band.on))
        self.gesture_ended.emit()

    def reset(self) -> None:
        """Back to where the band does nothing."""
        self._drag = None
        self.gesture_ended.emit()
        self.edited.emit(DEFAULT_BANDS[self.index])
        self.gesture_ended.emit()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: D102
        self._hovered = True
        self.pointed.emit(True)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        self._hovered = False
        self.pointed.emit(False)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.picked.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center = QPointF(NODE_PX / 2, NODE_PX / 2)
        color = band_color(theme, self.index)
        ground = ground_color(theme)
        if self._bypassed:
            color = blend(theme.dim, ground, 0.7)
        elif not self.band.on:
            color = blend(theme.dim, ground, 0.75)
        if self.hasFocus() or self._hovered or self._selected:
            painter.setPen(Qt.PenStyle.NoPen)
            halo = QColor(color)
            halo.setAlphaF(0.42 if self.hasFocus() or self.dragged else 0.26)
            painter.setBrush(halo)
            painter.drawEllipse(center, _RADIUS_PX + 4.0, _RADIUS_PX + 4.0)
        filled = self.band.on and not self.band.is_flat and not self._bypassed
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.text), 1.8))
        else:
            style = Qt.PenStyle.SolidLine if self.band.on else Qt.PenStyle.DotLine
            painter.setPen(QPen(color, 1.8 if self.band.on else 1.4, style))
        painter.setBrush(color if filled else ground)
        painter.drawEllipse(center, _RADIUS_PX - 0.5, _RADIUS_PX - 0.5)
        painter.setFont(self._font)
        painter.setPen(on_band_color(theme) if filled else color)
        painter.drawText(QRectF(0, 0, NODE_PX, NODE_PX), Qt.AlignmentFlag.AlignCenter, str(self.index + 1))

    def _spot(self) -> QPointF:
        """Where its middle belongs, in the plot's pixels."""
        level_db = min(self._scale.range_db, max(-self._scale.range_db, level_of(self.band)))
        return QPointF(self._scale.x_of(self.band.frequency_hz), self._scale.y_of(level_db))

    def _place(self) -> None:
        spot = self._spot()
        self.move(math.floor(spot.x() + 0.5) - NODE_PX // 2, math.floor(spot.y() + 0.5) - NODE_PX // 2)

    def _step_to(self, band: BandSettings) -> None:
        self.gesture_ended.emit()
        self._edit(band)
        self.gesture_ended.emit()

    def _edit(self, band: BandSettings) -> None:
        wanted = switched_on(band)
        if wanted != self.band:
            self.edited.emit(wanted)
