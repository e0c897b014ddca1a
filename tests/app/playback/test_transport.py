"""The compiled callback, block by block, on a song whose samples tell their places."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.playback.engine import Engine
from tests.app.playback.bench import DELAY_S, FADE, FRAMES, RATE, Bench, places


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
