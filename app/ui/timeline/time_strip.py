"""What overview, ruler and lanes share: a strip over time with a picture, a playhead, a pointer and a wheel."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider

from app.ui.appearance import Appearance
from app.ui.theme import with_alpha
from app.ui.timeline.time_view import TimeView

DRAG_PX: Final = 4
"""A press that moves less is a click."""

_ZOOM_PER_NOTCH: Final = 1.25
_SCROLL_PER_NOTCH: Final = 0.12


class TimeStrip(QAbstractSlider):
    """A strip whose x axis is the song's time.

    Its picture is drawn anew only when the view, the size, the theme or the data change (`draw`, which subclasses fill
    in), and at most once for each frame on the screen; moving the playhead copies a few columns of it.

    Being a slider to Qt, it is one for screen readers: its value is a moment in milliseconds, and the description says
    in words what is there.

    Signals:
        hovered(QPointF): the mouse is at this place.
        unhovered(): the mouse has left.
        scrolled(float): the wheel asks for that many notches upwards in the lanes.
    """

    hovered = Signal(QPointF)
    unhovered = Signal()
    scrolled = Signal(float)

    def __init__(self, view: TimeView, appearance: Appearance) -> None:
        super().__init__()
        self.view = view
        self.appearance = appearance
        self._picture = QImage()
        self._stale = True
        self._playhead_s: float | None = None
        self._pointer_s: float | None = None
        self._panned_from: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMaximum(0)
        view.changed.connect(self.redraw)
        appearance.changed.connect(self.redraw)

    @property
    def shown_s(self) -> tuple[float, float]:
        """The stretch of time between the left and the right edge."""
        return self.view.start_s, self.view.stop_s

    @property
    def playhead_s(self) -> float | None:
        """Where the playhead is."""
        return self._playhead_s

    def time_at(self, x: float) -> float:
        """The time at a place, within the song."""
        start_s, stop_s = self.shown_s
        time_s = start_s + (stop_s - start_s) * x / max(1, self.width())
        return min(max(0.0, time_s), self.view.duration_s)

    def x_of(self, time_s: float) -> float:
        """The place of a time, in logical pixels from the left."""
        start_s, stop_s = self.shown_s
        return (time_s - start_s) / (stop_s - start_s) * self.width()

    def draw(self, width: int, height: int, ratio: float) -> QImage:
        """An opaque picture of everything but playhead and pointer, in physical pixels, `ratio` to a logical one."""
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """What lies over the picture and changes often, in logical pixels."""

    def speak(self, time_s: float, words: str) -> None:
        """What a screen reader finds here."""
        length, moment = round(self.view.duration_s * 1000), round(time_s * 1000)
        if length != self.maximum():
            self.setMaximum(length)
        if moment != self.value():
            self.setValue(moment)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    @Slot()
    def redraw(self) -> None:
        """Bring the picture up to date with the next frame."""
        self._stale = True
        self.update()

    def show_playhead(self, time_s: float | None) -> None:
        """Put the playhead there; None hides it."""
        if self._moved(self._playhead_s, time_s):
            self._playhead_s = time_s

    def show_pointer(self, time_s: float | None) -> None:
        """Mark the time under the mouse; None takes the mark away."""
        if self._moved(self._pointer_s, time_s):
            self._pointer_s = time_s

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if self._stale or (self._picture.width(), self._picture.height()) != (width, height):
            self._picture = self.draw(width, height, ratio)
            self._picture.setDevicePixelRatio(1.0)
            self._stale = False
        painter = QPainter(self)
        part = event.rect()
        source = QRectF(part.x() * ratio, part.y() * ratio, part.width() * ratio, part.height() * ratio)
        painter.drawImage(QRectF(part), self._picture, source)
        self.draw_over(painter)
        theme = self.appearance.theme
        self._draw_line(painter, self._pointer_s, with_alpha(theme.text, 0.35))
        self._draw_line(painter, self._playhead_s, QColor(theme.playhead))
        painter.end()

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        """The value is for screen readers: nothing is painted by it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = event.position().x()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._panned_from is not None:
            start_s, stop_s = self.shown_s
            moved_px, self._panned_from = event.position().x() - self._panned_from, event.position().x()
            self.view.scroll(-moved_px * (stop_s - start_s) / max(1, self.width()))
        self.hovered.emit(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = None
            self.unsetCursor()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        self.unhovered.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self.unhovered.emit()  # the mouse is over another time now

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll in time; with Ctrl zoom around the mouse; with Shift scroll the lanes."""
        vertical, sideways = event.angleDelta().y() / 120, event.angleDelta().x() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.view.zoom(_ZOOM_PER_NOTCH**vertical, self.time_at(event.position().x()))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.scrolled.emit(vertical or sideways)
        else:
            self.view.scroll(-(vertical + sideways) * _SCROLL_PER_NOTCH * self.view.span_s)
        self.hovered.emit(event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture  # two fingers on a touch pad
        ):
            self.view.zoom(1.0 + event.value(), self.time_at(event.position().x()))
            return True
        return super().event(event)

    def _moved(self, old_s: float | None, new_s: float | None) -> bool:
        """Have the places of a line that moves painted; whether it has moved by a pixel."""
        old, new = (None if time_s is None else round(self.x_of(time_s)) for time_s in (old_s, new_s))
        if old == new and (old_s is None) == (new_s is None):
            return old_s != new_s
        for x in (old, new):
            if x is not None and -8 <= x <= self.width() + 8:
                self.update(QRect(x - self.line_reach, 0, 2 * self.line_reach + 1, self.height()))
        return True

    line_reach = 2
    """Logical pixels beside a line that are painted with it."""

    def _draw_line(self, painter: QPainter, time_s: float | None, color: QColor) -> None:
        if time_s is not None:
            painter.fillRect(QRectF(round(self.x_of(time_s)), 0.0, 1.0, float(self.height())), color)
