"""The one render path: null, independence of blocks, no clicks, no surprises."""

import gc
import math
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.levels import peak_dbfs
from app.audio.units import db_to_linear
from app.mixing.kernel_layout import TAP_FRAMES
from app.mixing.mixer import RAMP_S, Mixer, balance
from app.mixing.parameters import strip_matrix
from app.mixing.settings import DEFAULT_BANDS, EqualizerSettings, LimiterSettings, MixSettings, StripSettings
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.instruments import STEMS
from tests import mixes

Samples = NDArray[np.float32]
MakeSong = Callable[..., Any]

RAMP = round(RAMP_S * 44100)
activations = st.builds(
    ActivationSettings,
    mode=st.sampled_from(["off", "soft", "hard"]),
    threshold=st.floats(0.05, 0.95),
    median_frames=st.sampled_from([1, 5, 21]),
)
desks = st.builds(
    MixSettings,
    strips=st.tuples(*[mixes.strips] * 2).flatmap(
        lambda pair: st.permutations((*pair, *[StripSettings()] * 5)).map(tuple)
    ),
    master_gain_db=mixes.gains,
    limiter=mixes.limiters,
).map(lambda mix: replace(mix, strips=tuple(replace(strip, activation=ActivationSettings()) for strip in mix.strips)))
"""Mixes with two strips that have anything; their activations are at rest."""

SETTLED = RAMP + 250  # the limiter's fade and its look-ahead, too

spans = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200)), max_size=4).map(
    lambda pairs: tuple((start, start + length) for start, length in pairs)
)


FULL = EqualizerSettings(tuple(replace(band, on=True, gain_db=6.0, slope_db_per_octave=24) for band in DEFAULT_BANDS))


def every_strip(**changes: Any) -> MixSettings:
    return MixSettings(strips=(StripSettings(**changes),) * 7)


def in_blocks(mixer: Mixer, frames: int, size: int, start: int = 0) -> Samples:
    blocks = [mixer.render(s, min(size, start + frames - s)) for s in range(start, start + frames, size)]
    return np.concatenate(blocks)


def limited(spans: tuple[tuple[int, int], ...], song: Any) -> tuple[tuple[int, int], ...]:
    count = song.activations.shape[1]
    return tuple((min(a, count), min(b, count)) for a, b in spans)


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 1000),
    frames=st.integers(1, 30_000),
    rate=st.sampled_from([8000, 44100, 96000]),
    rules=st.tuples(*[activations] * 7),
    spans=spans,
    size=st.sampled_from([100, 512, 1 << 16]),
)
def test_everything_at_unity_is_the_song(
    make_song: MakeSong, seed: int, frames: int, rate: int, rules: Any, spans: Any, size: int
) -> None:
    song = make_song(frames, rate, seed, ())
    for start, stop in limited(spans, song):
        song.covered.add(start, stop)
    mix = MixSettings(strips=tuple(StripSettings(activation=rule) for rule in rules))
    assert peak_dbfs(in_blocks(Mixer(song, mix), frames, size) - song.mix) <= -120.0


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), rules=st.tuples(*[activations] * 7), before=desks)
def test_unity_is_the_song_again_after_any_mix(make_song: MakeSong, seed: int, rules: Any, before: MixSettings) -> None:
    song = make_song(6000, seed=seed)
    mixer = Mixer(song, before)
    mixer.render(0, 2000)
    mixer.settings = MixSettings(strips=tuple(StripSettings(activation=rule) for rule in rules))
    mixer.render(2000, SETTLED)  # gliding there
    rest = mixer.render(2000 + SETTLED, 4000 - SETTLED)
    np.testing.assert_allclose(rest, song.mix[2000 + SETTLED :], rtol=0, atol=1e-7)


def play_with_changes(song: Any, storm: list[MixSettings], size: int) -> Samples:
    """A new mix at every 4096 frames, rendered in blocks of `size`; 4096 is a multiple of each but 7."""
    mixer = Mixer(song, storm[0])
    out = []
    for index, mix in enumerate(storm):
        if index == 2:
            mixer.glide_to(mix, 0.05)
        else:
            mixer.settings = mix
        start = index * 4096
        out.append(in_blocks(mixer, 4096, size, start))
    return np.concatenate(out)


