"""A label whose text may be longer than its place."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """A plain text, shortened to the room it has; the tooltip tells all of it if it is.

    It wants as much room as its text needs, up to `widest_px` if given, but makes do with little.
    """

    def __init__(self, widest_px: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self._widest_px = widest_px
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def text(self) -> str:  # noqa: D102 - Qt
        return self._whole

    def setText(self, text: str) -> None:  # noqa: D102
        self._whole = text
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: D102
        needed = self.fontMetrics().horizontalAdvance(self._whole) + 2
        return QSize(needed if self._widest_px is None else min(needed, self._widest_px), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        return QSize(min(40, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        super().setText(shown)
        self.setToolTip("" if shown == self._whole else self._whole)
