"""Edits and activation settings are heard at once, at any speed, pitch and sample rate."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.mixing.mixer import Mixer
from app.mixing.settings import MixSettings
from app.mixing.smart_listening import DuckSettings, FollowSettings
from app.playback.output import OutputSettings
from app.song.activation_edits import ActivationEdit
from app.song.song import Song, open_song
from models.activation import ActivationSettings
from models.instruments import INSTRUMENTS
from tests.app.playback.desk import Desk
from tests.songs import write_wav

RATE = 44100
HEARD_S = 0.050


@pytest.fixture
def song(tmp_path: Path) -> Iterator[Song]:
    """Bass throughout, a low tone; the network is sure of it. Other is a high tone."""
    time_s = np.arange(5 * RATE) / RATE
    bass, rest = (
        0.3 * np.sin(2 * np.pi * hertz * time_s)[:, np.newaxis].repeat(2, axis=1) for hertz in (110.0, 3520.0)
    )
    song = open_song(write_wav(tmp_path / "song.wav", (bass + rest).astype(np.float32)), folder=tmp_path / "stores")
    stems = np.zeros((6, song.frames, 2), np.float32)
    stems[INSTRUMENTS.index("bass")] = bass
    activations = np.zeros_like(song.activations)
    activations[INSTRUMENTS.index("bass")] = 0.95
    song.add_span(0, stems, 0, activations)
    yield song
    song.close()


@pytest.fixture(params=["as it is", "slower", "higher", "at 48 kHz"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(OutputSettings(rate=48000) if request.param == "at 48 kHz" else None)
    desk.player.tempo = 0.8 if request.param == "slower" else 1.0
    desk.player.transpose_semitones = 2.0 if request.param == "higher" else 0.0
    yield desk
    desk.player.close()


def level(desk: Desk, seconds: float = 0.1) -> float:
    """The root of the mean square of what is heard next."""
    rate = desk.outputs[-1].rate
    return float(np.sqrt(np.mean(desk.pull(round(seconds * rate)) ** 2)))


def begin(desk: Desk, song: Song, mix: MixSettings) -> None:
    desk.player.load(song, mix)
    desk.player.play()
    desk.pull_until_sound()
    desk.pull(8192)


Change = Callable[[Desk], None]


def force_off(desk: Desk) -> None:
    desk.player.edits = (ActivationEdit("bass", 0, 1000, "off"),)


def raise_the_threshold(desk: Desk) -> None:
    hard = ActivationSettings("hard", threshold=0.97)
    desk.player.mix = desk.player.mix.with_strip("bass", activation=hard)


@pytest.mark.parametrize("change", [force_off, raise_the_threshold])
def test_within_fifty_milliseconds(desk: Desk, song: Song, change: Change) -> None:
    begin(desk, song, MixSettings().with_strip("bass", solo=True))
    assert level(desk) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    change(desk)
    level(desk, HEARD_S)
    assert level(desk) < 1e-4
    desk.player.edits = (ActivationEdit("bass", 0, 1000, "level", (0.5,)),)
    level(desk, HEARD_S)
    assert level(desk) == pytest.approx(0.15 / np.sqrt(2), rel=0.1)


def test_ducked_at_any_speed(desk: Desk, song: Song) -> None:
    """Other is heard alone, 20 dB lower from the moment on that ducking is switched on."""
    mix = MixSettings().with_strip("other", solo=True)
    begin(desk, song, mix)
    plain = level(desk)
    desk.player.mix = replace(mix, duck=DuckSettings(True, "bass", 20.0))
    level(desk, HEARD_S)
    assert level(desk) == pytest.approx(0.1 * plain, rel=0.1)
    desk.player.mix = mix
    level(desk, HEARD_S)
    assert level(desk) == pytest.approx(plain, rel=0.1)


def test_the_weights_are_those_of_the_place_that_is_heard(desk: Desk, song: Song) -> None:
    """The bass is forced off from the second second on: that is when it ends, however fast it goes there."""
    begin(desk, song, MixSettings().with_strip("bass", solo=True))
    desk.player.edits = (ActivationEdit("bass", 86, 1000, "off"),)
    last = 0
    for _ in range(300):
        position = desk.player.position
        if level(desk, 0.01) > 0.05:
            last = position
    assert last == pytest.approx(86 * 1024, abs=0.04 * RATE)


@pytest.mark.parametrize(
    "mix",
    [
        MixSettings(duck=DuckSettings(True, "bass", 15.0, 200.0, 300.0)),
        MixSettings(follow=FollowSettings(True, ("piano", "bass"))),
    ],
    ids=["ducking", "following"],
)
def test_played_as_it_is_rendered(song: Song, mix: MixSettings) -> None:
    """The callback and the mixer give the same samples, with edits, ducking and following the solo."""
    desk = Desk()
    try:
        edits = (
            ActivationEdit("bass", 20, 40, "off"),
            ActivationEdit("bass", 60, 80, "level", (0.1, 0.9, 0.4)),
            ActivationEdit("piano", 0, 30, "on"),
        )
        desk.player.load(song, mix, edits)
        desk.player.play()
        played = desk.pull(2 * RATE)
        rendered = Mixer(song, mix, edits).render(0, 2 * RATE)
        np.testing.assert_array_equal(played[512:], rendered[512:])
        assert desk.player.edits == edits
        assert np.abs(rendered[RATE:] - song.mix[RATE : 2 * RATE]).max() > 0.1
    finally:
        desk.player.close()


def test_another_song_begins_without_edits(song: Song) -> None:
    desk = Desk()
    try:
        desk.player.load(song, MixSettings(), (ActivationEdit("bass", 0, 9, "off"),))
        desk.player.load(song, MixSettings())
        assert desk.player.edits == ()
        weights = desk.player.weights
        assert weights is not None
        assert (weights[:, INSTRUMENTS.index("bass")] == 1.0).all()
    finally:
        desk.player.close()
