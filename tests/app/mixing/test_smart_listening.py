"""The others are turned down while one plays, and the one that plays most is followed without fluttering."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest, export
from app.mixing.mixer import SLEW_S, Mixer
from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from app.mixing.smart_listening import (
    HOLD_FRAMES,
    DuckSettings,
    FollowSettings,
    duck_curve,
    followed,
    gain_curves,
    no_curves,
)
from app.song.activation_edits import ActivationEdit
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS
from tests import mixes

MakeSong = Callable[..., Any]
Samples = NDArray[np.float32]

FLOAT = EncodeSettings("wav", "FLOAT")
HARD = ActivationSettings("hard", median_frames=1)


def hard_mix(**changes: Any) -> MixSettings:
    return replace(MixSettings(strips=(StripSettings(activation=HARD),) * 7), **changes)


def song_where(make_song: MakeSong, playing: dict[str, tuple[tuple[float, float], ...]], seconds: float = 3.0) -> Any:
    """Instruments that surely play in those parts of the song, and surely not elsewhere."""
    song = make_song(round(seconds * 44100))
    song.activations[:] = 0.02
    count = song.activations.shape[1]
    for instrument, parts in playing.items():
        for start, stop in parts:
            song.activations[INSTRUMENTS.index(instrument), round(start * count) : round(stop * count)] = 0.95
    return song


def test_duck_curve_by_hand() -> None:
    playing = np.zeros(200, bool)
    playing[100:120] = True
    ten_frames_ms = 10 * 1000.0 / ACTIVATION_RATE_HZ
    curve = duck_curve(playing, DuckSettings(True, "vocals", 20.0, ten_frames_ms, 2 * ten_frames_ms))
    level_db = 20 * np.log10(curve)
    np.testing.assert_allclose(level_db[100:120], -20.0, atol=1e-4)
    np.testing.assert_allclose(level_db[90:101], -2.0 * np.arange(11), atol=1e-4)
    np.testing.assert_allclose(level_db[119:140], -20.0 + 1.0 * np.arange(21), atol=1e-4)
    assert (curve[:90] == 1.0).all()
    assert (curve[140:] == 1.0).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), max_size=300), mixes.ducks)
def test_ducking_is_full_where_it_plays_and_none_far_away(flags: list[bool], duck: DuckSettings) -> None:
    playing = np.array(flags, bool)
    curve = duck_curve(playing, duck)
    assert curve.shape == playing.shape
    lowest = 10.0 ** (-duck.depth_db / 20.0)
    np.testing.assert_allclose(curve[playing], lowest, rtol=1e-5)
    assert ((curve >= lowest * (1 - 1e-5)) & (curve <= 1.0)).all()
    if not playing.any():
        assert (curve == 1.0).all()


def test_it_follows_the_one_that_plays_and_does_not_flutter() -> None:
    rng = np.random.default_rng(0)
    activity = np.full((3, 1000), 0.02, np.float32)
    activity[1, 100:500] = 0.9
    activity[0, 500:900] = 0.9
    choice = followed(np.clip(activity + 0.05 * rng.standard_normal(activity.shape), 0, 1).astype(np.float32))
    assert (choice[:495] == 1).all(), "from the start: the first who will play"
    assert (choice[520:] == 0).all(), "and through the rest at the end"
    even = (0.6 + 0.1 * rng.standard_normal((2, 3000))).astype(np.float32)
    assert len(np.flatnonzero(np.diff(followed(even)))) == 0, "two that play alike are no reason to change"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 700))
def test_nobody_is_followed_for_a_moment_only(seed: int, rows: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    activity = np.repeat(rng.random((rows, 1 + frames // 7)), 7, axis=1)[:, :frames].astype(np.float32)
    choice = followed(activity)
    assert ((choice >= -1) & (choice < rows)).all()
    assert (choice >= 0).all() or (choice == -1).all()
    turns = np.flatnonzero(np.diff(choice))
    assert (np.diff(turns) >= HOLD_FRAMES).all()


def test_nothing_is_followed_where_nobody_plays() -> None:
    assert (followed(np.zeros((2, 50), np.float32)) == -1).all()
    assert followed(np.zeros((2, 0), np.float32)).shape == (0,)
    curves = gain_curves(
        np.zeros(50, bool), np.zeros((6, 50), np.float32), DuckSettings(), FollowSettings(True, INSTRUMENTS),
        [False] * 7,
    )  # fmt: skip
    assert (curves == 1.0).all()


@pytest.mark.parametrize(
    "follow", [FollowSettings(True, ()), FollowSettings(True, ("bass",)), FollowSettings(False, INSTRUMENTS)]
)
def test_off_is_no_curve_at_all(follow: FollowSettings) -> None:
    curves = gain_curves(np.ones(9, bool), np.ones((6, 9), np.float32), DuckSettings(), follow, [False] * 7)
    np.testing.assert_array_equal(curves, no_curves())


def test_ducked_in_the_render(make_song: MakeSong) -> None:
    """Vocals play in the middle third: the bass and Other are 20 dB lower there, the vocals as they are."""
    song = song_where(make_song, {"vocals": ((1 / 3, 2 / 3),), "bass": ((0.0, 1.0),)})
    duck = DuckSettings(True, "vocals", 20.0, 50.0, 100.0)
    third = song.frames // 3
    early, middle, late = (slice(a, a + 4096) for a in (4096, third + third // 2, song.frames - 8192))
    for stem, low in (("bass", 0.1), ("other", 0.1), ("vocals", 1.0)):
        mix = hard_mix().with_strip(stem, solo=True)
        plain = Mixer(song, mix).render(0, song.frames)
        ducked = Mixer(song, replace(mix, duck=duck)).render(0, song.frames)
        np.testing.assert_allclose(ducked[middle], np.float32(low) * plain[middle], rtol=1e-4, atol=1e-7)
        for away in (early, late):
            np.testing.assert_array_equal(ducked[away], plain[away])


def test_ducking_goes_by_edits_whatever_the_mode_is(make_song: MakeSong) -> None:
    song = song_where(make_song, {})
    mix = replace(MixSettings(strips=(StripSettings(activation=ActivationSettings("off")),) * 7))
    mix = replace(mix.with_strip("drums", solo=True), duck=DuckSettings(True, "piano", 40.0))
    mixer = Mixer(song, mix)
    frames = song.activations.shape[1]
    assert (mixer.curves == 1.0).all(), "the piano does not play, though its weight is 1"
    mixer.edits = (ActivationEdit("piano", 0, frames, "on"),)
    mixer.reset()
    out = mixer.render(8192, 4096)
    np.testing.assert_allclose(out, 0.01 * song.stems[5, 8192:12288], rtol=1e-4, atol=1e-7)


def test_followed_in_the_render(make_song: MakeSong) -> None:
    """First the bass plays, then the drums: one is heard alone, then the other; who is safe from solo always is."""
    song = song_where(make_song, {"bass": ((0.0, 0.5),), "drums": ((0.5, 1.0),), "piano": ((0.0, 1.0),)})
    mix = hard_mix(follow=FollowSettings(True, ("drums", "bass")))
    out = Mixer(song, mix).render(0, song.frames)
    early, late = slice(4096, 30_000), slice(song.frames - 30_000, song.frames - 4096)
    np.testing.assert_allclose(out[early], song.stems[4, early], atol=1e-6)
    np.testing.assert_allclose(out[late], song.stems[5, late], atol=1e-6)
    out = Mixer(song, mix.with_strip("piano", solo_safe=True)).render(0, song.frames)
    np.testing.assert_allclose(out[early], song.stems[4, early] + song.stems[3, early], atol=1e-6)


def test_switching_on_and_off_has_no_steps(make_song: MakeSong) -> None:
    song = song_where(make_song, {"vocals": ((0.0, 1.0),)})
    song.stems[:] = 0.0
    song.mix[:] = 0.5
    mix = hard_mix()
    mixer = Mixer(song, mix)
    parts = [mixer.render(0, 5000)]
    slew = round(SLEW_S * 44100)
    for index, on in enumerate((True, False, True)):
        mixer.settings = replace(mix, duck=DuckSettings(on, "vocals", 48.0))
        parts.append(mixer.render(5000 + index * 2000, 2000))
    steps = np.abs(np.diff(np.concatenate(parts)[:, 0]))
    assert steps.max() <= 0.501 / slew
    assert parts[2][slew:].min() == 0.5
    assert parts[3][slew:].max() < 0.01


@settings(deadline=None, max_examples=25)
@given(
    duck=mixes.ducks, follow=mixes.follows, some=st.lists(mixes.edits, max_size=4).map(tuple),
    size=st.sampled_from([100, 511, 4096]), seed=st.integers(0, 99),
)  # fmt: skip
def test_blocks_make_no_difference(
    make_song: MakeSong, duck: DuckSettings, follow: FollowSettings, some: tuple[ActivationEdit, ...], size: int,
    seed: int,
) -> None:  # fmt: skip
    song = make_song(30_000, seed=seed)
    mix = MixSettings(duck=duck, follow=follow)
    whole = Mixer(song, mix, some).render(0, song.frames)
    mixer = Mixer(song, mix, some)
    parts = [mixer.render(start, min(size, song.frames - start)) for start in range(0, song.frames, size)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_export_is_what_is_played(make_song: MakeSong, tmp_path: Path) -> None:
    song = song_where(make_song, {"vocals": ((0.2, 0.4), (0.6, 0.7)), "bass": ((0.0, 0.5),), "drums": ((0.5, 1.0),)})
    song.path = tmp_path / "song.wav"
    mix = hard_mix(
        duck=DuckSettings(True, "vocals", 18.0, 80.0, 400.0), follow=FollowSettings(True, ("bass", "drums", "vocals"))
    ).with_strip("other", solo_safe=True, equalizer=EqualizerSettings())
    some = (ActivationEdit("vocals", 10, 30, "on"), ActivationEdit("drums", 70, 90, "level", (0.2, 0.9)))
    played = Mixer(song, mix, some).render(0, song.frames)
    request = ExportRequest(tmp_path / "out.wav", encode=FLOAT, copy_tags=False)
    export(song, mix, request, edits=some)
    written, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    np.testing.assert_array_equal(written, played)
    through = ExportRequest(tmp_path / "strips", "stems_through_strips", encode=FLOAT, copy_tags=False)
    parts = [soundfile.read(path, dtype="float32")[0] for path in export(song, mix, through, edits=some).paths]
    np.testing.assert_allclose(np.sum(parts, axis=0), played, atol=1e-6)
    stems = ExportRequest(tmp_path / "stems", "stems", encode=FLOAT, copy_tags=False)
    parts = [soundfile.read(path, dtype="float32")[0] for path in export(song, mix, stems, edits=some).paths]
    np.testing.assert_allclose(np.sum(parts, axis=0), song.mix, atol=1e-6)
    assert len(parts) == len(STEMS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DuckSettings(instrument="other"),
        lambda: DuckSettings(depth_db=-1.0),
        lambda: DuckSettings(attack_ms=float("nan")),
        lambda: DuckSettings(release_ms=1e9),
        lambda: FollowSettings(True, ("bass", "bass")),
        lambda: FollowSettings(True, ("other",)),
    ],
)
def test_nonsense(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"instrument|must lie between"):
        make()
