"""What happens inside the audio callback: which frames come next, and the fades around every jump. Compiled by numba.

Everything here works on records and arrays that were made before and are found by their addresses (`layout.TABLE`): it
allocates nothing, waits for nothing and calls no Python. Requests arrive through a sequence lock, and what has become
of them is read from the state and the pieces, so that neither side ever waits for the other.

Sound comes from one of three places: the song itself, a ring of stretched or resampled strips that a thread keeps full
(see `feeder`), or grains of the song while it is scrubbed. Every change of place fades out and in again.
"""

from typing import Any, Final

import numpy as np

from app.playback import mixing_kernels
from app.playback.compare import blend, forget
from app.playback.history import log, tell
from app.playback.layout import GATE, REQUEST, RING_FRAMES, RINGS, SEQUENCE, STATE, words
from app.playback.memory import carray, compiled, fence, receive, record_at
from app.playback.metronome import click_on_beats, count_in, counting, finish_click
from app.playback.rings import (
    advance,
    contiguous,
    enter,
    left_of,
    place_of_next,
    position_in,
    ring_of,
    ring_step,
    starving,
)  # fmt: skip

FADE_S: Final = 0.005
"""Duration of the fades at start, pause, seek and the ends of a loop."""

_CLOCK_SMOOTHING: Final = 0.05
_CLOCK_JUMP_S: Final = 0.1
_CHANGES_IN_A_ROW: Final = 16


request_at = record_at(REQUEST)
state_at = record_at(STATE)
_integers_at = mixing_kernels.integers_at
_REQUEST_WORDS: Final = words(REQUEST)
_SHARED_WORDS: Final = words(REQUEST) + mixing_kernels.TARGETS + mixing_kernels.ARRAYS


@compiled
def take_request(m: Any, q: Any, s: Any) -> None:
    """Make the newest request the one in force, unless it is being written at this very moment."""
    control = carray(_integers_at(m.control), (4,))
    if control[SEQUENCE] == s.seen:
        return
    staged = carray(_integers_at(m.staged), (_SHARED_WORDS,))
    number = receive(control, carray(_integers_at(m.shared), (_SHARED_WORDS,)), staged)
    if number < 0:
        return
    request = carray(_integers_at(m.request), (_REQUEST_WORDS,))
    for index in range(_REQUEST_WORDS):
        request[index] = staged[index]
    if q.song != s.song:
        where = carray(_integers_at(m.where), (mixing_kernels.ARRAYS,))
        for index in range(mixing_kernels.ARRAYS):
            where[index] = staged[_REQUEST_WORDS + mixing_kernels.TARGETS + index]
        _begin(m, q, s)
    if q.song != 0 and q.song == control[GATE] and q.mix_number != s.mix_number:
        s.mix_number = q.mix_number
        mixing_kernels.take_targets(m, m.staged + 8 * _REQUEST_WORDS)
    fence()
    s.seen = number


@compiled
def _begin(m: Any, q: Any, s: Any) -> None:
    """Another song, or none: nothing of the last one goes on."""
    s.song = q.song
    s.level = 0
    s.generation = 0
    s.scrubbing = 0
    s.grain = 0
    s.count_left = 0
    s.click = -1
    s.mix_number = -1
    s.tail = 0
    forget(m, q, s)
    _move(m, q, s, q.frame)


@compiled
def fill(m: Any, q: Any, s: Any, out: Any, at_s: float) -> None:
    """Write the next block into `out`, float32 `(n, 2)`, which will be heard at that time."""
    error_s = at_s - s.next_at_s
    s.next_at_s += error_s if abs(error_s) > _CLOCK_JUMP_S else _CLOCK_SMOOTHING * error_s
    done = 0
    changes = 0
    while done < out.shape[0]:
        count = _segment(m, q, s, out[done:])
        changes = 0 if count else changes + 1
        if changes > _CHANGES_IN_A_ROW:
            count = _silence(m, s, q, out[done:])
        s.stream_frame += count
        s.next_at_s += count / q.rate
        done += count
    s.blocks += 1


@compiled
def _segment(m: Any, q: Any, s: Any, out: Any) -> int:
    """Write one piece without a jump in it; returns its number of frames, 0 after a mere change of state."""
    if q.song == 0 or q.song != carray(_integers_at(m.control), (4,))[GATE]:
        s.level = 0
        return _silence(m, s, q, out)
    if s.level == 0 and q.scrubbing != s.scrubbing:
        s.scrubbing = q.scrubbing
        s.grain = 0
    if s.scrubbing:
        return _scrub(m, q, s, out)
    jumping = q.serial != s.serial
    target = ring_of(m, q) if q.generation != s.generation else -1
    wants = q.playing != 0 and s.ended != q.play_number
    left, ended = left_of(m, q, s)
    if ended and (jumping or target >= 0 or s.return_to >= 0):
        s.level = 0
    if s.level == 0:
        count = _while_silent(m, q, s, out, jumping, target, wants)
        if count >= 0:
            return count
    if ended:
        return _end(m, q, s, out)
    if s.level == 0 and counting(q, s):
        return count_in(m, q, s, out)
    leaving = jumping or target >= 0 or not wants or q.scrubbing != s.scrubbing
    return _play(m, q, s, out, left, leaving)


@compiled
def _end(m: Any, q: Any, s: Any, out: Any) -> int:
    """The song's end: silence, or its start again."""
    s.level = 0
    if q.repeat and s.generation == 0 and q.frames > 4 * q.fade_frames:
        s.return_to = 0
        return 0
    s.ended = q.play_number
    return _silence(m, s, q, out)


