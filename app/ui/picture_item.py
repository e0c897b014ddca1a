"""A picture that fills a plot."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


class PictureItem(pg.GraphicsObject):  # type: ignore[misc]
    """Shows a picture of exactly the viewport's size, pixel by pixel; moving a line over it costs a copy of a strip."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._rect = QRectF()

    def set_picture(self, image: QImage, rect: QRectF) -> None:
        """Show a picture; `rect` is what the plot shows, in its own units."""
        self.prepareGeometryChange()
        self._image, self._rect = image, rect
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: D102 - Qt
        return self._rect

    def paint(  # noqa: D102
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setWorldMatrixEnabled(False)
        painter.drawImage(QPointF(0.0, 0.0), self._image)
        painter.setWorldMatrixEnabled(True)
