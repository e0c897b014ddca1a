"""Everything about a song that can be undone, as one immutable value."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from app.mixing.settings import EqualizerSettings, MixSettings
from models.instruments import STEMS

if TYPE_CHECKING:
    from app.song.activation_edits import ActivationEdit
    from app.song.markers import Marker
    from app.song.tempo import Tempo

SNAPSHOT_NAMES: Final = ("A", "B", "C", "D")

Side = Literal["A", "B"]
PracticeKind = Literal["with", "without", "only", "quieter"]
PRACTICE_KINDS: Final[tuple[PracticeKind, ...]] = get_args(PracticeKind)


@dataclass(frozen=True)
class EqualizerSides:
    """The two equalizers of a strip that are compared.

    `side` is the one in the mix; `other` the one that is not heard, None as long as it was never looked at.
    """

    side: Side = "A"
    other: EqualizerSettings | None = None


@dataclass(frozen=True)
class Document:
    """What commands change and projects save.

    Attributes:
        mix: what is heard.
        snapshots: four mixes to come back to, named `SNAPSHOT_NAMES`; None where nothing is stored.
        sides: for each of `models.instruments.STEMS` its pair of equalizers.
        practice: which practice mix is in force for which stem, so that the next one can take it back first.
        loop: the half-open range of song frames that is played round and round.
        tempo: what the user said it is; None for what was detected.
        edits: what the user said about when instruments play, the latest last.
        markers: places to come back to, in the order in which they were made.
    """

    mix: MixSettings = field(default_factory=MixSettings)
    snapshots: tuple[MixSettings | None, ...] = (None,) * len(SNAPSHOT_NAMES)
    sides: tuple[EqualizerSides, ...] = (EqualizerSides(),) * len(STEMS)
    practice: tuple[PracticeKind, str] | None = None
    loop: tuple[int, int] | None = None
    tempo: "Tempo | None" = None
    edits: "tuple[ActivationEdit, ...]" = ()
    markers: "tuple[Marker, ...]" = ()

    def __post_init__(self) -> None:
        if len(self.snapshots) != len(SNAPSHOT_NAMES):
            raise ValueError(f"there are {len(SNAPSHOT_NAMES)} snapshots, not {len(self.snapshots)}")
        if len(self.sides) != len(STEMS):
            raise ValueError(f"there are {len(STEMS)} pairs of equalizers, not {len(self.sides)}")
        if self.loop is not None and not 0 <= self.loop[0] < self.loop[1]:
            raise ValueError(f"a loop must end after it starts, not be {self.loop}")
