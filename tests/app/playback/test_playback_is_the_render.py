"""What comes out of the sound card is what `Mixer.render` gives: played, recorded and compared sample by sample."""

import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.mixing.mixer import Mixer
from app.mixing.settings import EqualizerSettings, LimiterSettings, MixSettings
from app.playback.engine import BlockRecord
from app.playback.player import Player
from app.playback.transport import FADE_S
from app.song.song import Song
from tests.audio_server import AudioServer
from tests.songs import separated_song

LEAD_IN_S = 0.5
TAIL_S = 0.3
TAKES = 4


def play_a_take(song: Song, server: AudioServer) -> tuple[NDArray[np.float32], list[BlockRecord], int]:
    """Play with everything a listener does on the way; returns the recording, the log and the dropouts."""
    log: deque[BlockRecord] = deque()
    mix = MixSettings().with_strip("bass", gain_db=-6.0, pan=0.4)
    player = Player()
    try:
        with server.recording() as recording:
            player.log_blocks(log)
            player.load(song, mix)
            assert "44.1 kHz" in player.device_line
            time.sleep(LEAD_IN_S)
            player.play()
            time.sleep(0.3)
            player.mix = mix = mix.with_strip("vocals", solo=True)
            time.sleep(0.2)
            bright = EqualizerSettings().with_band(6, gain_db=6.0).with_band(0, on=True, frequency_hz=300.0)
            player.mix = mix = mix.with_strip("drums", solo=True, equalizer=bright)
            time.sleep(0.2)
            player.mix = mix = MixSettings().with_strip("piano", mute=True).with_strip("other", width=0.3)
            time.sleep(0.1)
            player.mix = mix = mix.with_strip("bass", invert_polarity=True, solo_safe=True)
            time.sleep(0.1)
            threshold = replace(mix.strip("vocals").activation, threshold=0.8)
            player.mix = mix = mix.with_strip("vocals", activation=threshold)
            player.seek(song.frames // 2 + 1)
            time.sleep(0.2)
            player.mix = mix = replace(mix, limiter=LimiterSettings(on=True), links=(("bass", "drums"),))
            time.sleep(0.1)
            player.glide_to(MixSettings(master_gain_db=-3.0), 0.15)
            time.sleep(0.2)
            player.pause()
            time.sleep(0.2)
            player.play()
            time.sleep(0.2)
            player.stop()
            time.sleep(TAIL_S)
            dropouts = player.dropouts
            player.log_blocks(None)
        return recording.samples, list(log), dropouts
    finally:
        player.close()


def rendered_again(song: Song, log: list[BlockRecord]) -> NDArray[np.float32]:
    """What the log says was played, from a mixer of its own: float32 from the first sound to the last."""
    mixer = Mixer(song, MixSettings())
    first = log[0].stream_frame
    expected = np.zeros((log[-1].stream_frame + log[-1].frames - first, 2), np.float32)
    for record in log:
        mixer.glide_to(record.settings, record.glide_frames / mixer.rate)
        if record.restarted:
            mixer.reset()
        block = mixer.render(record.song_frame, record.frames)
        if record.gain is not None:
            block = block * record.gain[:, np.newaxis]
        start = record.stream_frame - first
        expected[start : start + record.frames] = block
    return expected


@pytest.mark.timeout(120)
def test_the_recording_equals_the_render(sound_card: AudioServer, tmp_path: Path) -> None:
    song = separated_song(tmp_path, 44100 * 4)
    try:
        for _ in range(TAKES):  # a busy machine may let the stream run empty; PortAudio tells, and it is taken again
            recorded, log, dropouts = play_a_take(song, sound_card)
            if dropouts == 0:
                break
        assert dropouts == 0
        expected = rendered_again(song, log)
        start = np.flatnonzero(recorded.any(axis=1))[0] - np.flatnonzero(expected.any(axis=1))[0]
        assert start > LEAD_IN_S / 2 * sound_card.rate, "the silence before was recorded too"
        heard = recorded[start : start + len(expected)]
        np.testing.assert_array_equal(heard, expected)
        assert not recorded[start + len(expected) :].any(), "silence after the stop"
    finally:
        song.close()
    settings = list(dict.fromkeys(record.settings for record in log))
    assert len(settings) == 8, "every mix was heard"
    faded = [record for record in log if record.gain is not None]
    assert sum(record.frames for record in faded) == 6 * round(FADE_S * 44100), "start, seek, pause, play, stop"
    assert np.abs(expected).max() > 0.1
