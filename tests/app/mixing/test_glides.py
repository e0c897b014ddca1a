"""Every change glides: softly, within 20 ms, and exactly to its end."""

import itertools
import math
from collections.abc import Callable, Iterator
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
from models.instruments import INSTRUMENTS

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


def zipper_db(line: Floats, hertz: float, own_hz: list[float]) -> float:
    """Energy further than 300 Hz from a tone, and from bands that ring there, relative to the tone at its loudest.

    The step is in the middle of the line. 300 Hz to each side is what a ramp of 20 ms is wide.
    """
    window = np.hanning(len(line))
    spectrum = np.abs(np.fft.rfft(line * window)) ** 2
    frequency = np.fft.rfftfreq(len(line), 1 / RATE)
    outside = np.all([np.abs(frequency - centre) > 300.0 for centre in (hertz, *own_hz)], axis=0)
    quarter = len(line) // 4
    powers = [float(np.mean(part**2)) for part in (line[quarter - 2000 : quarter], line[-quarter:])]
    loudest = max(*powers, 0.25**2 / 8)
    return float(10 * np.log10(np.sum(spectrum[outside]) / (loudest * np.sum(window**2) * len(line) / 2)))


def band(index: int, **changes: Any) -> EqualizerSettings:
    return EqualizerSettings().with_band(index, on=True, **changes)


everything = EqualizerSettings(tuple(replace(b, on=True, gain_db=6.0, slope_db_per_octave=24) for b in DEFAULT_BANDS))

Step = tuple[dict[str, Any], dict[str, Any]]


def band_steps() -> Iterator[Step]:
    """12 dB more, from a cut to a boost and from nothing, and back: each band, wide and narrow, low and high."""
    for index, frequency_hz, q in itertools.product(range(1, 7), (100.0, 1000.0, 4000.0), (0.5, 8.0)):
        at = {"frequency_hz": frequency_hz, "q": q}
        if index in (1, 3, 6) or frequency_hz == 1000.0:  # the four peaks are alike
            yield {"equalizer": band(index, gain_db=-6.0, **at)}, {"equalizer": band(index, gain_db=6.0, **at)}
            yield {}, {"equalizer": band(index, gain_db=12.0, **at)}


def frequency_steps() -> Iterator[Step]:
    """Bands that go near and far, up to seven octaves, or come and go."""
    hertz = (60.0, 500.0, 700.0, 2000.0, 8000.0)
    for index, slope in itertools.product((0, 7), (12, 24)):
        passes = [band(index, frequency_hz=f, slope_db_per_octave=slope) for f in hertz]
        yield from (({"equalizer": a}, {"equalizer": b}) for a, b in itertools.combinations(passes, 2))
        yield from (({}, {"equalizer": a}) for a in passes)
    for index in (1, 3, 6):
        bands = [band(index, frequency_hz=f, gain_db=12.0) for f in hertz]
        yield from (({"equalizer": a}, {"equalizer": b}) for a, b in itertools.combinations(bands, 2))
        yield {"equalizer": bands[1]}, {"equalizer": bands[1].with_band(index, q=6.0)}


LEVEL_STEPS: list[Step] = [
    ({"gain_db": -12.0}, {"gain_db": 0.0}),
    ({"gain_db": 12.0}, {"gain_db": 0.0}),
    ({"gain_db": -math.inf}, {}),
    ({}, {"mute": True}),
    ({"pan": -1.0}, {"pan": 1.0}),
    ({}, {"invert_polarity": True}),
    ({"width": 2.0}, {"width": 0.0}),
    ({"equalizer": everything}, {"equalizer": replace(everything, bypass=True)}),
    (
        {"equalizer": band(7, frequency_hz=800.0, slope_db_per_octave=12)},
        {"equalizer": band(7, frequency_hz=800.0, slope_db_per_octave=24)},
    ),
]


def own_hz(*settings: dict[str, Any]) -> list[float]:
    """The frequencies of the bands that are at work."""
    equalizers = [each["equalizer"] for each in settings if "equalizer" in each]
    return [b.frequency_hz for equalizer in equalizers for b in equalizer.bands if not b.is_flat]


def tone_song(make_song: MakeSong, hertz: float) -> Any:
    song = make_song(26_000, spans=())
    song.mix[:] = (0.25 * np.sin(2 * np.pi * hertz * np.arange(26_000) / RATE)).astype(np.float32)[:, None]
    song.mix[:, 1] *= -0.5  # so that width is heard
    return song


