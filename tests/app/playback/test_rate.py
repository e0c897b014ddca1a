import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from app.playback.rate import RateAdapter
from tests.songs import noise


@pytest.mark.parametrize(("song_rate", "device_rate"), [(44100, 48000), (96000, 44100), (8000, 44100), (192000, 48000)])
@pytest.mark.parametrize("block", [64, 1024])
def test_it_streams_what_soxr_gives_for_the_whole_song(song_rate: int, device_rate: int, block: int) -> None:
    song = noise(song_rate)
    place = 0
    delays = []

    def render(out: NDArray[np.float32], delay_s: float) -> None:
        nonlocal place
        part = song[place : place + len(out)]
        out[: len(part)] = part
        out[len(part) :] = 0.0
        place += len(out)
        delays.append(delay_s)

    adapter = RateAdapter(render, song_rate, device_rate, block)
    out = np.zeros((device_rate // 2 // block * block, 2), np.float32)
    for start in range(0, len(out), block):
        adapter(out[start : start + block], 0.046)
    expected = soxr.resample(song, song_rate, device_rate, quality="HQ")[: len(out)]
    np.testing.assert_allclose(out, expected, atol=1e-5)
    assert min(delays) == 0.046
    assert max(delays) < 0.046 + 0.2
