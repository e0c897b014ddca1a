"""Undo and redo: the documents before and after each step."""

from dataclasses import dataclass
from typing import Final

from app.session.commands import Command
from app.session.document import Document

LIMIT: Final = 5000
"""Steps that can be undone. Each holds what it changed, a few kilobytes at most."""


@dataclass(frozen=True)
class _Step:
    command: Command
    before: Document
    after: Document


class History:
    """The current document and how it came about.

    Documents are immutable and share what did not change, so steps hold them whole. Beyond a limit the oldest step is
    forgotten, so that memory is bounded.
    """

    def __init__(self, document: Document | None = None, limit: int = LIMIT) -> None:
        """Start at this document, with nothing to undo."""
        self._limit = limit
        self.document = document or Document()
        self._undone: list[_Step] = []
        self._done: list[_Step] = []
        self._gesture_open = False

    def do(self, command: Command) -> bool:
        """Apply a command; moments of one drag become one step. Returns whether the document changed.

        Each moment of a drag starts from what was there before the drag, so that linked strips find back to their
        distances after they were stopped on the way. Raises ValueError where the command does.
        """
        drag = self._gesture_open and bool(self._done) and command.merges_with(self._done[-1].command)
        before = self._done[-1].before if drag else self.document
        after = command.apply(before)
        if after == self.document:
            return False
        if drag:
            self._done.pop()
        if after != before:  # a drag that came back to where it began is no step
            self._done.append(_Step(command, before, after))
            del self._done[: -self._limit]
        self._undone.clear()
        self._gesture_open = after != before
        self.document = after
        return True

    def end_gesture(self) -> None:
        """The mouse button was let go: the next command starts a step of its own."""
        self._gesture_open = False

    def undo(self) -> Command | None:
        """Back by one step. Returns what was taken back, None if there was nothing."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        self._gesture_open = False
        self.document = step.before
        return step.command

    def redo(self) -> Command | None:
        """Forward again by one step. Returns what was repeated, None if there was nothing."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        self._gesture_open = False
        self.document = step.after
        return step.command

    def go_to(self, count: int) -> Command | None:
        """Undo or redo until that many steps are done. Returns the last command that was undone or redone.

        Raises ValueError if there are not that many.
        """
        if not 0 <= count <= len(self):
            raise ValueError(f"there are {len(self)} steps, not {count}")
        command = None
        while len(self._done) > count:
            command = self.undo()
        while len(self._done) < count:
            command = self.redo()
        return command

    def __len__(self) -> int:
        """How many steps there are, done and undone."""
        return len(self._done) + len(self._undone)

    def name_of(self, index: int) -> str:
        """The name of a step, 0 for the oldest; those that were undone come last. Raises IndexError."""
        done = len(self._done)
        step = self._done[index] if index < done else self._undone[len(self) - 1 - index]
        return step.command.name

    @property
    def position(self) -> int:
        """How many steps are done."""
        return len(self._done)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._undone)

    @property
    def undo_name(self) -> str:
        """The name of the step that `undo` takes back, empty if none."""
        return self._done[-1].command.name if self._done else ""

    @property
    def redo_name(self) -> str:
        """The name of the step that `redo` repeats, empty if none."""
        return self._undone[-1].command.name if self._undone else ""
