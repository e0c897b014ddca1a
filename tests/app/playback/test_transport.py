import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.mixing.settings import MixSettings
from app.playback.transport import FADE_S, BlockRecord, Request, Transport

RATE = 44100
FRAMES = 20_000
FADE = round(FADE_S * RATE)
DELAY_S = 0.046


@dataclass
class CountingRenderer:
    """Frame `n` of the song is `n + 1` on the left and 1 on the right: both the place and the fade can be read off."""

    resets: int = 0
    clears: int = 0
    settings_in_force: MixSettings = field(default_factory=MixSettings)

    @property
    def meters(self) -> "CountingRenderer":
        return self

    def clear(self) -> None:
        self.clears += 1

    def reset(self) -> None:
        self.resets += 1

    def render(self, start: int, frames: int, out: NDArray[np.float32]) -> NDArray[np.float32]:
        assert out.shape == (frames, 2)
        assert start >= 0
        assert start + frames <= FRAMES
        out[:, 0] = np.arange(start + 1, start + frames + 1)
        out[:, 1] = 1.0
        return out


class Bench:
    """A transport whose clock moves with what is pulled out of it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.renderer = CountingRenderer()
        self.transport = Transport(self.renderer, RATE, FRAMES, clock=lambda: self.now_s)
        self.transport.log = deque()

    def request(self, **changes: Any) -> None:
        self.transport.request = replace(self.transport.request, **changes)

    def seek(self, frame: int) -> None:
        self.request(serial=self.transport.request.serial + 1, frame=frame)

    def pull(self, frames: int, block: int = 512) -> NDArray[np.float32]:
        out = np.full((frames, 2), np.nan, np.float32)
        for start in range(0, frames, block):
            part = out[start : start + block]
            self.transport.fill(part, DELAY_S)
            self.now_s += len(part) / RATE
        return out

    def is_playing(self) -> bool:
        return self.transport.playing

    @property
    def log(self) -> list[BlockRecord]:
        assert self.transport.log is not None
        return list(self.transport.log)


def places(out: NDArray[np.float32]) -> NDArray[np.int64]:
    """The song frame behind each sounding stream frame."""
    sounding = out[:, 1] > 0.0
    return np.rint(out[sounding, 0].astype(float) / out[sounding, 1]).astype(np.int64) - 1


def test_it_is_silent_until_asked_to_play() -> None:
    bench = Bench()
    assert not bench.pull(2000).any()
    assert bench.transport.silent
    assert bench.transport.position == 0


def test_it_plays_every_frame_once_after_a_fade_in() -> None:
    bench = Bench()
    bench.request(playing=True)
    out = bench.pull(4096)
    np.testing.assert_allclose(out[:FADE, 1], np.arange(1, FADE + 1) / FADE, rtol=1e-6)
    np.testing.assert_array_equal(out[FADE:, 0], np.arange(FADE + 1, 4097))
    np.testing.assert_array_equal(out[FADE:, 1], 1.0)


def test_pause_fades_out_and_play_continues_with_the_next_frame() -> None:
    bench = Bench()
    bench.request(playing=True)
    bench.pull(1024)
    bench.request(playing=False)
    pausing = bench.pull(1024)
    np.testing.assert_allclose(pausing[:FADE, 1], 1.0 - np.arange(1, FADE + 1) / FADE, atol=1e-6)
    assert not pausing[FADE:].any()
    bench.pull(1024)
    assert bench.renderer.clears == 1, "the meters fall, once"
    bench.request(playing=True)
    resumed = bench.pull(512)
    assert places(resumed)[0] == 1024 + FADE
    assert bench.renderer.resets == 2


def test_a_seek_is_reported_at_once_and_heard_after_a_fade() -> None:
    bench = Bench()
    bench.request(playing=True)
    bench.pull(4096)
    bench.seek(15_000)
    assert bench.transport.position == 15_000
    out = bench.pull(1024)
    np.testing.assert_array_equal(places(out[: FADE - 1]), np.arange(4096, 4096 + FADE - 1))
    np.testing.assert_array_equal(places(out[FADE:]), np.arange(15_000, 15_000 + 1024 - FADE))
    assert bench.transport.position == 15_000, "not before the latency has passed"


def test_a_seek_while_paused_stays_silent() -> None:
    bench = Bench()
    bench.seek(777)
    assert not bench.pull(512).any()
    assert bench.transport.position == bench.transport.rendered_position == 777


def test_position_is_what_is_heard() -> None:
    bench = Bench()
    bench.request(playing=True)
    positions = []
    for _ in range(20):
        bench.pull(512)
        positions.append(bench.transport.position)
    heard = np.arange(1, 21) * 512 - round(DELAY_S * RATE)
    assert np.abs(np.array(positions) - np.maximum(heard, 0)).max() <= 1


@settings(deadline=None, max_examples=50)
@given(jitter_ms=st.lists(st.floats(-3.0, 3.0), min_size=60, max_size=60))
def test_position_does_not_shake_with_the_callbacks_jitter(jitter_ms: list[float]) -> None:
    bench = Bench()
    bench.request(playing=True)
    positions = []
    for index, jitter in enumerate(jitter_ms):
        due_s = index * 256 / RATE
        bench.now_s = due_s + jitter / 1000
        bench.transport.fill(np.zeros((256, 2), np.float32), DELAY_S)
        bench.now_s = due_s + 4e-3
        positions.append(bench.transport.position)
    steps = np.diff(positions[20:])
    assert steps.min() >= 0
    assert np.abs(steps - 256).max() <= 0.3e-3 * RATE + 1


def test_the_end_stops_and_stays_there() -> None:
    bench = Bench()
    bench.seek(FRAMES - 700)
    bench.request(playing=True)
    out = bench.pull(4096)
    assert places(out)[-1] == FRAMES - 1
    assert not out[700:].any()
    assert not bench.is_playing()
    assert bench.transport.position == FRAMES
    bench.seek(100)
    bench.request(playing=True)
    assert bench.is_playing()
    assert places(bench.pull(256))[0] == 100


def test_a_loop_goes_round_within_its_range() -> None:
    bench = Bench()
    bench.request(playing=True, loop=(2000, 5000))
    out = bench.pull(12_000)
    heard = places(out)
    assert heard.max() <= 4999
    assert heard[-1] >= 2000
    jumps = np.flatnonzero(np.diff(heard) < 0)
    assert len(jumps) == 3
    np.testing.assert_array_equal(heard[jumps + 1], 2000)
    assert np.all(np.diff(np.flatnonzero(out[:, 1] == 0.0)) > 1), "no more than one silent frame at the turn"


def test_a_loop_set_behind_the_position_is_left_alone() -> None:
    bench = Bench()
    bench.seek(8000)
    bench.request(playing=True, loop=(2000, 5000))
    np.testing.assert_array_equal(places(bench.pull(1000)), np.arange(8000, 9000))


def test_a_loop_that_is_closed_in_its_last_moment_turns_round() -> None:
    bench = Bench()
    bench.request(playing=True)
    bench.pull(5000 - 10)
    bench.request(loop=(2000, 5000))
    heard = places(bench.pull(1000))
    assert heard.max() == 5000 - 10 + FADE - 2
    assert heard[-1] == 2000 + 1000 - FADE - 1


actions = st.lists(
    st.tuples(
        st.sampled_from(["play", "pause", "seek", "loop", "no loop", "nothing"]),
        st.integers(0, FRAMES),
        st.integers(1, 8),
    ),
    min_size=1,
    max_size=12,
)


def perform(steps: list[tuple[str, int, int]], block: int) -> tuple[NDArray[np.float32], Bench]:
    bench = Bench()
    heard = []
    for action, frame, blocks in steps:
        if action in ("play", "pause"):
            bench.request(playing=action == "play")
        elif action == "seek":
            bench.seek(frame)
        elif action == "loop":
            start = min(frame, FRAMES - 4 * FADE)
            bench.request(loop=(start, min(FRAMES, start + 4 * FADE + frame // 4)))
        elif action == "no loop":
            bench.request(loop=None)
        heard.append(bench.pull(blocks * 512, block))
    return np.concatenate(heard), bench


@settings(deadline=None, max_examples=50)
@given(steps=actions)
def test_whatever_happens_there_is_no_click_and_the_log_tells_the_truth(steps: list[tuple[str, int, int]]) -> None:
    out, bench = perform(steps, 512)
    played_out = bench.transport.position == FRAMES
    steps_down = np.diff(out[:, 1])
    assert steps_down.max() <= 1.01 / FADE
    assert steps_down.min() >= -1.01 / FADE or played_out or FRAMES - 1 in places(out), "only the song's end is cut"
    rebuilt = np.zeros_like(out)
    for record in bench.log:
        block = CountingRenderer().render(record.song_frame, record.frames, np.empty((record.frames, 2), np.float32))
        gain = np.ones(record.frames, np.float32) if record.gain is None else record.gain
        rebuilt[record.stream_frame : record.stream_frame + record.frames] = block * gain[:, np.newaxis]
    np.testing.assert_array_equal(rebuilt, out)
    for before, after in itertools.pairwise(bench.log):
        contiguous = after.song_frame == before.song_frame + before.frames
        assert contiguous or after.restarted, "after a jump the mixer starts afresh"


@settings(deadline=None, max_examples=30)
@given(steps=actions, block=st.sampled_from([1, 32, 128, 256]))
def test_block_sizes_make_no_difference(steps: list[tuple[str, int, int]], block: int) -> None:
    if block == 1:
        steps = steps[:2]
    np.testing.assert_array_equal(perform(steps, block)[0], perform(steps, 512)[0])


def test_requests_are_values() -> None:
    with pytest.raises(AttributeError):
        Request().playing = True  # type: ignore[misc]
