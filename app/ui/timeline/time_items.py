"""The loop and the markers, as ruler and overview show and change them."""

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QCoreApplication, QObject

from app.playback.player import SHORTEST_LOOP_S
from app.session.commands import AddMarker, MoveMarker, RemoveMarker, RenameMarker, SetLoop
from app.session.session import Session
from app.song.markers import LONGEST_NAME, Marker

ItemKind = Literal["loop-start", "loop-stop", "marker"]
_SNAP_S: Final = 1e-6


@dataclass(frozen=True)
class TimeItem:
    """Something on the ruler that can be moved: an end of the loop, or the marker of that index in the document."""

    kind: ItemKind
    frame: int
    index: int = -1
    name: str = ""


class TimeItems(QObject):
    """Reads the loop and the markers from the document, and changes them by commands. Places are song frames."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    @property
    def rate(self) -> int:
        """Song frames per second; 1 without a song."""
        return self._session.song.rate if self._session.song else 1

    @property
    def loop_s(self) -> tuple[float, float] | None:
        """The ends of the loop in seconds; None if there is none."""
        loop = self._session.document.loop
        return (loop[0] / self.rate, loop[1] / self.rate) if loop and self._session.song else None

    @property
    def markers(self) -> tuple[Marker, ...]:
        """The markers, in the document's order."""
        return self._session.document.markers if self._session.song else ()

    @property
    def items(self) -> list[TimeItem]:
        """All that can be moved, by time."""
        loop = self._session.document.loop if self._session.song else None
        found = [TimeItem("marker", marker.frame, index, marker.name) for index, marker in enumerate(self.markers)]
        if loop is not None:
            found += [TimeItem("loop-start", loop[0]), TimeItem("loop-stop", loop[1])]
        return sorted(found, key=lambda item: (item.frame, item.kind))

    def set_loop(self, one_s: float, other_s: float) -> None:
        """A moment of a drag that makes a loop between two times; one too short is none."""
        song = self._session.song
        if song is None:
            return
        start, stop = sorted(min(song.frames, max(0, round(time_s * song.rate))) for time_s in (one_s, other_s))
        if stop - start >= SHORTEST_LOOP_S * song.rate:
            self._session.do(SetLoop((start, stop)))

    def clear_loop(self) -> None:
        """Play on."""
        self.end()
        if self._session.document.loop is not None:
            self._session.do(SetLoop(None))
        self.end()

    def move(self, item: TimeItem, time_s: float) -> TimeItem:
        """A moment of a drag of an item; returns it where it is now."""
        song = self._session.song
        if song is None:
            return item
        frame = min(song.frames, max(0, round(time_s * song.rate)))
        loop = self._session.document.loop
        shortest = round(SHORTEST_LOOP_S * song.rate) + 1
        if item.kind == "marker":
            self._session.do(MoveMarker(item.index, frame))
            return TimeItem("marker", frame, item.index, item.name)
        if loop is None:
            return item
        if item.kind == "loop-start":
            frame = min(frame, loop[1] - shortest)
            self._session.do(SetLoop((max(0, frame), loop[1])))
        else:
            frame = max(frame, loop[0] + shortest)
            self._session.do(SetLoop((loop[0], min(song.frames, frame))))
        return TimeItem(item.kind, frame)

    def move_loop(self, start: int) -> None:
        """A moment of a drag of the whole loop: it begins at that frame, as long as it is."""
        song, loop = self._session.song, self._session.document.loop
        if song is not None and loop is not None:
            length = loop[1] - loop[0]
            start = min(max(0, start), song.frames - length)
            self._session.do(SetLoop((start, start + length)))

    def add_marker(self, time_s: float) -> None:
        """A marker there, with the next number as its name."""
        song = self._session.song
        if song is None:
            return
        name = QCoreApplication.translate("TimeItems", "Marker {0}").format(len(self.markers) + 1)
        self.end()
        self._session.do(AddMarker(Marker(min(song.frames, max(0, round(time_s * song.rate))), name)))
        self.end()

    def rename_marker(self, index: int, name: str) -> None:
        """Give a marker another name; an empty one changes nothing."""
        if name.strip():
            self.end()
            self._session.do(RenameMarker(index, name.strip()[:LONGEST_NAME]))
            self.end()

    def remove(self, item: TimeItem) -> None:
        """Take a marker away, or the loop whose end it is."""
        self.end()
        if item.kind == "marker":
            self._session.do(RemoveMarker(item.index))
        else:
            self.clear_loop()
        self.end()

    def beside(self, time_s: float, direction: int) -> float | None:
        """The time of the next marker after a time (direction 1), or the one before it (-1)."""
        times = [marker.frame / self.rate for marker in self.markers]
        if direction > 0:
            return min((time for time in times if time > time_s + _SNAP_S), default=None)
        return max((time for time in times if time < time_s - _SNAP_S), default=None)

    def end(self) -> None:
        """The drag is over."""
        self._session.end_gesture()
