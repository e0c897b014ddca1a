"""Six activation curves under each other on one time axis."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Slot

from app.ui.appearance import Appearance
from app.ui.decimation import decimate
from app.ui.lane_painter import LaneLook, LanePainter
from app.ui.picture_item import PictureItem
from app.ui.time_plot import TimePlot
from app.ui.time_view import TimeView
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from app.song.song import Song


class Lanes(TimePlot):
    """For each instrument a lane with the probability that it plays."""

    def __init__(self, view: TimeView, appearance: Appearance) -> None:
        self._song: Song | None = None
        self._looks = (LaneLook(),) * len(INSTRUMENTS)
        self._picture = PictureItem()
        super().__init__(view, appearance, rows=len(INSTRUMENTS))
        self.box.addItem(self._picture, ignoreBounds=True)

    def set_song(self, song: "Song | None") -> None:
        """Show another song."""
        self._song = song
        self.show_view()

    def set_looks(self, looks: tuple[LaneLook, ...]) -> None:
        """How each lane stands."""
        if looks != self._looks:
            self._looks = looks
            self.redraw()

    def probability(self, row: int, time_s: float) -> float | None:
        """What a lane says at a time; None where nothing is separated yet."""
        if self._song is None:
            return None
        frame = min(self._song.frames - 1, max(0, int(time_s * self._song.rate)))
        if not self._song.coverage.covers(frame, frame + 1):
            return None
        curve = self._song.activations[row]
        return float(curve[min(len(curve) - 1, round(time_s * ACTIVATION_RATE_HZ))])

    def row_at(self, y: float) -> int:
        """The lane at a place of the viewport."""
        return min(self.rows - 1, max(0, int(y / max(1, self.viewport().height()) * self.rows)))

    @Slot()
    def redraw(self) -> None:
        """See TimePlot."""
        start_s, stop_s = self.shown_s
        theme, song = self.appearance.theme, self._song
        width, height = self.columns(), self.lines()
        painter = LanePainter(width, height, self.devicePixelRatioF(), start_s, stop_s, theme)
        if song is not None:
            spans = tuple((first / song.rate, last / song.rate) for first, last in song.coverage.spans)
            painter.draw_ground(spans, self._looks)
            time_s, values = decimate(song.activations, ACTIVATION_RATE_HZ, start_s, stop_s, width)
            lane = height / self.rows
            for row, look in enumerate(self._looks):
                painter.draw_threshold(row * lane, lane, look)
                painter.draw_curve(row * lane, lane, time_s, values[row], spans, theme.instrument(row), look)
        self._picture.set_picture(painter.finish(), QRectF(start_s, 0.0, stop_s - start_s, float(self.rows)))
