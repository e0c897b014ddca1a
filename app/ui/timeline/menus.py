"""The context menus of the timeline, and the fields in which times, names and levels are typed."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.audio.units import format_time, parse_time
from app.session.session import Session
from app.ui.timeline.lane_data import ROWS, to_seconds
from app.ui.timeline.time_items import TimeItem
from app.ui.type_in import TypeIn

if TYPE_CHECKING:
    from app.ui.timeline.timeline import Timeline

_ON_SELECTION: Final = ("force_on", "force_off", "force_automatic", "edit_level", "loop_selection", "zoom_selection")
_ON_LANE: Final = ("lane_up", "lane_down", "lane_collapse", "lane_taller", "lane_shorter", "lane_spectrogram")


class TimelineMenus(QObject):
    """Opens menus; what they do are actions of the one table, or commands on what they were opened over."""

    def __init__(self, timeline: "Timeline", session: Session) -> None:
        super().__init__(timeline)
        self._timeline = timeline
        self._session = session
        self._actions: Mapping[str, QAction] = {}
        self.menu: QMenu | None = None

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """The actions of the one table."""
        self._actions = actions

    @Slot(str, QPointF)
    def open_lane_menu(self, instrument: str, place: QPointF) -> None:
        """What can be done to a lane and to what is selected in it."""
        if self._session.song is None:
            return
        timeline = self._timeline
        timeline.cursor_model.take(instrument)
        menu = self._new_menu()
        selected = timeline.cursor_model.selection is not None
        for name in ("select_region", *_ON_SELECTION):
            self._add(menu, name, enabled=selected or name == "select_region")
        menu.addSeparator()
        self._add(menu, "pencil")
        menu.addSeparator()
        for name in _ON_LANE:
            self._add(menu, name)
        own = menu.addAction(self.tr("Height as the others"), partial(timeline.lanes.reset_height, instrument))
        own.setEnabled(self._session.view.height(instrument) is not None)
        menu.popup(place.toPoint())

    @Slot(QPointF, float, object)
    def open_ruler_menu(self, place: QPointF, time_s: float, item: TimeItem | None) -> None:
        """What can be done to the loop, to markers, and to one that the menu was opened over."""
        if self._session.song is None:
            return
        items, menu = self._timeline.items, self._new_menu()
        if item is not None and item.kind == "marker":
            menu.addAction(self.tr("Rename “{0}”…").format(item.name), partial(self.type_name, item.index))
            menu.addAction(self.tr("Move “{0}” to…").format(item.name), partial(self.type_time, item))
            menu.addAction(self.tr("Remove “{0}”").format(item.name), partial(items.remove, item))
            menu.addSeparator()
        menu.addAction(self.tr("Marker here"), partial(items.add_marker, time_s))
        loop = items.loop_s
        menu.addSeparator()
        stop_s = loop[1] if loop and loop[1] > time_s else self._timeline.view.duration_s
        menu.addAction(self.tr("Loop from here"), partial(self._set_loop, time_s, stop_s))
        start_s = loop[0] if loop and loop[0] < time_s else 0.0
        menu.addAction(self.tr("Loop up to here"), partial(self._set_loop, start_s, time_s))
        ends = [other for other in items.items if other.kind != "marker"]
        for end, text in zip(ends, (self.tr("Loop start…"), self.tr("Loop end…")), strict=False):
            menu.addAction(text, partial(self.type_time, end))
        clear = menu.addAction(self.tr("Clear the loop"), items.clear_loop)
        clear.setEnabled(loop is not None)
        menu.popup(place.toPoint())

    @Slot(object)
    def type_time(self, item: TimeItem) -> None:
        """Type where an end of the loop or a marker shall be."""
        items = self._timeline.items

        def accept(time_s: float) -> None:
            items.end()
            items.move(item, time_s)
            items.end()

        self._field(format_time(item.frame / items.rate, 3), parse_time, accept, item.frame / items.rate)

    @Slot(int)
    def type_name(self, index: int) -> None:
        """Type the name of a marker."""
        items = self._timeline.items
        marker = items.markers[index]
        # the field hands on what its parser makes of the text: here the text itself
        field = self._field(
            marker.name, cast(Any, str), cast(Any, partial(items.rename_marker, index)), marker.frame / items.rate
        )
        field.resize(160, field.height())

    def type_level(self) -> None:
        """Type the weight of the selected stretch, in percent."""
        timeline = self._timeline
        selection, name = timeline.cursor_model.selection, timeline.cursor_model.instrument
        if selection is None or name is None:
            timeline.edits.force("automatic")  # says what is missing
            return
        now = timeline.data.weight(ROWS[name], to_seconds(sum(selection) // 2))
        TypeIn(timeline.lanes.lanes[name], f"{now * 100:.0f}", _percent, timeline.edits.set_level)

    def _set_loop(self, start_s: float, stop_s: float) -> None:
        items = self._timeline.items
        items.end()
        items.set_loop(start_s, stop_s)
        items.end()

    def _field(self, text: str, parse: Any, accept: Any, time_s: float) -> TypeIn:
        ruler: QWidget = self._timeline.ruler
        field = TypeIn(ruler, text, parse, accept)
        window = ruler.window()
        x = ruler.mapTo(window, ruler.rect().topLeft()).x() + round(self._timeline.ruler.x_of(time_s))
        field.resize(96, field.height())
        field.move(min(max(2, x - field.width() // 2), window.width() - field.width() - 2), field.y())
        return field

    def _new_menu(self) -> QMenu:
        if self.menu is not None:
            self.menu.deleteLater()
        self.menu = QMenu(self._timeline)
        self.menu.setObjectName("timeline-menu")
        return self.menu

    def _add(self, menu: QMenu, name: str, *, enabled: bool = True) -> None:
        """An entry that does what the action does; the action itself stays as it is for its key."""
        if name in self._actions:
            action = self._actions[name]
            # the key as text only: a second owner of it would make it ambiguous
            key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            entry = menu.addAction(f"{action.text()}\t{key}" if key else action.text(), action.trigger)
            entry.setObjectName(f"menu-{name}")
            entry.setEnabled(enabled)


def _percent(text: str) -> float:
    value = float(text.strip().rstrip("%").replace(",", "."))
    if not 0.0 <= value <= 100.0:
        raise ValueError(f"{value} is no percentage")
    return value / 100
