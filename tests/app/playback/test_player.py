import itertools
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.mixing.mixer import Mixer
from app.mixing.settings import MixSettings
from app.playback.engine import BlockRecord
from app.playback.output import OutputSettings, SilentOutput
from app.playback.player import Player
from app.playback.transport import FADE_S
from app.song.song import Song
from tests.app.playback.desk import Desk, is_playing
from tests.songs import separated_song

RATE = 44100
FADE = round(FADE_S * RATE)
WAIT_S = 20.0


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.player.close()


@pytest.fixture
def song(tmp_path: Path) -> Iterator[Song]:
    song = separated_song(tmp_path, 2 * RATE)
    yield song
    song.close()


def test_without_a_song_everything_is_harmless(desk: Desk) -> None:
    player = desk.player
    for action in (player.play, player.pause, player.stop, player.toggle, lambda: player.seek(5)):
        action()
    player.loop = (0, 100_000)
    assert desk.player.loop is None
    assert (is_playing(player), player.position, player.device_line, player.dropouts) == (False, 0, "", 0)
    assert not player.meters.take_peak().any()
    assert desk.outputs == []


def test_it_plays_the_mix_it_is_given(desk: Desk, song: Song) -> None:
    mix = MixSettings().with_strip("drums", solo=True)
    desk.player.load(song, mix)
    desk.player.play()
    np.testing.assert_array_equal(desk.pull(8192)[FADE:], Mixer(song, mix).render(0, 8192)[FADE:])
    desk.player.mix = changed = mix.with_strip("bass", solo=True)
    settled = desk.pull(8192)[4096:]
    expected = Mixer(song, changed).render(8192 + 4096, 4096)
    np.testing.assert_allclose(settled, expected, atol=1e-6)
    assert desk.player.mix == changed
    assert desk.player.meters.peak.max() > 0.0


def test_stop_goes_home_and_play_from_the_end_starts_again(desk: Desk, song: Song) -> None:
    desk.player.load(song, MixSettings())
    desk.player.seek(song.frames + 99)
    assert desk.player.position == song.frames
    desk.player.play()
    desk.pull(2048)
    assert is_playing(desk.player)
    assert 0 <= desk.player.position <= 2048
    desk.player.stop()
    assert desk.player.position == 0
    desk.player.seek(song.frames - 10)
    desk.player.play()
    desk.pull(4096)
    assert not is_playing(desk.player)
    desk.player.toggle()
    assert is_playing(desk.player)
    assert desk.player.position == 0
    desk.player.toggle()
    assert not is_playing(desk.player)


def test_a_loop_is_limited_to_the_song_and_not_too_short(desk: Desk, song: Song) -> None:
    desk.player.load(song, MixSettings())
    desk.player.loop = (-5, song.frames + 5)
    assert desk.player.loop == (0, song.frames)
    desk.player.loop = (100, 101)
    assert desk.player.loop is None


def test_unload_lets_go_of_the_song_and_keeps_the_output(desk: Desk, song: Song, tmp_path: Path) -> None:
    desk.player.load(song, MixSettings())
    desk.player.play()
    desk.pull(4096)
    desk.pulling_meanwhile(desk.player.unload)
    assert not desk.pull(1024).any()
    assert desk.player.position == 0
    folder = tmp_path / "second"
    folder.mkdir()
    second = separated_song(folder, 1000)
    desk.player.load(second, MixSettings())
    desk.player.unload()
    second.close()
    assert len(desk.outputs) == 1
    assert not desk.outputs[0].closed


def test_a_song_of_another_rate_gets_another_output(desk: Desk, song: Song, tmp_path: Path) -> None:
    desk.player.load(song, MixSettings())
    folder = tmp_path / "other"
    folder.mkdir()
    other = separated_song(folder, 1000, rate=8000)
    desk.player.load(other, MixSettings())
    assert [output.rate for output in desk.outputs] == [44100, 8000]
    assert desk.outputs[0].closed
    assert "8000 Hz" in desk.player.device_line
    desk.player.unload()
    other.close()


def test_another_output_goes_on_where_the_last_one_was(desk: Desk, song: Song) -> None:
    log: deque[BlockRecord] = deque()
    desk.player.log_blocks(log)
    desk.player.load(song, MixSettings())
    desk.player.play()
    desk.pull(10_240)
    desk.pulling_meanwhile(lambda: desk.player.set_output(OutputSettings(latency_s=0.023)))
    assert desk.outputs[0].closed
    assert is_playing(desk.player)
    assert "0.023 s" in desk.player.device_line
    desk.pull(1024)
    desk.player.log_blocks(None)
    assert log[-1].song_frame > 10_240
    for before, after in itertools.pairwise(log):
        assert after.song_frame == before.song_frame + before.frames


def test_a_lost_output_pauses_tells_and_is_opened_again_by_play(desk: Desk, song: Song) -> None:
    sentences: list[str] = []
    desk.player.failed.subscribe(sentences.append)
    desk.player.load(song, MixSettings())
    desk.player.play()
    desk.pull(4096)
    position = desk.player.position
    desk.outputs[0].stopped("the device was lost")
    assert sentences == ["The sound stopped (the device was lost), press Play to try again."]
    assert not is_playing(desk.player)
    desk.player.play()
    assert len(desk.outputs) == 2
    assert desk.player.position >= position
    assert desk.pull(1024).any()


def test_play_looks_for_a_device_again_if_there_was_none(desk: Desk, song: Song) -> None:
    desk.player.load(song, MixSettings())
    desk.outputs[0].silent = True
    desk.player.play()
    desk.player.pause()
    desk.player.play()
    assert [output.closed for output in desk.outputs] == [True, False]


def test_without_a_device_time_goes_on(song: Song) -> None:
    player = Player(open_output=SilentOutput)
    try:
        player.load(song, MixSettings())
        player.seek(RATE)
        player.play()
        deadline_s = time.monotonic() + WAIT_S
        while player.playing or player.position < song.frames:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        assert player.position == song.frames
    finally:
        player.close()
