"""Every change glides: straight, in 10 ms, and exactly to its end."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.mixing.mixer import RAMP_S, Mixer
from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from models.activation import ActivationSettings

MakeSong = Callable[..., Any]

RAMP = round(RAMP_S * 44100)


def every_strip(**changes: Any) -> MixSettings:
    return MixSettings(strips=(StripSettings(**changes),) * 7)


def still(make_song: MakeSong, frames: int = 8000) -> Any:
    """A song in which every strip holds a constant, so that each step of the output is the mixer's own."""
    song = make_song(frames)
    song.mix[:] = 0.5
    song.stems[:] = 0.05
    song.activations[:] = 1.0
    return song


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MixSettings(), MixSettings().with_strip("vocals", mute=True)),
        (MixSettings().with_strip("vocals", mute=True), MixSettings()),
        (MixSettings(), MixSettings().with_strip("drums", solo=True)),
        (every_strip(), every_strip(gain_db=-math.inf)),
        (every_strip(gain_db=-math.inf), every_strip(gain_db=12.0)),
        (every_strip(pan=-1.0), every_strip(pan=1.0)),
        (MixSettings(master_gain_db=-math.inf), MixSettings(master_gain_db=0.0)),
        (every_strip(gain_db=-3.0), every_strip(gain_db=-3.0, pan=0.5, mute=True)),
    ],
)
def test_a_step_is_a_straight_ramp_without_a_click(
    make_song: MakeSong, before: MixSettings, after: MixSettings
) -> None:
    mixer = Mixer(still(make_song), before)
    start = mixer.render(0, 1000)
    mixer.settings = after
    out = mixer.render(1000, 1000)
    end = out[-1]
    steps = np.abs(np.diff(out, axis=0, prepend=start[-1:]))
    assert steps.max() <= np.abs(end - start[-1]).max() / RAMP + 1e-6
    assert np.all(out[RAMP - 1 :] == end)  # exactly there after 10 ms, and steady
    assert np.all(start == start[0])
    assert np.abs(end - start[-1]).max() > 0.01


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EqualizerSettings(), EqualizerSettings(low_gain_db=12.0)),
        (EqualizerSettings(low_gain_db=12.0), EqualizerSettings(low_gain_db=12.0, bypass=True)),
        (EqualizerSettings(low_gain_db=12.0, low_cutoff_hz=60.0), EqualizerSettings(low_gain_db=12.0)),
        (EqualizerSettings(0.0, 12.0, mid_center_hz=100.0), EqualizerSettings(0.0, 12.0, mid_center_hz=400.0)),
        (EqualizerSettings(0.0, 12.0, mid_q=0.3), EqualizerSettings(0.0, 12.0, mid_q=5.0)),
        (EqualizerSettings(0.0, 0.0, 9.0, high_cutoff_hz=100.0), EqualizerSettings(0.0, 0.0, 9.0)),
    ],
)
def test_an_equalizer_step_makes_no_zipper_noise(
    make_song: MakeSong, before: EqualizerSettings, after: EqualizerSettings
) -> None:
    """A step of the equalizer under a 100 Hz sine: what comes out above 2 kHz stays below -75 dB."""
    song = make_song(44100, spans=())
    song.mix[:] = (0.25 * np.sin(2 * np.pi * 100 * np.arange(44100) / 44100)).astype(np.float32)[:, None]
    mixer = Mixer(song, every_strip(equalizer=before))
    first = mixer.render(0, 22050)
    mixer.settings = every_strip(equalizer=after)
    out = np.concatenate([first, mixer.render(22050, 22050)])[:, 0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    high = np.fft.rfftfreq(len(out), 1 / 44100) > 2000
    energy_db = 10 * np.log10(np.sum(spectrum[high] ** 2) / np.sum(spectrum**2))
    assert energy_db < -75.0


def test_a_closed_fader_is_silence(make_song: MakeSong) -> None:
    mixer = Mixer(make_song(), every_strip(equalizer=EqualizerSettings(12.0, 12.0, 12.0)))
    mixer.render(0, 500)
    mixer.settings = every_strip(gain_db=-math.inf, equalizer=EqualizerSettings(12.0, 12.0, 12.0))
    mixer.render(500, RAMP)
    assert not mixer.render(500 + RAMP, 5000).any()


def test_weights_that_arrive_while_playing_fade_in(make_song: MakeSong) -> None:
    song = still(make_song)
    song.covered.clear()
    solo = MixSettings().with_strip("vocals", solo=True)
    mixer = Mixer(song, solo)
    assert not mixer.render(0, 4000).any()  # nothing is separated: all of it is in `other`
    song.covered.add(0, song.activations.shape[1])
    song.span_added.emit(0, song.frames)
    out = mixer.render(4000, 4000)[:, 0]
    assert np.all(np.diff(out, prepend=0.0) <= 0.05 / RAMP + 1e-7)
    assert np.all(np.diff(out) >= -1e-7)
    np.testing.assert_allclose(out[RAMP:], 0.05, atol=1e-6)


def test_changed_rules_are_heard_without_a_new_separation(make_song: MakeSong) -> None:
    song = still(make_song)
    song.activations[:] = 0.3
    mixer = Mixer(song, MixSettings().with_strip("bass", solo=True, activation=ActivationSettings("hard")))
    assert not mixer.render(0, 2000).any()
    mixer.settings = mixer.settings.with_strip("bass", activation=ActivationSettings("hard", threshold=0.2))
    mixer.render(2000, RAMP)
    np.testing.assert_allclose(mixer.render(2000 + RAMP, 2000), 0.05, atol=1e-6)
