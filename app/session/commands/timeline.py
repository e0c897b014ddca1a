"""Commands on the song's time: the loop and the tempo."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from app.session.commands.base import Command, Continuous
from app.session.document import Document

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
