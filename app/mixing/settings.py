"""The state of the mixer as immutable values. Commands, undo, projects and the audio thread share these objects."""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from app.mixing.smart_listening import DuckSettings, FollowSettings
from models.activation import ActivationSettings
from models.instruments import STEMS

MAX_GAIN_DB: Final = 12.0
MAX_WIDTH: Final = 2.0
EQUALIZER_GAIN_RANGE_DB: Final = (-24.0, 24.0)
EQUALIZER_FREQUENCY_RANGE_HZ: Final = (20.0, 20_000.0)
EQUALIZER_Q_RANGE: Final = (0.1, 18.0)
SLOPES_DB_PER_OCTAVE: Final = (12, 24)
LIMITER_CEILING_RANGE_DBTP: Final = (-12.0, 0.0)
MUTE_GROUPS: Final = 9
BUTTERWORTH_Q: Final = math.sqrt(0.5)


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:  # False for NaN too
        raise ValueError(f"{name} must lie between {limits[0]:g} and {limits[1]:g}, not {value}")


class BandKind(StrEnum):
    """What a band of the equalizer does."""

    HIGH_PASS = "high_pass"
    LOW_SHELF = "low_shelf"
    PEAK = "peak"
    HIGH_SHELF = "high_shelf"
    LOW_PASS = "low_pass"

    @property
    def is_pass(self) -> bool:
        """True for the two that have a slope and no gain."""
        return self in (BandKind.HIGH_PASS, BandKind.LOW_PASS)


@dataclass(frozen=True)
class BandSettings:
    """One band. `gain_db` is not used by passes, `slope_db_per_octave` by them alone.

    Raises ValueError for a value outside its range.
    """

    kind: BandKind
    on: bool
    frequency_hz: float
    gain_db: float = 0.0
    q: float = BUTTERWORTH_Q
    slope_db_per_octave: int = 12

    def __post_init__(self) -> None:
        _check_range("frequency_hz", self.frequency_hz, EQUALIZER_FREQUENCY_RANGE_HZ)
        _check_range("gain_db", self.gain_db, EQUALIZER_GAIN_RANGE_DB)
        _check_range("q", self.q, EQUALIZER_Q_RANGE)
        if self.slope_db_per_octave not in SLOPES_DB_PER_OCTAVE:
            raise ValueError(f"slope_db_per_octave must be 12 or 24, not {self.slope_db_per_octave}")

    @property
    def is_flat(self) -> bool:
        """True if the band changes nothing."""
        return not self.on or (not self.kind.is_pass and self.gain_db == 0.0)


DEFAULT_BANDS: Final = (
    BandSettings(BandKind.HIGH_PASS, False, 80.0),
    BandSettings(BandKind.LOW_SHELF, True, 120.0),
    BandSettings(BandKind.PEAK, True, 250.0, q=1.0),
    BandSettings(BandKind.PEAK, True, 800.0, q=1.0),
    BandSettings(BandKind.PEAK, True, 2500.0, q=1.0),
    BandSettings(BandKind.PEAK, True, 5000.0, q=1.0),
    BandSettings(BandKind.HIGH_SHELF, True, 8000.0),
    BandSettings(BandKind.LOW_PASS, False, 16_000.0),
)
"""The bands in their fixed order, flat."""


@dataclass(frozen=True)
class EqualizerSettings:
    """Eight bands whose kinds are those of `DEFAULT_BANDS`, in that order. Raises ValueError for others."""

    bands: tuple[BandSettings, ...] = DEFAULT_BANDS
    bypass: bool = False

    def __post_init__(self) -> None:
        if [band.kind for band in self.bands] != [band.kind for band in DEFAULT_BANDS]:
            raise ValueError("an equalizer has a high-pass, a low shelf, four peaks, a high shelf and a low-pass")

    @property
    def is_flat(self) -> bool:
        """True if the equalizer changes nothing."""
        return self.bypass or all(band.is_flat for band in self.bands)

    def with_band(self, index: int, **changes: Any) -> "EqualizerSettings":
        """A copy in which that band has these fields changed."""
        band = replace(self.bands[index], **changes)
        return replace(self, bands=(*self.bands[:index], band, *self.bands[index + 1 :]))


