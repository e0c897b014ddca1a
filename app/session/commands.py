"""Everything a user can do to a mix, as immutable values that turn one `MixSettings` into the next."""

from dataclasses import dataclass, replace
from typing import Protocol

from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from models.activation import ActivationMode
from models.instruments import STEMS


class Command(Protocol):
    """A step of the Edit menu. Strips are named as in `models.instruments.STEMS`."""

    @property
    def name(self) -> str:
        """What it does, as the Edit menu says after "Undo"."""

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix afterwards. Raises ValueError for an unknown strip or a value out of range."""

    def merges_with(self, previous: "Command") -> bool:
        """Whether both are moments of one drag, to be undone as one step."""


def _title(strip: str) -> str:
    return strip.replace("_", " ").capitalize()


class _Discrete:
    """A click: a step of its own."""

    def merges_with(self, previous: Command) -> bool:
        """Never."""
        return False


class _Continuous:
    """A moment of a drag: merges with the one before if it moves the same control of the same strip."""

    def merges_with(self, previous: Command) -> bool:
        """True for the same kind of command on the same strip."""
        return isinstance(previous, type(self)) and getattr(previous, "strip", None) == getattr(self, "strip", None)


@dataclass(frozen=True)
class SetGain(_Continuous):
    """Move a strip's fader; -inf is silence."""

    strip: str
    gain_db: float

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{_title(self.strip)} gain"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that gain."""
        return mix.with_strip(self.strip, gain_db=self.gain_db)


@dataclass(frozen=True)
class SetPan(_Continuous):
    """Turn a strip's pan, -1 (left) to 1 (right)."""

    strip: str
    pan: float

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{_title(self.strip)} pan"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that pan."""
        return mix.with_strip(self.strip, pan=self.pan)


@dataclass(frozen=True)
class SetMute(_Discrete):
    """Mute a strip or not."""

    strip: str
    on: bool

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{'Mute' if self.on else 'Unmute'} {_title(self.strip).lower()}"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that mute."""
        return mix.with_strip(self.strip, mute=self.on)


@dataclass(frozen=True)
class SetSolo(_Discrete):
    """Solo a strip or not; `exclusive` takes the solo from all others."""

    strip: str
    on: bool
    exclusive: bool = False

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{'Solo' if self.on else 'Unsolo'} {_title(self.strip).lower()}"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that solo."""
        if self.exclusive:
            mix = replace(mix, strips=tuple(replace(strip, solo=False) for strip in mix.strips))
        return mix.with_strip(self.strip, solo=self.on)


@dataclass(frozen=True)
class SetEqualizer(_Continuous):
    """Change a strip's equalizer."""

    strip: str
    equalizer: EqualizerSettings

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"{_title(self.strip)} equalizer"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that equalizer."""
        return mix.with_strip(self.strip, equalizer=self.equalizer)


@dataclass(frozen=True)
class SetActivation:
    """Change how activations weigh a strip, or all of them (`strip` None). What is None stays as it is."""

    mode: ActivationMode | None = None
    strip: str | None = None
    threshold: float | None = None

    @property
    def name(self) -> str:
        """For the Edit menu."""
        what = "activation threshold" if self.mode is None else f"activation {self.mode}"
        return f"{_title(self.strip)} {what}" if self.strip else what.capitalize()

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that weighting."""
        for name in STEMS if self.strip is None else (self.strip,):
            old = mix.strip(name).activation
            threshold = old.threshold if self.threshold is None else self.threshold
            mix = mix.with_strip(name, activation=replace(old, mode=self.mode or old.mode, threshold=threshold))
        return mix

    def merges_with(self, previous: Command) -> bool:
        """A threshold is dragged, a mode is clicked."""
        return (
            isinstance(previous, SetActivation)
            and previous.strip == self.strip
            and previous.mode is None
            and self.mode is None
        )


@dataclass(frozen=True)
class SetMasterGain(_Continuous):
    """Move the master fader."""

    gain_db: float

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Master gain"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that master gain."""
        return replace(mix, master_gain_db=self.gain_db)


@dataclass(frozen=True)
class ResetStrip(_Discrete):
    """Put a strip back to neutral."""

    strip: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Reset {_title(self.strip).lower()}"

    def apply(self, mix: MixSettings) -> MixSettings:
        """The mix with that strip neutral."""
        index = STEMS.index(self.strip)
        return replace(mix, strips=(*mix.strips[:index], StripSettings(), *mix.strips[index + 1 :]))


@dataclass(frozen=True)
class ReplaceMix(_Discrete):
    """Put another mix in place: a loaded one, a preset, all neutral."""

    mix: MixSettings
    name: str

    def apply(self, mix: MixSettings) -> MixSettings:
        """That other mix."""
        return self.mix