@settings(deadline=None, max_examples=10)
@given(storm=st.lists(desks, min_size=2, max_size=4), seed=st.integers(0, 100))
def test_the_size_of_the_blocks_does_not_matter(make_song: MakeSong, storm: list[MixSettings], seed: int) -> None:
    song = make_song(4096 * len(storm), seed=seed)
    expected = play_with_changes(song, storm, 4096)
    for size in (1, 7, 64, 512):
        np.testing.assert_allclose(play_with_changes(song, storm, size), expected, rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=10)
@given(storm=st.lists(desks, min_size=5, max_size=20), rate=st.sampled_from([8000, 44100, 192_000]))
def test_storms_of_settings_stay_finite(make_song: MakeSong, storm: list[MixSettings], rate: int) -> None:
    song = make_song(len(storm) * 150 + 12_000, rate)
    mixer = Mixer(song)
    for index, mix in enumerate(storm):
        mixer.settings = mix
        assert np.isfinite(mixer.render(index * 150, 150)).all()
    mixer.settings = MixSettings()
    rest = mixer.render(len(storm) * 150, 12_000)
    settled = slice(round(RAMP_S * rate) + round(0.006 * rate), None)
    np.testing.assert_allclose(rest[settled], song.mix[len(storm) * 150 :][settled], rtol=0, atol=1e-7)


@settings(deadline=None, max_examples=25)
@given(before=desks, after=desks)
def test_no_change_of_a_mix_clicks(make_song: MakeSong, before: MixSettings, after: MixSettings) -> None:
    """On a slow sine, whose own steps are small, no change may step further than its glide."""
    song = make_song(20_000)
    song.mix[:] = (0.5 * np.sin(2 * np.pi * 50 * np.arange(20_000) / 44100)).astype(np.float32)[:, None]
    song.stems[:] = song.mix * np.float32(0.1)
    before, after = (replace(mix, limiter=LimiterSettings()) for mix in (before, after))
    mixer = Mixer(song, before)
    first = mixer.render(0, 12_000)
    mixer.settings = after
    out = np.concatenate([first[8000:], mixer.render(12_000, 8000)]).astype(np.float64)
    loudest = max(float(np.abs(out).max()), 1e-3)
    # A glide moves at most the whole range in 20 ms; a filter that rings while it moves may swing a few times.
    assert np.abs(np.diff(out, axis=0)).max() <= loudest * (2 * np.pi * 50 / 44100 + 40 / RAMP)


@settings(deadline=None, max_examples=30)
@given(index=st.integers(0, 6), gain_db=st.floats(-40, 12), pan=st.floats(-1, 1), master=st.floats(-20, 12))
def test_a_strip_is_its_weighted_stem(
    make_song: MakeSong, index: int, gain_db: float, pan: float, master: float
) -> None:
    """Against NumPy: a soloed strip is weight x stem x gain x balance x master, sample by sample."""
    song = make_song(6000, seed=index)
    mix = MixSettings(master_gain_db=master).with_strip(STEMS[index], gain_db=gain_db, pan=pan, solo=True)
    mixer = Mixer(song, mix)
    position = np.arange(6000) * ACTIVATION_RATE_HZ / 44100
    grid = np.arange(song.activations.shape[1])
    weighted = [np.interp(position, grid, mixer.weights[:, s])[:, None] * song.stems[s] for s in range(6)]
    stem = weighted[index] if index < 6 else song.mix - sum(weighted)
    expected = stem * balance(pan) * db_to_linear(gain_db) * db_to_linear(master)
    np.testing.assert_allclose(mixer.render(0, 6000), expected, rtol=0, atol=2e-6)


def test_the_balance_law() -> None:
    assert balance(0.0) == (1.0, 1.0)
    assert balance(1.0) == (0.0, 1.0)
    assert balance(-1.0) == (1.0, 0.0)
    assert balance(0.5) == pytest.approx((math.sqrt(0.5), 1.0))
    assert balance(-0.5) == pytest.approx((1.0, math.sqrt(0.5)))


def test_outside_the_song_is_silence(make_song: MakeSong) -> None:
    song = make_song(3000)
    expected = np.concatenate([np.zeros((500, 2)), song.mix, np.zeros((700, 2))]).astype(np.float32)
    np.testing.assert_allclose(Mixer(song).render(-500, 4200), expected, atol=1e-6)
    mixer = Mixer(song)
    for start, frames in ((-900, 800), (3000, 10), (10**9, 5), (-1, 1), (5, 0)):
        out = mixer.render(start, frames)
        assert out.shape == (frames, 2)
        assert out.dtype == np.float32
        assert not out.any()


