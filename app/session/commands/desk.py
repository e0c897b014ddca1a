"""Commands on the whole desk: master, links, mute groups, snapshots, practice mixes."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from app.mixing.settings import MAX_GAIN_DB, LimiterSettings, MixSettings
from app.mixing.smart_listening import DuckSettings, FollowSettings
from app.session.commands.base import Command, Continuous, Discrete, OnMix, title
from app.session.document import PRACTICE_KINDS, SNAPSHOT_NAMES, Document, PracticeKind
from models.instruments import STEMS

RECALL_S: Final = 0.5
"""How long a snapshot takes to come in."""

QUIETER_DB: Final = 6.0


@dataclass(frozen=True)
class SetMasterGain(OnMix, Continuous):
    """Move the master fader."""

    gain_db: float
    control: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Master gain"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that master gain."""
        return replace(mix, master_gain_db=self.gain_db)


@dataclass(frozen=True)
class SetLimiter(OnMix, Continuous):
    """Switch the limiter, or move its ceiling."""

    limiter: LimiterSettings
    control: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Limiter"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that limiter."""
        return replace(mix, limiter=self.limiter)

    def merges_with(self, previous: Command) -> bool:
        """The ceiling is dragged, the switch is clicked."""
        return isinstance(previous, SetLimiter) and previous.limiter.on == self.limiter.on


@dataclass(frozen=True)
class SetDuck(OnMix, Continuous):
    """Duck the others while one instrument plays, or change how."""

    duck: DuckSettings
    control: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Duck others under {title(self.duck.instrument).lower()}" if self.duck.on else "Ducking"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that."""
        return replace(mix, duck=self.duck)

    def merges_with(self, previous: Command) -> bool:
        """Depth and times are dragged, the switch and the instrument are clicked."""
        return isinstance(previous, SetDuck) and (previous.duck.on, previous.duck.instrument) == (
            self.duck.on,
            self.duck.instrument,
        )


@dataclass(frozen=True)
class SetFollow(OnMix, Discrete):
    """Solo whichever of some instruments is most active, or not."""

    follow: FollowSettings

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Follow the solo"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that."""
        return replace(mix, follow=self.follow)


@dataclass(frozen=True)
class SetLinks(OnMix, Discrete):
    """Say which strips' faders move together: groups of stems."""

    links: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Link strips"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with these links, in the order of the desk. Raises ValueError for a strip in two groups."""
        groups = (tuple(sorted(set(group), key=STEMS.index)) for group in self.links)
        ordered = sorted((group for group in groups if len(group) > 1), key=lambda group: STEMS.index(group[0]))
        return replace(mix, links=tuple(ordered))


@dataclass(frozen=True)
class Link(OnMix, Discrete):
    """Have a strip's fader move with another's, and with all that this one is linked with."""

    strip: str
    other: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Link {title(self.strip).lower()} with {title(self.other).lower()}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with both in one group."""
        pair = {self.strip, self.other}
        joined = pair.union(*(group for group in mix.links if pair & set(group)))
        apart = tuple(group for group in mix.links if not pair & set(group))
        return SetLinks((*apart, tuple(joined))).change(mix)


@dataclass(frozen=True)
class Unlink(OnMix, Discrete):
    """Have a strip's fader move alone."""

    strip: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Unlink {title(self.strip).lower()}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that strip in no group."""
        return SetLinks(tuple(tuple(set(group) - {self.strip}) for group in mix.links)).change(mix)


@dataclass(frozen=True)
class SetMuteGroup(OnMix, Discrete):
    """Say which strips a number key mutes, 1 to 9."""

    number: int
    strips: tuple[str, ...]

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Change mute group {self.number}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that group, in the order of the desk."""
        _check_number(mix, self.number)
        group = tuple(sorted(set(self.strips), key=STEMS.index))
        groups = (*mix.mute_groups[: self.number - 1], group, *mix.mute_groups[self.number :])
        return replace(mix, mute_groups=groups)


@dataclass(frozen=True)
class ToggleMuteGroup(OnMix, Discrete):
    """Mute all strips of a group, 1 to 9; if all are muted already, none."""

    number: int

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Mute group {self.number}"

    def change(self, mix: MixSettings) -> MixSettings:
        """The mix with that group muted or not."""
        _check_number(mix, self.number)
        group = mix.mute_groups[self.number - 1]
        mute = not all(mix.strip(strip).mute for strip in group)
        for strip in group:
            mix = mix.with_strip(strip, mute=mute)
        return mix


