"""Three hours: every index is beyond what fits 32 bits somewhere, and memory does not know how long the song is.

At 8 kHz, which keeps the file small; the stems are four gigabytes that take room on the disk only where something lies.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.mixing.mixer import Mixer
from app.mixing.settings import MixSettings
from app.song.song import open_song
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS

RATE = 8000
FRAMES = 3 * 3600 * RATE


def anonymous_memory() -> int:
    """Bytes that belong to this process alone."""
    status = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in status if line.startswith(("RssAnon", "RssShmem")))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.timeout(300)
def test_three_hours(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    if free < 3_000_000_000:
        pytest.skip("there is no room for three hours")
    path = tmp_path / "long.flac"
    tone = (0.3 * np.sin(np.arange(RATE) * 2 * np.pi * 220 / RATE)).astype(np.float32)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        block = np.tile(tone, 60)
        for _ in range(FRAMES // len(block)):
            file.write(block)
    before = anonymous_memory()
    song = open_song(path, folder=tmp_path / "stores")
    try:
        assert song.frames == FRAMES
        mixer = Mixer(song, MixSettings())
        start = FRAMES - 60 * RATE
        stems = np.zeros((len(INSTRUMENTS), 60 * RATE, 2), np.float32)
        stems[0] = 0.5 * song.mix[start:]
        first = int(np.ceil(start / RATE * ACTIVATION_RATE_HZ))
        count = song.activations.shape[1] - first
        song.add_span(start, stems, first, np.ones((len(INSTRUMENTS), count), np.float32))
        assert song.coverage.spans == ((start, FRAMES),)
        assert mixer.weights[-1, 0] == 1.0
        del stems
        heard = mixer.render(FRAMES - RATE, RATE)
        np.testing.assert_allclose(heard, song.mix[FRAMES - RATE :], atol=1e-6)
        solo = MixSettings().with_strip("vocals", solo=True)
        alone = Mixer(song, solo).render(FRAMES - RATE, RATE)
        np.testing.assert_allclose(alone[RATE // 2 :], 0.5 * song.mix[FRAMES - RATE // 2 :], atol=1e-6)
        assert anonymous_memory() - before < 250_000_000
    finally:
        song.close()