def test_silence_around_the_song_does_not_move_the_filters(make_song: MakeSong) -> None:
    song = make_song(3000)
    mix = every_strip(equalizer=FULL, gain_db=-2.0)
    whole = Mixer(song, mix).render(-100, 3200)
    np.testing.assert_array_equal(in_blocks(Mixer(song, mix), 3200, 64, -100), whole)


def test_a_given_array_is_filled(make_song: MakeSong) -> None:
    song = make_song(1000)
    out = np.full((1200, 2), np.nan, np.float32)
    assert Mixer(song).render(-100, 1200, out) is out
    np.testing.assert_allclose(out[100:1100], song.mix, atol=1e-6)
    assert not out[:100].any()
    assert not out[1100:].any()


def test_reset_forgets_the_past(make_song: MakeSong) -> None:
    song = make_song()
    mix = replace(every_strip(equalizer=FULL, gain_db=-6.0), limiter=LimiterSettings(True))
    mixer = Mixer(song)
    mixer.render(5000, 3000)
    mixer.settings = mix
    mixer.render(8000, 100)
    mixer.reset()
    np.testing.assert_array_equal(mixer.render(0, 5000), Mixer(song, mix).render(0, 5000))


def test_the_settings_in_force_are_those_of_the_last_block(make_song: MakeSong) -> None:
    before, after = every_strip(gain_db=-1.0), every_strip(gain_db=-2.0)
    mixer = Mixer(make_song(), before)
    mixer.render(0, 10)
    mixer.settings = after
    assert (mixer.settings, mixer.settings_in_force) == (after, before)
    mixer.render(10, 10)
    assert mixer.settings_in_force == after


def test_the_mix_is_read_in_place(make_song: MakeSong) -> None:
    song = make_song(2000)
    mixer = Mixer(song)
    assert np.shares_memory(mixer.stems, song.stems)
    assert np.shares_memory(mixer.mix, song.mix)
    song.mix[:] = 0.125
    assert np.allclose(mixer.render(0, 2000), 0.125, atol=1e-6)


def test_weights_are_computed_only_when_their_rules_change(make_song: MakeSong) -> None:
    mixer = Mixer(make_song())
    before = mixer.raw_weights
    mixer.settings = mixer.settings.with_strip("bass", gain_db=-3.0)
    mixer.settings = mixer.settings.with_strip("other", activation=ActivationSettings("off"))  # has no weight
    assert mixer.raw_weights is before
    mixer.settings = mixer.settings.with_strip("bass", activation=ActivationSettings("off"))
    assert mixer.raw_weights is not before
    assert np.all(mixer.weights[:, STEMS.index("bass")] == 1.0)
    with pytest.raises(ValueError, match="read-only"):
        mixer.weights[0, 0] = 0.0


def test_a_song_does_not_keep_its_mixers_alive(make_song: MakeSong) -> None:
    song = make_song(100)
    mixer = Mixer(song)
    reference = weakref.ref(mixer)
    del mixer
    gc.collect()
    assert reference() is None
    song.span_added.emit(0, 100)
    assert song.span_added._subscribers == []


def test_stems_as_they_are_exported(make_song: MakeSong) -> None:
    song = make_song(5000)
    mixer = Mixer(song, every_strip(gain_db=-20.0))  # the strips come later
    split = np.concatenate([mixer.render_stems(s, 1000, first=s == 0) for s in range(0, 5000, 1000)], axis=1)
    np.testing.assert_array_equal(split, Mixer(song).render_stems(0, 5000, first=True))
    assert peak_dbfs(split.sum(axis=0, dtype=np.float64) - song.mix) <= -120.0
    solo = Mixer(song, MixSettings().with_strip("piano", solo=True)).render(0, 5000)
    np.testing.assert_allclose(split[STEMS.index("piano")], solo, atol=1e-7)
    with pytest.raises(ValueError, match="do not lie"):
        mixer.render_stems(4999, 2, first=True)


def test_what_the_kernel_would_read_or_write_out_of_bounds_is_refused(make_song: MakeSong) -> None:
    closed = make_song(100)
    closed.mix = closed.mix[:0]
    short = make_song(100)
    short.stems = short.stems[:, :50]
    empty = make_song(100)
    empty.activations = empty.activations[:, :0]
    for song in (closed, short, empty):
        with pytest.raises(ValueError, match="closed"):
            Mixer(song)
    with pytest.raises(ValueError, match="out must have"):
        Mixer(make_song(100)).render(0, 10, np.zeros((9, 2), np.float32))


def test_a_song_of_one_sample(make_song: MakeSong) -> None:
    song = make_song(1)
    np.testing.assert_allclose(Mixer(song).render(-1, 3)[1:2], song.mix, atol=1e-7)


