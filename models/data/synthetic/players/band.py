"""Has the players of a song play: every stem dry in stereo, before the mixing desk."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from models.data.synthetic.bank import SAME_PERFORMANCE, Bank
from models.data.synthetic.players.guitarists import play_acoustic, play_electric
from models.data.synthetic.players.keyboards import play_other, play_piano
from models.data.synthetic.players.rhythm import play_bass, play_drums
from models.data.synthetic.players.singer import VoiceLibrary
from models.data.synthetic.players.studio import F32, Studio
from models.data.synthetic.players.vocalists import play_vocals
from models.data.synthetic.score import Part, Score
from models.data.synthetic.styles import STYLES, Style

StemPlayer = Callable[[Studio, tuple[Part, ...], np.random.Generator], tuple[F32, set[str]]]

_PLAYERS: Final[Mapping[str, StemPlayer]] = {
    "vocals": play_vocals,
    "electric_guitar": play_electric,
    "acoustic_guitar": play_acoustic,
    "piano": play_piano,
    "bass": play_bass,
    "drums": play_drums,
    "other": play_other,
}


def open_studio(
    bank: Bank,
    voices: VoiceLibrary,
    score: Score,
    frames: int,
    excluded: frozenset[str] = frozenset(),
    style: Style | None = None,
) -> Studio:
    """Prepare a session; of two recordings of one performance, one is locked away for this song."""
    rng = np.random.default_rng([score.seed, 3])
    shared = sorted(SAME_PERFORMANCE)
    chosen = style if style is not None else next(style for style in STYLES if style.name == score.style)
    return Studio(bank, voices, score, chosen, frames, excluded | {shared[int(rng.integers(len(shared)))]})


def play_stem(studio: Studio, stem: str) -> tuple[F32, set[str]]:
    """Play all parts of a stem: `(frames, 2)` dry, at an arbitrary level, and the sources that sounded."""
    rng = np.random.default_rng([studio.score.seed, 4, list(_PLAYERS).index(stem)])
    return _PLAYERS[stem](studio, studio.score.parts_of(stem), rng)
