"""A synchronous event: whoever owns the state emits, whoever shows it subscribes."""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Event(Generic[P]):
    """Calls every subscriber, in order of subscription, on the emitter's thread."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[P, object]] = []

    def subscribe(self, subscriber: Callable[P, object]) -> Callable[[], None]:
        """Add a subscriber; the returned function removes it and may be called more than once."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call the subscribers with these arguments; those added meanwhile wait for the next one."""
        for subscriber in tuple(self._subscribers):
            subscriber(*args, **kwargs)