def test_settings_and_spans_from_other_threads(make_song: MakeSong) -> None:
    song = make_song(60_000)
    mixer = Mixer(song)
    stop = threading.Event()

    def turn(seed: int) -> None:
        rng = np.random.default_rng(seed)
        while not stop.is_set():
            rule = ActivationSettings("soft" if rng.random() < 0.5 else "off")
            mixer.settings = mixer.settings.with_strip("piano", activation=rule)
            song.span_added.emit(0, 10)

    threads = [threading.Thread(target=turn, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    try:
        out = in_blocks(mixer, 60_000, 256)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert peak_dbfs(out - song.mix) <= -120.0  # whatever the weights are, the sum is the song


@pytest.mark.parametrize(("width", "left", "right"), [(0.0, 0.1, 0.1), (1.0, 0.4, -0.2), (2.0, 0.7, -0.5)])
def test_width_scales_the_difference_of_the_channels(
    make_song: MakeSong, width: float, left: float, right: float
) -> None:
    song = make_song(100, spans=())
    song.mix[:] = np.array([0.4, -0.2], np.float32)
    out = Mixer(song, every_strip(width=width)).render(0, 100)
    np.testing.assert_allclose(out, np.tile([left, right], (100, 1)), atol=1e-7)


def test_polarity_turns_a_strip_round(make_song: MakeSong) -> None:
    song = make_song(1000)
    alone = MixSettings().with_strip("drums", solo=True)
    upright = Mixer(song, alone).render(0, 1000)
    np.testing.assert_array_equal(
        Mixer(song, alone.with_strip("drums", invert_polarity=True)).render(0, 1000), -upright
    )


def test_a_neutral_strip_has_the_identity_as_its_matrix() -> None:
    assert strip_matrix(StripSettings()) == ((1.0, 0.0), (0.0, 1.0))


def test_silence_costs_no_more_than_sound(make_song: MakeSong) -> None:
    """Filters that ring out into denormal numbers would take several times as long."""
    song = make_song(60_000, spans=())
    song.mix[1000:] = 0.0
    mixer = Mixer(song, every_strip(equalizer=FULL))
    times = []
    for start in range(0, 59_392, 512):
        started = time.perf_counter()
        mixer.render(start, 512)
        times.append(time.perf_counter() - started)
    assert min(times[-20:]) < 3 * min(times[1:20])
    state = np.abs(mixer.memory.state[mixer.memory.state != 0.0])
    assert state.min() > np.finfo(np.float64).tiny


def test_the_tap_shows_a_strip_before_and_behind_its_equalizer(make_song: MakeSong) -> None:
    song = make_song(12_000)
    song.activations[:] = 1.0
    mix = MixSettings().with_strip("bass", equalizer=FULL, gain_db=-6.0).with_strip("piano", mute=True)
    mixer = Mixer(song, mix)
    assert not any(ring.any() for ring in mixer.tap())
    bass, piano = STEMS.index("bass"), STEMS.index("piano")
    mixer.tap_strip(bass)
    in_blocks(mixer, 9000, 700)
    before, after = mixer.tap()
    assert before.shape == after.shape == (TAP_FRAMES,)
    alone = Mixer(song, MixSettings().with_strip("bass", solo=True)).render(0, 9000).mean(axis=1)
    np.testing.assert_allclose(before, alone[-TAP_FRAMES:], atol=1e-6)
    filtered = Mixer(song, MixSettings().with_strip("bass", solo=True, equalizer=FULL)).render(0, 9000).mean(axis=1)
    np.testing.assert_allclose(after, filtered[-TAP_FRAMES:], atol=1e-5)
    mixer.tap_strip(piano)
    mixer.render(9000, 3000)
    before, after = mixer.tap()
    assert not before[: TAP_FRAMES - 3000].any()  # none of the bass is left
    assert before[-3000:].any()  # a muted strip is shown as well
    mixer.tap_strip(None)
    assert not mixer.tap()[0].any()
    with pytest.raises(ValueError, match="no strip"):
        mixer.tap_strip(7)


@settings(deadline=None, max_examples=15)
@given(mix=desks)
def test_extreme_input_leaves_numbers(make_song: MakeSong, mix: MixSettings) -> None:
    song = make_song(6000)
    song.mix[::7] = 1e6
    song.mix[3::11] = -1e-42
    assert np.isfinite(Mixer(song, mix).render(0, 6000)).all()
