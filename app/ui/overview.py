"""The whole song in one strip: its outline, what of it is separated, and which stretch the lanes show."""

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app.ui.appearance import Appearance
from app.ui.column_fill import colored, fill_between, to_image
from app.ui.picture_item import PictureItem
from app.ui.theme import with_alpha
from app.ui.time_plot import TimePlot
from app.ui.time_view import TimeView

if TYPE_CHECKING:
    from app.song.song import Song


class Overview(TimePlot):
    """The outline of the whole song. A click seeks; dragging the window of the zoomed view scrolls the lanes."""

    def __init__(self, view: TimeView, appearance: Appearance) -> None:
        self._song: Song | None = None
        self._picture = PictureItem()
        self._window = _Window()
        self._amount = np.zeros((0, 0), np.uint8)
        self._drawn: tuple[object, ...] = ()
        super().__init__(view, appearance, rows=1)
        self.box.addItem(self._picture, ignoreBounds=True)
        self.box.addItem(self._window, ignoreBounds=True)
        self.setFixedHeight(58)

    @property
    def shown_s(self) -> tuple[float, float]:
        """Always the whole song."""
        return 0.0, self.view.duration_s

    def set_song(self, song: "Song | None") -> None:
        """Show another song."""
        self._song = song
        self._drawn = ()
        self.show_view()

    @Slot()
    def redraw(self) -> None:
        """See TimePlot; the outline itself depends on nothing but the song and the size."""
        theme, song = self.appearance.theme, self._song
        self._window.set_view(self.view, self.line(with_alpha(theme.text, 0.7), 1.0), with_alpha(theme.window, 0.6))
        rect = QRectF(0.0, 0.0, self.view.duration_s, 1.0)
        if song is None:
            self._picture.set_picture(QImage(), rect)
            return
        size, version = (self.lines(), self.columns()), song.coverage.version
        if self._amount.shape != size or not self._drawn:
            low, high = song.mix_peaks.envelope(0, song.frames, size[1])
            self._amount = _outline(low, high, size[0])
        if self._drawn != (size, version, theme.name):
            self._drawn = (size, version, theme.name)
            spans = tuple((start / song.frames, stop / song.frames) for start, stop in song.coverage.spans)
            image = _shaded(self._amount, spans, QColor(theme.waveform), QColor(theme.covered))
            image.setDevicePixelRatio(self.devicePixelRatioF())
            self._picture.set_picture(image, rect)

    def drag(self, moved_px: float) -> None:
        """See TimePlot: the window follows the mouse."""
        self.view.scroll(moved_px * self.view.duration_s / max(1, self.viewport().width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        clicked = self._pressed is not None and not self._dragging
        super().mouseReleaseEvent(event)
        time_s = self.time_at(event.position().x())
        if clicked and not self.view.start_s <= time_s <= self.view.stop_s:
            self.view.center(time_s)


def _outline(low: NDArray[np.float32], high: NDArray[np.float32], height: int) -> NDArray[np.uint8]:
    """The waveform as high as fits: how much of each pixel it covers, uint8 `(height, columns)`."""
    scale = 0.46 * height / max(1e-3, float(np.max(np.maximum(high, -low), initial=0.0)))
    return fill_between(height / 2 - 0.4 - scale * high, height / 2 + 0.4 - scale * low, height)


def _shaded(
    amount: NDArray[np.uint8], spans: tuple[tuple[float, float], ...], plain: QColor, covered: QColor
) -> QImage:
    """The waveform in the plain colour; within the spans (parts of the song) in the other, on a tinted ground."""
    image = to_image(colored(amount, plain))
    columns = amount.shape[1]
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for start, stop in spans:
        first, last = int(start * columns), max(int(start * columns) + 1, round(stop * columns))
        part = to_image(colored(amount[:, first:last], covered))
        ground = QImage(part.size(), part.format())
        ground.fill(with_alpha(covered, 0.13))
        over = QPainter(ground)
        over.drawImage(0, 0, part)
        over.end()
        painter.drawImage(first, 0, ground)
    painter.end()
    return image


class _Window(pg.GraphicsObject):  # type: ignore[misc]
    """The frame around what the lanes show; what lies outside is dimmed. Nothing while that is the whole song."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = QRectF()
        self._part: QRectF | None = None
        self._edge, self._shade = QPen(), QColor()
        self.setZValue(50)

    def set_view(self, view: TimeView, edge: QPen, shade: QColor) -> None:
        self.prepareGeometryChange()
        self._whole = QRectF(0.0, 0.0, view.duration_s, 1.0)
        self._part = None if view.whole else QRectF(view.start_s, 0.0, view.span_s, 1.0)
        self._edge, self._shade = edge, shade
        self.update()

    def boundingRect(self) -> QRectF:
        return self._whole

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._part is None:
            return
        left, right = self._part.left(), self._part.right()
        painter.fillRect(QRectF(QPointF(0.0, 0.0), QPointF(left, 1.0)), self._shade)
        painter.fillRect(QRectF(QPointF(right, 0.0), self._whole.bottomRight()), self._shade)
        painter.setPen(self._edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self._part)
