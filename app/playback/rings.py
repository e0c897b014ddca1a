"""Reading the rings in which a thread has prepared strips, inside the audio callback. Compiled by numba."""

from typing import Any, Final

from app.playback.layout import RING, RING_FRAMES, RINGS
from app.playback.memory import carray, compiled, fence, pointer_to, record_at, types

_RING_BYTES: Final = RING.itemsize

ring_at = record_at(RING)
_floats_at = pointer_to(types.float64)


@compiled
def position_in(m: Any, ring: int, index: int) -> float:
    """The song position of a frame in a ring."""
    positions = carray(_floats_at(m.ring_positions), (RINGS, RING_FRAMES))
    return positions[ring, index]


@compiled
def left_of(m: Any, q: Any, s: Any) -> Any:
    """How many output frames are there to be played, and whether the song's end is reached."""
    if s.generation == 0:
        return q.frames - s.frame, s.frame >= q.frames
    ring = ring_at(m.rings + s.ring * _RING_BYTES)
    end = ring.end
    written = ring.written
    fence()
    if end >= 0:
        return min(end - s.read, RING_FRAMES - s.read % RING_FRAMES), s.read >= end
    return min(written - s.read, RING_FRAMES - s.read % RING_FRAMES), False


@compiled
def starving(m: Any, q: Any, s: Any, left: int) -> bool:
    """Whether the ring is about to run empty: there is only enough to fade out, or not enough to begin again."""
    if s.generation == 0:
        return False
    ring = ring_at(m.rings + s.ring * _RING_BYTES)
    ahead = ring.written - s.read
    if ring.end >= 0 or ahead > (q.fade_frames if s.level > 0 else 4 * q.fade_frames):
        s.starving = 0
        return False
    if s.starving == 0 and s.level > 0:
        s.starved += 1
        s.starving = 1
    if left == 0:
        s.level = 0
    return True


@compiled
def ring_of(m: Any, q: Any) -> int:
    """Where the generation that is asked for can be read: a ring, RINGS for the song itself, -1 for nowhere yet."""
    if q.generation == 0:
        return RINGS
    for ring in range(RINGS):
        if ring_at(m.rings + ring * _RING_BYTES).generation == q.generation:
            return ring
    return -1


@compiled
def contiguous(m: Any, s: Any, count: int) -> int:
    """How many of the ring's next frames there are up to a turn of the loop."""
    step = ring_step(m, s)
    index = s.read % RING_FRAMES
    for t in range(1, count):
        if abs(position_in(m, s.ring, index + t) - position_in(m, s.ring, index + t - 1) - step) > step:
            return t
    return count


@compiled
def _nearest(m: Any, ring: int, count: int, position: float) -> int:
    """The output frame among the first `count` of a ring that is closest to a song position."""
    best = 0
    distance = abs(position_in(m, ring, 0) - position)
    for index in range(1, count):
        other = abs(position_in(m, ring, index) - position)
        if other < distance:
            best = index
            distance = other
    return best


@compiled
def enter(m: Any, q: Any, s: Any, target: int, position: float) -> bool:
    """Read that ring from now on, where it is nearest to a song position, or from its start if that is negative.

    False if the ring was taken away at this very moment.
    """
    before = s.ring
    s.ring = target
    fence()
    ring = ring_at(m.rings + target * _RING_BYTES)
    if ring.generation != q.generation:
        s.ring = before
        return False
    s.generation = q.generation
    s.read = 0
    s.starving = 0
    if position >= 0.0:
        s.read = _nearest(m, target, min(ring.written, RING_FRAMES) - 4 * q.fade_frames, position)
    return True


@compiled
def ring_step(m: Any, s: Any) -> float:
    """Song frames per output frame of the ring that is read."""
    return ring_at(m.rings + s.ring * _RING_BYTES).step


@compiled
def place_of_next(m: Any, s: Any) -> float:
    """The song position of the frame that comes next, be it in a ring or in the song."""
    if s.generation != 0 and s.read < ring_at(m.rings + s.ring * _RING_BYTES).written:
        return position_in(m, s.ring, s.read % RING_FRAMES)
    return float(s.frame)


@compiled
def advance(m: Any, s: Any, count: int) -> None:
    """Go on by that many output frames."""
    if s.generation == 0:
        s.frame += count
        return
    s.read += count
    last = position_in(m, s.ring, (s.read - 1) % RING_FRAMES)
    s.frame = int(last + ring_step(m, s) + 0.5)
