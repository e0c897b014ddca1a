"""The equalizer's curve in a strip: a picture that opens the editor."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.mixing.settings import EqualizerSettings
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_look import ground_color
from app.ui.equalizer.curves import equalizer_response_db
from app.ui.theme import blend, with_alpha

_POINTS: Final = 97
_DRAWN_RATE_HZ: Final = 44100
_RANGE_DB: Final = 18.0


class CurveThumbnail(QAbstractButton):
    """The response from 20 Hz to 20 kHz, ±18 dB. A click or Enter opens the editor.

    Signals:
        clicked(): open it.
    """

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._settings = EqualizerSettings()
        self._curve_db = equalizer_response_db(self._settings, _DRAWN_RATE_HZ, _POINTS)
        self._color = QColor(appearance.theme.accent)
        self._font = scaled_font(self, 0.72, bold=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(40, 26)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleDescription(self.describe())
        appearance.changed.connect(self.update)

    def show_settings(self, settings: EqualizerSettings) -> None:
        """Show an equalizer."""
        if settings != self._settings:
            self._settings = settings
            self._curve_db = equalizer_response_db(settings, _DRAWN_RATE_HZ, _POINTS)
            self.setAccessibleDescription(self.describe())
            self.update()

    def set_color(self, color: QColor) -> None:
        """The strip's."""
        self._color = color
        self.update()

    def describe(self) -> str:
        """`flat`, `bypassed` or how many bands do something."""
        active = sum(not band.is_flat for band in self._settings.bands)
        if not active:
            return self.tr("flat")
        if self._settings.bypass:
            return self.tr("bypassed")
        return self.tr("1 band at work") if active == 1 else self.tr("{0} bands at work").format(active)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(80, 60)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        # Space is the window's Play, as with the other buttons of a strip.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        lit = self.underMouse() or self.isDown()
        edge = theme.accent if self.hasFocus() else theme.dim if lit else theme.border
        clip = QPainterPath()
        clip.addRoundedRect(box, 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(clip, ground_color(theme))
        painter.save()
        painter.setClipPath(clip)
        self._paint_curve(painter, box)
        painter.restore()
        painter.setPen(QPen(QColor(edge), 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 5, 5)

    def _paint_curve(self, painter: QPainter, box: QRectF) -> None:
        theme, ground = self._appearance.theme, ground_color(self._appearance.theme)
        middle, scale = box.center().y(), box.height() / 2 / _RANGE_DB
        painter.setPen(QPen(blend(theme.border, ground, 0.6), 1.0))
        for part in (1 / 3, 2 / 3):  # 200 Hz and 2 kHz
            x = round(box.left() + box.width() * part) + 0.5
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setPen(QPen(blend(theme.dim, ground, 0.35), 1.0))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        xs = np.linspace(box.left(), box.right(), _POINTS)
        ys = np.clip(middle - scale * np.nan_to_num(self._curve_db, neginf=-99.0), box.top() - 9.0, box.bottom() + 9.0)
        points = [QPointF(a, b) for a, b in zip(xs.tolist(), ys.tolist(), strict=True)]
        flat = self._settings.is_flat
        if not flat:
            area = QPainterPath()
            area.addPolygon(QPolygonF([*points, QPointF(box.right(), middle), QPointF(box.left(), middle)]))
            painter.fillPath(area, with_alpha(self._color, 0.28))
        painter.setPen(QPen(with_alpha(self._color, 0.55 if flat else 1.0), 1.6))
        if self._settings.bypass:
            painter.setPen(QPen(QColor(theme.dim), 1.3, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(points))
        if self._settings.bypass or flat:
            painter.setFont(self._font)
            painter.setPen(QColor(theme.dim))
            text = self.tr("EQ") if flat and not self._settings.bypass else self.tr("EQ off")
            painter.drawText(box.adjusted(6, 3, -4, -4), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text)