@dataclass(frozen=True)
class ReplaceMix(Discrete):
    """Put another mix in place: a loaded one, a changed one."""

    mix: MixSettings
    name: str

    def apply(self, document: Document) -> Document:
        """The document with that mix."""
        return replace(document, mix=self.mix, practice=None)


@dataclass(frozen=True)
class ResetMix(Discrete):
    """Put all strips and the master back to neutral: the song as it was. Links and mute groups stay."""

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return "Reset the mix"

    def apply(self, document: Document) -> Document:
        """The document with a neutral mix."""
        mix = MixSettings(links=document.mix.links, mute_groups=document.mix.mute_groups)
        return replace(document, mix=mix, practice=None)


@dataclass(frozen=True)
class StoreSnapshot(Discrete):
    """Remember the mix under a letter, 0 for A to 3 for D."""

    index: int

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Store snapshot {SNAPSHOT_NAMES[self.index]}"

    def apply(self, document: Document) -> Document:
        """The document with the mix stored."""
        _check_snapshot(self.index)
        snapshots = document.snapshots
        return replace(document, snapshots=(*snapshots[: self.index], document.mix, *snapshots[self.index + 1 :]))


@dataclass(frozen=True)
class RecallSnapshot:
    """Go back to a stored mix, 0 for A to 3 for D; nothing happens if there is none."""

    index: int
    glide_s: ClassVar[float] = RECALL_S

    @property
    def name(self) -> str:
        """For the Edit menu."""
        return f"Recall snapshot {SNAPSHOT_NAMES[self.index]}"

    def apply(self, document: Document) -> Document:
        """The document with the stored mix."""
        _check_snapshot(self.index)
        mix = document.snapshots[self.index]
        return document if mix is None else replace(document, mix=mix, practice=None)

    def merges_with(self, previous: Command) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Practice(Discrete):
    """A mix to practise one instrument with.

    `without` mutes it, `only` solos it, `quieter` lowers it by `QUIETER_DB`, `with` is the band with it as before.
    Each takes the one before back first, and lets go of all solos; what the user muted otherwise stays muted.
    """

    kind: PracticeKind
    strip: str

    @property
    def name(self) -> str:
        """For the Edit menu."""
        strip = title(self.strip).lower()
        return f"{title(self.strip)} quieter" if self.kind == "quieter" else f"{self.kind.capitalize()} {strip}"

    def apply(self, document: Document) -> Document:
        """The document with that practice mix."""
        if self.kind not in PRACTICE_KINDS:
            raise ValueError(f"a practice mix is one of {', '.join(PRACTICE_KINDS)}, not {self.kind}")
        mix = document.mix
        if document.practice is not None:
            mix = _taken_back(mix, *document.practice)
        mix = replace(mix, strips=tuple(replace(strip, solo=False) for strip in mix.strips))
        mix = mix.with_strip(self.strip, mute=self.kind == "without", solo=self.kind == "only")
        if self.kind == "quieter":
            mix = _raised(mix, self.strip, -QUIETER_DB)
        return replace(document, mix=mix, practice=(self.kind, self.strip))


def practice_in_force(document: Document, strip: str) -> PracticeKind | None:
    """Which practice mix for that strip is heard now; None if the user has changed it since, or there is none."""
    if document.practice is None or document.practice[1] != strip:
        return None
    kind = document.practice[0]
    return kind if Practice(kind, strip).apply(document) == document else None


def _taken_back(mix: MixSettings, kind: PracticeKind, strip: str) -> MixSettings:
    if kind == "without":
        return mix.with_strip(strip, mute=False)
    return _raised(mix, strip, QUIETER_DB) if kind == "quieter" else mix


def _raised(mix: MixSettings, strip: str, by_db: float) -> MixSettings:
    """Rounded, so that down and up again is where it was."""
    return mix.with_strip(strip, gain_db=min(MAX_GAIN_DB, round(mix.strip(strip).gain_db + by_db, 9)))


def _check_number(mix: MixSettings, number: int) -> None:
    if not 1 <= number <= len(mix.mute_groups):
        raise ValueError(f"there are mute groups 1 to {len(mix.mute_groups)}, not {number}")


def _check_snapshot(index: int) -> None:
    if not 0 <= index < len(SNAPSHOT_NAMES):
        raise ValueError(f"there are snapshots 0 to {len(SNAPSHOT_NAMES) - 1}, not {index}")
