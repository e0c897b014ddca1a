"""A small horizontal slider for one value between two ends."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.appearance import Appearance
from app.ui.theme import blend
from app.ui.value_control import ValueControl

_HEIGHT_PX: Final = 22
_GROOVE_PX: Final = 4.0
_CAP_PX: Final = 12.0


@dataclass(frozen=True)
class ValueScale:
    """The values that a control can have: two ends, the neutral one, steps, and how they are written and read.

    A `curve` of "square" gives small values more room, as times need.
    """

    lowest: float
    highest: float
    default: float
    step: float
    fine_step: float
    page_step: float
    write: Callable[[float], str]
    read: Callable[[str], float]
    round_to: Callable[[float], float] = float
    curve: Literal["linear", "square"] = "linear"

    def limited(self, amount: float) -> float:
        """The nearest value that it can have."""
        return min(self.highest, max(self.lowest, self.round_to(amount)))


class ValueSlider(ValueControl):
    """The value of a scale, filled from the left; a tick marks the neutral one."""

    def __init__(self, scale: ValueScale, appearance: Appearance, parent: QWidget | None = None) -> None:
        self._scale = scale
        self._appearance = appearance
        self._color: QColor | None = None
        self.default, self.step = scale.default, scale.step
        self.fine_step, self.page_step = scale.fine_step, scale.page_step
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFixedHeight(_HEIGHT_PX)
        self.setMinimumWidth(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        appearance.changed.connect(self.update)

    def set_color(self, color: QColor) -> None:
        """Give the filled part a colour."""
        self._color = color
        self.update()

    def fraction_of(self, amount: float) -> float:
        """See ValueControl."""
        fraction = (amount - self._scale.lowest) / (self._scale.highest - self._scale.lowest)
        fraction = min(1.0, max(0.0, fraction))
        return math.sqrt(fraction) if self._scale.curve == "square" else fraction

    def amount_at(self, fraction: float) -> float:
        """See ValueControl."""
        if self._scale.curve == "square":
            fraction *= fraction
        return self._scale.limited(self._scale.lowest + fraction * (self._scale.highest - self._scale.lowest))

    def stepped(self, amount: float, steps: float) -> float:
        """See ValueControl."""
        return self._scale.limited(amount + steps)

    def text_of(self, amount: float) -> str:
        """See ValueControl."""
        return self._scale.write(amount)

    def drag_fraction(self, moved: QPointF) -> float:
        """See ValueControl: to the right is more."""
        return moved.x() / max(1.0, self.width() - _CAP_PX)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(120, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme, enabled = self._appearance.theme, self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, half = self.height() / 2, _CAP_PX / 2
        groove = QRectF(half, middle - _GROOVE_PX / 2, self.width() - _CAP_PX, _GROOVE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(groove, 2, 2)
        x = groove.left() + groove.width() * self.fraction_of(self.amount)
        neutral = groove.left() + groove.width() * self.fraction_of(self.default)
        painter.setBrush(QColor(theme.dim))
        painter.drawRect(QRectF(neutral - 0.75, middle + 4.5, 1.5, 4.0))
        color = self._color or QColor(theme.accent)
        if enabled:
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(groove.left(), groove.top(), x - groove.left(), _GROOVE_PX), 2, 2)
        lit = enabled and (self._hovered or self.isSliderDown())
        edge = theme.accent if self.hasFocus() else blend(theme.text, theme.raised, 0.5 if enabled else 0.2)
        painter.setPen(QPen(QColor(edge), 2.0 if self.hasFocus() else 1.2))
        painter.setBrush(blend(theme.text, theme.raised, 0.18 if lit else 0.04))
        painter.drawEllipse(QPointF(x, middle), half - 1.0, half - 1.0)
