"""The song over time: overview, ruler and lanes with one playhead."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.audio.units import format_time
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.lane_labels import LaneLabels
from app.ui.lane_painter import LaneLook
from app.ui.lanes import Lanes
from app.ui.names import display_name
from app.ui.overview import Overview
from app.ui.ruler import Ruler
from app.ui.time_view import TimeView
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS

_LABELS_PX: Final = 186
_BLOCK_S: Final = 0.5
_PRESENT_S: Final = 1.0


class Timeline(QFrame):
    """Shows the session's song over time, and seeks in it.

    Signals:
        lane_selected(int): somebody clicked on the name of this lane.
    """

    lane_selected = Signal(int)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-frame")
        self._session = session
        self._appearance = appearance
        self._selected = -1
        self._shares: tuple[float | None, ...] = (None,) * len(INSTRUMENTS)
        self.view = TimeView(self)
        self.overview = Overview(self.view, appearance)
        self.lanes = Lanes(self.view, appearance)
        self.ruler = Ruler(self.view, appearance, self.lanes)
        self._labels = LaneLabels(appearance)
        self._caption = QLabel(self.tr("Whole song"))
        self._hover = QLabel(self)
        self._name_widgets()
        self._lay_out()
        self._connect()
        self.show_song()

    @property
    def hover_text(self) -> str:
        """What the label at the mouse says; empty while it is away."""
        return self._hover.text() if self._hover.isVisible() else ""

    def show_song(self) -> None:
        """Another song, or none."""
        song = self._session.song
        self.view.reset(song.duration_s if song else 1.0)
        self.overview.set_song(song)
        self.lanes.set_song(song)
        self.unhover()
        self.show_coverage()
        self.show_position()

    def show_coverage(self) -> None:
        """More of the song is separated."""
        self._shares = self._measure_shares()
        self._show_lanes()
        self.overview.redraw()
        self.lanes.redraw()

    def show_mix(self) -> None:
        """The thresholds may have changed."""
        self._show_lanes()

    def select_lane(self, row: int) -> None:
        """Mark a lane; -1 marks none."""
        self._selected = row
        self._show_lanes()

    def show_position(self) -> None:
        """Move the playhead to where the player is; called about thirty times a second."""
        song, player = self._session.song, self._session.player
        time_s = player.position / song.rate if song else None
        if time_s is not None and player.playing and not self.view.whole:
            self.view.follow(time_s)
        self.overview.show_playhead(time_s)
        self.lanes.show_playhead(time_s)
        self.ruler.show_playhead(time_s)

    def zoom(self, factor: float) -> None:
        """Zoom around the playhead if it is in view, else around the middle."""
        song = self._session.song
        time_s = self._session.player.position / song.rate if song else 0.0
        inside = self.view.start_s <= time_s <= self.view.stop_s
        self.view.zoom(factor, time_s if inside else (self.view.start_s + self.view.stop_s) / 2)

    def zoom_out_fully(self) -> None:
        """Show the whole song."""
        self.view.reset(self.view.duration_s)

    @Slot(QPointF)
    def hover_lanes(self, at: QPointF) -> None:
        """Tell the time and the probability under the mouse."""
        row, time_s = self.lanes.row_at(at.y()), self.lanes.time_at(at.x())
        probability = self.lanes.probability(row, time_s)
        state = self.tr("not separated yet") if probability is None else f"{probability * 100:.0f} %"
        self._show_hover(self.lanes, at, time_s, f"{format_time(time_s)}   {display_name(INSTRUMENTS[row])} {state}")

    @Slot(QPointF)
    def hover_overview(self, at: QPointF) -> None:
        """Tell the time under the mouse."""
        time_s = self.overview.time_at(at.x())
        self._show_hover(self.overview, at, time_s, format_time(time_s))

    @Slot()
    def unhover(self) -> None:
        """The mouse has left."""
        self._hover.hide()
        self.overview.show_pointer(None)
        self.lanes.show_pointer(None)

    @Slot(float)
    def seek(self, time_s: float) -> None:
        """Play on from there."""
        song = self._session.song
        if song:
            self._session.player.seek(min(song.frames, round(time_s * song.rate)))
            self.show_position()

    def _show_hover(self, plot: Overview | Lanes, at: QPointF, time_s: float, text: str) -> None:
        if self._session.song is None:
            return
        self.overview.show_pointer(time_s)
        self.lanes.show_pointer(time_s)
        self._hover.setText(text)
        self._hover.adjustSize()
        place = plot.mapTo(self, at.toPoint())
        x = place.x() + 14
        if x + self._hover.width() > self.width() - 4:
            x = place.x() - 14 - self._hover.width()
        y = min(max(4, place.y() - self._hover.height() // 2), self.height() - self._hover.height() - 4)
        self._hover.move(x, y)
        self._hover.show()
        self._hover.raise_()

    def _show_lanes(self) -> None:
        self.lanes.set_looks(
            tuple(
                LaneLook(
                    self._session.mix.strips[row].activation.threshold,
                    share is None or share > 0.0,
                    row == self._selected,
                )
                for row, share in enumerate(self._shares)
            )
        )
        self._labels.set_lanes(self._shares, self._selected)

    def _measure_shares(self) -> tuple[float | None, ...]:
        """The share of the separated time in which each instrument plays: 0 for less than a second.

        A half-second counts if its mean probability is above the threshold, so that single unsure frames do not.
        """
        song = self._session.song
        if song is None or not song.coverage.spans:
            return (None,) * len(INSTRUMENTS)
        known_s = sum(stop - start for start, stop in song.coverage.spans) / song.rate
        block = round(_BLOCK_S * ACTIVATION_RATE_HZ)
        whole = song.activations.shape[1] // block * block
        thresholds = np.array([strip.activation.threshold for strip in self._session.mix.strips[: len(INSTRUMENTS)]])
        means = song.activations[:, :whole].reshape(len(INSTRUMENTS), -1, block).mean(axis=2)
        active_s = np.count_nonzero(means > thresholds[:, None], axis=1) * _BLOCK_S
        return tuple(0.0 if active < _PRESENT_S else min(1.0, float(active / known_s)) for active in active_s)

    def _name_widgets(self) -> None:
        self.lanes.setObjectName("timeline")
        self.lanes.setAccessibleName(self.tr("Timeline: when each instrument plays"))
        self.overview.setObjectName("overview")
        self.overview.setAccessibleName(self.tr("Overview of the whole song"))
        self.ruler.setObjectName("ruler")
        self._hover.setObjectName("hover-label")
        self._hover.setFont(scaled_font(self, 0.88, tabular=True))
        self._hover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hover.hide()

    def _lay_out(self) -> None:
        self._caption.setProperty("dim", True)
        self._caption.setFont(scaled_font(self, 0.88))
        self._caption.setContentsMargins(11, 0, 0, 0)
        grid = QGridLayout(self)
        grid.setContentsMargins(1, 6, 1, 1)
        grid.setSpacing(0)
        grid.setColumnMinimumWidth(0, _LABELS_PX)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)
        grid.addWidget(self._caption, 0, 0)
        grid.addWidget(self.overview, 0, 1)
        grid.addWidget(self.ruler, 1, 1)
        grid.addWidget(self._labels, 2, 0)
        grid.addWidget(self.lanes, 2, 1)

    def _connect(self) -> None:
        self.lanes.hovered.connect(self.hover_lanes)
        self.overview.hovered.connect(self.hover_overview)
        for plot in (self.lanes, self.overview):
            plot.unhovered.connect(self.unhover)
            plot.seek_requested.connect(self.seek)
        self.ruler.seek_requested.connect(self.seek)
        self._labels.selected.connect(self.lane_selected)
        self._session.song_changed.subscribe(self.show_song)
        self._session.coverage_changed.subscribe(self.show_coverage)
        self._session.mix_changed.subscribe(self.show_mix)
