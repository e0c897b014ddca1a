"""The label that tells what lies under the mouse."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.appearance import scaled_font

_BESIDE_PX = 14
_MARGIN_PX = 4


class HoverLabel(QLabel):
    """Stands beside the mouse, within its parent and clear of one of its neighbours; clicks go through it."""

    def __init__(self, parent: QWidget, neighbour: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._neighbour = neighbour
        self._told_at = QPoint()
        self.setObjectName("hover-label")
        self.setFont(scaled_font(self, 0.88, tabular=True))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        neighbour.installEventFilter(self)

    def tell(self, text: str, place: QPoint) -> None:
        """Show a text right of a place of the parent, or left of it if there is no room."""
        self._told_at = place
        self.setText(text)
        self.adjustSize()
        self._settle()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The neighbour has come, gone or moved: make room for it."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize) and self.isVisible():
            self._settle()
        return super().eventFilter(watched, event)

    def _settle(self) -> None:
        place, room = self._told_at, self._parent.size()
        x = place.x() + _BESIDE_PX
        if x + self.width() > room.width() - _MARGIN_PX:
            x = place.x() - _BESIDE_PX - self.width()
        y = place.y() - self.height() // 2
        taken = self._neighbour.geometry()
        if not self._neighbour.isHidden() and taken.intersects(QRect(QPoint(x, y), self.size())):
            above, below = taken.top() - _MARGIN_PX - self.height(), taken.bottom() + _MARGIN_PX
            y = above if above >= _MARGIN_PX else below
        self.move(x, min(max(_MARGIN_PX, y), room.height() - self.height() - _MARGIN_PX))
