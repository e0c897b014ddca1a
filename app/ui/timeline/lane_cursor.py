"""Where in the lanes one works: the focused lane, its cursor, and the selected stretch."""

from PySide6.QtCore import QObject, Signal


class LaneCursor(QObject):
    """One cursor for all lanes, in activation frames. A selection is half-open and reaches from the anchor to it.

    Signals:
        changed(): it has moved, or another lane has it.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count = 1
        self._instrument: str | None = None
        self._anchor = 0
        self._frame = 0

    @property
    def instrument(self) -> str | None:
        """The lane in which it is; None before somebody has put it anywhere."""
        return self._instrument

    @property
    def frame(self) -> int:
        """The activation frame of the cursor."""
        return self._frame

    @property
    def selection(self) -> tuple[int, int] | None:
        """The selected activation frames; None if there are none."""
        start, stop = sorted((self._anchor, self._frame))
        return (start, stop) if start < stop else None

    def selection_in(self, instrument: str) -> tuple[int, int] | None:
        """The selection, if it is in that lane."""
        return self.selection if instrument == self._instrument else None

    def reset(self, count: int) -> None:
        """Another song, of so many activation frames."""
        self.count = max(1, count)
        self._set(None, 0, 0)

    def put(self, instrument: str, frame: int) -> None:
        """Put the cursor there, selecting nothing."""
        self._set(instrument, frame, frame)

    def extend(self, frame: int) -> None:
        """Move the cursor and select what lies between it and the anchor."""
        self._set(self._instrument, self._anchor, frame)

    def select(self, instrument: str, start: int, stop: int) -> None:
        """Select a stretch; the cursor is at `stop`."""
        self._set(instrument, start, stop)

    def take(self, instrument: str) -> None:
        """Go to another lane, at the same time; a selection stays behind."""
        if instrument != self._instrument:
            self._set(instrument, self._frame, self._frame)

    def clear_selection(self) -> None:
        """Select nothing; the cursor stays."""
        self._set(self._instrument, self._frame, self._frame)

    def _set(self, instrument: str | None, anchor: int, frame: int) -> None:
        anchor, frame = (min(max(0, place), self.count) for place in (anchor, frame))
        if (instrument, anchor, frame) != (self._instrument, self._anchor, self._frame):
            self._instrument, self._anchor, self._frame = instrument, anchor, frame
            self.changed.emit()
