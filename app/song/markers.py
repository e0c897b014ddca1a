"""Places in a song to come back to."""

from dataclasses import dataclass
from typing import Final

LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Marker:
    """A named song frame. Raises ValueError for a frame before the song, or a name that is none."""

    frame: int
    name: str

    def __post_init__(self) -> None:
        if self.frame < 0:
            raise ValueError(f"a marker cannot lie at {self.frame}")
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ValueError(f"a marker needs a name of at most {LONGEST_NAME} characters")
