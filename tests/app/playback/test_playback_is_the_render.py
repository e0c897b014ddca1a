"""What comes out of the sound card is what `Mixer.render` gives: played, recorded and compared sample by sample.

The blocks are short, so that changes come quickly, but a quarter of a second of them is queued in the audio server: a
machine that is busy elsewhere for a moment makes no gap. Where it does, `dropouts` tells, and the take is repeated.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from app.audio.encode import EncodeSettings
from app.mixing.export import BLOCK_FRAMES, ExportRequest, export
from app.mixing.mixer import Mixer
from app.mixing.settings import EqualizerSettings, LimiterSettings, MixSettings
from app.playback.engine import BlockRecord, Engine
from app.playback.output import Output, OutputSettings, Render, Stopped, open_output
from app.playback.player import Player
from app.playback.transport import FADE_S
from app.song.song import Song
from tests.app.playback.moves import all_moves, every_control
from tests.audio_server import AudioServer
from tests.songs import separated_song

QUEUE_S = 0.25
BLOCK = 512
LEAD_IN_S = QUEUE_S + 0.3
TAIL_S = QUEUE_S + 0.3
TAKES = 4

Samples = NDArray[np.float32]


class Hands:
    """Somebody at the desk who waits until each change has reached the callback."""

    def __init__(self) -> None:
        self.player = Player(OutputSettings(latency_s=QUEUE_S), open_output=self._open)
        self._engine: Engine | None = None

    def _open(self, settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> Output:
        assert isinstance(render, Engine)
        self._engine = render
        return open_output(settings, rate, render, stopped)

    def move(self, mix: MixSettings, seconds: float = 0.0) -> None:
        """Change the mix, and go on once it is in force."""
        if seconds > 0.0:
            self.player.glide_to(mix, seconds)
        else:
            self.player.mix = mix
        engine = self._engine
        assert engine is not None
        deadline_s = time.monotonic() + 5.0
        while engine.state("mix_number") != engine.wanted("mix_number"):
            assert time.monotonic() < deadline_s, "the change has not been taken over"
            time.sleep(0.002)

    def play_for(self, seconds: float) -> None:
        """Let as much be handed to the sound card, however busy the machine is."""
        engine = self._engine
        assert engine is not None
        goal = engine.state("stream_frame") + round(seconds * 44100)
        deadline_s = time.monotonic() + 10.0
        while engine.state("stream_frame") < goal:
            assert time.monotonic() < deadline_s, "the sound card does not go on"
            time.sleep(0.002)


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.playback.output.block_frames", lambda latency_s, rate: BLOCK)


@pytest.fixture
def song(tmp_path: Path) -> Iterator[Song]:
    song = separated_song(tmp_path, 44100 * 12)
    yield song
    song.close()


def take(
    song: Song, server: AudioServer, mix: MixSettings, play: Callable[[Hands], None]
) -> tuple[Samples, list[BlockRecord]]:
    """Have something played from silence to silence until nothing drops out; the recording and the log."""
    for _ in range(TAKES):
        log: deque[BlockRecord] = deque()
        hands = Hands()
        try:
            with server.recording() as recording:
                hands.player.log_blocks(log)
                hands.player.load(song, mix)
                assert "44.1 kHz" in hands.player.device_line
                time.sleep(LEAD_IN_S)
                play(hands)
                hands.player.stop()
                time.sleep(TAIL_S)
                dropouts = hands.player.dropouts
                hands.player.log_blocks(None)
        finally:
            hands.player.close()
        if dropouts == 0:
            return recording.samples, list(log)
    pytest.fail(f"the machine is too busy: {dropouts} dropouts")


def runs(log: list[BlockRecord]) -> Iterator[BlockRecord]:
    """The log with pieces joined that went on without a change."""
    whole: BlockRecord | None = None
    for record in log:
        if (
            whole is not None
            and record.settings is whole.settings
            and record.stream_frame == whole.stream_frame + whole.frames
            and record.song_frame == whole.song_frame + whole.frames
            and not record.restarted
            and record.gain is whole.gain is None
        ):
            whole = replace(whole, frames=whole.frames + record.frames)
        else:
            if whole is not None:
                yield whole
            whole = record
    assert whole is not None
    yield whole


def rendered_again(song: Song, log: list[BlockRecord]) -> Samples:
    """What the log says was played, from a mixer of its own and in an export's blocks: from first to last sound."""
    mixer = Mixer(song, MixSettings())
    first = log[0].stream_frame
    expected = np.zeros((log[-1].stream_frame + log[-1].frames - first, 2), np.float32)
    for record in runs(log):
        mixer.glide_to(record.settings, record.glide_frames / mixer.rate)
        if record.restarted:
            mixer.reset()
        start = record.stream_frame - first
        for done in range(0, record.frames, BLOCK_FRAMES):
            frames = min(BLOCK_FRAMES, record.frames - done)
            block = mixer.render(record.song_frame + done, frames)
            if record.gain is not None:
                block = block * record.gain[:, np.newaxis]
            expected[start + done : start + done + frames] = block
    return expected