@compiled
def _play(m: Any, q: Any, s: Any, out: Any, left: int, leaving: bool) -> int:
    """Play on, with the volume rising, full, or falling before the next jump; `left` frames are there to be played."""
    if s.generation == 0:
        stop = _turn(q, s)
        if s.return_to < 0 and s.frame >= stop:
            s.return_to = q.loop_start if q.loop_start >= 0 and stop == q.loop_stop - q.fade_frames else 0
            return 0
        down = leaving or s.return_to >= 0
        left = (q.frames if down else stop) - s.frame
    else:
        short = starving(m, q, s, left)
        if short and s.level == 0:
            return _silence(m, s, q, out)
        down = leaving or short
    room = s.level if down else (q.fade_frames - s.level if s.level < q.fade_frames else out.shape[0])
    count = min(out.shape[0], room, left)
    if s.generation != 0:
        count = contiguous(m, s, count)
    _render(m, q, s, out[:count], down)
    return count


@compiled
def _while_silent(m: Any, q: Any, s: Any, out: Any, jumping: bool, target: int, wants: bool) -> int:
    """Do what needs silence, or keep it: returns its number of frames, 0 after a change, -1 if sound is to begin."""
    if jumping or target >= 0:
        if q.generation != s.generation and (target < 0 or not _switch(m, q, s, target, jumping)):
            return _silence(m, s, q, out)
        if jumping:
            _move(m, q, s, q.frame)
        return 0
    if s.return_to >= 0:
        _move(m, q, s, s.return_to)
        return 0
    if not wants:
        s.count_left = 0
        return _silence(m, s, q, out)
    if q.generation != s.generation:
        return _silence(m, s, q, out)  # what shall be played is not prepared yet
    return -1


@compiled
def _turn(q: Any, s: Any) -> int:
    """The frame at which the song is left for the start of a loop or its own, or its end."""
    if q.loop_start >= 0 and s.frame <= q.loop_stop:
        return q.loop_stop - q.fade_frames
    if q.repeat and q.frames > 4 * q.fade_frames:
        return q.frames - q.fade_frames
    return q.frames


@compiled
def _switch(m: Any, q: Any, s: Any, target: int, jumping: bool) -> bool:
    """Read from there from now on, at the same position unless there is a jump anyway; False if that failed."""
    position = place_of_next(m, s)
    if target < RINGS:
        if not enter(m, q, s, target, -1.0 if jumping else position):
            return False
    else:
        s.generation = 0
        s.frame = min(max(int(position + 0.5), 0), q.frames)
    if not jumping:
        _move(m, q, s, s.frame)
    return True


@compiled
def _scrub(m: Any, q: Any, s: Any, out: Any) -> int:
    """Short grains of the song where the hand is, one after the other, silence where it rests."""
    if s.level == 0:
        s.grain = 0
        if q.scrubbing == 0 or q.scrub_number == s.scrub_number or q.scrub_frame >= q.frames:
            return _silence(m, s, q, out)
        s.scrub_number = q.scrub_number
        s.generation = 0
        s.grain = q.grain_frames
        _move(m, q, s, q.scrub_frame)
    left = q.frames - s.frame
    if left <= 0:
        s.level = 0
        return 0
    down = s.grain <= q.fade_frames or q.scrubbing == 0
    room = s.level if down else (q.fade_frames - s.level if s.level < q.fade_frames else s.grain - q.fade_frames)
    count = min(out.shape[0], room, left)
    s.grain -= count
    _render(m, q, s, out[:count], down)
    return count


@compiled
def _render(m: Any, q: Any, s: Any, out: Any, down: bool) -> None:
    """Render and fade one piece; during a fade it is no longer than the fade."""
    count = out.shape[0]
    level = s.level
    s.sounding = 1
    if level == 0:
        mixing_kernels.restart(m, s)
    position = float(s.frame)
    step = 1.0
    if s.generation == 0:
        mixing_kernels.mix_song(m, q, s.frame, out)
        blend(m, q, s, q.mix, s.frame, out)
    else:
        ring = s.ring
        index = s.read % RING_FRAMES
        position = position_in(m, ring, index)
        step = ring_step(m, s)
        mixing_kernels.mix_ring(m, q, ring, index, position, step, out)
        blend(m, q, s, m.ring_mix + ring * RING_FRAMES * 8, index, out)
    direction = -1 if down else (1 if level < q.fade_frames else 0)
    if direction != 0:
        for t in range(count):
            numerator = level + 1 + t if direction > 0 else level - 1 - t
            gain = np.float32(numerator / q.fade_frames)
            out[t, 0] *= gain
            out[t, 1] *= gain
        s.level = level + direction * count
    mixing_kernels.finish(m, q, out)
    s.tail = q.latency
    if q.logging:
        log(m, s, count, level, direction)
    if s.scrubbing == 0:
        click_on_beats(m, q, s, position, step, out)
    tell(m, q, s, position, step, count)
    advance(m, s, count)


@compiled
def _silence(m: Any, s: Any, q: Any, out: Any) -> int:
    for t in range(out.shape[0]):
        out[t, 0] = 0.0
        out[t, 1] = 0.0
    here = q.song != 0 and q.song == carray(_integers_at(m.control), (4,))[GATE]
    if s.tail > 0 and here:
        mixing_kernels.finish(m, q, out)
        s.tail -= out.shape[0]
    elif s.sounding:
        s.sounding = 0
        if here:
            mixing_kernels.clear_meters(m)
    finish_click(m, q, s, out)
    return out.shape[0]


@compiled
def _move(m: Any, q: Any, s: Any, frame: int) -> None:
    """Go to that frame of the song."""
    s.frame = frame
    s.origin = frame
    s.return_to = -1
    s.serial = q.serial
    tell(m, q, s, float(frame), 1.0, 0)
