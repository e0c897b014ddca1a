"""Commands on one strip of the desk."""

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from app.mixing.settings import MAX_GAIN_DB, BandKind, BandSettings, EqualizerSettings, MixSettings, StripSettings
from app.session.commands.base import Command, Continuous, Discrete, OnMix, title
from app.session.document import Document, EqualizerSides
from models.activation import ActivationMode
from models.instruments import STEMS

_SILENCE_DB: Final = -math.inf
_ACTIVATION_WORDS: Final = {
    "threshold": "threshold",
    "hysteresis": "hysteresis",
    "median_frames": "smoothing",
    "minimum_frames": "shortest duration",
    "fade_frames": "fade",
}


@dataclass(frozen=True)
class SetGain(OnMix, Continuous):
    """Move a strip's fader; -inf is silence.

    Linked strips come along: their distances in dB are kept, and all stop where the loudest reaches the top. A fader
    pulled down to silence silences the others too, one raised from silence takes the silent ones with it. `alone`
    moves the strip against its links.
    """

    strip: str
    gain_db: float
    alone: bool = False
    control: ClassVar[tuple[str, ...]] = ("strip", "alone")

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.strip)} gain"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that gain."""
        group = () if self.alone else next((links for links in mix.links if self.strip in links), ())
        gains = {self.strip: self.gain_db} if not group else self._linked(mix, group)
        for strip, gain_db in gains.items():
            mix = mix.with_strip(strip, gain_db=gain_db)
        return mix

    def _linked(self, mix: MixSettings, group: tuple[str, ...]) -> dict[str, float]:
        old = {strip: mix.strip(strip).gain_db for strip in group}
        if self.gain_db == _SILENCE_DB:
            return dict.fromkeys(group, _SILENCE_DB)
        if old[self.strip] == _SILENCE_DB:
            return {strip: self.gain_db for strip in group if old[strip] == _SILENCE_DB}
        rise_db = self.gain_db - old[self.strip]
        room_db = MAX_GAIN_DB - max(old.values())
        stopped = rise_db > room_db and self.gain_db <= MAX_GAIN_DB
        gains = {strip: min(gain_db + min(rise_db, room_db), MAX_GAIN_DB) for strip, gain_db in old.items()}
        return gains if stopped else {**gains, self.strip: self.gain_db}


@dataclass(frozen=True)
class SetPan(OnMix, Continuous):
    """Turn a strip's pan, -1 (left) to 1 (right)."""

    strip: str
    pan: float

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.strip)} pan"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that pan."""
        return mix.with_strip(self.strip, pan=self.pan)


@dataclass(frozen=True)
class SetWidth(OnMix, Continuous):
    """Change a strip's stereo width: 0 mono, 1 as it is, 2 wide."""

    strip: str
    width: float

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.strip)} width"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that width."""
        return mix.with_strip(self.strip, width=self.width)


@dataclass(frozen=True)
class SetPolarity(OnMix, Discrete):
    """Turn a strip's polarity round or not."""

    strip: str
    inverted: bool

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.strip)} polarity"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that polarity."""
        return mix.with_strip(self.strip, invert_polarity=self.inverted)


@dataclass(frozen=True)
class SetMute(OnMix, Discrete):
    """Mute a strip or not."""

    strip: str
    on: bool

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{'Mute' if self.on else 'Unmute'} {title(self.strip).lower()}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that mute."""
        return mix.with_strip(self.strip, mute=self.on)


@dataclass(frozen=True)
class SetSolo(OnMix, Discrete):
    """Solo a strip or not; `exclusive` takes the solo from all others."""

    strip: str
    on: bool
    exclusive: bool = False

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{'Solo' if self.on else 'Unsolo'} {title(self.strip).lower()}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that solo."""
        if self.exclusive:
            mix = replace(mix, strips=tuple(replace(strip, solo=False) for strip in mix.strips))
        return mix.with_strip(self.strip, solo=self.on)


