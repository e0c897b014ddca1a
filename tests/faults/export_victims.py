"""`python -m tests.faults.export_victims FOLDER VICTIMS SEED`: exports over an older file that are killed."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest, export
from app.mixing.settings import MixSettings
from tests.faults.killing import kill_at_random_moments
from tests.songs import separated_song

RATE = 8000
FRAMES = 5 * RATE
LEVELS_DB = (-6.0, -12.0)


def main() -> None:
    """Kill them, look at what they leave."""
    folder, victims, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    song = separated_song(folder, FRAMES, RATE)
    out = folder / "out"
    out.mkdir()
    remix, stems = out / "remix.wav", out / "stems"
    encode = EncodeSettings(subtype="FLOAT")

    def write(level_db: float) -> None:
        mix = MixSettings(master_gain_db=level_db)
        export(song, mix, ExportRequest(remix, encode=encode, overwrite=True))
        export(song, mix, ExportRequest(stems, what="stems", encode=encode, overwrite=True))

    def work() -> None:
        for level_db in reversed(LEVELS_DB):
            write(level_db)

    def start_again() -> None:
        """The two exports replace each other for ever."""

    write(LEVELS_DB[0])
    whole = soundfile.read(remix, dtype="float32")[0]
    louder = 10 ** ((LEVELS_DB[0] - LEVELS_DB[1]) / 20)
    other = whole / np.float32(louder)

    def check() -> None:
        found = soundfile.read(remix, dtype="float32")[0]
        assert found.shape == whole.shape
        assert np.allclose(found, whole, atol=1e-6) or np.allclose(found, other, atol=1e-6), "a mixture of two exports"
        visible = sorted(path for path in stems.iterdir() if not path.name.startswith("."))
        assert len(visible) == 7
        total = sum(soundfile.read(path, dtype="float32")[0] for path in visible)
        np.testing.assert_allclose(total, song.mix, atol=1e-5)

    killed = kill_at_random_moments(work, check, start_again, victims=victims, seed=seed)
    song.close()
    print(json.dumps(asdict(killed)))


if __name__ == "__main__":
    main()
