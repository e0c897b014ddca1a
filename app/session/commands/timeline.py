"""Commands on the song's time: the loop, the tempo and the markers."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from app.session.commands.base import Command, Continuous, Discrete
from app.session.document import Document
from app.song.markers import Marker

if TYPE_CHECKING:
    from app.song.tempo import Tempo


@dataclass(frozen=True)
class SetLoop(Continuous):
    """Play a half-open range of song frames round and round; None plays on."""

    frames: tuple[int, int] | None

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Loop" if self.frames else "Clear the loop"

    def apply(self, document: Document) -> Document:
        """The document with that loop. Raises ValueError if it ends before it starts, or starts before the song."""
        return replace(document, loop=self.frames)

    def merges_with(self, previous: Command) -> bool:
        """An end is dragged, a loop is cleared by a click."""
        return isinstance(previous, SetLoop) and previous.frames is not None and self.frames is not None


@dataclass(frozen=True)
class SetTempo(Continuous):
    """Say what the song's tempo is; None takes the detected one again."""

    tempo: "Tempo | None"
    control: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Tempo" if self.tempo else "Detected tempo"

    def apply(self, document: Document) -> Document:
        """The document with that tempo."""
        return replace(document, tempo=self.tempo)


@dataclass(frozen=True)
class AddMarker(Discrete):
    """Put a marker into the song."""

    marker: Marker

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Add marker “{self.marker.name}”"

    def apply(self, document: Document) -> Document:
        """The document with that marker last."""
        return replace(document, markers=(*document.markers, self.marker))


@dataclass(frozen=True)
class MoveMarker(Continuous):
    """Drag a marker, 0 for the oldest, to another song frame."""

    index: int
    frame: int
    control: ClassVar[tuple[str, ...]] = ("index",)

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Move marker"

    def apply(self, document: Document) -> Document:
        """The document with the marker there. Raises ValueError if there is none, or it would lie before the song."""
        return _with_marker(document, self.index, replace(_marker(document, self.index), frame=self.frame))


@dataclass(frozen=True)
class RenameMarker(Discrete):
    """Call a marker, 0 for the oldest, something else."""

    index: int
    title: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Rename marker to “{self.title}”"

    def apply(self, document: Document) -> Document:
        """The document with that name. Raises ValueError if there is no such marker, or the name is empty."""
        return _with_marker(document, self.index, replace(_marker(document, self.index), name=self.title))


@dataclass(frozen=True)
class RemoveMarker(Discrete):
    """Take a marker away, 0 for the oldest."""

    index: int

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Remove marker"

    def apply(self, document: Document) -> Document:
        """The document without it. Raises ValueError if there is none."""
        _marker(document, self.index)
        return replace(document, markers=(*document.markers[: self.index], *document.markers[self.index + 1 :]))


def _marker(document: Document, index: int) -> Marker:
    if not 0 <= index < len(document.markers):
        raise ValueError(f"there are {len(document.markers)} markers, none with the number {index}")
    return document.markers[index]


def _with_marker(document: Document, index: int, marker: Marker) -> Document:
    return replace(document, markers=(*document.markers[:index], marker, *document.markers[index + 1 :]))
