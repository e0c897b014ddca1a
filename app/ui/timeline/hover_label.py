"""The label that tells what lies under the mouse."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.appearance import scaled_font


class HoverLabel(QLabel):
    """Stands beside the mouse, within its parent; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setObjectName("hover-label")
        self.setFont(scaled_font(self, 0.88, tabular=True))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def tell(self, text: str, place: QPoint) -> None:
        """Show a text right of a place of the parent, or left of it if there is no room."""
        self.setText(text)
        self.adjustSize()
        room = self._parent.size()
        x = place.x() + 14
        if x + self.width() > room.width() - 4:
            x = place.x() - 14 - self.width()
        y = min(max(4, place.y() - self.height() // 2), room.height() - self.height() - 4)
        self.move(x, y)
        self.show()
        self.raise_()
