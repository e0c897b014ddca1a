"""The song over time: overview, ruler and lanes with one playhead."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollBar, QToolButton, QWidget

from app.audio.units import format_time, linear_to_db
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.names import display_name
from app.ui.timeline.edit_bar import EditBar
from app.ui.timeline.hover_label import HoverLabel
from app.ui.timeline.lane import Lane
from app.ui.timeline.lane_cursor import LaneCursor
from app.ui.timeline.lane_data import LaneData, to_seconds
from app.ui.timeline.lane_edits import LaneEdits
from app.ui.timeline.lane_header import LABELS_PX
from app.ui.timeline.lane_stack import LaneStack
from app.ui.timeline.menus import TimelineMenus
from app.ui.timeline.overview import Overview
from app.ui.timeline.ruler import Ruler
from app.ui.timeline.spectrogram import Spectrograms
from app.ui.timeline.time_items import TimeItems
from app.ui.timeline.time_strip import TimeStrip
from app.ui.timeline.time_view import TimeView
from models.instruments import INSTRUMENTS, STEMS

_FRAME_MS: Final = 16
_LEVELS_EVERY: Final = 2  # frames
_WORDS_EVERY: Final = 60
_OTHER: Final = len(STEMS) - 1


class Timeline(QFrame):
    """Shows the session's song over time, seeks in it, and edits when its instruments play.

    Signals:
        lane_selected(int): the lane of the strip of this index was chosen.
    """

    lane_selected = Signal(int)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-frame")
        self._session = session
        self._ticks = 0
        self._applying = False
        self.view = TimeView(self)
        self.data = LaneData(session, self)
        self.cursor_model = LaneCursor(self)
        self.edits = LaneEdits(session, self.data, self.cursor_model)
        self.items = TimeItems(session, self)
        self.spectrograms = Spectrograms(self)
        self.overview = Overview(self.view, appearance, self.items)
        self.ruler = Ruler(self.view, appearance, self.items)
        self._bar = QScrollBar(Qt.Orientation.Vertical)
        self.lanes = LaneStack(session, self.view, appearance, self.data, self.cursor_model, self.edits, self._bar)
        self.edit_bar = EditBar(appearance, self)
        self.pencil = QToolButton()
        self._caption = QLabel(self.tr("Whole song"))
        self._hover = HoverLabel(self, self.edit_bar)
        self._appearance = appearance
        self.menus = TimelineMenus(self, session)
        self._clock = QTimer(self, interval=_FRAME_MS, timerType=Qt.TimerType.PreciseTimer)  # a coarse one takes 20 ms
        self._name_widgets()
        self._lay_out()
        self._connect()
        self._dress()
        self.show_song()

    @property
    def hover_text(self) -> str:
        """What the label at the mouse says; empty while it is away."""
        return self._hover.text() if self._hover.isVisible() else ""

    @property
    def focused_lane(self) -> Lane | None:
        """The lane with the cursor; else that of the selected strip."""
        name = self.cursor_model.instrument or self.lanes.selected
        return self.lanes.lanes[name] if name is not None else None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each of the timeline's actions what it calls."""
        edits, on_lane = self.edits, self._on_lane
        return {
            "zoom_in": partial(self.zoom, 1.6),
            "zoom_out": partial(self.zoom, 1 / 1.6),
            "zoom_all": self.zoom_out_fully,
            "zoom_selection": self.zoom_to_selection,
            "force_on": partial(edits.force, "on"),
            "force_off": partial(edits.force, "off"),
            "force_automatic": partial(edits.force, "automatic"),
            "edit_level": self.menus.type_level,
            "select_region": edits.select_region,
            "loop_selection": edits.loop_selection,
            "pencil": self.pencil.toggle,
            "focus_lanes": self.focus_lanes,
            "add_marker": self.add_marker,
            "previous_marker": partial(self.go_to_marker, -1),
            "next_marker": partial(self.go_to_marker, 1),
            "lane_up": partial(on_lane, lambda name: self.lanes.move_lane(name, -1)),
            "lane_down": partial(on_lane, lambda name: self.lanes.move_lane(name, 1)),
            "lane_collapse": partial(on_lane, self.lanes.toggle_collapsed),
            "lane_taller": partial(on_lane, lambda name: self.lanes.enlarge(name, 1)),
            "lane_shorter": partial(on_lane, lambda name: self.lanes.enlarge(name, -1)),
            "lane_spectrogram": partial(on_lane, self.toggle_spectrogram),
        }

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """The actions of the one table, for the buttons and the menus."""
        self.edit_bar.set_actions(actions)
        self.menus.set_actions(actions)
        if "pencil" in actions:
            self.pencil.setToolTip(actions["pencil"].toolTip())

    def show_song(self) -> None:
        """Another song, or none."""
        song = self._session.song
        self._applying = True
        self.view.reset(song.duration_s if song else 1.0)
        self.data.show_song()
        self.spectrograms.set_song(song)
        self.cursor_model.reset(self.data.frames)
        self.overview.set_song(song)
        self._applying = False
        self.show_view_state()
        self.unhover()
        self.show_document()
        self.show_position()

    def show_view_state(self) -> None:
        """Look at the song as the session's view says."""
        state = self._session.view
        self._applying = True
        self.view.show(state.start_s, self.view.duration_s if state.stop_s is None else state.stop_s)
        self._applying = False
        for name, lane in self.lanes.lanes.items():
            lane.spectrograms = self.spectrograms if name in state.spectrograms else None
            lane.redraw()
        self.lanes.show_states()

    def show_coverage(self) -> None:
        """More of the song is separated."""
        self.data.show_coverage()
        self.overview.redraw()
        self.overview.show_words()

    def show_document(self) -> None:
        """Settings, edits, the loop or markers may have changed."""
        self.data.show_document()
        self.ruler.show_items()
        self.overview.redraw()
        self._place_edit_bar()

    def select_lane(self, row: int) -> None:
        """Mark the lane of a strip; one without a lane, or -1, marks none."""
        self.lanes.select(INSTRUMENTS[row] if 0 <= row < len(INSTRUMENTS) else None)

    def show_position(self) -> None:
        """Move the playhead to where the player is; this keeps itself going while it plays."""
        song, player = self._session.song, self._session.player
        time_s = player.position / song.rate if song else None
        playing = song is not None and player.playing
        if playing != self._clock.isActive():
            self._clock.start() if playing else self._clock.stop()
        if time_s is not None and playing and not self.view.whole:
            self.view.follow(time_s)
        for strip in self._strips:
            strip.show_playhead(time_s)
        self.data.follow_weights()
        self._ticks += 1
        if not playing or self._ticks % _LEVELS_EVERY == 0:
            self._show_levels()
        if not playing or self._ticks % _WORDS_EVERY == 0:
            self.overview.show_words()

    def zoom(self, factor: float) -> None:
        """Zoom around the playhead if it is in view, else around the middle."""
        song = self._session.song
        time_s = self._session.player.position / song.rate if song else 0.0
        inside = self.view.start_s <= time_s <= self.view.stop_s
        self.view.zoom(factor, time_s if inside else (self.view.start_s + self.view.stop_s) / 2)

    def zoom_out_fully(self) -> None:
        """Show the whole song."""
        self.view.reset(self.view.duration_s)

    def zoom_to_selection(self) -> None:
        """Show the selected stretch, with a little around it; the loop if nothing is selected."""
        selection, loop = self.cursor_model.selection, self.items.loop_s
        stretch = (to_seconds(selection[0]), to_seconds(selection[1])) if selection else loop
        if stretch is not None:
            room_s = 0.08 * (stretch[1] - stretch[0])
            self.view.show(max(0.0, stretch[0] - room_s), stretch[1] + room_s)

    def focus_lanes(self) -> None:
        """Bring the keyboard to the lanes, the cursor to the play position if it was nowhere."""
        song = self._session.song
        if song is None:
            return
        lane = self.focused_lane or self.lanes.ordered[0]
        if self.cursor_model.instrument is None:
            self.cursor_model.put(lane.instrument, round(self._session.player.position / song.rate / to_seconds(1)))
        lane.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def add_marker(self) -> None:
        """A marker at the play position."""
        if self._session.song:
            self.items.add_marker(self._session.player.position / self._session.song.rate)

    def go_to_marker(self, direction: int) -> None:
        """Seek to the next marker, or the one before."""
        song = self._session.song
        if song:
            time_s = self.items.beside(self._session.player.position / song.rate, direction)
            if time_s is not None:
                self.seek(time_s)
                self.view.reveal(time_s)

    def toggle_spectrogram(self, name: str) -> None:
        """Show a stem's spectrogram behind its lane, or no more."""
        view = self._session.view
        self._session.view = view.with_spectrogram(name, name not in view.spectrograms)
        self.show_view_state()

    @Slot(QPointF)
    def hover(self, at: QPointF) -> None:
        """Tell the time under the mouse, and in a lane what the instrument does there."""
        strip = self.sender()
        if isinstance(strip, TimeStrip) and self._session.song is not None:
            self.show_hover(strip, at)

    def show_hover(self, strip: TimeStrip, at: QPointF) -> None:
        """Show the label beside a place of a strip."""
        time_s = strip.time_at(at.x())
        text = format_time(time_s, 2 if self.view.span_s < 20.0 and strip is not self.overview else 1)
        if isinstance(strip, Lane):
            probability = self.data.probability(strip.row, time_s)
            name = display_name(strip.instrument)
            if probability is None:
                text += "   " + self.tr("{0} not separated yet").format(name)
            else:
                text += "   " + self.tr("{0} {1:.0f} %, weight {2:.0f} %").format(
                    name, probability * 100, self.data.weight(strip.row, time_s) * 100
                )
                doubt = self.data.doubt_at(strip.row, time_s)
                if doubt is not None:
                    words = {"bleed": self.tr("probable bleed"), "silent": self.tr("silent though active")}
                    text += f"   {words[doubt]}"
        for other in self._strips:
            other.show_pointer(time_s)
        self._hover.tell(text, strip.mapTo(self, at.toPoint()))

    @Slot()
    def unhover(self) -> None:
        """The mouse has left."""
        self._hover.hide()
        for strip in self._strips:
            strip.show_pointer(None)

    @Slot(float)
    def seek(self, time_s: float) -> None:
        """Play on from there."""
        song = self._session.song
        if song:
            self._session.player.seek(min(song.frames, round(time_s * song.rate)))
            self.show_position()

    @Slot(object)
    def scrub(self, time_s: float | None) -> None:
        """The playhead is held there; None lets it go."""
        song = self._session.song
        if song:
            self._session.player.scrub(None if time_s is None else min(song.frames, round(time_s * song.rate)))
            self.show_position()

    @property
    def _strips(self) -> tuple[TimeStrip, ...]:
        return (self.overview, self.ruler, *self.lanes.lanes.values())

    def _on_lane(self, change: Callable[[str], Any]) -> None:
        if (lane := self.focused_lane) is not None:
            change(lane.instrument)
            self._place_edit_bar()

    def _show_levels(self) -> None:
        rms = self._session.player.meters.rms
        levels = [linear_to_db(float(rms[index].max())) for index in range(len(STEMS))]
        for index, name in enumerate(INSTRUMENTS):
            self.lanes.headers[name].show_levels(levels[index], levels[_OTHER])

    @Slot()
    def _place_edit_bar(self) -> None:
        """Beside the selection, while there is one that is in view and nobody drags."""
        cursor = self.cursor_model
        selection, name = cursor.selection, cursor.instrument
        if selection is None or name is None or self.lanes.lanes[name].hand.busy:
            self.edit_bar.hide()
            return
        lane = self.lanes.lanes[name]
        left, right = (round(lane.x_of(to_seconds(edge))) for edge in selection)
        if right < 0 or left > lane.width():
            self.edit_bar.hide()
            return
        corner = lane.mapTo(self, QPoint(0, 0))
        room = QRect(self.lanes.mapTo(self, QPoint(LABELS_PX + 4, 2)), self.lanes.size() - QSize(LABELS_PX + 8, 4))
        self.edit_bar.show_at(QRect(corner + QPoint(left, 0), corner + QPoint(right, lane.height())), room)

    @Slot()
    def _view_changed(self) -> None:
        if not self._applying:
            stop_s = None if self.view.whole else self.view.stop_s
            self._session.view = replace(self._session.view, start_s=self.view.start_s, stop_s=stop_s)
        self._place_edit_bar()

    @Slot(bool)
    def _take_pencil(self, taken: bool) -> None:
        for lane in self.lanes.lanes.values():
            lane.hand.pencil = taken
        self._dress()

    @Slot(str)
    def _lane_focused(self, name: str) -> None:
        self.lane_selected.emit(INSTRUMENTS.index(name))

    @Slot(int)
    def _spectrogram_ready(self, row: int) -> None:
        self.lanes.lanes[INSTRUMENTS[row]].redraw()

    @Slot()
    def _dress(self) -> None:
        self.spectrograms.set_theme(self._appearance.theme)
        taken = self.pencil.isChecked()
        color = self._appearance.theme.accent if taken else None
        self.pencil.setIcon(self._appearance.icon("mdi6.pencil" if taken else "mdi6.pencil-outline", color))

    def _name_widgets(self) -> None:
        self.lanes.setAccessibleName(self.tr("Timeline: when each instrument plays"))
        self._bar.setAccessibleName(self.tr("Scroll the lanes"))
        self.pencil.setObjectName("pencil")
        self.pencil.setCheckable(True)
        self.pencil.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pencil.setAccessibleName(self.tr("Pencil: draw the weight by hand"))

    def _lay_out(self) -> None:
        self._caption.setProperty("dim", True)
        self._caption.setFont(scaled_font(self, 0.88))
        self._caption.setContentsMargins(11, 0, 0, 0)
        corner = QGridLayout()
        corner.setContentsMargins(8, 2, 8, 2)
        corner.addWidget(self.pencil, 0, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid = QGridLayout(self)
        grid.setContentsMargins(1, 6, 1, 1)
        grid.setSpacing(0)
        grid.setColumnMinimumWidth(0, LABELS_PX)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)
        grid.addWidget(self._caption, 0, 0)
        grid.addWidget(self.overview, 0, 1)
        grid.addLayout(corner, 1, 0)
        grid.addWidget(self.ruler, 1, 1)
        grid.addWidget(self.lanes, 2, 0, 1, 2)
        grid.addWidget(self._bar, 2, 2)

    def _connect(self) -> None:
        for strip in self._strips:
            strip.hovered.connect(self.hover)
            strip.unhovered.connect(self.unhover)
        for held in (self.overview, self.ruler):
            held.seek_requested.connect(self.seek)
            held.scrubbed.connect(self.scrub)
            held.scrolled.connect(self.lanes.scroll_notches)
        for name, lane in self.lanes.lanes.items():
            lane.seek_requested.connect(self.seek)
            lane.focused.connect(self._lane_focused)
            lane.menu_requested.connect(self.menus.open_lane_menu)
            self.lanes.headers[name].selected.connect(self._lane_focused)
            self.lanes.headers[name].menu_requested.connect(self.menus.open_lane_menu)
            lane.hand_released.connect(self._place_edit_bar)
        self.ruler.menu_requested.connect(self.menus.open_ruler_menu)
        self.ruler.typing_requested.connect(self.menus.type_time)
        self.ruler.naming_requested.connect(self.menus.type_name)
        self.pencil.toggled.connect(self._take_pencil)
        self.lanes.arranged.connect(self._place_edit_bar)
        self.cursor_model.changed.connect(self._place_edit_bar)
        self.view.changed.connect(self._view_changed)
        self.spectrograms.ready.connect(self._spectrogram_ready)
        self._appearance.changed.connect(self._dress)
        self._clock.timeout.connect(self.show_position)
        self._session.song_changed.subscribe(self.show_song)
        self._session.separators.heard.subscribe(self.show_song)
        self._session.coverage_changed.subscribe(self.show_coverage)
        self._session.document_changed.subscribe(self.show_document)
