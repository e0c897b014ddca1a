"""The level meter."""

import math
import time
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.audio.units import linear_to_db
from app.ui.appearance import Appearance
from app.ui.fader import MARGIN_PX
from app.ui.gain_scale import fraction_of

FALL_DB_PER_S: Final = 26.0
HOLD_S: Final = 1.2
_SILENT_DB: Final = -200.0


class Ballistics:
    """One bar of a peak meter: it rises at once, falls steadily, and keeps the highest peak for a while."""

    def __init__(self) -> None:
        self.level_db = _SILENT_DB
        self.hold_db = _SILENT_DB
        self._at_s = 0.0
        self._held_at_s = 0.0

    def feed(self, peak: float, now_s: float) -> None:
        """Take in the latest peak (linear amplitude) at a time of a monotonic clock."""
        elapsed, self._at_s = max(0.0, now_s - self._at_s), now_s
        peak_db = max(_SILENT_DB, linear_to_db(peak)) if math.isfinite(peak) else 0.0
        self.level_db = max(peak_db, self.level_db - FALL_DB_PER_S * elapsed, _SILENT_DB)
        if peak_db >= self.hold_db:
            self.hold_db, self._held_at_s = peak_db, now_s
        elif now_s - self._held_at_s > HOLD_S:
            self.hold_db = max(self.level_db, self.hold_db - FALL_DB_PER_S * elapsed)


class Meter(QWidget):
    """Two bars, left and right, on the faders' scale. It is polled, and paints only if a pixel changes.

    Above them a red cap stays lit once a level has gone over full scale; a click puts it out.
    """

    def __init__(self, appearance: Appearance, bar_px: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._bar_px = bar_px
        self.bars = (Ballistics(), Ballistics())
        self._painted: tuple[int, ...] = ()
        self._over = False
        self._gradient: QLinearGradient | None = None
        self.setFixedWidth(2 * bar_px + 2)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        appearance.changed.connect(self._repaint_all)

    def feed(self, left: float, right: float, now_s: float | None = None) -> None:
        """Show the latest peaks, linear amplitudes after the fader."""
        now_s = time.monotonic() if now_s is None else now_s
        for bar, peak in zip(self.bars, (left, right), strict=True):
            bar.feed(peak, now_s)
        if not self._over and max(left, right) > 1.0:
            self._show_over(True)
        wanted = tuple(round(2 * self._y_of(level)) for bar in self.bars for level in (bar.level_db, bar.hold_db))
        if wanted != self._painted:
            self._painted = wanted
            self.update()

    @property
    def over(self) -> bool:
        """Whether a level has gone over full scale since the last reset."""
        return self._over

    def reset_over(self) -> None:
        """Put the red cap out."""
        self._show_over(False)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(self.width(), 150)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_over()

    def resizeEvent(self, event: object) -> None:  # noqa: D102
        self._gradient = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        bottom = float(self.height() - MARGIN_PX)
        gradient = self._gradient = self._gradient or self._make_gradient()
        for index, bar in enumerate(self.bars):
            x = float(index * (self._bar_px + 2))
            painter.fillRect(QRectF(x, MARGIN_PX, self._bar_px, bottom - MARGIN_PX), QColor(theme.sunken))
            if self._over:
                painter.fillRect(QRectF(x, 1.0, self._bar_px, MARGIN_PX - 3.0), QColor(theme.meter_high))
            top = self._y_of(bar.level_db)
            painter.fillRect(QRectF(x, top, self._bar_px, bottom - top), gradient)
            hold = self._y_of(bar.hold_db)
            if hold < bottom - 1:
                painter.fillRect(QRectF(x, hold, self._bar_px, 1.5), gradient)

    def _show_over(self, over: bool) -> None:
        self._over = over
        self.setAccessibleDescription(self.tr("over full scale") if over else "")
        self.update()

    def _y_of(self, level_db: float) -> float:
        return MARGIN_PX + (1.0 - fraction_of(level_db)) * max(1.0, self.height() - 2.0 * MARGIN_PX)

    def _make_gradient(self) -> QLinearGradient:
        theme = self._appearance.theme
        gradient = QLinearGradient(0, self.height() - MARGIN_PX, 0, MARGIN_PX)
        for level_db, color in (
            (-60, theme.meter_low),
            (-12, theme.meter_low),
            (-5, theme.meter_mid),
            (0, theme.meter_mid),
        ):
            gradient.setColorAt(fraction_of(level_db), QColor(color))
        gradient.setColorAt(min(1.0, fraction_of(0.0) + 0.004), QColor(theme.meter_high))
        gradient.setColorAt(1.0, QColor(theme.meter_high))
        return gradient

    def _repaint_all(self) -> None:
        self._gradient = None
        self.update()
