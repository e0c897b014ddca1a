import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.data.synthetic.bank import Bank, default_bank_folder

RATE = 44100
COLUMNS = ("path", "instrument", "source", "licence", "articulation", "midi_pitch", "velocity", "duration_s", "peak")


def _require_bank() -> Path:
    folder = default_bank_folder()
    if not (folder / "index.csv").is_file():
        pytest.skip(f"the sample bank is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def train_bank() -> Bank:
    """The real bank's training split."""
    return Bank(_require_bank(), "train")


@pytest.fixture(scope="session")
def held_out_bank() -> Bank:
    """The real bank's held-out split."""
    return Bank(_require_bank(), "test")


@pytest.fixture
def small_bank(tmp_path: Path) -> Path:
    """A bank folder of a few tones: a piano in two velocities, a stereo pad in two files, a held-out piano."""
    rows = []

    def add(path: str, instrument: str, source: str, articulation: str, pitch: str, velocity: str) -> None:
        hz = 440 * 2 ** ((float(pitch) - 69) / 12)
        tone = 0.5 * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / path, tone, RATE, format="OGG", subtype="VORBIS")
        rows.append((path, instrument, source, "CC0-1.0", articulation, pitch, velocity, "1.0", "0.5"))

    for pitch in ("48", "60", "72"):
        for velocity in ("40", "110"):
            add(f"piano/grand/{pitch}-{velocity}.ogg", "piano", "grand", "sustain", pitch, velocity)
    for side in "LR":
        add(f"other/msg-orchestral-synth/warm-pad-C4{side}.ogg", "other", "msg-orchestral-synth", "sustain", "60", "")
    add("piano/salamander-c5/60.ogg", "piano", "salamander-c5", "sustain", "60", "")
    with (tmp_path / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return tmp_path
