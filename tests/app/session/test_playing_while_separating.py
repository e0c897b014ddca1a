"""The null test, live: with a neutral mix the sound card gets the original song, whatever has been separated of it."""

import time
from pathlib import Path

import numpy as np
import pytest

from app.playback.player import Player
from app.playback.transport import FADE_S
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from tests.app.session.loop import Loop
from tests.audio_server import AudioServer
from tests.songs import noise, write_wav

RATE = 44100
SECONDS = 3
LEAD_IN_S = 0.5
TAKES = 4


@pytest.mark.timeout(120)
def test_what_is_heard_is_the_song(sound_card: AudioServer, tmp_path: Path) -> None:
    samples = noise(SECONDS * RATE)
    path = write_wav(tmp_path / "song.wav", samples)
    loop = Loop()
    session = Session(
        loop.post,
        Player(),
        Preferences(),
        separation_process=SeparationProcess("fake", "tests.fake_separator:load_slow"),
        play_on_open=False,
    )
    try:
        for _ in range(TAKES):  # a busy machine may let the stream run empty; PortAudio tells, and it is taken again
            with sound_card.recording() as recording:
                session.open(path)
                job = session.opening
                assert job is not None
                loop.run_until(lambda job=job: not job.running)  # type: ignore[misc]
                time.sleep(LEAD_IN_S)
                before = session.player.dropouts
                session.player.play()
                loop.run_until(lambda: not session.player.playing)
                time.sleep(0.2)
            if session.player.dropouts == before:
                break
        assert session.player.dropouts == before
        song = session.song
        assert song is not None
        loop.run_until(lambda: song.coverage.covers(0, song.frames))
        assert song.stems.any()
    finally:
        session.close()
    recorded = recording.samples
    start = np.flatnonzero(recorded.any(axis=1))[0]
    assert start > LEAD_IN_S / 2 * RATE
    fade = round(FADE_S * RATE)
    heard = recorded[start + fade : start + len(samples)]
    np.testing.assert_allclose(heard, samples[fade:], rtol=0.0, atol=1e-6)
    assert not recorded[start + len(samples) :].any()
