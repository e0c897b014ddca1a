"""Clicks on the beats, and a bar counted before the song."""

import numpy as np
import pytest

from app.playback.settings import MetronomeSettings
from app.song.tempo import Tempo
from tests.app.playback.bench import FADE, FRAMES, RATE, Bench, places


def test_clicks_fall_on_the_beats(bench: Bench) -> None:
    tempo = Tempo(300.0, first_beat_frame=1000, beats_per_bar=3)  # every 8820 frames
    bench.engine.set_metronome(MetronomeSettings(on=True, gain_db=0.0, beats=tempo), RATE, FRAMES)
    bench.play()
    out = bench.pull(19_456)
    clicks = out[:, 1] - 1.0
    for start, hertz in ((1000, 1500.0), (9820, 1000.0), (18_640, 1000.0)):
        assert not clicks[start - 500 : start].any()
        part = clicks[start : start + 800]
        assert np.abs(part).max() > 0.4
        assert np.argmax(np.abs(np.fft.rfft(part, RATE))) == pytest.approx(hertz, abs=60), "a bar begins higher"
    np.testing.assert_array_equal(out[9820:10_600, 1], out[18_640:19_420, 1])
    bench.engine.set_metronome(MetronomeSettings(beats=tempo), RATE, FRAMES)
    bench.pull(2048)
    bench.engine.play(True, 500)
    np.testing.assert_array_equal(bench.pull(8192)[1024:, 1], 1.0)


def test_a_bar_is_counted_before_the_song(bench: Bench) -> None:
    tempo = Tempo(300.0, beats_per_bar=2)
    bench.engine.set_metronome(MetronomeSettings(gain_db=0.0, beats=tempo), RATE, FRAMES)
    number = bench.engine.wanted("count_in") + 1
    bench.engine.play(True, count_in=number, count_in_frames=4000, count_in_period=2000.0)
    out = bench.pull(6000)
    np.testing.assert_array_equal(out[:, 0] != out[:, 1], np.arange(6000) >= 4001, "the song starts after the bar")
    for start in (0, 2000):
        assert np.abs(out[start : start + 1000]).max() > 0.4
        assert not out[start + 1400 : start + 2000].any()
    assert places(out[4000 + FADE :])[0] == FADE
    bench.play(False)
    bench.pull(1024)
    bench.play()
    assert places(bench.pull(512))[0] > 2000, "the next play does not count"
