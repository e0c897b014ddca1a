"""Remix and original, one as loud as the other."""

import numpy as np
import pytest

from app.playback.engine import Engine
from tests.app.playback.bench import FRAMES, Bench


def test_comparing_gives_the_original_as_loud_as_the_remix(engine: Engine) -> None:
    bench = Bench(engine)
    noise = np.random.default_rng(0).normal(0.0, 0.1, (FRAMES, 2)).astype(np.float32)
    bench.song.mix[:] = noise
    bench.mixer.settings = bench.mixer.settings.with_strip("other", gain_db=-6.0)
    engine.change_mix(bench.mixer)
    bench.play()
    remix = bench.pull(8192)[4096:]
    engine.change(compare=1)
    original = bench.pull(8192)[4096:]
    assert np.sqrt(np.mean(original**2)) == pytest.approx(np.sqrt(np.mean(remix**2)), rel=0.03)
    np.testing.assert_allclose(original, noise[8192 + 4096 : 16_384] * 10 ** (-6 / 20), atol=0.01)
    engine.change(compare=0)
    bench.pull(2048)
    np.testing.assert_allclose(bench.pull(1024), noise[18_432:19_456] * np.float32(10 ** (-6 / 20)), atol=1e-6)


def test_comparing_cross_fades(bench: Bench) -> None:
    bench.mixer.settings = bench.mixer.settings.with_strip("other", mute=True)
    bench.engine.change_mix(bench.mixer)
    bench.play()
    assert not bench.pull(4096).any()
    bench.engine.change(compare=1)
    out = bench.pull(4096)[:, 1]
    assert out[-1] > 0.0
    assert np.abs(np.diff(out)).max() < 0.01
