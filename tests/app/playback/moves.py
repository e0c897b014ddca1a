"""Every control of the desk, moved one after the other."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from app.mixing.settings import MixSettings

# What each is moved to, by the class that it is a field of; switches are turned.
MOVED_TO: dict[str, dict[str, Any]] = {
    "StripSettings": {"gain_db": -7.0, "pan": -0.6, "width": 0.2},
    "BandSettings": {"frequency_hz": 700.0, "gain_db": 6.0, "q": 1.7, "slope_db_per_octave": 24},
    "ActivationSettings": {
        "mode": "hard", "threshold": 0.8, "median_frames": 9, "hysteresis": 0.4, "minimum_frames": 12, "fade_frames": 3,
    },
    "DuckSettings": {"instrument": "bass", "depth_db": 30.0, "attack_ms": 40.0, "release_ms": 90.0},
    "FollowSettings": {"instruments": ("vocals", "drums")},
    "LimiterSettings": {"ceiling_dbtp": -11.0},
    "MixSettings": {"master_gain_db": 5.0},
}  # fmt: skip
NOT_HEARD = {"kind", "links", "mute_groups"}
PASSING = {"mute", "solo", "bypass"}
"""They silence what comes after them, so they are moved back at once."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every control below a value: names of fields, and indices; first what makes a band heard."""
    for field in sorted(fields(value), key=lambda field: field.name not in ("on", "gain_db")):
        inside = getattr(value, field.name)
        if field.name in NOT_HEARD:
            continue
        if is_dataclass(inside):
            yield from leaves(inside, (*path, field.name))
        elif isinstance(inside, tuple) and inside and is_dataclass(inside[0]):
            for index, item in enumerate(inside):
                yield from leaves(item, (*path, field.name, index))
        else:
            yield *path, field.name


def changed(value: Any, path: tuple[Any, ...], to: tuple[Any, ...] = ()) -> Any:
    """A copy with one control moved, to where MOVED_TO says if `to` is empty: a control that is not there fails."""
    if isinstance(value, tuple):
        index = path[0]
        return (*value[:index], changed(value[index], path[1:], to), *value[index + 1 :])
    if len(path) > 1:
        return replace(value, **{path[0]: changed(getattr(value, path[0]), path[1:], to)})
    return replace(value, **{path[0]: to[0] if to else MOVED_TO[type(value).__name__][path[0]]})


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What a control is at."""
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def every_control(mix: MixSettings) -> list[tuple[Any, ...]]:
    """The way to one of every kind: each control of a strip on a strip of its own, those of all eight bands."""
    order = [field.name for field in fields(mix.strips[0])]
    return [path for path in leaves(mix) if path[0] != "strips" or path[1] == order.index(path[2]) % len(mix.strips)]


def all_moves(mix: MixSettings) -> Iterator[tuple[tuple[Any, ...], MixSettings]]:
    """Each control's way, and the mix in which it, and most of those before it, has been moved."""
    for path in every_control(mix):
        before = at(mix, path)
        mix = changed(mix, path, (not before,) if isinstance(before, bool) else ())
        assert at(mix, path) != before, f"{path} is there already"
        yield path, mix
        if path[-1] in PASSING or before is True:
            mix = changed(mix, path, (before,))
