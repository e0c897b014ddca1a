"""The names beside the lanes."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.appearance import Appearance, scaled_font
from app.ui.names import display_name, icon_name
from app.ui.theme import with_alpha
from models.instruments import INSTRUMENTS

_ICON_PX: Final = 17


class LaneLabels(QWidget):
    """For each lane the instrument's colour, picture and name, and how much of the song it plays.

    Signals:
        selected(int): clicked on this lane.
    """

    selected = Signal(int)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._shares: tuple[float | None, ...] = (None,) * len(INSTRUMENTS)
        self._selected = -1
        self._small = scaled_font(self, 0.80, tabular=True)
        appearance.changed.connect(self._changed)

    def set_lanes(self, shares: tuple[float | None, ...], selected: int) -> None:
        """How much of what is separated each instrument plays (0..1, None: unknown), and the selected lane or -1."""
        if (shares, selected) != (self._shares, self._selected):
            self._shares, self._selected = shares, selected
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        row = int(event.position().y() * len(INSTRUMENTS) / max(1, self.height()))
        self.selected.emit(min(len(INSTRUMENTS) - 1, max(0, row)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(len(INSTRUMENTS)):
            top = self.height() * row / len(INSTRUMENTS)
            self._paint_label(painter, row, QRectF(0, top, self.width(), self.height() / len(INSTRUMENTS)))

    def _paint_label(self, painter: QPainter, row: int, box: QRectF) -> None:
        theme, share = self._appearance.theme, self._shares[row]
        absent = share is not None and share <= 0.0
        color = theme.instrument(row)
        if row == self._selected:
            painter.fillRect(box, with_alpha(theme.text, 0.06))
        if row:
            painter.fillRect(QRectF(box.left(), box.top(), box.width(), 1), with_alpha(theme.border, 0.75))
        painter.fillRect(
            QRectF(box.left(), box.top() + 1, 3, box.height() - 1), with_alpha(color, 0.3 if absent else 1.0)
        )
        icon = self._appearance.icon(icon_name(INSTRUMENTS[row]), theme.dim if absent else color.name())
        middle = box.center().y()
        icon.paint(painter, QRect(11, round(middle - _ICON_PX / 2), _ICON_PX, _ICON_PX))
        painter.setFont(self.font())
        painter.setPen(QColor(theme.dim if absent else theme.text))
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(35, 0, -44, 0), vertical, display_name(INSTRUMENTS[row]))
        painter.setFont(self._small)
        painter.setPen(QColor(theme.dim))
        text = "" if share is None else "–" if absent else f"{max(1, round(share * 100))} %"
        painter.drawText(box.adjusted(0, 0, -10, 0), vertical | Qt.AlignmentFlag.AlignRight, text)

    @Slot()
    def _changed(self) -> None:
        self.update()
