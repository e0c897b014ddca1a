"""The name beside a lane, with its level and Other's."""

import math
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.ui.appearance import Appearance, scaled_font
from app.ui.gain_scale import format_db
from app.ui.names import display_name, icon_name
from app.ui.theme import blend, with_alpha
from app.ui.timeline.lane_data import ROWS

LABELS_PX: Final = 204
_ICON_PX: Final = 17
_FLOOR_DB: Final = -60.0
_FOLD: Final = QRect(6, 0, 16, 0)
_EDGE_PX: Final = 5
_DRAG_PX: Final = 5
_METER_PX: Final = 5.0


class LaneHeader(QAbstractSlider):
    """Picture, name, share of the song, level of the instrument and level of Other.

    A click selects; dragging it up or down reorders the lanes; dragging its lower edge makes the lane higher; the
    arrow, or a double click, folds it. For screen readers it is a slider at the instrument's level in dB.

    Signals:
        selected(str): clicked.
        dragged(str, QPoint): pulled to this place of the screen.
        dropped(str): let go after that.
        height_wanted(str, int): the lower edge was pulled there; 0 on a double click on it.
        fold_toggled(str): fold or unfold.
        menu_requested(str, QPointF): of this instrument, at this place of the screen.
    """

    selected = Signal(str)
    dragged = Signal(str, QPoint)
    dropped = Signal(str)
    height_wanted = Signal(str, int)
    fold_toggled = Signal(str)
    menu_requested = Signal(str, QPointF)

    def __init__(self, instrument: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.instrument = instrument
        self._appearance = appearance
        self._share: float | None = None
        self._collapsed = False
        self._is_selected = False
        self._levels = (_FLOOR_DB, _FLOOR_DB)
        self._pressed: QPoint | None = None
        self._action = ""
        self._hovered = False
        self._small = scaled_font(self, 0.80, tabular=True)
        self.setObjectName(f"lane-name-{instrument}")
        self.setAccessibleName(self.tr("{0}: level").format(display_name(instrument)))
        self.setRange(round(_FLOOR_DB), 6)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setToolTip(
            self.tr("Drag to reorder, double click to fold, pull the lower edge to enlarge")
            + "\n"
            + self.tr("The bars: level of the instrument (full), level of Other (hollow)")
        )
        appearance.changed.connect(self._changed)
        self.show_levels(*self._levels)

    def set_state(self, share: float | None, *, collapsed: bool, selected: bool) -> None:
        """How much of what is separated it plays (0..1, None: unknown), folded, selected."""
        if (share, collapsed, selected) != (self._share, self._collapsed, self._is_selected):
            self._share, self._collapsed, self._is_selected = share, collapsed, selected
            self.update()

    def show_levels(self, own_db: float, other_db: float) -> None:
        """The levels of the instrument and of Other, of one moment; they fall slowly here, as a meter does."""
        levels = tuple(max(_FLOOR_DB, db, old - 1.5) for db, old in zip((own_db, other_db), self._levels, strict=True))
        old = [round((db - _FLOOR_DB) * 2) for db in self._levels]
        self._levels = (levels[0], levels[1])
        if [round((db - _FLOOR_DB) * 2) for db in levels] != old or not self.accessibleDescription():
            self.update(self._meter_box().toAlignedRect())
            self.setValue(round(levels[0]))
            self.setAccessibleDescription(self._words())

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        """The value is for screen readers."""

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(LABELS_PX, 40)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = event.position().toPoint()
        if self._pressed.y() >= self.height() - _EDGE_PX and not self._collapsed:
            self._action = "height"
        elif _FOLD.left() <= self._pressed.x() <= _FOLD.right():
            self._action = "fold"
        else:
            self._action = "select"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        at = event.position().toPoint()
        if self._pressed is None:
            edge = at.y() >= self.height() - _EDGE_PX and not self._collapsed
            self.setCursor(Qt.CursorShape.SplitVCursor if edge else Qt.CursorShape.ArrowCursor)
            return
        if self._action == "height":
            self.height_wanted.emit(self.instrument, max(1, at.y()))
        elif self._action in ("select", "fold") and abs(at.y() - self._pressed.y()) >= _DRAG_PX:
            self._action = "move"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._action == "move":
            self.dragged.emit(self.instrument, event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        action, self._action, self._pressed = self._action, "", None
        if action == "select":
            self.selected.emit(self.instrument)
        elif action == "fold":
            self.fold_toggled.emit(self.instrument)
        elif action == "move":
            self.dropped.emit(self.instrument)
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        at = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if at.y() >= self.height() - _EDGE_PX and not self._collapsed:
            self.height_wanted.emit(self.instrument, 0)
        else:
            self.fold_toggled.emit(self.instrument)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: D102
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        self._hovered = False
        self.update()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() == QEvent.Type.ContextMenu:
            self.menu_requested.emit(self.instrument, QPointF(event.globalPos()))  # type: ignore[attr-defined]
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        absent = self._share is not None and self._share <= 0.0
        color = theme.instrument(ROWS[self.instrument])
        box = QRectF(self.rect())
        if self._is_selected:
            painter.fillRect(box, with_alpha(theme.text, 0.07))
        elif self._hovered:
            painter.fillRect(box, with_alpha(theme.text, 0.03))
        painter.fillRect(QRectF(0, box.bottom() - 1, box.width(), 1), with_alpha(theme.border, 0.75))
        painter.fillRect(QRectF(0, 0, 3, box.height() - 1), with_alpha(color, 0.3 if absent else 1.0))
        self._paint_fold(painter, box)
        middle = box.center().y()
        icon_px = min(_ICON_PX, self.height() - 4)
        icon = self._appearance.icon(icon_name(self.instrument), theme.dim if absent else color.name())
        icon.paint(painter, QRect(24, round(middle - icon_px / 2), icon_px, icon_px))
        painter.setFont(self._small if self._collapsed else self.font())
        painter.setPen(QColor(theme.dim if absent else theme.text))
        vertical = Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(
            display_name(self.instrument), Qt.TextElideMode.ElideRight, LABELS_PX - 47 - 52
        )
        painter.drawText(box.adjusted(47, 0, -52, 0), vertical, name)
        painter.setFont(self._small)
        painter.setPen(QColor(theme.dim))
        text = "" if self._share is None else "–" if absent else f"{max(1, round(self._share * 100))} %"
        painter.drawText(box.adjusted(0, 0, -22, 0), vertical | Qt.AlignmentFlag.AlignRight, text)
        self._paint_levels(painter)
        painter.end()

    def _paint_fold(self, painter: QPainter, box: QRectF) -> None:
        x, y = _FOLD.center().x() + 0.5, box.center().y()
        painter.setPen(QPen(QColor(self._appearance.theme.dim), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ways = ((-1.8, -3.5), (1.8, 0.0), (-1.8, 3.5)) if self._collapsed else ((-3.5, -1.8), (0.0, 1.8), (3.5, -1.8))
        painter.drawPolyline(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in ways]))

    def _meter_box(self) -> QRectF:
        return QRectF(LABELS_PX - 16.0, 4.0, 2 * _METER_PX + 2.0, max(4.0, self.height() - 9.0))

    def _paint_levels(self, painter: QPainter) -> None:
        theme, box = self._appearance.theme, self._meter_box()
        color = theme.instrument(ROWS[self.instrument])
        other = theme.instrument(len(ROWS))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for index, db in enumerate(self._levels):
            ground = QRectF(box.left() + index * (_METER_PX + 2.0), box.top(), _METER_PX, box.height())
            painter.fillRect(ground, blend(theme.text, theme.panel, 0.10))
            share = min(1.0, max(0.0, (db - _FLOOR_DB) / -_FLOOR_DB))
            bar = QRectF(ground.left(), ground.bottom() - share * ground.height(), _METER_PX, share * ground.height())
            if bar.height() < 1.0:
                continue
            if index == 0:
                painter.fillRect(bar, color)
            else:
                painter.setPen(QPen(other, 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(bar.adjusted(0.0, 0.0, -1.0, -1.0))

    def _words(self) -> str:
        own, other = (self.tr("silent") if db <= _FLOOR_DB or math.isinf(db) else format_db(db) for db in self._levels)
        return self.tr("{0}, Other {1}").format(own, other)

    @Slot()
    def _changed(self) -> None:
        self.update()
