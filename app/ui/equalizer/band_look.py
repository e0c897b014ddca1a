"""What tells the eight bands apart: a number, a name, the shape of the filter, and a colour besides."""

from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.mixing.settings import DEFAULT_BANDS, BandKind
from app.ui.theme import Theme

BANDS: Final = len(DEFAULT_BANDS)

# Eight hues of one lightness each (OKLCH, L 0.76 and 0.53), from the low end's red to the high end's magenta.
_COLORS: Final = {
    "dark": ("#f68f90", "#ee9b5f", "#ceae48", "#85c577", "#26cac3", "#67b9fb", "#b0a3fb", "#e691ca"),
    "light": ("#aa474c", "#a35303", "#7f6300", "#3e7d2f", "#007e79", "#0a71b1", "#6c5cb1", "#9b4a83"),
}
_ON_COLOR: Final = {"dark": "#101216", "light": "#ffffff"}
_GLYPH_POINTS: Final = 17


def band_color(theme: Theme, index: int) -> QColor:
    """A band's colour."""
    return QColor(_COLORS[theme.name][index])


def on_band_color(theme: Theme) -> QColor:
    """What is written on a band's colour."""
    return QColor(_ON_COLOR[theme.name])


def ground_color(theme: Theme) -> QColor:
    """What curves are drawn on."""
    return QColor(theme.sunken if theme.name == "dark" else theme.raised)


def band_title(index: int) -> str:
    """`Low shelf`, `Peak 2`."""
    kind = DEFAULT_BANDS[index].kind
    translate = QCoreApplication.translate
    titles = {
        BandKind.HIGH_PASS: translate("Bands", "High-pass"),
        BandKind.LOW_SHELF: translate("Bands", "Low shelf"),
        BandKind.PEAK: translate("Bands", "Peak {0}"),
        BandKind.HIGH_SHELF: translate("Bands", "High shelf"),
        BandKind.LOW_PASS: translate("Bands", "Low-pass"),
    }
    return titles[kind].format(index - 1)


def paint_glyph(painter: QPainter, box: QRectF, kind: BandKind, color: QColor) -> None:
    """The shape of a filter as a small sign."""
    x = np.linspace(0.0, 1.0, _GLYPH_POINTS)
    step = 1.0 / (1.0 + np.exp(-11.0 * (x - 0.5)))
    fall = np.clip((x - 0.5) / 0.38, 0.0, None)
    heights = {
        BandKind.HIGH_PASS: 0.72 - 0.62 * np.flip(fall) ** 1.6,
        BandKind.LOW_SHELF: 0.85 - 0.6 * step,
        BandKind.PEAK: 0.2 + 0.68 * np.exp(-(((x - 0.5) / 0.17) ** 2)),
        BandKind.HIGH_SHELF: 0.25 + 0.6 * step,
        BandKind.LOW_PASS: 0.72 - 0.62 * fall**1.6,
    }
    y = np.clip(heights[kind], 0.0, 1.0)
    points = [
        QPointF(box.left() + box.width() * float(a), box.bottom() - box.height() * float(b))
        for a, b in zip(x, y, strict=True)
        if b > 0.0
    ]
    painter.setPen(QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))
