"""Every change glides: softly, within 20 ms, and exactly to its end."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.mixing.mixer import RAMP_S, SLEW_S, Mixer
from app.mixing.settings import DEFAULT_BANDS, EqualizerSettings, LimiterSettings, MixSettings, StripSettings
from models.activation import ActivationSettings

MakeSong = Callable[..., Any]
Floats = NDArray[np.float64]

RATE = 44100
RAMP = round(RAMP_S * RATE)
SLEW = round(SLEW_S * RATE)


def every_strip(**changes: Any) -> MixSettings:
    return MixSettings(strips=(StripSettings(**changes),) * 7)


def still(make_song: MakeSong, frames: int = 8000) -> Any:
    """A song in which every strip holds a constant, so that each step of the output is the mixer's own."""
    song = make_song(frames)
    song.mix[:] = 0.5
    song.stems[:] = 0.05
    song.activations[:] = 1.0
    return song


def test_a_change_takes_less_than_30_ms() -> None:
    assert RAMP_S <= 0.030


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MixSettings(), MixSettings().with_strip("vocals", mute=True)),
        (MixSettings().with_strip("vocals", mute=True), MixSettings()),
        (MixSettings(), MixSettings().with_strip("drums", solo=True)),
        (every_strip(), every_strip(gain_db=-math.inf)),
        (every_strip(gain_db=-math.inf), every_strip(gain_db=12.0)),
        (every_strip(pan=-1.0), every_strip(pan=1.0)),
        (every_strip(), every_strip(invert_polarity=True)),
        (MixSettings(master_gain_db=-math.inf), MixSettings(master_gain_db=0.0)),
        (every_strip(gain_db=-3.0), every_strip(gain_db=-3.0, pan=0.5, mute=True)),
    ],
)
def test_a_step_is_a_soft_ramp_without_a_click(make_song: MakeSong, before: MixSettings, after: MixSettings) -> None:
    mixer = Mixer(still(make_song), before)
    start = mixer.render(0, 1000).astype(np.float64)
    mixer.settings = after
    out = mixer.render(1000, 1500).astype(np.float64)
    end = out[-1]
    way = np.abs(end - start[-1]).max()
    assert way > 0.01
    assert np.all(start == start[0])
    path = np.concatenate([start[-2:], out])
    assert np.abs(np.diff(path, axis=0)).max() <= 1.5 * way / RAMP + 1e-6  # a cubic's steepest is 3/2 of its mean
    assert np.abs(np.diff(path, n=2, axis=0)).max() <= 6.5 * way / RAMP**2 + 4e-7  # no corner; float32 rounds
    assert np.all(out[RAMP - 1 :] == end)  # exactly there, and steady


@settings(deadline=None, max_examples=50)
@given(
    gains=st.lists(st.floats(-60.0, 12.0), min_size=2, max_size=8),
    waits=st.lists(st.integers(1, 2 * RAMP), min_size=8, max_size=8),
)
def test_a_stream_of_changes_stays_between_them_and_has_no_jumps(
    make_song: MakeSong, gains: list[float], waits: list[int]
) -> None:
    """A fader that is dragged: every step sets out from where the last has come, at its speed."""
    mixer = Mixer(still(make_song, 20_000), MixSettings(master_gain_db=gains[0]))
    out, start = [mixer.render(0, 10)], 10
    for gain, wait in zip(gains[1:], waits, strict=False):
        mixer.settings = MixSettings(master_gain_db=gain)
        out.append(mixer.render(start, wait))
        start += wait
    out.append(mixer.render(start, RAMP + 1))
    line = np.concatenate(out)[:, 0].astype(np.float64)
    levels = 0.5 * 10 ** (np.array(gains) / 20)
    assert line.min() >= levels.min() - 1e-6
    assert line.max() <= levels.max() + 1e-6
    assert np.abs(np.diff(line)).max() <= 3.0 * np.ptp(levels) / RAMP + 1e-6
    assert line[-1] == pytest.approx(levels[-1], abs=1e-6)


def zipper_db(line: Floats, low_hz: float, high_hz: float) -> float:
    """Energy outside a band around the tone, relative to all."""
    spectrum = np.abs(np.fft.rfft(line * np.hanning(len(line)))) ** 2
    frequency = np.fft.rfftfreq(len(line), 1 / RATE)
    outside = (frequency < low_hz) | (frequency > high_hz)
    return float(10 * np.log10(np.sum(spectrum[outside]) / np.sum(spectrum)))


def band(index: int, **changes: Any) -> EqualizerSettings:
    return EqualizerSettings().with_band(index, on=True, **changes)


