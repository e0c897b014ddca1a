"""The compiled callback, block by block, on a song whose samples tell their places."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.events import Event
from app.mixing.mixer import Mixer
from app.playback.engine import BlockRecord, Engine
from app.playback.settings import MetronomeSettings
from app.playback.transport import FADE_S
from app.song.coverage import Spans
from app.song.tempo import Tempo
from models.activation import activation_frame_count

RATE = 44100
FRAMES = 20_000
FADE = round(FADE_S * RATE)
DELAY_S = 0.046


def _numbered() -> NDArray[np.float32]:
    return np.stack([np.arange(1, FRAMES + 1), np.ones(FRAMES)], axis=1).astype(np.float32)


@dataclass
class NumberedSong:
    """Frame `n` of the song is `n + 1` on the left and 1 on the right: both the place and the fade can be read off."""

    rate: int = RATE
    frames: int = FRAMES
    mix: NDArray[np.float32] = field(default_factory=_numbered)
    stems: NDArray[np.float32] = field(default_factory=lambda: np.zeros((6, FRAMES, 2), np.float32))
    activations: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((6, activation_frame_count(FRAMES, RATE)), np.float32)
    )
    activation_coverage: Spans = ()
    span_added: Event[int, int] = field(default_factory=Event)


class Bench:
    """An engine with the song in it, whose clock moves with what is pulled out of it."""

    def __init__(self, engine: Engine) -> None:
        self.now_s = 0.0
        self.engine = engine
        engine.unload()
        engine.clock = lambda: self.now_s
        engine.set_rate(RATE, 2, 0.0)
        engine.change(repeat=0, compare=0)
        self.song = NumberedSong()
        self.mixer = Mixer(self.song)
        engine.load(self.mixer, 0)
        engine.set_metronome(MetronomeSettings(), RATE, FRAMES)
        engine.start_log()
        self.first = engine.state("stream_frame")

    def play(self, playing: bool = True) -> None:
        self.engine.play(playing)

    def seek(self, frame: int) -> None:
        self.engine.play(self.engine.playing, frame)

    def loop(self, start: int, stop: int) -> None:
        self.engine.change(loop_start=start, loop_stop=stop)

    def pull(self, frames: int, block: int = 512) -> NDArray[np.float32]:
        out = np.full((frames, 2), np.nan, np.float32)
        for start in range(0, frames, block):
            part = out[start : start + block]
            self.engine(part, DELAY_S)
            self.now_s += len(part) / RATE
        return out

    def is_playing(self) -> bool:
        return self.engine.playing

    def log(self) -> list[BlockRecord]:
        return self.engine.stop_log()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)


def places(out: NDArray[np.float32]) -> NDArray[np.int64]:
    """The song frame behind each sounding stream frame."""
    sounding = out[:, 1] > 0.0
    return np.rint(out[sounding, 0].astype(float) / out[sounding, 1]).astype(np.int64) - 1


def test_it_is_silent_until_asked_to_play(bench: Bench) -> None:
    assert not bench.pull(2000).any()
    assert bench.engine.silent
    assert bench.engine.position == 0


def test_it_plays_every_frame_once_after_a_fade_in(bench: Bench) -> None:
    bench.play()
    out = bench.pull(4096)
    np.testing.assert_allclose(out[:FADE, 1], np.arange(1, FADE + 1) / FADE, rtol=1e-6)
    np.testing.assert_array_equal(out[FADE:, 0], np.arange(FADE + 1, 4097))
    np.testing.assert_array_equal(out[FADE:, 1], 1.0)


def test_pause_fades_out_and_play_continues_with_the_next_frame(bench: Bench) -> None:
    bench.play()
    bench.pull(1024)
    assert bench.mixer.meters.peak.max() > 0.0
    bench.play(False)
    pausing = bench.pull(1024)
    np.testing.assert_allclose(pausing[:FADE, 1], 1.0 - np.arange(1, FADE + 1) / FADE, atol=1e-6)
    assert not pausing[FADE:].any()
    assert bench.mixer.meters.peak.max() == 0.0, "the meters fall"
    bench.play()
    resumed = bench.pull(512)
    assert places(resumed)[0] == 1024 + FADE
    assert [record.restarted for record in bench.log()].count(True) == 2


def test_a_seek_is_reported_at_once_and_heard_after_a_fade(bench: Bench) -> None:
    bench.play()
    bench.pull(4096)
    bench.seek(15_000)
    assert bench.engine.position == 15_000
    out = bench.pull(1024)
    np.testing.assert_array_equal(places(out[: FADE - 1]), np.arange(4096, 4096 + FADE - 1))
    np.testing.assert_array_equal(places(out[FADE:]), np.arange(15_000, 15_000 + 1024 - FADE))
    assert bench.engine.position == 15_000, "not before the latency has passed"


def test_a_seek_while_paused_stays_silent(bench: Bench) -> None:
    bench.seek(777)
    assert not bench.pull(512).any()
    assert bench.engine.position == bench.engine.rendered_position == 777


def test_position_is_what_is_heard(bench: Bench) -> None:
    bench.play()
    positions = []
    for _ in range(20):
        bench.pull(512)
        positions.append(bench.engine.position)
    heard = np.arange(1, 21) * 512 - round(DELAY_S * RATE)
    assert np.abs(np.array(positions) - np.maximum(heard, 0)).max() <= 1


def test_position_turns_round_with_the_loop_to_the_frame(bench: Bench) -> None:
    bench.play()
    bench.loop(1000, 4000)
    bench.pull(4096)
    heard = []
    for _ in range(400):
        bench.pull(32, block=32)
        heard.append(bench.engine.position)
    steps = np.diff(heard)
    assert set(np.unique(steps)) <= {31, 32, 33, *(32 - 3000 + n for n in (-1, 0, 1))}
    assert max(heard) < 4000


@settings(deadline=None, max_examples=50)
@given(jitter_ms=st.lists(st.floats(-3.0, 3.0), min_size=60, max_size=60))
def test_position_does_not_shake_with_the_callbacks_jitter(engine: Engine, jitter_ms: list[float]) -> None:
    bench = Bench(engine)
    bench.play()
    positions = []
    for index, jitter in enumerate(jitter_ms):
        due_s = 1.0 + index * 256 / RATE
        bench.now_s = due_s + jitter / 1000
        engine(np.zeros((256, 2), np.float32), DELAY_S)
        bench.now_s = due_s + 4e-3
        positions.append(engine.position)
    steps = np.diff(positions[20:])
    assert steps.min() >= 0
    assert np.abs(steps - 256).max() <= 0.3e-3 * RATE + 1


def test_the_end_stops_and_stays_there(bench: Bench) -> None:
    bench.seek(FRAMES - 700)
    bench.play()
    out = bench.pull(4096)
    assert places(out)[-1] == FRAMES - 1
    assert not out[700:].any()
    assert not bench.is_playing()
    assert bench.engine.position == FRAMES
    bench.seek(100)
    bench.play()
    assert bench.is_playing()
    assert places(bench.pull(256))[0] == 100


def test_a_loop_goes_round_within_its_range(bench: Bench) -> None:
    bench.loop(2000, 5000)
    bench.play()
    out = bench.pull(12_000)
    heard = places(out)
    assert heard.max() <= 4999
    assert heard[-1] >= 2000
    jumps = np.flatnonzero(np.diff(heard) < 0)
    assert len(jumps) == 3
    np.testing.assert_array_equal(heard[jumps + 1], 2000)
    assert np.all(np.diff(np.flatnonzero(out[:, 1] == 0.0)) > 1), "no more than one silent frame at the turn"


def test_a_loop_set_behind_the_position_is_left_alone(bench: Bench) -> None:
    bench.seek(8000)
    bench.loop(2000, 5000)
    bench.play()
    np.testing.assert_array_equal(places(bench.pull(1000)), np.arange(8000, 9000))


def test_a_loop_that_is_closed_in_its_last_moment_turns_round(bench: Bench) -> None:
    bench.play()
    bench.pull(5000 - 10)
    bench.loop(2000, 5000)
    heard = places(bench.pull(1000))
    assert heard.max() == 5000 - 10 + FADE - 2
    assert heard[-1] == 2000 + 1000 - FADE - 1


def test_a_repeated_song_begins_anew(bench: Bench) -> None:
    bench.engine.change(repeat=1)
    bench.seek(FRAMES - 1000)
    bench.play()
    heard = places(bench.pull(4000))
    assert heard.max() == FRAMES - 2, "its last frame is faded to nothing"
    assert heard[-1] == 4000 - 1000 - 1
    assert bench.is_playing()


def test_scrubbing_gives_one_grain_for_each_place_and_silence_at_rest(bench: Bench) -> None:
    bench.play()
    bench.pull(1024)
    bench.engine.scrub(10_000)
    out = bench.pull(8192)
    heard = places(out)
    grain = heard[heard >= 10_000]
    assert len(grain) == pytest.approx(0.06 * RATE, abs=2)
    np.testing.assert_array_equal(grain, 10_000 + np.arange(len(grain)))
    assert not out[4096:].any()
    assert np.abs(np.diff(out[:, 1])).max() <= 1.01 / FADE, "it fades"
    bench.engine.scrub(3000)
    assert 3000 in places(bench.pull(512))
    bench.engine.scrub(None)
    bench.engine.play(True, 3000)
    resumed = places(bench.pull(4096))
    assert resumed[FADE - 1] == 3000
    assert resumed[-1] > 3000 + 2000


def test_clicks_fall_on_the_beats(bench: Bench) -> None:
    tempo = Tempo(300.0, first_beat_frame=1000, beats_per_bar=3)  # every 8820 frames
    bench.engine.set_metronome(MetronomeSettings(on=True, gain_db=0.0, beats=tempo), RATE, FRAMES)
    bench.play()
    out = bench.pull(19_456)
    clicks = out[:, 1] - 1.0
    for start, hertz in ((1000, 1500.0), (9820, 1000.0), (18_640, 1000.0)):
        assert not clicks[start - 500 : start].any()
        part = clicks[start : start + 800]
        assert np.abs(part).max() > 0.4
        assert np.argmax(np.abs(np.fft.rfft(part, RATE))) == pytest.approx(hertz, abs=60), "a bar begins higher"
    np.testing.assert_array_equal(out[9820:10_600, 1], out[18_640:19_420, 1])
    bench.engine.set_metronome(MetronomeSettings(beats=tempo), RATE, FRAMES)
    bench.pull(2048)
    bench.engine.play(True, 500)
    np.testing.assert_array_equal(bench.pull(8192)[1024:, 1], 1.0)


def test_a_bar_is_counted_before_the_song(bench: Bench) -> None:
    tempo = Tempo(300.0, beats_per_bar=2)
    bench.engine.set_metronome(MetronomeSettings(gain_db=0.0, beats=tempo), RATE, FRAMES)
    number = bench.engine.wanted("count_in") + 1
    bench.engine.play(True, count_in=number, count_in_frames=4000, count_in_period=2000.0)
    out = bench.pull(6000)
    np.testing.assert_array_equal(out[:, 0] != out[:, 1], np.arange(6000) >= 4001, "the song starts after the bar")
    for start in (0, 2000):
        assert np.abs(out[start : start + 1000]).max() > 0.4
        assert not out[start + 1400 : start + 2000].any()
    assert places(out[4000 + FADE :])[0] == FADE
    bench.play(False)
    bench.pull(1024)
    bench.play()
    assert places(bench.pull(512))[0] > 2000, "the next play does not count"


def test_comparing_gives_the_original_as_loud_as_the_remix(engine: Engine) -> None:
    bench = Bench(engine)
    noise = np.random.default_rng(0).normal(0.0, 0.1, (FRAMES, 2)).astype(np.float32)
    bench.song.mix[:] = noise
    bench.mixer.settings = bench.mixer.settings.with_strip("other", gain_db=-6.0)
    engine.change_mix(bench.mixer)
    bench.play()
    remix = bench.pull(8192)[4096:]
    engine.change(compare=1)
    original = bench.pull(8192)[4096:]
    assert np.sqrt(np.mean(original**2)) == pytest.approx(np.sqrt(np.mean(remix**2)), rel=0.03)
    np.testing.assert_allclose(original, noise[8192 + 4096 : 16_384] * 10 ** (-6 / 20), atol=0.01)
    engine.change(compare=0)
    bench.pull(2048)
    np.testing.assert_allclose(bench.pull(1024), noise[18_432:19_456] * np.float32(10 ** (-6 / 20)), atol=1e-6)


def test_comparing_cross_fades(bench: Bench) -> None:
    bench.mixer.settings = bench.mixer.settings.with_strip("other", mute=True)
    bench.engine.change_mix(bench.mixer)
    bench.play()
    assert not bench.pull(4096).any()
    bench.engine.change(compare=1)
    out = bench.pull(4096)[:, 1]
    assert out[-1] > 0.0
    assert np.abs(np.diff(out)).max() < 0.01


def test_one_channel_gets_the_mean(bench: Bench) -> None:
    bench.engine.unload()
    bench.engine.set_rate(RATE, 1, 0.0)
    bench.engine.load(bench.mixer, 0)
    bench.play()
    memory = np.zeros((512, 2), np.float32)
    bench.engine(memory, DELAY_S)  # its first half, read as one channel
    bench.engine.unload()
    bench.engine.set_rate(RATE, 2, 0.0)
    mono = memory.reshape(-1)[:512]
    np.testing.assert_allclose(mono[FADE:], (np.arange(FADE + 1, 513) + 1) / 2, rtol=1e-6)
    assert not memory.reshape(-1)[512:].any()


actions = st.lists(
    st.tuples(
        st.sampled_from(["play", "pause", "seek", "loop", "no loop", "repeat", "scrub", "let go", "nothing"]),
        st.integers(0, FRAMES),
        st.integers(1, 8),
    ),
    min_size=1,
    max_size=12,
)


def perform(engine: Engine, steps: list[tuple[str, int, int]], block: int) -> tuple[NDArray[np.float32], Bench]:
    bench = Bench(engine)
    heard = []
    for action, frame, blocks in steps:
        if action in ("play", "pause"):
            bench.play(action == "play")
        elif action == "seek":
            bench.seek(frame)
        elif action == "loop":
            start = min(frame, FRAMES - 4 * FADE)
            bench.loop(start, min(FRAMES, start + 4 * FADE + frame // 4))
        elif action == "no loop":
            bench.loop(-1, -1)
        elif action == "repeat":
            engine.change(repeat=frame % 2)
        elif action == "scrub":
            engine.scrub(frame)
        elif action == "let go":
            engine.scrub(None)
        heard.append(bench.pull(blocks * 512, block))
    return np.concatenate(heard), bench


@settings(deadline=None, max_examples=80)
@given(steps=actions)
def test_whatever_happens_there_is_no_click_and_the_log_tells_the_truth(
    engine: Engine, steps: list[tuple[str, int, int]]
) -> None:
    out, bench = perform(engine, steps, 512)
    log = bench.log()
    reached_the_end = FRAMES - 1 in places(out)
    steps_down = np.diff(out[:, 1])
    assert steps_down.max() <= 1.01 / FADE
    assert steps_down.min() >= -1.01 / FADE or reached_the_end, "only the song's end is cut"
    rebuilt = np.zeros_like(out)
    for record in log:
        block = bench.song.mix[record.song_frame : record.song_frame + record.frames]
        gain = np.ones(record.frames, np.float32) if record.gain is None else record.gain
        start = record.stream_frame - bench.first
        rebuilt[start : start + record.frames] = block * gain[:, np.newaxis]
    np.testing.assert_array_equal(rebuilt, out)
    for before, after in itertools.pairwise(log):
        contiguous = after.song_frame == before.song_frame + before.frames
        assert contiguous or after.restarted, "after a jump the mixer starts afresh"


@settings(deadline=None, max_examples=30)
@given(steps=actions, block=st.sampled_from([1, 32, 128, 256]))
def test_block_sizes_make_no_difference(engine: Engine, steps: list[tuple[str, int, int]], block: int) -> None:
    if block == 1:
        steps = steps[:2]
    np.testing.assert_array_equal(perform(engine, steps, block)[0], perform(engine, steps, 512)[0])


def test_a_block_must_be_stereo_and_whole(engine: Engine) -> None:
    blocks: list[Any] = [np.zeros((4, 2)), np.zeros((4, 1), np.float32), np.zeros((4, 4), np.float32)[:, ::2]]
    for block in blocks:
        with pytest.raises(TypeError):
            engine(block, 0.0)
