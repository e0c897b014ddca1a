"""The time axis."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.audio.units import format_time
from app.ui.appearance import Appearance, scaled_font
from app.ui.time_plot import TimePlot
from app.ui.time_view import TimeView

_STEPS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_LABEL_PX: Final = 84
_HEAD_PX: Final = 7


class Ruler(QWidget):
    """Ticks and times of what the lanes show. A click seeks.

    Signals:
        seek_requested(float): clicked at this time.
    """

    seek_requested = Signal(float)

    def __init__(self, view: TimeView, appearance: Appearance, lanes: TimePlot) -> None:
        """`lanes`: the plot below, which handles the wheel for the ruler too."""
        super().__init__()
        self._view = view
        self._appearance = appearance
        self._lanes = lanes
        self.setFixedHeight(22)
        self.setFont(scaled_font(self, 0.80, tabular=True))
        self._playhead_x: int | None = None
        view.changed.connect(self._changed)
        appearance.changed.connect(self._changed)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, 22)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton:
            self.seek_requested.emit(self._lanes.time_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        QApplication.sendEvent(self._lanes.viewport(), event)

    def show_playhead(self, time_s: float | None) -> None:
        """Put the playhead's head there; None takes it away."""
        x = None if time_s is None else round(self._lanes.x_of(time_s))
        if x != self._playhead_x:
            for place in (self._playhead_x, x):
                if place is not None:
                    self.update(place - _HEAD_PX, 0, 2 * _HEAD_PX + 1, self.height())
            self._playhead_x = x

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        step_s = tick_step(self._view.span_s, self.width())
        per_px = self._view.span_s / max(1, self.width())
        bottom = float(self.height())
        minor, parts = step_s / 5, 5
        tick = math.ceil(self._view.start_s / minor)
        while tick * minor <= self._view.stop_s:
            x = round((tick * minor - self._view.start_s) / per_px) + 0.5
            major = tick % parts == 0
            painter.setPen(QPen(QColor(theme.dim if major else theme.border), 1.0))
            painter.drawLine(QPointF(x, bottom - (7 if major else 4)), QPointF(x, bottom))
            if major:
                text = format_time(tick * minor, decimals=1 if step_s < 1 else 0)
                painter.setPen(QColor(theme.dim))
                painter.drawText(QRectF(x + 4, 0, _LABEL_PX, bottom - 3), Qt.AlignmentFlag.AlignVCenter, text)
            tick += 1
        self._paint_playhead(painter)

    def _paint_playhead(self, painter: QPainter) -> None:
        if self._playhead_x is None:
            return
        x, bottom = self._playhead_x + 0.5, float(self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._appearance.theme.playhead))
        half, top = _HEAD_PX - 1, bottom - _HEAD_PX - 3
        painter.drawPolygon(QPolygonF([QPointF(x - half, top), QPointF(x + half, top), QPointF(x, bottom)]))

    @Slot()
    def _changed(self) -> None:
        self._playhead_x = None
        self.update()


def tick_step(span_s: float, width_px: int) -> float:
    """The smallest round number of seconds between two labels that leaves them room."""
    room_s = span_s * _LABEL_PX / max(1, width_px)
    return next((float(step) for step in _STEPS_S if step >= room_s), float(_STEPS_S[-1]))
