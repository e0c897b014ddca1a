"""Small round controls: pan and width."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.mixing.settings import MAX_WIDTH
from app.ui.appearance import Appearance, scaled_font
from app.ui.theme import blend
from app.ui.type_in import TypeIn
from app.ui.typed_number import read_percent
from app.ui.value_control import ValueControl

_SWEEP_DEG: Final = 270.0
_DRAG_PX: Final = 140.0
_DETENT: Final = 0.03
_DIAL_PX: Final = 24.0
_WIDTH_PX: Final = 33


class Knob(ValueControl):
    """A value that can be turned either way from its default, which is at the top; a small label stands below."""

    lowest = -1.0
    highest = 1.0

    def __init__(self, label: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        self._label = label
        self._appearance = appearance
        self._color: QColor | None = None
        super().__init__(parent)
        self.setFixedSize(_WIDTH_PX, 41)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self._label_font = scaled_font(self, 0.76)
        self._value_font = scaled_font(self, 0.76, tabular=True)
        self.typing_requested.connect(self.start_typing)
        appearance.changed.connect(self.update)

    def read(self, text: str) -> float:
        """The value that somebody typed. Raises ValueError for what is none."""
        raise NotImplementedError

    @Slot()
    def start_typing(self) -> None:
        """Open a field for the value; what is typed is limited to the ends."""
        TypeIn(self, self.text_of(self.amount), self._read_limited, self._step_to)

    def _read_limited(self, text: str) -> float:
        return self.rounded(min(self.highest, max(self.lowest, self.read(text))))

    def set_color(self, color: QColor) -> None:
        """Give the arc a colour."""
        self._color = color
        self.update()

    def fraction_of(self, amount: float) -> float:
        """See ValueControl; the default lies in the middle, whatever the two ends are."""
        turned = amount - self.default
        return 0.5 + 0.5 * turned / (self.highest - self.default if turned > 0 else self.default - self.lowest)

    def amount_at(self, fraction: float) -> float:
        """See ValueControl."""
        turn = 2.0 * fraction - 1.0
        return self.rounded(
            self.default + turn * (self.highest - self.default if turn > 0 else self.default - self.lowest)
        )

    def rounded(self, amount: float) -> float:
        """The value to the precision that is worth having."""
        return round(amount, 2) + 0.0

    def stepped(self, amount: float, steps: float) -> float:
        """See ValueControl."""
        return self.rounded(min(self.highest, max(self.lowest, amount + steps)))

    def drag_fraction(self, moved: QPointF) -> float:
        """See ValueControl: up or right turns clockwise."""
        return (moved.x() - moved.y()) / _DRAG_PX

    def snapped(self, fraction: float, fine: bool) -> float:
        """See ValueControl: there is a detent in the middle."""
        return self.default if abs(fraction - 0.5) < _DETENT and not fine else self.amount_at(fraction)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(_WIDTH_PX, 41)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center = QPointF(self.width() / 2, _DIAL_PX / 2 + 1.5)
        ring = QRectF(center.x() - _DIAL_PX / 2 + 2, center.y() - _DIAL_PX / 2 + 2, _DIAL_PX - 4, _DIAL_PX - 4)
        painter.setPen(_round_pen(QColor(theme.border), 3.0))
        painter.drawArc(ring, 16 * 225, round(-16 * _SWEEP_DEG))
        turn = 2.0 * self.fraction_of(self.amount) - 1.0
        color = self._color or QColor(theme.accent)
        if self.isEnabled() and turn:
            painter.setPen(_round_pen(color, 3.0))
            painter.drawArc(ring, 16 * 90, round(-16 * turn * _SWEEP_DEG / 2))
        self._paint_cap(painter, center, turn)
        self._paint_label(painter)

    def _paint_cap(self, painter: QPainter, center: QPointF, turn: float) -> None:
        theme = self._appearance.theme
        lit = self._hovered or self.isSliderDown()
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(blend(theme.text, theme.raised, 0.16 if lit else 0.06))
        radius = _DIAL_PX / 2 - 5.0
        painter.drawEllipse(center, radius, radius)
        angle = math.radians(turn * _SWEEP_DEG / 2)
        direction = QPointF(math.sin(angle), -math.cos(angle))
        painter.setPen(_round_pen(QColor(theme.text), 1.8))
        painter.drawLine(center + direction * (radius * 0.35), center + direction * (radius - 1.5))

    def _paint_label(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        telling = self._hovered or self.isSliderDown() or self.hasFocus()
        painter.setFont(self._value_font if telling else self._label_font)
        painter.setPen(QColor(theme.text if telling else theme.dim))
        box = QRectF(0, _DIAL_PX + 2, self.width(), self.height() - _DIAL_PX - 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.short_text() if telling else self._label)

    def short_text(self) -> str:
        """What is written under the dial while it is used."""
        return self.text_of(self.amount)


class PanKnob(Knob):
    """Where a strip stands between left (-1) and right (1)."""

    step = 0.05
    fine_step = 0.01
    page_step = 0.25

    def text_of(self, amount: float) -> str:
        """`C`, `L 40` or `R 40`."""
        if abs(amount) < 0.005:
            return "C"
        return f"{'L' if amount < 0 else 'R'} {abs(amount) * 100:.0f}"

    def read(self, text: str) -> float:
        """`C`, `L 40`, `40 R`, `r40`; a bare number is to the right, a negative one to the left."""
        plain = text.strip().lower()
        if plain in ("c", "center", "centre", "middle"):
            return 0.0
        side = next((side for side in "lr" if plain.startswith(side) or plain.endswith(side)), "")
        amount = read_percent(plain.removeprefix(side).removesuffix(side) if side else plain)
        return -abs(amount) if side == "l" else abs(amount) if side == "r" else amount


class WidthKnob(Knob):
    """How wide a strip's stereo picture is: 0 is mono, 1 as it is, 2 twice as wide."""

    lowest, highest = 0.0, MAX_WIDTH
    default = 1.0
    step = 0.05
    fine_step = 0.01
    page_step = 0.25

    def text_of(self, amount: float) -> str:
        """`Mono`, `100 %` or `150 %`."""
        return self.tr("Mono") if amount < 0.005 else f"{amount * 100:.0f} %"

    def read(self, text: str) -> float:
        """`Mono`, `80`, `150 %`."""
        mono = text.strip().casefold() in ("mono", self.tr("Mono").casefold())
        return 0.0 if mono else read_percent(text)


def _round_pen(color: QColor, width_px: float) -> QPen:
    return QPen(color, width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
