"""What a listener sets about playback besides the mix."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.song.tempo import Tempo

TEMPO_RANGE: Final = (0.5, 2.0)
"""Of playback: half to double speed."""

TRANSPOSE_RANGE: Final = (-12.0, 12.0)
"""In semitones; cents are fractions."""

LOUDEST_CLICK_DB: Final = 12.0


@dataclass(frozen=True)
class MetronomeSettings:
    """Clicks on the beats: whether, how loud against full scale, and where; without beats there are none."""

    on: bool = False
    gain_db: float = -12.0
    beats: "Tempo | None" = None

    def __post_init__(self) -> None:
        if not self.gain_db <= LOUDEST_CLICK_DB:  # True for NaN too
            raise ValueError(f"gain_db must be at most {LOUDEST_CLICK_DB:g}, not {self.gain_db}")
