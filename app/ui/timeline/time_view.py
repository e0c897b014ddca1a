"""Which stretch of the song the timeline shows."""

from typing import Final

from PySide6.QtCore import QObject, Signal

MIN_SPAN_S: Final = 0.1


class TimeView(QObject):
    """A window of time on a song, in seconds; it never leaves the song.

    Signals:
        changed(): another stretch is shown.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.duration_s = 1.0
        self.start_s = 0.0
        self.stop_s = 1.0

    @property
    def span_s(self) -> float:
        """How much is shown."""
        return self.stop_s - self.start_s

    @property
    def whole(self) -> bool:
        """True while the whole song is in view."""
        return self.span_s >= self.duration_s

    def reset(self, duration_s: float) -> None:
        """Show all of a song of this length."""
        self.duration_s = max(duration_s, 1e-3)
        self._set(0.0, self.duration_s)

    def show(self, start_s: float, stop_s: float) -> None:
        """Show that stretch, as far as it lies within the song and is not too short."""
        span_s = min(self.duration_s, max(min(MIN_SPAN_S, self.duration_s), stop_s - start_s))
        self._place(start_s, span_s)

    def zoom(self, factor: float, around_s: float) -> None:
        """Show `factor` times less time; the moment `around_s` stays where it is on the screen."""
        span = min(self.duration_s, max(min(MIN_SPAN_S, self.duration_s), self.span_s / factor))
        share = (around_s - self.start_s) / self.span_s
        self._place(around_s - share * span, span)

    def scroll(self, seconds: float) -> None:
        """Move towards the end of the song, or to its start if negative."""
        self._place(self.start_s + seconds, self.span_s)

    def center(self, time_s: float) -> None:
        """Bring a moment to the middle."""
        self._place(time_s - self.span_s / 2, self.span_s)

    def follow(self, time_s: float) -> None:
        """Turn the page if this moment has left the view."""
        if not self.start_s <= time_s <= self.stop_s:
            self._place(time_s - 0.02 * self.span_s, self.span_s)

    def reveal(self, time_s: float) -> None:
        """Scroll just as far as is needed to have this moment in view, with a little room."""
        room_s = 0.05 * self.span_s
        if time_s < self.start_s + room_s:
            self._place(time_s - room_s, self.span_s)
        elif time_s > self.stop_s - room_s:
            self._place(time_s + room_s - self.span_s, self.span_s)

    def _place(self, start_s: float, span_s: float) -> None:
        start_s = min(max(0.0, start_s), self.duration_s - span_s)
        self._set(start_s, start_s + span_s)

    def _set(self, start_s: float, stop_s: float) -> None:
        if (start_s, stop_s) != (self.start_s, self.stop_s):
            self.start_s, self.stop_s = start_s, stop_s
            self.changed.emit()
