"""Makes the demo song that comes with the program: audio, the truth about its stems, and credits."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.data.multitrack import HOP_SAMPLES, active_frames, frame_levels_dbfs
from models.data.synthetic.arranger import compose
from models.data.synthetic.bank import SAMPLE_RATE_HZ, Bank, default_bank_folder
from models.data.synthetic.credits import REDISTRIBUTABLE, credits_text
from models.data.synthetic.generate import Song, render_song
from models.data.synthetic.plan import OutlineSection, plan_of_outline
from models.data.synthetic.styles import STYLES, Style
from models.instruments import INSTRUMENTS, STEMS

SEED: Final = 29
_TEMPO_BPM: Final = 104.0
_KEY: Final = 7
_LEVEL_SPREAD_DB: Final = 0.7
_BLOCK_FRAMES: Final = 65536
_OGG_QUALITY: Final = 0.55
_HEADING: Final = """# Credits of the demo song

`demo.ogg` was composed and rendered by `python -m models.data.synthetic.demo` from recorded notes of these sources.
The composition and the rendering are dedicated to the public domain (CC0-1.0); the notes stay under their licences."""


def _style() -> Style:
    """A pop song played by hand: one manner of playing for each instrument."""
    pop = next(style for style in STYLES if style.name == "pop")
    return replace(
        pop,
        grooves={"pop": 1},
        bass_roles={"follow_kick": 1},
        electric_roles={"strum": 1},
        acoustic_roles={"pick": 1},
        piano_roles={"block": 1},
        other_roles={"pad": 1},
        drive={"crunch": 1},
        seventh=0.0,
        electronic=0.0,
    )


def _sections() -> tuple[OutlineSection, ...]:
    verse, chorus = (0, 4, 5, 3), (3, 0, 4, 5)

    def section(name: str, bars: int, degrees: tuple[int, ...], *stems: str) -> OutlineSection:
        return OutlineSection(name, bars, degrees, frozenset(stems))

    return (
        section("intro", 4, verse, "acoustic_guitar", "piano"),
        section("verse", 8, verse, "vocals", "acoustic_guitar", "bass", "drums"),
        section("chorus", 8, chorus, "vocals", "electric_guitar", "piano", "bass", "drums", "other"),
        section("solo", 6, verse[:2] + verse[2:] + verse[:2], "electric_guitar", "piano", "bass", "drums"),
        section("breakdown", 4, verse, "vocals", "piano", "other"),
        section("chorus", 4, chorus, "vocals", "electric_guitar", "acoustic_guitar", "bass", "drums", "other"),
        section("outro", 1, (0,), "acoustic_guitar", "piano"),
    )


def make_demo(bank: Bank, seed: int = SEED) -> Song:
    """Compose and render the demo from sources that may be handed on. The same bank gives the same samples."""
    style = _style()
    plan = plan_of_outline(style, _TEMPO_BPM, _KEY, "major", _sections())
    score = compose(seed, plan, [section.stems for section in _sections()])
    excluded = frozenset(sample.source for sample in bank.samples) - frozenset(REDISTRIBUTABLE)
    return render_song(score, bank, excluded=excluded, style=style, level_spread_db=_LEVEL_SPREAD_DB)


def _runs(active: NDArray[np.bool_]) -> list[list[int]]:
    """Half-open runs `[first, stop]` of frames that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return [[int(first), int(stop)] for first, stop in zip(edges[::2], edges[1::2], strict=True)]


def truth(stems: Mapping[str, NDArray[np.float32]]) -> dict[str, Any]:
    """Describe true stems `(frames, 2)`: runs of active frames and levels, in the order of the mixer's strips.

    Frame `k` is centred at `k * 1024 / 44100` s. `active` holds half-open runs of frames; `levels_dbfs` one whole dBFS
    for every fourth frame.
    """
    frames = len(next(iter(stems.values())))
    lanes: dict[str, Any] = {}
    for stem in STEMS:
        audio = stems.get(stem)
        levels = frame_levels_dbfs(audio if audio is not None else np.zeros((frames, 2), np.float32))
        lanes[stem] = {
            "active": _runs(active_frames(levels)),
            "levels_dbfs": [round(float(level)) for level in levels[::4]],
        }
    return {
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "frames": frames,
        "hop_frames": HOP_SAMPLES,
        "level_every_hops": 4,
        "instruments": list(INSTRUMENTS),
        "stems": lanes,
    }


def write_demo(song: Song, folder: Path) -> None:
    """Write `demo.ogg`, `truth.json` and `CREDITS.md`.

    Raises:
        KeyError: the song uses a source that may not be handed on.
        OSError: the folder cannot be written.
    """
    text = credits_text(_HEADING, song.sources)
    folder.mkdir(parents=True, exist_ok=True)
    mix = song.mix()
    path = folder / "demo.ogg"
    with soundfile.SoundFile(
        path, "w", SAMPLE_RATE_HZ, 2, format="OGG", subtype="VORBIS", compression_level=1 - _OGG_QUALITY
    ) as file:
        # libsndfile's Vorbis encoder takes the stack for a whole write: long ones end the process
        for first in range(0, len(mix), _BLOCK_FRAMES):
            file.write(mix[first : first + _BLOCK_FRAMES])
    (folder / "truth.json").write_text(json.dumps(truth(song.stems), separators=(",", ":")) + "\n", encoding="utf-8")
    (folder / "CREDITS.md").write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.data.synthetic.demo", description=__doc__)
    resources = Path(__file__).resolve().parents[3] / "resources" / "demo"
    parser.add_argument("--output", type=Path, default=resources)
    parser.add_argument("--samples", type=Path, default=default_bank_folder())
    options = parser.parse_args(arguments)
    write_demo(make_demo(Bank(options.samples, "all")), options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
