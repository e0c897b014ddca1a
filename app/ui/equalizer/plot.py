"""The editor's plot: spectrum, curves and nodes over frequency."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.mixing.settings import EqualizerSettings
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_edit import level_of
from app.ui.equalizer.band_look import BANDS, band_color, ground_color
from app.ui.equalizer.curves import band_response_db, equalizer_response_db, frequencies
from app.ui.equalizer.frequency import FINE_MARKS_HZ, HIGHEST_HZ, LOWEST_HZ, MARKS_HZ, format_hz, format_mark, note_of
from app.ui.equalizer.node import NODE_PX, BandNode
from app.ui.equalizer.plot_scale import RANGES_DB, PlotScale
from app.ui.equalizer.spectrum import Spectrum
from app.ui.theme import blend, with_alpha

Floats = NDArray[np.float64]

_LEFT_PX, _TOP_PX, _RIGHT_PX, _BOTTOM_PX = 40.0, 15.0, 20.0, 26.0
_SPECTRUM_COLUMNS: Final = 240
_COARSE: Final = 4  # points of a curve, for a faint area
_LONGEST_ELAPSED_S: Final = 0.5


class EqualizerPlot(QWidget):
    """The exact response over 20 Hz to 20 kHz, with the sound before and behind the equalizer under it.

    Its nodes are children, in the order of the bands. What they report is passed on with the band's index.

    Signals:
        edited(int, BandSettings): the user wants this band.
        gesture_ended(): a drag is over.
        typing_requested(int): the user wants to type this band's values.
        band_selected(int): the user turned to this band.
    """

    edited = Signal(int, object)
    gesture_ended = Signal()
    typing_requested = Signal(int)
    band_selected = Signal(int)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._settings = EqualizerSettings()
        self._rate = 44100
        self._color = QColor(appearance.theme.accent)
        self._selected = -1
        self._pointed = -1
        self._range_db = RANGES_DB[1]
        self._curve_db = equalizer_response_db(self._settings, self._rate)
        self._spectra: tuple[Spectrum, Spectrum] | None = None
        self._fed_at_s = 0.0
        self._layers: dict[str, tuple[tuple[object, ...], QPixmap]] = {}
        self._marks_font = scaled_font(self, 0.78, tabular=True)
        self._bubble_font = scaled_font(self, 0.86, tabular=True)
        self.setObjectName("equalizer-plot")
        self.setAccessibleName(self.tr("Equalizer curve"))
        self.setMinimumSize(420, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.nodes = tuple(BandNode(index, appearance, self) for index in range(BANDS))
        for node in self.nodes:
            self._connect(node)
        appearance.changed.connect(self.update)

    @property
    def scale(self) -> PlotScale:
        """Where things lie now."""
        rect = QRectF(self.rect()).adjusted(_LEFT_PX, _TOP_PX, -_RIGHT_PX, -_BOTTOM_PX)
        return PlotScale(rect, self._range_db)

    @property
    def range_db(self) -> float:
        """How far it reaches up and down."""
        return self._range_db

    @property
    def curve_db(self) -> Floats:
        """The curve that is drawn, at `curves.frequencies()`."""
        return self._curve_db

    @property
    def selected(self) -> int:
        """The band in hand, -1 if none."""
        return self._selected

    def set_range(self, range_db: float) -> None:
        """Reach that far up and down, or farther if a node needs it."""
        self._range_db = range_db
        self._widen()
        self._rescale()

    def set_color(self, color: QColor) -> None:
        """The strip's."""
        self._color = color
        self.update()

    def set_rate(self, rate: int) -> None:
        """The song's sample rate in Hz, which the digital filters depend on."""
        if rate != self._rate:
            self._rate, self._spectra = rate, None
            self.show_settings(self._settings)

    def show_settings(self, settings: EqualizerSettings) -> None:
        """Show an equalizer."""
        self._settings = settings
        self._curve_db = equalizer_response_db(settings, self._rate)
        for node, band in zip(self.nodes, settings.bands, strict=True):
            node.show_band(band, settings.bypass)
        if not any(node.dragged for node in self.nodes):
            before = self._range_db
            self._widen()
            if before != self._range_db:
                self._rescale()
        self.update()

    def select(self, index: int) -> None:
        """Take a band in hand; -1 for none."""
        if index == self._selected:
            return
        self._selected = index
        for node in self.nodes:
            node.set_selected(node.index == index)
        self.update()
        if index >= 0:
            self.band_selected.emit(index)

    def feed(self, before: NDArray[np.floating], after: NDArray[np.floating], now_s: float | None = None) -> None:
        """Show the spectra of the latest samples before and behind the equalizer, mono `(n,)` each."""
        now_s = time.monotonic() if now_s is None else now_s
        if self._spectra is None:
            hz = frequencies(_SPECTRUM_COLUMNS)
            self._spectra = Spectrum(hz, self._rate, len(before)), Spectrum(hz, self._rate, len(after))
        elapsed_s, self._fed_at_s = min(_LONGEST_ELAPSED_S, max(0.0, now_s - self._fed_at_s)), now_s
        changed = [
            spectrum.feed(samples, elapsed_s) for spectrum, samples in zip(self._spectra, (before, after), strict=True)
        ]
        if any(changed):
            self.update(self.scale.rect.toAlignedRect())

    def clear_spectrum(self) -> None:
        """There is no sound to show."""
        self._spectra = None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(880, 340)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        self._rescale()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.select(-1)
        self.setFocus()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        if self._selected >= 0:
            self.nodes[self._selected].turn_q(event.angleDelta().y() / 120, event.modifiers())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        scale = self.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._layer("ground", (), self._paint_ground))
        painter.save()
        painter.setClipRect(scale.rect)
        self._paint_spectra(painter, scale)
        painter.restore()
        drawn = (self._settings, self._rate, self._color.rgba(), self._selected, self._pointed)
        painter.drawPixmap(0, 0, self._layer("curves", drawn, self._paint_curves))
        self._paint_bubble(painter, scale)

    def _layer(self, name: str, drawn: tuple[object, ...], paint: Callable[[QPainter, PlotScale], None]) -> QPixmap:
        """A part of the picture, painted anew only if what is drawn in it has changed: the sound moves far oftener."""
        key = (*drawn, self.size(), self.devicePixelRatioF(), self._range_db, self._appearance.theme.name)
        known = self._layers.get(name)
        if known is None or known[0] != key:
            picture = QPixmap(self.size() * self.devicePixelRatioF())
            picture.setDevicePixelRatio(self.devicePixelRatioF())
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint(painter, self.scale)
            painter.end()
            known = self._layers[name] = key, picture
        return known[1]

    def _paint_ground(self, painter: QPainter, scale: PlotScale) -> None:
        theme = self._appearance.theme
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.setBrush(ground_color(theme))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        self._paint_grid(painter, scale)

    def _paint_curves(self, painter: QPainter, scale: PlotScale) -> None:
        painter.setClipRect(scale.rect)
        self._paint_bands(painter, scale)
        self._paint_curve(painter, scale)

    def _connect(self, node: BandNode) -> None:
        node.edited.connect(lambda band, index=node.index: self.edited.emit(index, band))
        node.gesture_ended.connect(self._end_gesture)
        node.typing_requested.connect(lambda index=node.index: self.typing_requested.emit(index))
        node.picked.connect(lambda index=node.index: self.select(index))
        node.pointed.connect(lambda on, index=node.index: self._point(index, on))

    @Slot()
    def _end_gesture(self) -> None:
        self.gesture_ended.emit()
        self.update()

    def _point(self, index: int, on: bool) -> None:
        self._pointed = index if on else -1
        self.update()

    def _widen(self) -> None:
        """A node that lies outside would be lost."""
        farthest = max(abs(level_of(band)) for band in self._settings.bands)
        fitting = [range_db for range_db in RANGES_DB if range_db >= farthest] or [RANGES_DB[-1]]
        self._range_db = max(self._range_db, fitting[0])

    def _rescale(self) -> None:
        scale = self.scale
        for node in self.nodes:
            node.set_scale(scale)
        self.update()

    def _paint_grid(self, painter: QPainter, scale: PlotScale) -> None:
        theme, rect, ground = self._appearance.theme, scale.rect, ground_color(self._appearance.theme)
        fine, strong = blend(theme.border, ground, 0.42), blend(theme.border, ground, 0.95)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._marks_font)
        for frequency_hz in FINE_MARKS_HZ:
            if LOWEST_HZ < frequency_hz < HIGHEST_HZ:
                x = round(scale.x_of(frequency_hz))
                painter.setPen(strong if frequency_hz in (100.0, 1000.0, 10_000.0) else fine)
                painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        step_db = {6.0: 2.0, 12.0: 3.0, 24.0: 6.0}[scale.range_db]
        for number in range(-round(scale.range_db / step_db), round(scale.range_db / step_db) + 1):
            gain_db = number * step_db
            y = round(scale.y_of(gain_db))
            painter.setPen(blend(theme.dim, ground, 0.55) if number == 0 else fine)
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(QColor(theme.text if number == 0 else theme.dim))
            sign = "+" if number > 0 else "−" if number < 0 else ""
            box = QRectF(0.0, y - 9.0, _LEFT_PX - 8.0, 18.0)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, f"{sign}{abs(gain_db):.0f}")
        painter.setPen(QColor(theme.dim))
        for frequency_hz in MARKS_HZ:
            box = QRectF(scale.x_of(frequency_hz) - 24.0, rect.bottom() + 3.0, 48.0, _BOTTOM_PX - 5.0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, format_mark(frequency_hz))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_spectra(self, painter: QPainter, scale: PlotScale) -> None:
        if self._spectra is None:
            return
        theme, rect = self._appearance.theme, scale.rect
        x = np.linspace(rect.left(), rect.right(), _SPECTRUM_COLUMNS)
        before, after = (scale.spectrum_ys(spectrum.levels_db) for spectrum in self._spectra)
        gradient = QLinearGradient(0.0, rect.top(), 0.0, rect.bottom())
        gradient.setColorAt(0.0, with_alpha(self._color, 0.34 if theme.name == "dark" else 0.30))
        gradient.setColorAt(1.0, with_alpha(self._color, 0.05))
        painter.fillPath(_area(x, after, rect.bottom()), gradient)
        painter.setPen(QPen(with_alpha(self._color, 0.45), 1.0))
        painter.drawPolyline(_polygon(x, after))
        if not self._settings.is_flat:
            painter.setPen(QPen(with_alpha(theme.dim, 0.75), 1.0))
            painter.drawPolyline(_polygon(x, before))

    def _paint_bands(self, painter: QPainter, scale: PlotScale) -> None:
        """What each band does alone; the one in hand clearly."""
        if self._settings.bypass:
            return
        theme, zero = self._appearance.theme, scale.y_of(0.0)
        for index, band in enumerate(self._settings.bands):
            lit = index in (self._selected, self._pointed)
            if band.is_flat:
                continue
            x, y = self._points(scale, band_response_db(index, band, self._rate), 1 if lit else _COARSE)
            color = band_color(theme, index)
            painter.fillPath(_area(x, y, zero), with_alpha(color, 0.26 if lit else 0.10))
            if lit:
                painter.setPen(QPen(with_alpha(color, 0.9), 1.2))
                painter.drawPolyline(_polygon(x, y))

    def _paint_curve(self, painter: QPainter, scale: PlotScale) -> None:
        theme = self._appearance.theme
        columns = max(1.0, scale.rect.width() * self.devicePixelRatioF())
        x, y = self._points(scale, self._curve_db, max(1, round(len(self._curve_db) / columns)))
        if self._settings.bypass:
            pen = QPen(blend(theme.dim, ground_color(theme), 0.8), 1.6, Qt.PenStyle.DashLine)
        else:
            pen = QPen(self._color, 2.4)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(_polygon(x, y))

    def _points(self, scale: PlotScale, curve_db: Floats, step: int = 1) -> tuple[Floats, Floats]:
        """Every `step`th point of a curve in pixels, as far as the song has frequencies."""
        known = ~np.isnan(curve_db)
        x = np.linspace(scale.rect.left(), scale.rect.right(), len(curve_db))
        return x[known][::step], scale.ys_of(curve_db[known][::step])

    def _paint_bubble(self, painter: QPainter, scale: PlotScale) -> None:
        """What the band under the mouse, or in hand, is set to."""
        index = self._pointed if self._pointed >= 0 else self._selected
        if index < 0 or not (self.nodes[index].hasFocus() or self._pointed >= 0 or self.nodes[index].dragged):
            return
        theme, node = self._appearance.theme, self.nodes[index]
        frequency_hz = node.band.frequency_hz
        text = node.describe().replace(format_hz(frequency_hz), f"{format_hz(frequency_hz)} · {note_of(frequency_hz)}")
        painter.setFont(self._bubble_font)
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(text) + 18.0, metrics.height() + 8.0
        middle = QPointF(node.geometry().center())
        left = min(scale.rect.right() - width, max(scale.rect.left(), middle.x() - width / 2))
        above = middle.y() - NODE_PX / 2 - height - 3.0
        top = above if above > scale.rect.top() else middle.y() + NODE_PX / 2 + 3.0
        box = QRectF(left, top, width, height)
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(QColor(theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _polygon(x: Floats, y: Floats) -> QPolygonF:
    return QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])


def _area(x: Floats, y: Floats, base: float) -> QPainterPath:
    """Between a curve and a level line."""
    path = QPainterPath()
    if len(x):
        polygon = _polygon(x, y)
        polygon.append(QPointF(float(x[-1]), base))
        polygon.append(QPointF(float(x[0]), base))
        path.addPolygon(polygon)
        path.closeSubpath()
    return path
