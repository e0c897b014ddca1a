"""The master's limiter: a switch, how much it takes away, and a menu with its ceiling."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.mixing.settings import LIMITER_CEILING_RANGE_DBTP
from app.session.commands import SetLimiter
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.gain_scale import format_db
from app.ui.lamp_button import LampButton
from app.ui.strip_menu import add_heading
from app.ui.type_in import TypeIn
from app.ui.typed_number import number_reader

_CEILINGS_DBTP: Final = (0.0, -0.3, -1.0, -2.0, -3.0, -6.0)
_FULL_DB: Final = 12.0
_FALL_DB: Final = 0.8  # per look


class ReductionBar(QWidget):
    """How much the limiter takes away now, 0 to 12 dB from the right."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.reduction_db = 0.0
        self.setFixedHeight(5)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("limiter-reduction")
        self.setAccessibleName(self.tr("Gain reduction"))
        appearance.changed.connect(self.update)

    def show_reduction(self, reduction_db: float) -> None:
        """Rise at once and fall slowly; positive dB."""
        shown = max(reduction_db, self.reduction_db - _FALL_DB, 0.0)
        if shown != self.reduction_db:
            self.reduction_db = shown
            text = self.tr("{0} dB of gain reduction").format(f"{shown:.1f}")
            self.setAccessibleDescription(text)
            self.setToolTip(text)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(60, 5)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme, box = self._appearance.theme, QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.sunken))
        painter.drawRoundedRect(box, 2, 2)
        width = box.width() * min(1.0, self.reduction_db / _FULL_DB)
        if width > 0.0:
            painter.setBrush(QColor(theme.meter_high))
            painter.drawRoundedRect(QRectF(box.right() - width, 0.0, width, box.height()), 2, 2)


class LimiterControl(QWidget):
    """Shows the session's limiter, sends commands. Its context menu sets the ceiling."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.button = LampButton(self.tr("Limit"), "limit")
        self.button.setObjectName("limiter")
        self.button.setAccessibleName(self.tr("Limiter"))
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.setFixedHeight(25)
        self.bar = ReductionBar(appearance)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.bar)
        column.addWidget(self.button)
        self.button.switched.connect(self._switch)
        session.mix_changed.subscribe(self.show_mix)
        self.show_mix()

    def show_mix(self) -> None:
        """Show the session's limiter."""
        limiter = self._session.mix.limiter
        self.button.setChecked(limiter.on)
        ceiling = format_db(limiter.ceiling_dbtp, unit=False)
        self.button.setAccessibleDescription(self.tr("ceiling {0} dBTP").format(ceiling))
        self.button.setToolTip(
            self.tr("Keep the true peak below {0} dBTP\nRight click for the ceiling").format(ceiling)
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt
        self.make_menu().popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """The ceilings to choose from."""
        limiter = self._session.mix.limiter
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add_heading(menu, self.tr("Ceiling of the true peak"))
        for ceiling in _CEILINGS_DBTP:
            action = menu.addAction(self.tr("{0} dBTP").format(format_db(ceiling, unit=False)))
            action.setCheckable(True)
            action.setChecked(ceiling == limiter.ceiling_dbtp)
            action.triggered.connect(partial(self._set_ceiling, ceiling))
        menu.addSeparator()
        menu.addAction(self.tr("Type a ceiling…")).triggered.connect(lambda: self.start_typing())
        return menu

    @Slot()
    def start_typing(self) -> None:
        """Open a field for the ceiling; what is typed is limited to what the limiter can do."""
        ceiling = format_db(self._session.mix.limiter.ceiling_dbtp, unit=False)
        TypeIn(self.button, ceiling, _read_ceiling, self._set_ceiling)

    def _set_ceiling(self, ceiling_dbtp: float, checked: bool = False) -> None:
        self._session.end_gesture()
        self._session.do(SetLimiter(replace(self._session.mix.limiter, ceiling_dbtp=ceiling_dbtp)))
        self._session.end_gesture()

    @Slot(bool, bool)
    def _switch(self, on: bool, exclusive: bool) -> None:
        self._session.end_gesture()
        self._session.do(SetLimiter(replace(self._session.mix.limiter, on=on)))
        self._session.end_gesture()


def _read_ceiling(text: str) -> float:
    low, high = LIMITER_CEILING_RANGE_DBTP
    return min(high, max(low, number_reader({"": 1.0, "db": 1.0, "dbtp": 1.0})(text)))
