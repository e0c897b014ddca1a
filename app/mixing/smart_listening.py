"""Smart listening: duck the others while one instrument plays; solo whichever of some instruments plays most.

Both are one gain for each strip over time, in activation frames, that the mixing kernel multiplies behind the equalizer
and interpolates as it does the weights. The curves depend on the whole song and not on how it is played, so an export
sounds as the playback did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS, STEMS

DEPTH_RANGE_DB: Final = (0.0, 48.0)
ATTACK_RANGE_MS: Final = (0.0, 1000.0)
RELEASE_RANGE_MS: Final = (0.0, 5000.0)

CURVE_LANES: Final = 8
"""Columns of an array of curves: the strips, and one that rounds up the row."""

SMOOTHING_FRAMES: Final = 21
"""Half a second: over so much the activity is averaged that `FollowSettings` compares."""
MARGIN: Final = 0.15
"""By so much another instrument's activity must exceed the followed one's before it is followed instead."""
HOLD_FRAMES: Final = 32
"""Three quarters of a second: no instrument is followed for less."""
_FAINT: Final = 0.1  # below that nobody plays whom one could follow
_FADE_FRAMES: Final = 3

Curves = NDArray[np.float32]
Flags = NDArray[np.bool_]


def _check(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:  # False for NaN too
        raise ValueError(f"{name} must lie between {limits[0]:g} and {limits[1]:g}, not {value}")


@dataclass(frozen=True)
class DuckSettings:
    """Turn all other strips down by `depth_db` while `instrument` plays.

    They go down in the `attack_ms` before it enters, so that it is not covered when it does, and come back in the
    `release_ms` after it has left, both evenly in dB. Raises ValueError outside the ranges.
    """

    on: bool = False
    instrument: str = INSTRUMENTS[0]
    depth_db: float = 12.0
    attack_ms: float = 100.0
    release_ms: float = 500.0

    def __post_init__(self) -> None:
        if self.instrument not in INSTRUMENTS:
            raise ValueError(f"there is no instrument {self.instrument!r}")
        _check("depth_db", self.depth_db, DEPTH_RANGE_DB)
        _check("attack_ms", self.attack_ms, ATTACK_RANGE_MS)
        _check("release_ms", self.release_ms, RELEASE_RANGE_MS)


@dataclass(frozen=True)
class FollowSettings:
    """Solo whichever of `instruments` is most active; with fewer than two there is nothing to follow.

    Strips that are safe from solo stay. An instrument is followed until another one is clearly more active, and
    through rests of all of them. Raises ValueError for an unknown instrument, or one that is named twice.
    """

    on: bool = False
    instruments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for instrument in self.instruments:
            if instrument not in INSTRUMENTS:
                raise ValueError(f"there is no instrument {instrument!r}")
        if len(set(self.instruments)) < len(self.instruments):
            raise ValueError("an instrument can be followed only once")

    @property
    def follows(self) -> bool:
        """Whether there is a choice to make."""
        return self.on and len(self.instruments) > 1


def no_curves() -> Curves:
    """What stands for curves that are 1 everywhere, float32 `(1, 8)`: the kernel skips them."""
    return np.ones((1, CURVE_LANES), np.float32)


def duck_curve(playing: Flags, settings: DuckSettings) -> Curves:
    """The gain of the strips that are ducked, float32 `(activation frames,)`.

    `playing` says where the instrument plays. The gain reaches its lowest with the first frame that plays.
    """
    frames_per_ms = ACTIVATION_RATE_HZ / 1000.0
    rise = 1.0 / max(1.0, settings.attack_ms * frames_per_ms)
    fall = 1.0 / max(1.0, settings.release_ms * frames_per_ms)
    places = np.arange(len(playing), dtype=np.float64)
    late = np.maximum.accumulate(np.where(playing, places, -np.inf))  # the last frame that played
    soon = np.minimum.accumulate(np.where(playing, places, np.inf)[::-1])[::-1]
    depth = np.maximum(1.0 - (places - late) * fall, 1.0 - (soon - places) * rise)
    gain: Curves = (10.0 ** (-settings.depth_db / 20.0 * np.clip(depth, 0.0, 1.0))).astype(np.float32)
    return gain


def followed(activity: NDArray[np.float32]) -> NDArray[np.int64]:
    """Which row of `activity`, float32 `(instruments, activation frames)`, is followed in each frame; -1 for none.

    Until somebody plays, the first who will is followed; -1 only where nobody ever does.
    """
    choice = np.full(activity.shape[1], -1, np.int64)
    if not activity.size:
        return choice
    kernel = np.ones(SMOOTHING_FRAMES) / SMOOTHING_FRAMES
    half = SMOOTHING_FRAMES // 2
    padded = np.pad(activity.astype(np.float64), ((0, 0), (half, half)), mode="edge")
    smooth = np.stack([np.convolve(row, kernel, mode="valid") for row in padded])
    frames = smooth.shape[1]
    playing = np.flatnonzero(smooth.max(axis=0) > _FAINT)
    if not len(playing):
        return choice
    best = smooth.argmax(axis=0)
    top = smooth.max(axis=0)
    beaten = [np.flatnonzero(top > row + MARGIN) for row in smooth]
    start, now = 0, int(best[playing[0]])
    earliest = int(playing[0]) + HOLD_FRAMES
    while True:
        rivals = beaten[now]
        index = int(np.searchsorted(rivals, earliest))
        stop = int(rivals[index]) if index < len(rivals) else frames
        choice[start:stop] = now
        if stop == frames:
            return choice
        start, now = stop, int(best[stop])
        earliest = stop + HOLD_FRAMES


def follow_curves(activity: NDArray[np.float32], settings: FollowSettings, safe: Sequence[bool]) -> Curves:
    """The gain of every strip, float32 `(activation frames, 8)`.

    Args:
        activity: float32 `(6, activation frames)`, how clearly each instrument plays, 0..1.
        settings: which ones are followed.
        safe: for each of `models.instruments.STEMS` whether it is safe from solo.
    """
    curves = np.ones((activity.shape[1], CURVE_LANES), np.float32)
    rows = [INSTRUMENTS.index(instrument) for instrument in settings.instruments]
    choice = followed(activity[rows])
    if not len(choice) or choice[0] < 0:
        return curves
    fade = np.ones(_FADE_FRAMES, np.float32) / _FADE_FRAMES
    for strip in range(len(STEMS)):
        if not safe[strip]:
            heard = (choice == rows.index(strip)) if strip in rows else np.zeros(len(choice), bool)
            edges = np.pad(heard.astype(np.float32), _FADE_FRAMES // 2, mode="edge")
            curves[:, strip] = np.clip(np.convolve(edges, fade, mode="valid"), 0.0, 1.0)
    return curves


def gain_curves(
    playing: Flags,
    activity: NDArray[np.float32],
    duck: DuckSettings,
    follow: FollowSettings,
    safe: Sequence[bool],
) -> Curves:
    """The gains that both make together.

    Args:
        playing: bool `(activation frames,)`, where the instrument of `duck` plays: as its regions, edits included.
        activity: float32 `(6, activation frames)`, how clearly each instrument plays.
        duck: the one.
        follow: the other.
        safe: for each of `models.instruments.STEMS` whether it is safe from solo.

    Returns:
        float32 `(activation frames, 8)`, a column for each strip; `no_curves` if both are off.
    """
    if not (duck.on or follow.follows) or not len(playing):
        return no_curves()
    curves = np.ones((len(playing), CURVE_LANES), np.float32)
    if follow.follows:
        curves = follow_curves(activity, follow, safe)
    if duck.on:
        chosen = STEMS.index(duck.instrument)
        others = [strip for strip in range(len(STEMS)) if strip != chosen]
        curves[:, others] *= duck_curve(playing, duck)[:, np.newaxis]
    return curves if len(curves) > 1 else no_curves()
