"""Undo and redo: the documents before and after each step."""

from dataclasses import dataclass

from app.session.commands import Command
from app.session.document import Document


@dataclass(frozen=True)
class _Step:
    command: Command
    before: Document
    after: Document


class History:
    """The current document and how it came about.

    Documents are immutable and share what did not change, so steps hold them whole.
    """

    def __init__(self, document: Document | None = None) -> None:
        """Start at this document, with nothing to undo."""
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