@dataclass(frozen=True)
class StripSettings:
    """One channel strip.

    `gain_db` is -inf..+12; `pan` is -1 (left) to 1 (right); `width` scales the difference of left and right: 0 is mono,
    1 as it is, 2 twice as wide. A strip that is `solo_safe` is heard whatever else is soloed.
    """

    gain_db: float = 0.0
    pan: float = 0.0
    width: float = 1.0
    invert_polarity: bool = False
    mute: bool = False
    solo: bool = False
    solo_safe: bool = False
    equalizer: EqualizerSettings = field(default_factory=EqualizerSettings)
    activation: ActivationSettings = field(default_factory=ActivationSettings)

    def __post_init__(self) -> None:
        if math.isnan(self.gain_db) or self.gain_db > MAX_GAIN_DB:
            raise ValueError(f"gain_db must be at most {MAX_GAIN_DB}, not {self.gain_db}")
        _check_range("pan", self.pan, (-1.0, 1.0))
        _check_range("width", self.width, (0.0, MAX_WIDTH))


@dataclass(frozen=True)
class LimiterSettings:
    """The limiter behind the master's fader; `ceiling_dbtp` is a true peak."""

    on: bool = False
    ceiling_dbtp: float = -1.0

    def __post_init__(self) -> None:
        _check_range("ceiling_dbtp", self.ceiling_dbtp, LIMITER_CEILING_RANGE_DBTP)


DEFAULT_MUTE_GROUPS: Final = (
    *((stem,) for stem in STEMS),
    ("electric_guitar", "acoustic_guitar"),
    tuple(stem for stem in STEMS if stem != "vocals"),
)
"""Number keys 1 to 9: each strip alone, the two guitars, everything but the vocals."""


@dataclass(frozen=True)
class MixSettings:
    """The whole desk: one strip for each of `models.instruments.STEMS`, in that order, and the master.

    `links` are groups of strips whose gains move together; `mute_groups` are what the number keys mute. `duck` and
    `follow` turn strips down by what instruments play, see `app.mixing.smart_listening`.
    """

    strips: tuple[StripSettings, ...] = tuple(StripSettings() for _ in STEMS)
    master_gain_db: float = 0.0
    limiter: LimiterSettings = field(default_factory=LimiterSettings)
    links: tuple[tuple[str, ...], ...] = ()
    mute_groups: tuple[tuple[str, ...], ...] = DEFAULT_MUTE_GROUPS
    duck: DuckSettings = field(default_factory=DuckSettings)
    follow: FollowSettings = field(default_factory=FollowSettings)

    def __post_init__(self) -> None:
        if len(self.strips) != len(STEMS):
            raise ValueError(f"a mix has {len(STEMS)} strips, not {len(self.strips)}")
        if math.isnan(self.master_gain_db) or self.master_gain_db > MAX_GAIN_DB:
            raise ValueError(f"master_gain_db must be at most {MAX_GAIN_DB}, not {self.master_gain_db}")
        if len(self.mute_groups) != MUTE_GROUPS:
            raise ValueError(f"a mix has {MUTE_GROUPS} mute groups, not {len(self.mute_groups)}")
        linked = [stem for group in self.links for stem in group]
        unknown = {*linked, *(stem for group in self.mute_groups for stem in group)} - set(STEMS)
        if unknown:
            raise ValueError(f"there is no strip {sorted(unknown)[0]!r}")
        if len(linked) != len(set(linked)):
            raise ValueError("a strip can be linked in one group only")

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
        """Which strips are heard: those not muted and, if any is soloed, soloed or solo-safe."""
        any_solo = any(strip.solo for strip in self.strips)
        return tuple(not strip.mute and (strip.solo or strip.solo_safe or not any_solo) for strip in self.strips)