def worst_zipper(song: Any, hertz: float, before: MixSettings, after: MixSettings, own: list[float]) -> float:
    mixer = Mixer(song, before)
    first = mixer.render(0, 13_000)
    mixer.settings = after
    out = np.concatenate([first, mixer.render(13_000, 13_000)]).astype(np.float64)
    return max(zipper_db(out[:, channel], hertz, own) for channel in range(2))


@pytest.mark.parametrize("hertz", [400.0, 1000.0, 3000.0])
@pytest.mark.parametrize(
    "steps", [LEVEL_STEPS, list(band_steps()), list(frequency_steps())], ids=["levels", "bands", "frequencies"]
)
def test_a_step_makes_no_zipper_noise(make_song: MakeSong, steps: list[Step], hertz: float) -> None:
    """What comes out outside the step's own band stays below -60 dB, in both directions."""
    song = tone_song(make_song, hertz)
    for one, other in steps:
        for before, after in ((one, other), (other, one)):
            level = worst_zipper(song, hertz, every_strip(**before), every_strip(**after), own_hz(one, other))
            assert level < -60.0, f"{before} to {after}"


def test_the_desks_other_steps_make_no_zipper_noise(make_song: MakeSong) -> None:
    """Of the master, solo, and the rules by which a stem plays."""
    song = tone_song(make_song, 1000.0)
    song.stems[:] = 0.0
    song.stems[0] = song.mix
    song.activations[:] = 0.4
    song.covered.add(0, song.activations.shape[1])
    flat, first = MixSettings(), INSTRUMENTS[0]
    soloed = flat.with_strip(first, solo=True)
    hard = soloed.with_strip(first, activation=ActivationSettings("hard", threshold=0.6))
    for one, other in (
        (flat, replace(flat, master_gain_db=-12.0)),
        (flat, replace(flat, master_gain_db=-math.inf)),
        (soloed, flat.with_strip(INSTRUMENTS[1], solo=True)),
        (soloed, flat.with_strip("other", solo=True)),
        (soloed, hard),
    ):
        for before, after in ((one, other), (other, one)):
            assert worst_zipper(song, 1000.0, before, after, []) < -60.0


def test_a_pass_that_goes_far_lets_nothing_through_on_its_way(make_song: MakeSong) -> None:
    """Both before and after, 8 kHz is 40 dB down or more: it must not flash up in between."""
    song = tone_song(make_song, 8000.0)
    for high, low in ((800.0, 60.0), (60.0, 800.0)):
        mixer = Mixer(song, every_strip(equalizer=band(7, frequency_hz=high)))
        mixer.render(0, 13_000)
        mixer.settings = every_strip(equalizer=band(7, frequency_hz=low))
        out = mixer.render(13_000, 13_000)[:, 0]
        assert np.abs(out).max() < 0.25 * 10 ** (-38 / 20)


@settings(deadline=None, max_examples=30)
@given(
    hertz=st.lists(st.floats(20.0, 20_000.0), min_size=2, max_size=6),
    waits=st.lists(st.integers(1, 2 * RAMP), min_size=6, max_size=6),
    index=st.sampled_from([0, 7]),
)
def test_a_pass_ends_where_it_was_sent_however_it_was_hurried(
    make_song: MakeSong, hertz: list[float], waits: list[int], index: int
) -> None:
    """With changes that come while the pass is still on its way through its spare section."""
    song = make_song(40_000, spans=())
    mixer, start = Mixer(song), 0
    for frequency_hz, wait in zip(hertz, waits, strict=False):
        mixer.settings = every_strip(equalizer=band(index, frequency_hz=frequency_hz, slope_db_per_octave=24))
        assert np.abs(mixer.render(start, wait)).max() < 4.0
        start += wait
    mixer.render(start, 3 * RAMP)
    start += 3 * RAMP
    fresh = Mixer(song, mixer.settings)
    fresh.render(start, 12_000)
    mixer.render(start, 12_000)
    last = (start + 12_000, 2000)
    np.testing.assert_allclose(mixer.render(*last), fresh.render(*last), atol=2e-4)


def test_a_hard_switch_would_fail_that_test() -> None:
    line = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(26_000) / RATE + 1.0)
    line[13_000:] *= 0.25
    assert zipper_db(line, 1000.0, []) > -50.0


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
    assert zipper_db(out[200:], 200.0, []) < -60.0


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