everything = EqualizerSettings(tuple(replace(b, on=True, gain_db=6.0, slope_db_per_octave=24) for b in DEFAULT_BANDS))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"gain_db": -12.0}, {"gain_db": 0.0}),
        ({"gain_db": 0.0}, {"gain_db": -12.0}),
        ({}, {"mute": True}),
        ({}, {"pan": 1.0}),
        ({}, {"invert_polarity": True}),
        ({"width": 2.0}, {"width": 0.0}),
        ({}, {"equalizer": band(1, gain_db=12.0)}),
        ({}, {"equalizer": band(3, gain_db=12.0, frequency_hz=1000.0)}),
        ({"equalizer": band(3, gain_db=-12.0, frequency_hz=1000.0, q=4.0)}, {}),
        ({}, {"equalizer": band(6, gain_db=12.0, frequency_hz=900.0)}),
        ({}, {"equalizer": band(0, frequency_hz=900.0, slope_db_per_octave=24)}),
        ({}, {"equalizer": band(7, frequency_hz=1200.0, slope_db_per_octave=24)}),
        ({"equalizer": band(7, frequency_hz=800.0)}, {"equalizer": band(7, frequency_hz=8000.0)}),
        (
            {"equalizer": band(3, gain_db=12.0, frequency_hz=300.0)},
            {"equalizer": band(3, gain_db=12.0, frequency_hz=3000.0)},
        ),
        (
            {"equalizer": band(1, gain_db=-12.0, frequency_hz=3000.0)},
            {"equalizer": band(1, gain_db=-12.0, frequency_hz=300.0)},
        ),
        ({"equalizer": everything}, {"equalizer": replace(everything, bypass=True)}),
    ],
)
def test_a_step_makes_no_zipper_noise(make_song: MakeSong, before: dict[str, Any], after: dict[str, Any]) -> None:
    """A step under a 1 kHz tone: what comes out further than 300 Hz from it stays below -60 dB."""
    song = make_song(RATE, spans=())
    song.mix[:] = (0.25 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)[:, None]
    song.mix[:, 1] *= -0.5  # so that width is heard
    mixer = Mixer(song, every_strip(**before))
    first = mixer.render(0, RATE // 2)
    mixer.settings = every_strip(**after)
    out = np.concatenate([first, mixer.render(RATE // 2, RATE // 2)]).astype(np.float64)
    assert max(zipper_db(out[:, 0], 700, 1300), zipper_db(out[:, 1], 700, 1300)) < -60.0


def test_a_hard_switch_would_fail_that_test() -> None:
    line = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 1.0)
    line[RATE // 2 :] *= 4.0
    assert zipper_db(line, 700, 1300) > -60.0


def test_a_band_that_comes_on_starts_from_rest(make_song: MakeSong) -> None:
    """Sections that nobody uses are skipped; they must not remember what was played when they last were used."""
    song = make_song(30_000, spans=())
    mixer = Mixer(song, every_strip(equalizer=band(3, gain_db=12.0, q=18.0, frequency_hz=50.0)))
    mixer.render(0, 2000)
    mixer.settings = MixSettings()
    mixer.render(2000, 2 * RAMP)
    on = every_strip(equalizer=band(3, gain_db=12.0, q=18.0, frequency_hz=50.0))
    mixer.settings = on
    fresh = Mixer(song)
    fresh.render(2000, 2 * RAMP)
    fresh.settings = on
    again = mixer.render(2000 + 2 * RAMP, 20_000)
    np.testing.assert_array_equal(again, fresh.render(2000 + 2 * RAMP, 20_000))


def test_a_slow_glide_arrives_when_it_was_told_to(make_song: MakeSong) -> None:
    mixer = Mixer(still(make_song, 40_000), every_strip(gain_db=-20.0))
    mixer.render(0, 100)
    mixer.glide_to(MixSettings(), 0.5)
    line = mixer.render(100, 30_000)[:, 0]
    assert mixer.settings_in_force == MixSettings()
    half = RATE // 4
    assert line[half] == pytest.approx(0.5 * (0.5 + 0.05), abs=1e-3)
    assert line[2 * half - 100] < 0.5
    assert np.all(line[2 * half :] == np.float32(0.5))
    assert np.all(np.diff(line) >= 0.0)
    with pytest.raises(ValueError, match="glide"):
        mixer.glide_to(every_strip(gain_db=-1.0), -0.1)


def test_a_slow_glide_through_equalizers_stays_bounded(make_song: MakeSong) -> None:
    song = make_song(40_000, spans=())
    mixer = Mixer(song)
    mixer.render(0, 100)
    mixer.glide_to(every_strip(equalizer=everything), 0.5)
    assert np.abs(mixer.render(100, 30_000)).max() < 20.0


@pytest.mark.parametrize("on", [True, False])
def test_switching_the_limiter_does_not_click(make_song: MakeSong, on: bool) -> None:
    song = make_song(RATE, spans=())
    song.mix[:] = (0.4 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)[:, None]
    states = [MixSettings(limiter=LimiterSettings(state)) for state in (not on, on)]
    mixer = Mixer(song, states[0])
    first = mixer.render(0, RATE // 2)
    mixer.settings = states[1]
    out = np.concatenate([first, mixer.render(RATE // 2, RATE // 2)])[:, 0].astype(np.float64)
    steps = np.abs(np.diff(out[200:]))
    assert steps.max() <= 0.4 * 2 * np.pi * 200 / RATE * 1.2
    assert zipper_db(out[200:], 20, 600) < -60.0


def test_a_closed_fader_is_silence(make_song: MakeSong) -> None:
    mixer = Mixer(make_song(), every_strip(equalizer=everything))
    mixer.render(0, 500)
    mixer.settings = every_strip(gain_db=-math.inf, equalizer=everything)
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
    assert np.all(np.diff(out, prepend=0.0) <= 0.05 / SLEW + 1e-7)
    assert np.all(np.diff(out) >= -1e-7)
    np.testing.assert_allclose(out[SLEW:], 0.05, atol=1e-6)


def test_changed_rules_are_heard_without_a_new_separation(make_song: MakeSong) -> None:
    song = still(make_song)
    song.activations[:] = 0.3
    mixer = Mixer(song, MixSettings().with_strip("bass", solo=True, activation=ActivationSettings("hard")))
    assert not mixer.render(0, 2000).any()
    mixer.settings = mixer.settings.with_strip("bass", activation=ActivationSettings("hard", threshold=0.2))
    mixer.render(2000, SLEW)
    np.testing.assert_allclose(mixer.render(2000 + SLEW, 2000), 0.05, atol=1e-6)
