"""The gain fader."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.mixing.settings import MAX_GAIN_DB
from app.ui.appearance import Appearance, scaled_font
from app.ui.gain_scale import FLOOR_DB, MARKS_DB, format_db, fraction_of, level_at
from app.ui.theme import blend
from app.ui.value_control import ValueControl

MARGIN_PX: Final = 9
"""Above the highest and below the lowest place of the cap's middle; meters beside a fader keep the same."""

_DETENT_PX: Final = 5
_CAP: Final = QSize(26, 15)
_GROOVE_X: Final = 13


class Fader(ValueControl):
    """A gain in dB on the scale of `gain_scale`, with the marks written beside it and a detent at 0 dB."""

    step = 1.0
    fine_step = 0.1
    page_step = 6.0

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        self._appearance = appearance
        self._color: QColor | None = None
        super().__init__(parent)
        self.setFixedWidth(48)
        self.setMinimumHeight(96)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self._marks_font = scaled_font(self, 0.72, tabular=True)
        appearance.changed.connect(self.update)

    def set_color(self, color: QColor) -> None:
        """Give the line on the cap and the groove below it a colour."""
        self._color = color
        self.update()

    def fraction_of(self, amount: float) -> float:
        """See ValueControl."""
        return fraction_of(amount)

    def amount_at(self, fraction: float) -> float:
        """See ValueControl."""
        return level_at(fraction)

    def stepped(self, amount: float, steps: float) -> float:
        """See ValueControl; one step below the scale is -inf, one above -inf is the scale's lowest level."""
        if amount == -math.inf:
            return FLOOR_DB if steps > 0 else amount
        moved = round(amount + steps, 2)
        return -math.inf if moved < FLOOR_DB else min(moved, MAX_GAIN_DB)

    def text_of(self, amount: float) -> str:
        """See ValueControl."""
        return format_db(amount)

    def drag_fraction(self, moved: QPointF) -> float:
        """See ValueControl."""
        return -moved.y() / self._travel()

    def snapped(self, fraction: float, fine: bool) -> float:
        """See ValueControl: near 0 dB the cap rests on it, unless it is moved finely."""
        near = abs(fraction - fraction_of(0.0)) * self._travel() < _DETENT_PX
        return 0.0 if near and not fine else self.amount_at(fraction)

    def y_of(self, amount: float) -> float:
        """Where a gain lies, in pixels from the top."""
        return MARGIN_PX + (1.0 - fraction_of(amount)) * self._travel()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(48, 150)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        self._paint_groove(painter)
        self._paint_cap(painter)

    def _travel(self) -> float:
        return max(1.0, self.height() - 2.0 * MARGIN_PX)

    def _paint_marks(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        painter.setFont(self._marks_font)
        for mark_db in MARKS_DB:
            y = round(self.y_of(mark_db)) + 0.5
            zero = mark_db == 0.0
            painter.setPen(QPen(QColor(theme.dim if zero else theme.border), 1.0))
            painter.drawLine(QPointF(_GROOVE_X + 9, y), QPointF(_GROOVE_X + (16 if zero else 14), y))
            painter.setPen(QColor(theme.text) if zero else QColor(theme.dim))
            label = "−∞" if mark_db == -math.inf else f"{abs(mark_db):.0f}"
            box = QRectF(_GROOVE_X + 16, y - 8, self.width() - _GROOVE_X - 17, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label)

    def _paint_groove(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        top, bottom = float(MARGIN_PX), self.height() - float(MARGIN_PX)
        painter.setBrush(QColor(theme.sunken))
        painter.drawRoundedRect(QRectF(_GROOVE_X - 2, top, 4, bottom - top), 2, 2)
        if self._color is not None and self.isEnabled():
            painter.setBrush(blend(self._color, theme.sunken, 0.65))
            y = self.y_of(self.amount)
            painter.drawRoundedRect(QRectF(_GROOVE_X - 2, y, 4, bottom - y), 2, 2)

    def _paint_cap(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        y = self.y_of(self.amount)
        cap = QRectF(_GROOVE_X - _CAP.width() / 2, y - _CAP.height() / 2, _CAP.width(), _CAP.height())
        lit = self._hovered or self.isSliderDown()
        face = blend(theme.text, theme.raised, 0.30 if lit else 0.20) if theme.name == "dark" else QColor(theme.raised)
        edge = theme.accent if self.hasFocus() else (theme.dim if lit or theme.name == "light" else theme.window)
        painter.setPen(QPen(QColor(edge), 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(face)
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
        painter.setPen(QPen(self._color or QColor(theme.text), 2.0))
        painter.drawLine(QPointF(cap.left() + 5, y), QPointF(cap.right() - 5, y))
