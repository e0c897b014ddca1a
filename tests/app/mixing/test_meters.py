"""What the meters show."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.mixing.loudness import Loudness
from app.mixing.mixer import Mixer
from app.mixing.settings import LimiterSettings, MixSettings

MakeSong = Callable[..., Any]


def test_meters_show_the_strips_behind_their_faders_and_the_master(make_song: MakeSong) -> None:
    song = make_song(4000)
    mix = MixSettings(master_gain_db=-6.0).with_strip("piano", gain_db=6.0, pan=-1.0).with_strip("bass", mute=True)
    mixer = Mixer(song, mix)
    out = mixer.render(0, 4000).astype(np.float64)
    peak, rms = mixer.meters.peak, mixer.meters.rms
    assert peak.shape == rms.shape == (8, 2)
    np.testing.assert_allclose(peak[7], np.abs(out).max(axis=0), rtol=1e-6)
    np.testing.assert_allclose(rms[7], np.sqrt(np.mean(out**2, axis=0)), rtol=1e-6)
    alone = Mixer(song, replace(mix, master_gain_db=0.0).with_strip("piano", solo=True)).render(0, 4000)
    np.testing.assert_allclose(peak[3], np.abs(alone).max(axis=0), rtol=1e-6)
    assert peak[3, 1] == 0.0
    assert not peak[4].any()


def test_held_peaks_and_the_clip_light(make_song: MakeSong) -> None:
    song = make_song(3000)
    song.mix[500] = 1.5
    mixer = Mixer(song)
    mixer.render(0, 500)
    lights = [mixer.meters.clipped]
    mixer.render(500, 500)
    mixer.render(1000, 500)
    assert mixer.meters.peak[7].max() < 1.0
    assert mixer.meters.take_peak()[7].max() == pytest.approx(1.5)
    assert not mixer.meters.take_peak().any()
    lights.append(mixer.meters.clipped)
    mixer.meters.reset_clip()
    mixer.render(1500, 500)
    assert [*lights, mixer.meters.clipped] == [False, True, False]
    mixer.meters.clear()
    assert not mixer.meters.peak.any()
    assert not mixer.meters.rms.any()


def test_the_meters_of_the_master_stand_behind_the_limiter(make_song: MakeSong) -> None:
    song = make_song(6000)
    mix = MixSettings(master_gain_db=12.0, limiter=LimiterSettings(True, -6.0))
    mixer = Mixer(song, mix)
    out = mixer.render(0, 6000).astype(np.float64)
    np.testing.assert_allclose(mixer.meters.peak[7], np.abs(out).max(axis=0), rtol=1e-6)
    assert mixer.meters.peak[7].max() < 0.5012
    assert not mixer.meters.clipped
    assert mixer.meters.loudness.true_peak_dbtp <= -6.0


def test_loudness_of_the_master(make_song: MakeSong) -> None:
    """A stereo sine of -23 dBFS at 1 kHz has -23 LUFS (EBU Tech 3341, test 1)."""
    song = make_song(4 * 48_000, rate=48_000, spans=())
    song.mix[:] = (10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(4 * 48_000) / 48_000))[:, None]
    mixer = Mixer(song)
    assert mixer.meters.loudness == Loudness()
    for start in range(0, song.frames, 512):
        mixer.render(start, 512)
    loudness = mixer.meters.loudness
    assert loudness.momentary_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.short_term_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.05)
    mixer.meters.clear()  # paused: nothing sounds, but the programme has been heard
    paused = mixer.meters.loudness
    assert paused == Loudness(integrated_lufs=loudness.integrated_lufs, true_peak_dbtp=loudness.true_peak_dbtp)
    mixer.meters.reset_loudness()
    assert mixer.meters.loudness == Loudness()
    mixer.settings = MixSettings(master_gain_db=-10.0)
    mixer.render(0, 2000)
    mixer.meters.reset_loudness()
    mixer.render(2000, 48_000)
    assert mixer.meters.loudness.integrated_lufs == pytest.approx(-33.0, abs=0.1)
    assert mixer.meters.loudness.true_peak_dbtp == pytest.approx(-33.0, abs=0.05)
