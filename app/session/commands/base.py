"""What a command is, and what most of them have in common."""

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar, Final, Protocol

from app.mixing.settings import MixSettings
from app.session.document import Document


class Command(Protocol):
    """A step of the Edit menu. Strips are named as in `models.instruments.STEMS`."""

    @property
    def name(self) -> str:
        """What it does, as the Edit menu says after "Undo"."""

    @property
    def glide_s(self) -> float:
        """How long the sound takes to get there; 0 as fast as is possible without a click."""

    def apply(self, document: Document) -> Document:
        """The document afterwards. Raises ValueError for an unknown strip or a value out of range."""

    def merges_with(self, previous: "Command") -> bool:
        """Whether both are moments of one drag, to be undone as one step.

        The later moment then stands for the whole drag: it is applied to what was there before the drag began.
        """


def title(strip: str) -> str:
    """`electric_guitar` as it begins a sentence: `Electric guitar`."""
    return strip.replace("_", " ").capitalize()


class Discrete:
    """A click: a step of its own."""

    glide_s: Final = 0.0

    def merges_with(self, previous: Command) -> bool:
        """Never."""
        return False


class Continuous:
    """A moment of a drag: merges with the one before if it moves the same control."""

    glide_s: Final = 0.0
    control: ClassVar[tuple[str, ...]] = ("strip",)
    """The fields that say which control is moved; the others say where to."""

    def merges_with(self, previous: Command) -> bool:
        """True for the same kind of command on the same control."""
        return isinstance(previous, type(self)) and all(
            getattr(previous, field) == getattr(self, field) for field in self.control
        )


class OnMix:
    """A command that changes nothing but the mix."""

    def apply(self, document: Document) -> Document:
        """The document with the changed mix."""
        return replace(document, mix=self.change(document.mix))

    @abstractmethod
    def change(self, mix: MixSettings) -> MixSettings:
        """The mix afterwards. Raises ValueError as `Command.apply` does."""
