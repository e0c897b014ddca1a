"""What the overview and the lanes share: a plot over time with a playhead, a mouse and a wheel."""

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPen, QResizeEvent, QWheelEvent

from app.ui.appearance import Appearance
from app.ui.theme import with_alpha
from app.ui.time_view import TimeView

_DRAG_PX: Final = 4
_ZOOM_PER_NOTCH: Final = 1.25
_SCROLL_PER_NOTCH: Final = 0.12


class TimePlot(pg.GraphicsView):  # type: ignore[misc]
    """A plot whose x axis is the song's time in seconds and whose y axis runs down from 0 to `rows`.

    Moving the playhead repaints a strip of a few pixels; everything else is drawn anew only when the view, the size,
    the theme or the data change (`redraw`, which subclasses fill in).

    Signals:
        seek_requested(float): clicked at this time.
        hovered(QPointF): the mouse is at this place of the viewport.
        unhovered(): the mouse has left.
    """

    seek_requested = Signal(float)
    hovered = Signal(QPointF)
    unhovered = Signal()

    def __init__(self, view: TimeView, appearance: Appearance, rows: int) -> None:
        super().__init__(background=None)
        self.view = view
        self.appearance = appearance
        self.rows = rows
        self._pressed: QPointF | None = None
        self._dragging = False
        self.box = pg.ViewBox(border=None, enableMouse=False, enableMenu=False, invertY=True, defaultPadding=0.0)
        self.setCentralItem(self.box)
        self.playhead = pg.InfiniteLine(0.0, angle=90, movable=False)
        self.playhead.setZValue(100)
        self.playhead.hide()
        self.pointer = pg.InfiniteLine(0.0, angle=90, movable=False)
        self.pointer.setZValue(90)
        self.pointer.hide()
        for line in (self.playhead, self.pointer):
            self.box.addItem(line, ignoreBounds=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(0, 0)
        self.setAcceptDrops(False)  # the window takes them
        self.viewport().setAcceptDrops(False)
        view.changed.connect(self.show_view)
        appearance.changed.connect(self.dress)
        self.dress()

    @property
    def shown_s(self) -> tuple[float, float]:
        """The stretch of time between the left and the right edge."""
        return self.view.start_s, self.view.stop_s

    def time_at(self, x: float) -> float:
        """The time at a place of the viewport, within the song."""
        start_s, stop_s = self.shown_s
        time_s = start_s + (stop_s - start_s) * x / max(1, self.viewport().width())
        return min(max(0.0, time_s), self.view.duration_s)

    def x_of(self, time_s: float) -> float:
        """The place of a time in the viewport, in pixels from the left."""
        start_s, stop_s = self.shown_s
        return (time_s - start_s) / (stop_s - start_s) * self.viewport().width()

    def columns(self) -> int:
        """Physical pixels from left to right."""
        return max(1, round(self.viewport().width() * self.devicePixelRatioF()))

    def lines(self) -> int:
        """Physical pixels from top to bottom."""
        return max(1, round(self.viewport().height() * self.devicePixelRatioF()))

    def line(self, color: QColor, width_px: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A pen of a width in logical pixels, whatever the axes' scales. Qt counts such pens in physical pixels."""
        pen = QPen(color, width_px * self.devicePixelRatioF(), style)
        pen.setCosmetic(True)
        return pen

    def redraw(self) -> None:
        """Bring what is in view up to date."""

    @Slot()
    def show_view(self) -> None:
        """Follow the view."""
        start_s, stop_s = self.shown_s
        self.box.setRange(xRange=(start_s, stop_s), yRange=(0.0, float(self.rows)), padding=0.0, disableAutoRange=True)
        self.redraw()

    @Slot()
    def dress(self) -> None:
        """Follow the theme."""
        theme = self.appearance.theme
        self.playhead.setPen(self.line(QColor(theme.playhead), 1.0))
        self.pointer.setPen(self.line(with_alpha(theme.text, 0.35), 1.0))
        self.redraw()

    def show_playhead(self, time_s: float | None) -> None:
        """Put the playhead there; None hides it."""
        self.playhead.setVisible(time_s is not None)
        if time_s is not None:
            self.playhead.setPos(time_s)

    def show_pointer(self, time_s: float | None) -> None:
        """Mark the time under the mouse; None takes the mark away."""
        self.pointer.setVisible(time_s is not None)
        if time_s is not None:
            self.pointer.setPos(time_s)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        super().resizeEvent(event)
        if hasattr(self, "view"):
            self.show_view()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.dress()
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._pressed is not None:
            moved = event.position().x() - self._pressed.x()
            if self._dragging or abs(moved) >= _DRAG_PX:
                self._dragging = True
                self.drag(moved)
                self._pressed = event.position()
        self.hovered.emit(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            if not self._dragging:
                self.seek_requested.emit(self.time_at(event.position().x()))
            self._pressed, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        super().leaveEvent(event)
        self.unhovered.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        vertical, sideways = event.angleDelta().y() / 120, event.angleDelta().x() / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways, vertical = sideways + vertical, 0.0
        if sideways:
            self.view.scroll(-sideways * _SCROLL_PER_NOTCH * self.view.span_s)
        elif vertical:
            self.view.zoom(_ZOOM_PER_NOTCH**vertical, self.time_at(event.position().x()))
        self.hovered.emit(event.position())
        event.accept()

    def drag(self, moved_px: float) -> None:
        """The mouse pulled the plot sideways by that much."""
        start_s, stop_s = self.shown_s
        self.view.scroll(-moved_px * (stop_s - start_s) / max(1, self.viewport().width()))
