"""How the lanes are drawn: into a picture, whenever something but the playhead has changed."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.ui.column_fill import colored, fill_between, to_image
from app.ui.theme import Theme, blend, with_alpha

Spans = tuple[tuple[float, float], ...]
"""Stretches of the song in seconds, each from the first up to the second number."""

_TOP: Final = 0.12
_BOTTOM: Final = 0.10
_BAND_TOP: Final = 0.07
_BAND_HEIGHT: Final = 0.05
_ABSENT: Final = 0.4


@dataclass(frozen=True)
class LaneLook:
    """How one lane stands: its decision threshold, whether the instrument was heard at all, whether it is selected."""

    threshold: float = 0.5
    present: bool = True
    selected: bool = False


class LanePainter:
    """Draws lanes of the same height under each other. All its coordinates are physical pixels."""

    def __init__(self, width: int, height: int, ratio: float, start_s: float, stop_s: float, theme: Theme) -> None:
        """A picture of that stretch of time, in physical pixels; `ratio` of them make a logical one."""
        self.image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        self.image.fill(blend(theme.sunken, theme.panel, 0.75))
        self._painter = QPainter(self.image)
        self._ratio = ratio
        self._start_s = start_s
        self._px_per_s = width / (stop_s - start_s)
        self._theme = theme
        self._columns_s = start_s + (np.arange(width) + 0.5) / self._px_per_s

    def draw_ground(self, spans: Spans, lanes: tuple[LaneLook, ...]) -> None:
        """What lies under the curves: lighter where the song is separated, and lines between the lanes."""
        theme, width = self._theme, float(self.image.width())
        covered = QColor(theme.panel if theme.name == "dark" else theme.raised)
        for left, right in self._across(spans):
            self._painter.fillRect(QRectF(left, 0.0, right - left, self.image.height()), covered)
        height = self.image.height() / len(lanes)
        line = blend(theme.border, theme.panel, 0.75)
        for row, lane in enumerate(lanes):
            if lane.selected:
                self._painter.fillRect(QRectF(0.0, row * height, width, height), with_alpha(theme.text, 0.045))
            if row:
                self._painter.fillRect(QRectF(0.0, round(row * height), width, round(self._ratio)), line)

    def draw_threshold(self, top: float, height: float, lane: LaneLook) -> None:
        """The dotted line that a probability must rise above to count."""
        y = round(top + height * _share_from_top(lane.threshold)) + 0.5
        self._painter.setPen(QPen(with_alpha(self._theme.text, 0.30), self._ratio, Qt.PenStyle.DotLine))
        self._painter.drawLine(QLineF(0.0, y, self.image.width(), y))

    def draw_curve(
        self,
        top: float,
        height: float,
        time_s: NDArray[np.float64],
        probability: NDArray[np.float32],
        spans: Spans,
        color: QColor,
        lane: LaneLook,
    ) -> None:
        """One lane's curve through points, within the spans that are separated."""
        if len(time_s) < 2:
            return
        strength = 1.0 if lane.present else _ABSENT
        points = probability.astype(np.float64)
        values = np.interp(self._columns_s, time_s, points)
        first_row = int(top)
        edge = top - first_row + height * _share_from_top(values)
        base = np.full(len(values), top - first_row + height * _share_from_top(0.0))
        fill = to_image(colored(fill_between(edge, base, int(height) + 1), with_alpha(color, 0.30 * strength)))
        x = (time_s - self._start_s) * self._px_per_s
        line = pg.arrayToQPath(x, top + height * _share_from_top(points), connect="all")
        bands = self._bands(values > lane.threshold, top + height * (1.0 - _BAND_TOP), height * _BAND_HEIGHT)
        painter = self._painter
        # A pen of one pixel is drawn seventy times faster than a wider one, so a wider line is several narrow ones.
        painter.setPen(QPen(with_alpha(color, strength), 1.0))
        for left, right in self._across(spans):
            painter.save()
            painter.setClipRect(QRectF(left, top, right - left, height))
            painter.drawImage(0, first_row, fill)
            for band in bands:
                painter.fillRect(band, with_alpha(color, 0.9 * strength))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for _ in range(max(1, round(self._ratio))):
                painter.drawPath(line)
                painter.translate(0.0, 0.8)
            painter.restore()

    def finish(self) -> QImage:
        """The picture."""
        self._painter.end()
        self.image.setDevicePixelRatio(self._ratio)
        return self.image

    def _across(self, spans: Spans) -> list[tuple[float, float]]:
        """The spans in view, from their left to their right pixel."""
        edges = ((self._x_of(start_s), self._x_of(stop_s)) for start_s, stop_s in spans)
        return [(left, right) for left, right in edges if right > left]

    def _x_of(self, time_s: float) -> float:
        return min(max(0.0, (time_s - self._start_s) * self._px_per_s), float(self.image.width()))

    def _bands(self, active: NDArray[np.bool_], top: float, height: float) -> list[QRectF]:
        """A rectangle for each run of active columns."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
        height = max(2.0, round(height))
        return [
            QRectF(int(left), round(top), int(right - left), height)
            for left, right in zip(edges[::2], edges[1::2], strict=True)
        ]


_Value = TypeVar("_Value", float, NDArray[np.float64])


def _share_from_top(probability: _Value) -> _Value:
    """Where a probability lies in a lane, from its top (0) to its bottom (1)."""
    return 1.0 - _BOTTOM - probability * (1.0 - _TOP - _BOTTOM)
