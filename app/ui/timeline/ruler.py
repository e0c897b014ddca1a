"""The time axis, with the loop and the markers on it."""

import math
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
)

from app.audio.units import format_time
from app.ui.appearance import Appearance, scaled_font
from app.ui.theme import blend, with_alpha
from app.ui.timeline.time_items import TimeItem, TimeItems
from app.ui.timeline.time_strip import DRAG_PX, TimeStrip
from app.ui.timeline.time_view import TimeView

_STEPS_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_LABEL_PX: Final = 84
_HEAD_PX: Final = 7
_BAND_PX: Final = 15
_HEIGHT_PX: Final = 37
_NEAR_PX: Final = 5.0
_STEP_PX: Final = 6.0

Grip = Literal["scrub", "item", "band", "new"]
_KEYS: Final = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_F2,
    Qt.Key.Key_Escape,
)


@dataclass
class _Drag:
    grip: Grip
    begin: QPointF
    item: TimeItem | None = None
    offset_s: float = 0.0
    moved: bool = False


class Ruler(TimeStrip):
    """Ticks and times of what the lanes show.

    A click seeks; a drag makes a loop; the loop's ends, the loop itself and markers can be dragged; dragging the
    playhead's head, or anything with Shift, scrubs. In focus: Left and Right move the chosen end or marker (with Shift
    finely), Up and Down choose another, Delete removes it, Enter types its time, F2 renames a marker.

    Signals:
        seek_requested(float): clicked at this time.
        scrubbed(object): the playhead is held at this time; None when it is let go.
        menu_requested(QPointF, float, object): at this place of the screen and time, over this item or None.
        typing_requested(object): type the time of this item.
        naming_requested(int): type the name of this marker.
    """

    seek_requested = Signal(float)
    scrubbed = Signal(object)
    menu_requested = Signal(QPointF, float, object)
    typing_requested = Signal(object)
    naming_requested = Signal(int)

    line_reach = _HEAD_PX + 1

    def __init__(self, view: TimeView, appearance: Appearance, items: TimeItems) -> None:
        super().__init__(view, appearance)
        self._items = items
        self._drag: _Drag | None = None
        self._chosen = 0
        self.setFixedHeight(_HEIGHT_PX)
        self.setFont(scaled_font(self, 0.80, tabular=True))
        self.setObjectName("ruler")
        self.setAccessibleName(self.tr("Ruler: time, loop and markers"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_items()

    @property
    def chosen(self) -> TimeItem | None:
        """The end of the loop or the marker that the keys move."""
        items = self._items.items
        return items[min(self._chosen, len(items) - 1)] if items else None

    @Slot()
    def show_items(self) -> None:
        """The loop or the markers have changed."""
        item = self.chosen
        self.speak(item.frame / self._items.rate if item else 0.0, self.words(item))
        self.redraw()

    def words(self, item: TimeItem | None) -> str:
        """What is said of an item."""
        if item is None:
            return self.tr("no loop, no markers")
        time = format_time(item.frame / self._items.rate, 2)
        if item.kind == "marker":
            return self.tr("Marker “{0}” at {1}").format(item.name, time)
        text = self.tr("Loop start at {0}") if item.kind == "loop-start" else self.tr("Loop end at {0}")
        return text.format(time)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, _HEIGHT_PX)

    def draw(self, width: int, height: int, ratio: float) -> QImage:
        """See TimeStrip."""
        image = QImage(width, height, QImage.Format.Format_RGB32)
        theme = self.appearance.theme
        image.fill(QColor(theme.panel))
        painter = QPainter(image)
        painter.scale(ratio, ratio)
        painter.setFont(self.font())
        self._draw_loop(painter)
        self._draw_ticks(painter)
        self._draw_markers(painter)
        painter.end()
        return image

    def draw_over(self, painter: QPainter) -> None:
        """See TimeStrip: the head of the playhead, and the frame of the focus."""
        theme = self.appearance.theme
        if self.playhead_s is not None:
            x, bottom = round(self.x_of(self.playhead_s)) + 0.5, float(self.height())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.playhead))
            half, top = _HEAD_PX - 1, bottom - _HEAD_PX - 3
            painter.drawPolygon(QPolygonF([QPointF(x - half, top), QPointF(x + half, top), QPointF(x, bottom)]))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(1.0, 1.0, self.width() - 2.0, self.height() - 2.0))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = self._begin(event)
            if self._drag.item is not None:
                self._chosen = self._items.items.index(self._drag.item)
                self.show_items()
            if self._drag.grip == "scrub":
                self.scrubbed.emit(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseMoveEvent(event)
        drag, at = self._drag, event.position()
        if drag is None:
            self._show_cursor(event)
            return
        if not drag.moved and abs(at.x() - drag.begin.x()) < DRAG_PX:
            return
        drag.moved = True
        time_s = self.time_at(at.x())
        if drag.grip == "scrub":
            self.scrubbed.emit(time_s)
        elif drag.grip == "new":
            self._items.set_loop(self.time_at(drag.begin.x()), time_s)
        elif drag.grip == "band":
            self._items.move_loop(round((time_s - drag.offset_s) * self._items.rate))
        elif drag.item is not None:
            self._items.move(drag.item, time_s)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseReleaseEvent(event)
        drag, self._drag = self._drag, None
        if drag is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if drag.grip == "scrub":
            self.scrubbed.emit(None)
        elif not drag.moved:
            item = drag.item
            self.seek_requested.emit(item.frame / self._items.rate if item else self.time_at(drag.begin.x()))
        self._items.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        item = self._item_at(event.position())
        if item is not None and item.kind == "marker":
            self._drag = None
            self.naming_requested.emit(item.index)
        elif item is not None:
            self._drag = None
            self.typing_requested.emit(item)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            item = self.chosen
            time_s = item.frame / self._items.rate if item else self.playhead_s or 0.0
            place = QPointF(self.mapToGlobal(QPointF(self.x_of(time_s), float(self.height()))))
        else:
            item, place = self._item_at(QPointF(event.pos())), QPointF(event.globalPos())
            time_s = self.time_at(event.pos().x())
        self.menu_requested.emit(place, time_s, item)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip:
            item = self._item_at(QPointF(event.pos()))  # type: ignore[attr-defined]
            self.setToolTip(self.words(item) if item else self.tr("Drag: loop. Shift+drag: scrub. Click: go there."))
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        item, key = self.chosen, event.key()
        if not self._is_own(event) or (item is None and key != Qt.Key.Key_Escape):
            event.ignore()
            return
        if key == Qt.Key.Key_Escape or item is None:
            self.window().setFocus(Qt.FocusReason.OtherFocusReason)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._chosen = (self._items.items.index(item) + (1 if key == Qt.Key.Key_Down else -1)) % len(
                self._items.items
            )
            self.view.reveal(self.chosen.frame / self._items.rate if self.chosen else 0.0)
            self.show_items()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(item, 1 if key == Qt.Key.Key_Right else -1, event.modifiers())
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._items.remove(item)
        elif key == Qt.Key.Key_F2 and item.kind == "marker":
            self.naming_requested.emit(item.index)
        else:
            self.typing_requested.emit(item)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.redraw()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.redraw()

    def _step(self, item: TimeItem, direction: int, modifiers: Qt.KeyboardModifier) -> None:
        per_px = self.view.span_s / max(1, self.width())
        pixels = 1.0 if modifiers & Qt.KeyboardModifier.ShiftModifier else _STEP_PX
        self._items.end()
        moved = self._items.move(item, item.frame / self._items.rate + direction * pixels * per_px)
        self._items.end()
        items = self._items.items
        self._chosen = next(
            (place for place, other in enumerate(items) if (other.kind, other.index) == (moved.kind, moved.index)), 0
        )
        self.view.reveal(moved.frame / self._items.rate)
        self.show_items()

    def _is_own(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        return event.key() in _KEYS and modifiers == Qt.KeyboardModifier.NoModifier

    def _begin(self, event: QMouseEvent) -> _Drag:
        at = event.position()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or self._on_head(at):
            return _Drag("scrub", at)
        item = self._item_at(at)
        if item is not None:
            return _Drag("item", at, item)
        loop = self._items.loop_s
        time_s = self.time_at(at.x())
        if loop is not None and at.y() < _BAND_PX and loop[0] <= time_s <= loop[1]:
            return _Drag("band", at, offset_s=time_s - loop[0])
        return _Drag("new", at)

    def _on_head(self, at: QPointF) -> bool:
        if self.playhead_s is None or at.y() < _BAND_PX:
            return False
        return abs(self.x_of(self.playhead_s) - at.x()) <= _HEAD_PX

    def _item_at(self, at: QPointF) -> TimeItem | None:
        """What can be dragged in the band at the top: the nearest end of the loop or marker, or a marker's name."""
        if at.y() > _BAND_PX:
            return None
        near = [
            (abs(self.x_of(item.frame / self._items.rate) - at.x()), item.kind == "marker", order)
            for order, item in enumerate(self._items.items)
        ]
        distance, _, order = min(near, default=(math.inf, False, 0))
        if distance <= _NEAR_PX:
            return self._items.items[order]
        for item in reversed(self._items.items):
            left = self.x_of(item.frame / self._items.rate)
            if item.kind == "marker" and left <= at.x() <= left + 12 + self.fontMetrics().horizontalAdvance(item.name):
                return item
        return None

    def _show_cursor(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._on_head(at) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._item_at(at) is not None:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def _draw_loop(self, painter: QPainter) -> None:
        loop, theme = self._items.loop_s, self.appearance.theme
        if loop is None:
            return
        left, right = (self.x_of(edge) for edge in loop)
        accent = QColor(theme.accent)
        painter.fillRect(QRectF(left, 0.0, right - left, self.height()), with_alpha(accent, 0.14))
        painter.fillRect(QRectF(left, 1.0, right - left, _BAND_PX - 3.0), with_alpha(accent, 0.45))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        for x, way in ((left, 1.0), (right, -1.0)):
            painter.drawRect(QRectF(x - 1.0, 0.0, 2.0, self.height()))
            painter.drawPolygon(QPolygonF([QPointF(x, 1.0), QPointF(x + 8.0 * way, 1.0), QPointF(x, _BAND_PX - 2.0)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_ticks(self, painter: QPainter) -> None:
        theme = self.appearance.theme
        step_s = tick_step(self.view.span_s, self.width())
        per_px = self.view.span_s / max(1, self.width())
        bottom = float(self.height())
        minor, parts = step_s / 5, 5
        decimals = 0 if step_s >= 1 else 1 if step_s >= 0.1 else 2
        tick = math.ceil(self.view.start_s / minor)
        while tick * minor <= self.view.stop_s:
            x = round((tick * minor - self.view.start_s) / per_px) + 0.5
            major = tick % parts == 0
            painter.setPen(QPen(with_alpha(theme.dim, 0.8 if major else 0.35), 1.0))
            painter.drawLine(QPointF(x, bottom - (8 if major else 4)), QPointF(x, bottom))
            if major:
                painter.setPen(QColor(theme.dim))
                text = format_time(tick * minor, decimals)
                room = QRectF(x + 4, _BAND_PX, _LABEL_PX, bottom - _BAND_PX - 3)
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
            tick += 1

    def _draw_markers(self, painter: QPainter) -> None:
        theme, chosen = self.appearance.theme, self.chosen
        metrics = painter.fontMetrics()
        places = [self.x_of(marker.frame / self._items.rate) for marker in self._items.markers]
        for index, marker in enumerate(self._items.markers):
            x = round(places[index])
            if not -300 <= x <= self.width():
                continue
            room = min((other - x - 4 for other in places if other > x + 1), default=200.0)
            text = metrics.elidedText(marker.name, Qt.TextElideMode.ElideRight, round(min(140.0, room - 12)))
            here = chosen is not None and chosen.kind == "marker" and chosen.index == index and self.hasFocus()
            width = 12.0 + metrics.horizontalAdvance(text)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tip, low = x + width - 4.0, _BAND_PX - 1.0
            flag = [(x, 0.5), (tip, 0.5), (x + width, _BAND_PX / 2), (tip, low), (x, low)]
            painter.setPen(QPen(QColor(theme.accent if here else theme.text), 2.0 if here else 1.0))
            painter.setBrush(blend(theme.text, theme.panel, 0.14))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in flag]))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawLine(QPointF(x + 0.5, 0.0), QPointF(x + 0.5, float(self.height())))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(x + 4, 0.0, width, _BAND_PX), Qt.AlignmentFlag.AlignVCenter, text)


def tick_step(span_s: float, width_px: int) -> float:
    """The smallest round number of seconds between two labels that leaves them room."""
    room_s = span_s * _LABEL_PX / max(1, width_px)
    return next((float(step) for step in _STEPS_S if step >= room_s), float(_STEPS_S[-1]))
