"""The little handle at the right end of a threshold's line."""

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider

from app.ui.appearance import Appearance
from app.ui.names import display_name
from app.ui.theme import blend

if TYPE_CHECKING:
    from app.ui.timeline.lane import Lane

GRIP_PX: Final = QSize(15, 13)
_STEPS: Final = {
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_PageUp: 0.1,
    Qt.Key.Key_PageDown: -0.1,
}
Which = Literal["threshold", "release"]


class ThresholdGrip(QAbstractSlider):
    """Drags the line above which an instrument plays, or the one below which it stops. Up, Down, Page Up and Down too.

    Signals:
        edited(str, float): the user wants the line of that kind there, 0..1 of the lane.
        gesture_ended(): a drag is over.
    """

    edited = Signal(str, float)
    gesture_ended = Signal()

    def __init__(self, lane: "Lane", appearance: Appearance, which: Which) -> None:
        super().__init__(lane)
        self._lane = lane
        self._appearance = appearance
        self._which = which
        self._share = 0.5
        self._grabbed: float | None = None
        self.setObjectName(f"{which}-{lane.instrument}")
        self.setFixedSize(GRIP_PX)
        self.setRange(0, 100)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        name = display_name(lane.instrument)
        if which == "threshold":
            self.setAccessibleName(self.tr("{0}: threshold").format(name))
        else:
            self.setAccessibleName(self.tr("{0}: hysteresis").format(name))

    def show_share(self, share: float, release: float, threshold: float) -> None:
        """Where the line is, and what to say of it."""
        self._share = share
        self.setValue(round(share * 100))
        if self._which == "threshold":
            words = self.tr("Threshold {0:.0f} %: above it the instrument plays").format(share * 100)
        else:
            gap = (1.0 - release / threshold) * 100 if threshold else 0.0
            words = self.tr("Hysteresis {0:.0f} %: once it plays, it goes on down to {1:.0f} %").format(
                gap, share * 100
            )
        self.setToolTip(words)
        self.setAccessibleDescription(words)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position().y() - self.height() / 2
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._grabbed is not None:
            y = self._lane.mapFromGlobal(event.globalPosition()).y() - self._grabbed
            self.edited.emit(self._which, self._lane.box.share_at(y))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._grabbed is not None:
            self._grabbed = None
            self.gesture_ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        self.gesture_ended.emit()
        self.edited.emit(self._which, min(1.0, max(0.0, round(self._share + step, 4))))
        self.gesture_ended.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, right = self.height() / 2, self.width() - 1.0
        low = self.height() - 1.5
        shape = [(1.5, middle), (6.0, 1.5), (right, 1.5), (right, low), (6.0, low)]
        live = self.hasFocus() or self.underMouse() or self._grabbed is not None
        color = QColor(theme.accent) if live else blend(theme.text, theme.panel, 0.62)
        filled = self._which == "threshold"
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(color if filled else QColor(theme.panel))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in shape]))
        painter.end()
