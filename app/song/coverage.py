"""Which stretches of a song are done."""

import threading
from bisect import bisect_left, bisect_right

Spans = tuple[tuple[int, int], ...]


class Coverage:
    """A set of frames kept as disjoint, sorted, half-open spans. Safe to use from several threads."""

    def __init__(self, spans: Spans = ()) -> None:
        self._lock = threading.Lock()
        self._spans: Spans = ()
        self._version = 0
        for start, stop in spans:
            self.add(start, stop)

    @property
    def spans(self) -> Spans:
        """The covered spans (start, stop), sorted, neither touching nor overlapping."""
        return self._spans

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    def add(self, start: int, stop: int) -> None:
        """Cover frames `start` to `stop` (exclusive). An empty span changes nothing.

        Raises ValueError if `start` is negative.
        """
        if start < 0:
            raise ValueError(f"a span cannot start at {start}")
        if stop <= start:
            return
        with self._lock:
            old = self._spans
            first = bisect_left(old, start, key=lambda span: span[1])
            last = bisect_right(old, stop, key=lambda span: span[0])
            if first < last:
                start, stop = min(start, old[first][0]), max(stop, old[last - 1][1])
            new = (*old[:first], (start, stop), *old[last:])
            if new != old:
                self._spans = new
                self._version += 1

    def clear(self) -> None:
        """Cover nothing."""
        with self._lock:
            if self._spans:
                self._spans = ()
                self._version += 1

    def covers(self, start: int, stop: int) -> bool:
        """Whether every frame from `start` to `stop` (exclusive) is covered; an empty span always is."""
        if stop <= start:
            return True
        spans = self._spans
        index = bisect_right(spans, start, key=lambda span: span[0]) - 1
        return index >= 0 and spans[index][1] >= stop

    def gaps(self, total: int) -> Spans:
        """The spans of frames 0 to `total` that are not covered."""
        gaps, position = [], 0
        for start, stop in self._spans:
            if start >= total:
                break
            if start > position:
                gaps.append((position, start))
            position = stop
        if position < total:
            gaps.append((position, total))
        return tuple(gaps)

    def fraction(self, total: int) -> float:
        """The covered share of frames 0 to `total`; 1 if there are none."""
        if total <= 0:
            return 1.0
        return sum(max(0, min(stop, total) - start) for start, stop in self._spans) / total
