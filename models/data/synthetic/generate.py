"""Renders songs to arrays and to folders of wave files."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.data.synthetic.arranger import arrange
from models.data.synthetic.bank import SAMPLE_RATE_HZ, Bank, Split
from models.data.synthetic.desk import LEVEL_SPREAD_DB, mix_down
from models.data.synthetic.players.band import open_studio, play_stem
from models.data.synthetic.players.singer import VoiceLibrary
from models.data.synthetic.score import Score
from models.data.synthetic.styles import Style
from models.data.synthetic.theory import KEY_NAMES
from models.instruments import STEMS

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Song:
    """A rendered song: its score, stems `(frames, 2)` float32 at 44.1 kHz that sum to the mix, and sources by stem."""

    score: Score
    stems: Mapping[str, F32]
    sources: Mapping[str, tuple[str, ...]]

    @property
    def frames(self) -> int:
        """Length of every stem."""
        return len(next(iter(self.stems.values())))

    def mix(self) -> F32:
        """Sum of the stems, `(frames, 2)`."""
        total: F32 = np.sum(list(self.stems.values()), axis=0, dtype=np.float32)
        return total


def render_song(
    score: Score,
    bank: Bank,
    voices: VoiceLibrary | None = None,
    excluded: frozenset[str] = frozenset(),
    style: Style | None = None,
    level_spread_db: float = LEVEL_SPREAD_DB,
) -> Song:
    """Render a score. The same score and bank give the same samples.

    Args:
        score: made by `arranger.arrange`.
        bank: where the notes come from.
        voices: analysed voices to reuse from song to song.
        excluded: sources that may not sound.
        style: the style that players and desk go by; None means the one the score names.
        level_spread_db: how far stems stray from their usual level in the mix.
    """
    frames = int(score.duration_s * SAMPLE_RATE_HZ)
    studio = open_studio(bank, voices if voices is not None else VoiceLibrary(bank), score, frames, excluded, style)
    dry: dict[str, F32] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for stem in STEMS:
        if score.parts_of(stem):
            audio, used = play_stem(studio, stem)
            if np.abs(audio).max() > 0:
                dry[stem], sources[stem] = audio, tuple(sorted(used))
    return Song(score, mix_down(score, dry, level_spread_db), sources)


def song_name(split: str, seed: int) -> str:
    """A song's folder: unique for a split and a seed."""
    return f"{split}-{seed:07d}"


def describe(song: Song, split: str) -> dict[str, Any]:
    """What `song.json` holds."""
    score = song.score
    return {
        "seed": score.seed,
        "split": split,
        "style": score.style,
        "tempo_bpm": round(score.tempo_bpm, 3),
        "key": f"{KEY_NAMES[score.key]} {score.mode}",
        "beats_per_bar": score.beats_per_bar,
        "frames": song.frames,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "sections": [
            {
                "name": s.name,
                "start_s": round(s.start_s, 3),
                "end_s": round(s.end_s, 3),
                "stems": list(s.stems),
            }
            for s in score.sections
        ],
        "parts": {stem: [part.role for part in score.parts_of(stem)] for stem in song.stems},
        "sources": {stem: list(names) for stem, names in song.sources.items()},
    }


def write_song(song: Song, folder: Path, split: str) -> None:
    """Write `<stem>.wav` (PCM_16) and `song.json` under a temporary name beside `folder`, then rename.

    Raises:
        OSError: the folder cannot be written.
    """
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    temporary.mkdir(parents=True, exist_ok=True)
    try:
        for stem, audio in song.stems.items():
            soundfile.write(temporary / f"{stem}.wav", audio, SAMPLE_RATE_HZ, subtype="PCM_16")
        text = json.dumps(describe(song, split), indent=1)
        (temporary / "song.json").write_text(text + "\n", encoding="utf-8")
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def generate(output: Path, seeds: range, bank: Bank, seconds: float) -> int:
    """Write songs for seeds that `output` does not hold yet; returns how many were written."""
    voices = VoiceLibrary(bank)
    output.mkdir(parents=True, exist_ok=True)
    written = 0
    for seed in seeds:
        folder = output / song_name(bank.split, seed)
        if not folder.exists():
            write_song(render_song(arrange(seed, seconds), bank, voices), folder, bank.split)
            written += 1
    return written


def generate_split(
    output: Path, seeds: range, split: Split, seconds: float, samples: Path, soundfonts: Sequence[Path]
) -> int:
    """Open the bank of `split` and write its songs as `generate` does: what one process of several is told."""
    return generate(output, seeds, Bank(samples, split, soundfonts=soundfonts), seconds)
