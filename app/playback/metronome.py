"""Clicks on the beats of a song and before it, mixed in behind everything else. Compiled by numba."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.playback.layout import RING_FRAMES
from app.playback.memory import carray, compiled, pointer_to, types
from app.playback.rings import position_in

CLICK_S: Final = 0.03
_HERTZ: Final = (1000.0, 1500.0)  # of a beat, of the first in a bar
_DECAY_S: Final = 0.006
_RISE_S: Final = 0.0005

samples_at, integers_at = pointer_to(types.float32), pointer_to(types.int64)


def click_sounds(rate: int) -> NDArray[np.float32]:
    """A beat and a bar's first beat, float32 `(2, n)`, at most 1: sines that start softly and die away."""
    time_s = np.arange(round(CLICK_S * rate)) / rate
    envelope = np.minimum(time_s / _RISE_S, 1.0) * np.exp(-time_s / _DECAY_S) * (1.0 - time_s / CLICK_S)
    return np.stack([envelope * np.sin(2 * np.pi * hertz * time_s) for hertz in _HERTZ]).astype(np.float32)


@compiled
def _click(m: Any, q: Any, s: Any, out: Any, t: int) -> None:
    """Add the next sample of the click that sounds."""
    value = np.float32(q.click_gain * carray(samples_at(m.clicks), (2, m.click_frames))[s.accent, s.click])
    out[t, 0] += value
    out[t, 1] += value
    s.click += 1
    if s.click >= m.click_frames:
        s.click = -1


@compiled
def finish_click(m: Any, q: Any, s: Any, out: Any) -> None:
    """Let a click that has begun die away over silence."""
    for t in range(out.shape[0]):
        if s.click < 0:
            return
        _click(m, q, s, out, t)


@compiled
def counting(q: Any, s: Any) -> bool:
    """Whether beats are to be counted before the song begins."""
    if q.count_in != s.counted:
        s.counted = q.count_in
        s.count_left = q.count_in_frames
        s.next_click = 0.0
        s.count_beat = 0
    return s.count_left > 0


@compiled
def count_in(m: Any, q: Any, s: Any, out: Any) -> int:
    """Silence with the clicks before the song; returns its length in frames."""
    count = min(out.shape[0], s.count_left)
    for t in range(count):
        out[t, 0] = 0.0
        out[t, 1] = 0.0
        if s.next_click < 0.5:
            s.next_click += q.count_in_period
            s.click = 0
            s.accent = 1 if s.count_beat % q.beats_per_bar == 0 else 0
            s.count_beat += 1
        s.next_click -= 1.0
        if s.click >= 0:
            _click(m, q, s, out, t)
    s.count_left -= count
    return count


@compiled
def _beat_from(beats: Any, count: int, position: float) -> int:
    """Index of the first beat that does not lie before a position (binary search)."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if beats[middle] < position:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def click_on_beats(m: Any, q: Any, s: Any, position: float, step: float, out: Any) -> None:
    """Add a click at every beat in a piece that begins at this song position."""
    if not q.metronome and s.click < 0:
        return
    beats = carray(integers_at(q.beats), (q.beat_count,))
    for t in range(out.shape[0]):
        if q.metronome and q.beat_count > 0:
            here = position + t
            if s.generation != 0:
                here = position_in(m, s.ring, (s.read + t) % RING_FRAMES)
            if not 0.0 <= here - s.beat_position <= 2.0 * step:
                s.beat = _beat_from(beats, q.beat_count, here)
            s.beat_position = here
            if s.beat < q.beat_count and beats[s.beat] <= here:
                s.click = 0
                s.accent = 1 if (s.beat + q.bar_phase) % q.beats_per_bar == 0 else 0
                s.beat += 1
        if s.click >= 0:
            _click(m, q, s, out, t)
