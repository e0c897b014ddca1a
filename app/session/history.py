"""Undo and redo: the mixes before and after each step."""

from dataclasses import dataclass

from app.mixing.settings import MixSettings
from app.session.commands import Command


@dataclass(frozen=True)
class _Step:
    command: Command
    before: MixSettings
    after: MixSettings


class History:
    """The current mix and how it came about. Mixes are immutable and small, so steps hold them whole."""

    def __init__(self, mix: MixSettings | None = None) -> None:
        """Start at this mix, with nothing to undo."""
        self.mix = mix or MixSettings()
        self._undone: list[_Step] = []
        self._done: list[_Step] = []
        self._gesture_open = False

    def do(self, command: Command) -> bool:
        """Apply a command; moments of one drag become one step. Returns whether the mix changed.

        Raises ValueError where the command does.
        """
        before, after = self.mix, command.apply(self.mix)
        if after == before:
            return False
        if self._gesture_open and self._done and command.merges_with(self._done[-1].command):
            before = self._done.pop().before
        if after != before:  # a drag that came back to where it began is no step
            self._done.append(_Step(command, before, after))
        self._undone.clear()
        self._gesture_open = after != before
        self.mix = after
        return True

    def end_gesture(self) -> None:
        """The mouse button was let go: the next command starts a step of its own."""
        self._gesture_open = False

    def undo(self) -> bool:
        """Back by one step. Returns whether there was one."""
        if not self._done:
            return False
        step = self._done.pop()
        self._undone.append(step)
        self._gesture_open = False
        self.mix = step.before
        return True

    def redo(self) -> bool:
        """Forward again by one step. Returns whether there was one."""
        if not self._undone:
            return False
        step = self._undone.pop()
        self._done.append(step)
        self._gesture_open = False
        self.mix = step.after
        return True

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
