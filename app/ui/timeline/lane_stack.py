"""The lanes under each other: their order, their heights, and the room they share."""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from app.session.session import Session
from app.session.view_state import LANE_HEIGHTS, ViewState
from app.ui.appearance import Appearance
from app.ui.theme import blend
from app.ui.timeline.lane import Lane
from app.ui.timeline.lane_cursor import LaneCursor
from app.ui.timeline.lane_data import LaneData
from app.ui.timeline.lane_edits import LaneEdits
from app.ui.timeline.lane_header import LABELS_PX, LaneHeader
from app.ui.timeline.time_view import TimeView
from models.instruments import INSTRUMENTS

COLLAPSED_PX: Final = 20
_LEAST_PX: Final = 36
_TALLER: Final = 1.3
_WHEEL_PX: Final = 48


class LaneStack(QWidget):
    """Headers on the left, lanes on the right, in the order of the session's view.

    Signals:
        arranged(): lanes have moved.
    """

    arranged = Signal()

    def __init__(
        self,
        session: Session,
        view: TimeView,
        appearance: Appearance,
        data: LaneData,
        cursor: LaneCursor,
        edits: LaneEdits,
        scroll_bar: QScrollBar,
    ) -> None:
        super().__init__()
        self._session = session
        self._data = data
        self._appearance = appearance
        self._cursor = cursor
        self.scroll_bar = scroll_bar
        self._selected: str | None = None
        self._heights: dict[str, int] = {}
        self.lanes = {name: Lane(name, view, appearance, data, cursor, edits) for name in INSTRUMENTS}
        self.headers = {name: LaneHeader(name, appearance) for name in INSTRUMENTS}
        for name in INSTRUMENTS:
            self.headers[name].setParent(self)
            self.lanes[name].setParent(self)
            self.headers[name].dragged.connect(self._dragged)
            self.headers[name].height_wanted.connect(self._pull)
            self.headers[name].fold_toggled.connect(self.toggle_collapsed)
            self.lanes[name].left.connect(self._leave)
            self.lanes[name].focused.connect(self.reveal)
            self.lanes[name].scrolled.connect(self.scroll_notches)
        self.setObjectName("lanes")
        self.setMinimumHeight(4 * COLLAPSED_PX)
        scroll_bar.valueChanged.connect(self._place)
        data.changed.connect(self._data_changed)

    @property
    def view_state(self) -> ViewState:
        """How the lanes stand."""
        return self._session.view

    @property
    def ordered(self) -> list[Lane]:
        """The lanes from top to bottom."""
        return [self.lanes[name] for name in self.view_state.order]

    @property
    def selected(self) -> str | None:
        """The instrument whose strip is selected."""
        return self._selected

    def lane_at(self, y: float) -> Lane:
        """The lane at a height of this widget."""
        return next((lane for lane in self.ordered if y < lane.y() + lane.height()), self.ordered[-1])

    def select(self, name: str | None) -> None:
        """Mark the lane of a strip, or none."""
        self._selected = name
        self.show_states()

    def show_states(self) -> None:
        """The view's state or the selection has changed."""
        for row, name in enumerate(INSTRUMENTS):
            collapsed, selected = name in self.view_state.collapsed, name == self._selected
            self.lanes[name].set_state(collapsed=collapsed, selected=selected)
            self.headers[name].set_state(self._data.shares[row], collapsed=collapsed, selected=selected)
        self.arrange()

    def change_view(self, view: ViewState) -> None:
        """Keep another state in the session and show it."""
        self._session.view = view
        self.show_states()

    @Slot(str)
    def toggle_collapsed(self, name: str) -> None:
        """Fold a lane or unfold it."""
        self.change_view(self.view_state.with_collapsed(name, name not in self.view_state.collapsed))

    def move_lane(self, name: str, by: int) -> None:
        """Move a lane down by so many places."""
        self.change_view(self.view_state.moved(name, max(0, self.view_state.order.index(name) + by)))
        self.reveal(name)

    def enlarge(self, name: str, steps: int) -> None:
        """Make a lane higher, or lower for negative steps; a collapsed one unfolds."""
        view = self.view_state.with_collapsed(name, False)
        height = view.height(name) or max(_LEAST_PX, self.lanes[name].height())
        self.change_view(view.with_height(name, height * _TALLER**steps))
        self.reveal(name)

    def reset_height(self, name: str) -> None:
        """Let a lane share the room with the others again."""
        self.change_view(self.view_state.with_height(name, None))

    def arrange(self) -> None:
        """Give each lane its height and place."""
        view = self.view_state
        fixed = {
            name: COLLAPSED_PX if name in view.collapsed else view.height(name)
            for name in INSTRUMENTS
            if name in view.collapsed or view.height(name)
        }
        free = [name for name in view.order if name not in fixed]
        left = self.height() - sum(height or 0 for height in fixed.values())
        self._heights = {name: height or 0 for name, height in fixed.items()}
        for index, name in enumerate(free):
            share = max(_LEAST_PX, left // (len(free) - index))
            self._heights[name] = share
            left -= share
        total = sum(self._heights.values())
        self.scroll_bar.setPageStep(self.height())
        self.scroll_bar.setSingleStep(_WHEEL_PX // 3)
        self.scroll_bar.setRange(0, max(0, total - self.height()))
        self.scroll_bar.setVisible(total > self.height())
        self._place()

    @Slot(float)
    def scroll_notches(self, notches: float) -> None:
        """Scroll the lanes up."""
        self.scroll_bar.setValue(self.scroll_bar.value() - round(notches * _WHEEL_PX))

    @Slot(str)
    def reveal(self, name: str) -> None:
        """Scroll until the lane is in view."""
        lane = self.lanes[name]
        if lane.y() < 0:
            self.scroll_bar.setValue(self.scroll_bar.value() + lane.y())
        elif lane.y() + lane.height() > self.height():
            self.scroll_bar.setValue(self.scroll_bar.value() + lane.y() + lane.height() - self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        super().resizeEvent(event)
        self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.fillRect(LABELS_PX, 0, self.width(), self.height(), blend(theme.sunken, theme.panel, 0.75))
        painter.end()

    @Slot()
    def _place(self) -> None:
        top = -self.scroll_bar.value()
        previous: QWidget | None = None
        for name in self.view_state.order:
            height = self._heights.get(name, _LEAST_PX)
            self.headers[name].setGeometry(0, top, LABELS_PX, height)
            self.lanes[name].setGeometry(LABELS_PX, top, max(1, self.width() - LABELS_PX), height)
            if previous is not None:
                QWidget.setTabOrder(previous, self.lanes[name])
            previous = self.lanes[name]
            for grip in (self.lanes[name].threshold, self.lanes[name].release):
                QWidget.setTabOrder(previous, grip)
                previous = grip
            top += height
        self.arranged.emit()

    @Slot(object)
    def _data_changed(self, rows: tuple[int, ...]) -> None:
        for row in rows:
            self.lanes[INSTRUMENTS[row]].show_data()
        for row, name in enumerate(INSTRUMENTS):
            self.headers[name].set_state(
                self._data.shares[row], collapsed=name in self.view_state.collapsed, selected=name == self._selected
            )

    @Slot(str, QPoint)
    def _dragged(self, name: str, at: QPoint) -> None:
        """Put the lane where the mouse is, at once."""
        y = self.mapFromGlobal(at).y()
        place = self.view_state.order.index(self.lane_at(y).instrument)
        if self.view_state.order[place] != name:
            self.change_view(self.view_state.moved(name, place))

    @Slot(str, int)
    def _pull(self, name: str, height: int) -> None:
        if height == 0:
            self.reset_height(name)
        else:
            self.change_view(self.view_state.with_height(name, min(max(LANE_HEIGHTS[0], height), LANE_HEIGHTS[1])))

    @Slot(str, int)
    def _leave(self, name: str, by: int) -> None:
        order = self.view_state.order
        place = order.index(name) + by
        if 0 <= place < len(order):
            self.lanes[order[place]].setFocus(Qt.FocusReason.TabFocusReason)
