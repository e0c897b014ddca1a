"""The state of the mixer as immutable values. Commands, undo, projects and the audio thread share these objects."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Final

from models.activation import ActivationSettings
from models.instruments import STEMS

MAX_GAIN_DB: Final = 12.0
EQUALIZER_GAIN_RANGE_DB: Final = (-24.0, 12.0)
EQUALIZER_FREQUENCY_RANGE_HZ: Final = (20.0, 20_000.0)
EQUALIZER_Q_RANGE: Final = (0.1, 10.0)


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:  # False for NaN too
        raise ValueError(f"{name} must lie between {limits[0]:g} and {limits[1]:g}, not {value}")


@dataclass(frozen=True)
class EqualizerSettings:
    """Three bands: a low shelf, a bell and a high shelf. Raises ValueError for a value outside its range."""

    low_gain_db: float = 0.0
    mid_gain_db: float = 0.0
    high_gain_db: float = 0.0
    low_cutoff_hz: float = 250.0
    mid_center_hz: float = 1000.0
    mid_q: float = 0.7
    high_cutoff_hz: float = 4000.0
    bypass: bool = False

    def __post_init__(self) -> None:
        for name in ("low_gain_db", "mid_gain_db", "high_gain_db"):
            _check_range(name, getattr(self, name), EQUALIZER_GAIN_RANGE_DB)
        for name in ("low_cutoff_hz", "mid_center_hz", "high_cutoff_hz"):
            _check_range(name, getattr(self, name), EQUALIZER_FREQUENCY_RANGE_HZ)
        _check_range("mid_q", self.mid_q, EQUALIZER_Q_RANGE)

    @property
    def is_flat(self) -> bool:
        """True if the equalizer changes nothing."""
        return self.bypass or (self.low_gain_db == self.mid_gain_db == self.high_gain_db == 0.0)


@dataclass(frozen=True)
class StripSettings:
    """One channel strip. `gain_db` is -inf..+12; `pan` is -1 (left) to 1 (right)."""

    gain_db: float = 0.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False
    equalizer: EqualizerSettings = field(default_factory=EqualizerSettings)
    activation: ActivationSettings = field(default_factory=ActivationSettings)

    def __post_init__(self) -> None:
        if math.isnan(self.gain_db) or self.gain_db > MAX_GAIN_DB:
            raise ValueError(f"gain_db must be at most {MAX_GAIN_DB}, not {self.gain_db}")
        if not -1.0 <= self.pan <= 1.0:
            raise ValueError(f"pan must lie between -1 and 1, not {self.pan}")


@dataclass(frozen=True)
class MixSettings:
    """The whole desk: one strip for each of `models.instruments.STEMS`, in that order, and the master."""

    strips: tuple[StripSettings, ...] = tuple(StripSettings() for _ in STEMS)
    master_gain_db: float = 0.0

    def __post_init__(self) -> None:
        if len(self.strips) != len(STEMS):
            raise ValueError(f"a mix has {len(STEMS)} strips, not {len(self.strips)}")
        if math.isnan(self.master_gain_db) or self.master_gain_db > MAX_GAIN_DB:
            raise ValueError(f"master_gain_db must be at most {MAX_GAIN_DB}, not {self.master_gain_db}")

    def strip(self, name: str) -> StripSettings:
        """The strip of that stem. Raises ValueError for an unknown name."""
        return self.strips[STEMS.index(name)]

    def with_strip(self, name: str, **changes: Any) -> "MixSettings":
        """A copy in which that strip has these fields changed. Raises ValueError for an unknown name."""
        index = STEMS.index(name)
        strip = replace(self.strips[index], **changes)
        return replace(self, strips=(*self.strips[:index], strip, *self.strips[index + 1 :]))

    @property
    def audible(self) -> tuple[bool, ...]:
        """Which strips are heard: those not muted and, if any is soloed, soloed."""
        any_solo = any(strip.solo for strip in self.strips)
        return tuple(not strip.mute and (strip.solo or not any_solo) for strip in self.strips)
