"""Commands on when the instruments play: the edits that are laid over the estimate."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from app.session.commands.base import Command, Discrete, title
from app.session.document import Document
from app.song.activation_edits import ActivationEdit

_VERBS: Final = {"on": "force on", "off": "force off", "automatic": "back to automatic", "level": "draw weight"}


def _name(edit: ActivationEdit) -> str:
    return f"{title(edit.instrument)}: {_VERBS[edit.kind]}"


@dataclass(frozen=True)
class AddEdit:
    """Force an instrument on or off, draw its weight, or take earlier edits away.

    The moments of a stroke of the pencil are one step, in which the latest counts.
    """

    edit: ActivationEdit
    glide_s: ClassVar[float] = 0.0

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return _name(self.edit)

    def apply(self, document: Document) -> Document:
        """The document with that edit last. Edits that it hides altogether go."""
        kept = tuple(edit for edit in document.edits if not _hides(self.edit, edit))
        if self.edit.kind == "automatic" and not any(_overlap(self.edit, edit) for edit in kept):
            return replace(document, edits=kept)
        return replace(document, edits=(*kept, self.edit))

    def merges_with(self, previous: Command) -> bool:
        """A pencil is drawn, all else is clicked."""
        return (
            isinstance(previous, AddEdit)
            and previous.edit.instrument == self.edit.instrument
            and previous.edit.kind == self.edit.kind == "level"
        )


@dataclass(frozen=True)
class ReplaceEdit:
    """Change an edit in its place: its edges are dragged, its level is set."""

    index: int
    edit: ActivationEdit
    glide_s: ClassVar[float] = 0.0

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.edit.instrument)}: change edit"

    def apply(self, document: Document) -> Document:
        """The document with that edit instead. Raises ValueError if there is none."""
        edits = document.edits
        _check(document, self.index)
        return replace(document, edits=(*edits[: self.index], self.edit, *edits[self.index + 1 :]))

    def merges_with(self, previous: Command) -> bool:
        """An edge is dragged."""
        return isinstance(previous, ReplaceEdit) and previous.index == self.index


@dataclass(frozen=True)
class RemoveEdits(Discrete):
    """Take some edits away, 0 for the oldest."""

    indices: tuple[int, ...]

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Remove edit" if len(self.indices) == 1 else f"Remove {len(self.indices)} edits"

    def apply(self, document: Document) -> Document:
        """The document without them. Raises ValueError if one is not there."""
        for index in self.indices:
            _check(document, index)
        kept = (edit for index, edit in enumerate(document.edits) if index not in self.indices)
        return replace(document, edits=tuple(kept))


@dataclass(frozen=True)
class ClearEdits(Discrete):
    """Take all edits of an instrument away, or (None) of all of them."""

    instrument: str | None = None

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Remove all edits" if self.instrument is None else f"{title(self.instrument)}: remove all edits"

    def apply(self, document: Document) -> Document:
        """The document without them."""
        kept = (edit for edit in document.edits if self.instrument not in (None, edit.instrument))
        return replace(document, edits=tuple(kept))


def _overlap(one: ActivationEdit, other: ActivationEdit) -> bool:
    return one.instrument == other.instrument and one.start < other.stop and other.start < one.stop


def _hides(later: ActivationEdit, earlier: ActivationEdit) -> bool:
    return later.instrument == earlier.instrument and later.start <= earlier.start and earlier.stop <= later.stop


def _check(document: Document, index: int) -> None:
    if not 0 <= index < len(document.edits):
        raise ValueError(f"there are {len(document.edits)} edits, none with the number {index}")
