"""How the timeline is looked at: what a project keeps of the view, and undo does not touch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from models.instruments import INSTRUMENTS

LANE_HEIGHTS: Final = (32, 400)
"""Logical pixels of a lane that somebody has pulled to a height of its own."""


@dataclass(frozen=True)
class ViewState:
    """The lanes from top to bottom, and the stretch of time in view.

    Attributes:
        order: all of `models.instruments.INSTRUMENTS`, from top to bottom.
        collapsed: the lanes that show no more than their name and a strip.
        heights: (instrument, logical pixels) of the lanes with a height of their own; the others share what is left.
        spectrograms: the lanes with their stem's spectrogram behind them.
        start_s: the left edge.
        stop_s: the right edge; None for the whole song.
    """

    order: tuple[str, ...] = INSTRUMENTS
    collapsed: tuple[str, ...] = ()
    heights: tuple[tuple[str, int], ...] = ()
    spectrograms: tuple[str, ...] = ()
    start_s: float = 0.0
    stop_s: float | None = None

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted(INSTRUMENTS):
            raise ValueError(f"the order must name each of {', '.join(INSTRUMENTS)} once, not {self.order}")
        sized = tuple(name for name, _ in self.heights)
        for names in (self.collapsed, self.spectrograms, sized):
            if len(set(names)) != len(names) or not set(names) <= set(INSTRUMENTS):
                raise ValueError(f"{names} are not different instruments")
        for name, height in self.heights:
            if not LANE_HEIGHTS[0] <= height <= LANE_HEIGHTS[1]:
                raise ValueError(f"the lane {name} cannot be {height} pixels high")
        stop_s = math.inf if self.stop_s is None else self.stop_s
        if not 0.0 <= self.start_s < stop_s:  # False for NaN too
            raise ValueError(f"a view must end after it starts, not be {self.start_s}..{self.stop_s}")

    def moved(self, instrument: str, place: int) -> "ViewState":
        """A copy with that lane in that place, counted from the top."""
        others = [name for name in self.order if name != instrument]
        place = min(max(0, place), len(others))
        return replace(self, order=(*others[:place], instrument, *others[place:]))

    def with_collapsed(self, instrument: str, collapsed: bool) -> "ViewState":
        """A copy with that lane collapsed or not."""
        return replace(self, collapsed=_with(self.collapsed, instrument, collapsed))

    def with_spectrogram(self, instrument: str, shown: bool) -> "ViewState":
        """A copy with the spectrogram behind that lane, or without."""
        return replace(self, spectrograms=_with(self.spectrograms, instrument, shown))

    def with_height(self, instrument: str, height: float | None) -> "ViewState":
        """A copy with that lane about so high, within `LANE_HEIGHTS`; None lets it share what is left."""
        others = tuple(pair for pair in self.heights if pair[0] != instrument)
        if height is None:
            return replace(self, heights=others)
        limited = round(min(max(LANE_HEIGHTS[0], height), LANE_HEIGHTS[1]))
        return replace(self, heights=(*others, (instrument, limited)))

    def whole(self) -> "ViewState":
        """A copy that shows a whole song."""
        return replace(self, start_s=0.0, stop_s=None)

    def height(self, instrument: str) -> int | None:
        """The lane's own height; None if it shares what is left."""
        return dict(self.heights).get(instrument)


def view_to_json(view: ViewState) -> dict[str, Any]:
    """Plain values, as `view_from_json` takes them."""
    return {
        "order": list(view.order),
        "collapsed": list(view.collapsed),
        "heights": dict(view.heights),
        "spectrograms": list(view.spectrograms),
        "start_s": view.start_s,
        "stop_s": view.stop_s,
    }


def view_from_json(value: object) -> ViewState:
    """A view from what was read from a file; what is missing is as by default. Raises ValueError for anything else."""
    if not isinstance(value, Mapping) or not set(value) <= set(view_to_json(ViewState())):
        raise ValueError("a view is an object with order, collapsed, heights, spectrograms, start_s and stop_s")
    heights = value.get("heights", {})
    if not isinstance(heights, Mapping) or not all(type(height) is int for height in heights.values()):
        raise ValueError("the heights of a view are whole numbers by the names of instruments")
    return ViewState(
        order=_names(value.get("order", list(INSTRUMENTS))),
        collapsed=_names(value.get("collapsed", [])),
        heights=tuple((str(name), height) for name, height in heights.items()),
        spectrograms=_names(value.get("spectrograms", [])),
        start_s=_seconds(value.get("start_s", 0.0)),
        stop_s=None if value.get("stop_s") is None else _seconds(value["stop_s"]),
    )


def _with(names: tuple[str, ...], name: str, present: bool) -> tuple[str, ...]:
    others = tuple(other for other in names if other != name)
    return (*others, name) if present else others


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("the lanes of a view are lists of names")
    return tuple(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("the edges of a view are numbers of seconds")
    return float(value)
