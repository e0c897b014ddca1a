"""The whole song in one strip: its outline, what of it is separated, and which stretch the lanes show."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen

from app.ui.appearance import Appearance
from app.ui.theme import blend, with_alpha
from app.ui.timeline.column_fill import colored, fill_between, to_image
from app.ui.timeline.time_items import TimeItems
from app.ui.timeline.time_strip import DRAG_PX, TimeStrip
from app.ui.timeline.time_view import TimeView

if TYPE_CHECKING:
    from app.song.song import Song

_HEIGHT_PX: Final = 52
_NEAR_PX: Final = 5.0


class Overview(TimeStrip):
    """The outline of the whole song.

    A click seeks; dragging scrolls the lanes, at an edge of their window it zooms; dragging the playhead, or anything
    with Shift, scrubs.

    Signals:
        seek_requested(float): clicked at this time.
        scrubbed(object): the playhead is held at this time; None when it is let go.
    """

    seek_requested = Signal(float)
    scrubbed = Signal(object)

    def __init__(self, view: TimeView, appearance: Appearance, items: TimeItems) -> None:
        super().__init__(view, appearance)
        self._items = items
        self._song: Song | None = None
        self._outline = QImage()
        self._drawn: tuple[object, ...] = ()
        self._drag = ""
        self._begin = QPointF()
        self._pulled = False
        self._last_x = 0.0
        self.setFixedHeight(_HEIGHT_PX)
        self.setObjectName("overview")
        self.setAccessibleName(self.tr("Overview of the whole song"))

    @property
    def shown_s(self) -> tuple[float, float]:
        """Always the whole song."""
        return 0.0, self.view.duration_s

    def set_song(self, song: "Song | None") -> None:
        """Show another song."""
        self._song = song
        self._drawn = ()
        self.redraw()

    @Slot()
    def show_words(self) -> None:
        """Tell screen readers how much is separated, and what the lanes show."""
        done = self._song.coverage.fraction(self._song.frames) if self._song else 0.0
        words = self.tr("{0:.0f} % separated, lanes show {1:.0f} % of the song").format(
            done * 100, 100 * self.view.span_s / self.view.duration_s
        )
        self.speak(self.playhead_s or 0.0, words)

    def draw(self, width: int, height: int, ratio: float) -> QImage:
        """See TimeStrip; the outline itself depends on nothing but the song, its coverage and the size."""
        theme, song = self.appearance.theme, self._song
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.fill(blend(theme.sunken, theme.panel, 0.75))
        if song is None:
            return image
        state = (width, height, song.coverage.version, theme.name)
        if self._drawn != state:
            self._drawn = state
            low, high = song.mix_peaks.envelope(0, song.frames, width)
            spans = tuple((start / song.frames, stop / song.frames) for start, stop in song.coverage.spans)
            amount = _outline(low, high, height)
            self._outline = _shaded(amount, spans, QColor(theme.waveform), QColor(theme.covered))
        painter = QPainter(image)
        painter.drawImage(0, 0, self._outline)
        painter.scale(ratio, ratio)
        self._draw_items(painter)
        self._draw_window(painter)
        painter.end()
        return image

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        super().mousePressEvent(event)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._begin, self._pulled, self._last_x = event.position(), False, event.position().x()
        self._drag = self._grip_at(event)
        if self._drag == "scrub":
            self.scrubbed.emit(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseMoveEvent(event)
        x = event.position().x()
        if not self._drag:
            self._show_cursor(event)
            return
        if not self._pulled and abs(x - self._begin.x()) < DRAG_PX:
            return
        self._pulled = True
        if self._drag == "scrub":
            self.scrubbed.emit(self.time_at(x))
        elif self._drag == "start":
            self.view.show(min(self.time_at(x), self.view.stop_s - 0.1), self.view.stop_s)
        elif self._drag == "stop":
            self.view.show(self.view.start_s, max(self.time_at(x), self.view.start_s + 0.1))
        else:
            self.view.scroll((x - self._last_x) * self.view.duration_s / max(1, self.width()))
        self._last_x = x

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseReleaseEvent(event)
        if event.button() != Qt.MouseButton.LeftButton or not self._drag:
            return
        drag, self._drag = self._drag, ""
        time_s = self.time_at(event.position().x())
        if drag == "scrub":
            self.scrubbed.emit(None)
        elif not self._pulled:
            self.seek_requested.emit(time_s)
            if not self.view.start_s <= time_s <= self.view.stop_s:
                self.view.center(time_s)

    def _grip_at(self, event: QMouseEvent) -> str:
        x = event.position().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return "scrub"
        if self.playhead_s is not None and self.playhead_s > 0.0 and abs(self.x_of(self.playhead_s) - x) <= _NEAR_PX:
            return "scrub"
        if not self.view.whole:
            for grip, edge in (("start", self.view.start_s), ("stop", self.view.stop_s)):
                if abs(self.x_of(edge) - x) <= _NEAR_PX:
                    return grip
        return "pan"

    def _show_cursor(self, event: QMouseEvent) -> None:
        shapes = {"scrub": Qt.CursorShape.OpenHandCursor, "pan": Qt.CursorShape.ArrowCursor}
        self.setCursor(shapes.get(self._grip_at(event), Qt.CursorShape.SizeHorCursor))

    def _draw_items(self, painter: QPainter) -> None:
        theme, loop = self.appearance.theme, self._items.loop_s
        if loop is not None:
            left, right = (self.x_of(edge) for edge in loop)
            painter.fillRect(QRectF(left, 0.0, max(2.0, right - left), 4.0), QColor(theme.accent))
            painter.fillRect(
                QRectF(left, 0.0, max(1.0, right - left), float(self.height())), with_alpha(theme.accent, 0.12)
            )
        painter.setPen(QPen(QColor(theme.text), 1.0, Qt.PenStyle.DotLine))
        for marker in self._items.markers:
            x = round(self.x_of(marker.frame / self._items.rate)) + 0.5
            painter.drawLine(QPointF(x, 0.0), QPointF(x, float(self.height())))

    def _draw_window(self, painter: QPainter) -> None:
        """The frame around what the lanes show; what lies outside is dimmed. Nothing while that is the whole song."""
        if self.view.whole:
            return
        theme, height = self.appearance.theme, float(self.height())
        left, right = self.x_of(self.view.start_s), self.x_of(self.view.stop_s)
        shade = with_alpha(theme.window, 0.6)
        painter.fillRect(QRectF(0.0, 0.0, left, height), shade)
        painter.fillRect(QRectF(right, 0.0, self.width() - right, height), shade)
        painter.setPen(QPen(with_alpha(theme.text, 0.7), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(round(left) + 0.5, 0.5, max(3.0, round(right - left) - 1.0), height - 1.0))


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