@dataclass(frozen=True)
class SetSoloSafe(OnMix, Discrete):
    """Let a strip be heard while others are soloed, or not."""

    strip: str
    on: bool

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{title(self.strip)} {'safe from solo' if self.on else 'not safe from solo'}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that."""
        return mix.with_strip(self.strip, solo_safe=self.on)


@dataclass(frozen=True)
class SetEqualizer(OnMix, Continuous):
    """Put another equalizer into a strip; `name` says what it came from, for the Edit menu."""

    strip: str
    equalizer: EqualizerSettings
    name: str = ""
    control: ClassVar[tuple[str, ...]] = ("strip", "name")

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"{title(self.strip)} equalizer")

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that equalizer."""
        return mix.with_strip(self.strip, equalizer=self.equalizer)


@dataclass(frozen=True)
class SetBand(OnMix, Continuous):
    """Change one band of a strip's equalizer, counted from the lowest, 0."""

    strip: str
    index: int
    band: BandSettings
    control: ClassVar[tuple[str, ...]] = ("strip", "index")

    @property
    def name(self) -> str:
        """For the Edit menu."""
        kind = self.band.kind.replace("_", " ")
        number = f" {self.index - 1}" if self.band.kind == BandKind.PEAK else ""
        return f"{title(self.strip)} {kind}{number}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that band."""
        equalizer = mix.strip(self.strip).equalizer
        bands = equalizer.bands
        if not 0 <= self.index < len(bands):
            raise ValueError(f"there are bands 0 to {len(bands) - 1}, not {self.index}")
        bands = (*bands[: self.index], self.band, *bands[self.index + 1 :])
        return mix.with_strip(self.strip, equalizer=replace(equalizer, bands=bands))


@dataclass(frozen=True)
class SwapEqualizer(Discrete):
    """Hear the other one of a strip's two equalizers. The first time it is a copy of the one that is heard."""

    strip: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Compare {title(self.strip).lower()} equalizers"

    def apply(self, document: Document) -> Document:
        """The document with the two exchanged."""
        index = STEMS.index(self.strip)
        heard, sides = document.mix.strips[index].equalizer, document.sides[index]
        swapped = EqualizerSides("B" if sides.side == "A" else "A", heard)
        return replace(
            document,
            mix=document.mix.with_strip(self.strip, equalizer=sides.other or heard),
            sides=(*document.sides[:index], swapped, *document.sides[index + 1 :]),
        )


@dataclass(frozen=True)
class SetActivation(OnMix):
    """Change how activations weigh a strip, or all of them (`strip` None). What is None stays as it is."""

    mode: ActivationMode | None = None
    strip: str | None = None
    threshold: float | None = None
    hysteresis: float | None = None
    median_frames: int | None = None
    minimum_frames: int | None = None
    fade_frames: int | None = None
    glide_s: ClassVar[float] = 0.0

    @property
    def name(self) -> str:
        """For the Edit menu."""
        changes = self._changes
        what = f"activation {self.mode}" if self.mode is not None else "activation"
        if self.mode is None and len(changes) == 1:
            what = f"activation {_ACTIVATION_WORDS[next(iter(changes))]}"
        return f"{title(self.strip)} {what}" if self.strip else what.capitalize()

    @property
    def _changes(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("mode", *_ACTIVATION_WORDS)}
        return {name: value for name, value in values.items() if value is not None}

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that weighting."""
        for name in STEMS if self.strip is None else (self.strip,):
            mix = mix.with_strip(name, activation=replace(mix.strip(name).activation, **self._changes))
        return mix

    def merges_with(self, previous: Command) -> bool:
        """A threshold and its like are dragged, a mode is clicked."""
        return (
            isinstance(previous, SetActivation)
            and previous.strip == self.strip
            and previous.mode is None
            and self.mode is None
            and previous._changes.keys() == self._changes.keys()
        )


@dataclass(frozen=True)
class ResetStrip(OnMix, Discrete):
    """Put a strip back to neutral."""

    strip: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Reset {title(self.strip).lower()}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that strip neutral."""
        index = STEMS.index(self.strip)
        return replace(mix, strips=(*mix.strips[:index], StripSettings(), *mix.strips[index + 1 :]))