def heard_of(recorded: Samples, expected: Samples) -> Samples:
    """The part of a recording, between silence and silence, that is to be what was expected."""
    start = np.flatnonzero(recorded.any(axis=1))[0] - np.flatnonzero(expected.any(axis=1))[0]
    assert start > QUEUE_S / 4 * 44100, "the silence before was recorded too"
    assert not recorded[start + len(expected) :].any(), "silence after the stop"
    return recorded[start : start + len(expected)]


def settings_in(log: list[BlockRecord]) -> list[MixSettings]:
    return list(dict.fromkeys(record.settings for record in log))


def test_the_recording_equals_the_render(sound_card: AudioServer, song: Song) -> None:
    """With everything that a listener does on the way."""

    def play(hands: Hands) -> None:
        player, mix = hands.player, MixSettings().with_strip("bass", gain_db=-6.0, pan=0.4)
        player.play()
        hands.play_for(0.3)
        hands.move(mix := mix.with_strip("vocals", solo=True))
        hands.play_for(0.2)
        bright = EqualizerSettings().with_band(6, gain_db=6.0).with_band(0, on=True, frequency_hz=300.0)
        hands.move(mix := mix.with_strip("drums", solo=True, equalizer=bright))
        hands.play_for(0.2)
        hands.move(mix := MixSettings().with_strip("piano", mute=True).with_strip("other", width=0.3))
        player.seek(song.frames // 2 + 1)
        hands.play_for(0.2)
        hands.move(mix := replace(mix, limiter=LimiterSettings(on=True), links=(("bass", "drums"),)))
        hands.play_for(0.1)
        hands.move(MixSettings(master_gain_db=-3.0), 0.15)
        hands.play_for(0.2)
        player.pause()
        hands.play_for(0.1)
        player.play()
        hands.play_for(0.2)

    recorded, log = take(song, sound_card, MixSettings().with_strip("bass", gain_db=-6.0, pan=0.4), play)
    expected = rendered_again(song, log)
    np.testing.assert_array_equal(heard_of(recorded, expected), expected)
    assert len(settings_in(log)) == 6, "every mix was heard"
    faded = [record for record in log if record.gain is not None]
    assert sum(record.frames for record in faded) == 6 * round(FADE_S * 44100), "start, seek, pause, play, stop"
    assert np.abs(expected).max() > 0.1


def test_every_control_moved_while_playing_is_exported_alike(sound_card: AudioServer, song: Song) -> None:
    """Each change is heard at a frame that the log tells; the same changes at the same frames, offline."""
    moves = list(all_moves(MixSettings()))
    assert {path for path, _ in moves} == set(every_control(MixSettings()))

    def play(hands: Hands) -> None:
        hands.player.play()
        for number, (_, mix) in enumerate(moves):
            hands.move(mix)
            hands.play_for(0.007 * (number % 6))  # some glides are cut short by the next change, some are not
        hands.move(MixSettings(), 0.2)  # the limiter is off again before the fade at the stop, which comes before it
        hands.play_for(0.25)

    recorded, log = take(song, sound_card, MixSettings(), play)
    expected = rendered_again(song, log)
    np.testing.assert_array_equal(heard_of(recorded, expected), expected)
    wanted = [mix for _, mix in moves]
    assert [mix for mix in settings_in(log) if mix in wanted] == list(dict.fromkeys(wanted)), "all in their order"
    plain = song.mix[log[0].song_frame :][: len(expected)]
    assert not np.array_equal(expected, plain), "and the moves were heard"


def test_the_exported_file_equals_the_recording(sound_card: AudioServer, song: Song, tmp_path: Path) -> None:
    mix = MixSettings()
    for path, moved in all_moves(mix):
        if path[-1] not in {"mute", "solo", "bypass"} and path[0] != "limiter":
            mix = moved
    mix = replace(mix, limiter=LimiterSettings())
    start = 30_000

    def play(hands: Hands) -> None:
        hands.player.seek(start)
        hands.player.play()
        hands.play_for(0.6)

    recorded, log = take(song, sound_card, mix, play)
    span = start, start + sum(record.frames for record in log)
    request = ExportRequest(tmp_path / "mix.wav", span=span, encode=EncodeSettings("wav", "FLOAT"), copy_tags=False)
    exported, _ = soundfile.read(export(song, mix, request).paths[0], dtype="float32")
    faded = round(FADE_S * 44100)
    gains = np.concatenate(
        [np.ones(record.frames, np.float32) if record.gain is None else record.gain for record in log]
    )
    assert np.all(gains[faded:-faded] == 1.0)
    np.testing.assert_array_equal(heard_of(recorded, exported * gains[:, np.newaxis]), exported * gains[:, np.newaxis])
    assert np.abs(exported - song.mix[span[0] : span[1]]).max() > 0.01
