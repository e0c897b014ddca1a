"""What happens inside the audio callback: which frames of the song come next, and the fades around every jump.

One thread (the output's) calls `Transport.fill`; any other thread may replace `request` and read `position`. The two
sides share only references to immutable objects, so neither ever waits for the other.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.mixing.settings import MixSettings

FADE_S: Final = 0.005
"""Duration of the fades at start, pause, seek and the ends of a loop."""

_CLOCK_SMOOTHING: Final = 0.05
_CLOCK_JUMP_S: Final = 0.1


class Clearable(Protocol):
    """What the transport needs of `app.mixing.mixer.Meters`."""

    def clear(self) -> None:
        """Fall to silence."""


class Renderer(Protocol):
    """What the transport needs of `app.mixing.mixer.Mixer`."""

    @property
    def settings_in_force(self) -> MixSettings:
        """The mix that the last render used."""

    @property
    def meters(self) -> Clearable:
        """What shows the levels."""

    def reset(self) -> None:
        """Forget the filters' past; parameters are at their targets in the next render."""

    def render(self, start: int, frames: int, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Write song frames `start` to `start + frames` into `out`, float32 `(frames, 2)`."""


@dataclass(frozen=True)
class Request:
    """What the transport shall do. A new `serial` asks for a jump to `frame`; `loop` is half-open, in song frames."""

    playing: bool = False
    serial: int = 0
    frame: int = 0
    loop: tuple[int, int] | None = None


@dataclass(frozen=True)
class BlockRecord:
    """One contiguous piece of what was played, for tests that compare a recording with `Mixer.render`.

    `restarted`: the mixer was reset before it. `gain` is the fade that was applied, float32 `(frames,)`, None for 1.
    """

    stream_frame: int
    song_frame: int
    frames: int
    settings: MixSettings
    restarted: bool
    gain: NDArray[np.float32] | None


@dataclass(frozen=True)
class _Heard:
    """Frame `start` is heard at `at_s`, what follows it up to `stop` is on its way; `origin` is the last jump's end."""

    serial: int
    origin: int
    start: int
    stop: int
    at_s: float


class Transport:
    """Reads a song through its mixer, block by block."""

    def __init__(self, renderer: Renderer, rate: int, frames: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` in Hz and `frames` are the song's; `clock` gives seconds."""
        self.request = Request()
        self.log: deque[BlockRecord] | None = None
        self._renderer = renderer
        self._rate = rate
        self._frames = frames
        self._clock = clock
        self._fade_frames = max(1, round(FADE_S * rate))
        self._ramp = (np.arange(self._fade_frames + 1) / self._fade_frames).astype(np.float32)
        self._ended: Request | None = None
        self._serial = 0
        self._frame = 0
        self._origin = 0
        self._level = 0  # of the fade: 0 is silent, _fade_frames is full
        self._sounding = False
        self._stream_frame = 0
        self._next_at_s = clock() - 2 * _CLOCK_JUMP_S  # far enough off for the first block to set it
        self._return_to: int | None = None  # the loop's start while fading out at its end
        self._heard = _Heard(0, 0, 0, 0, 0.0)

    @property
    def playing(self) -> bool:
        """True until paused or until the end of the song has been handed to the output."""
        request = self.request
        return request.playing and self._ended is not request

    @property
    def shortest_loop_frames(self) -> int:
        """A loop must leave room for its two fades."""
        return 4 * self._fade_frames

    @property
    def silent(self) -> bool:
        """True if nothing sounds and nothing is asked to."""
        return self._level == 0 and not self.playing

    @property
    def position(self) -> int:
        """The song frame that is heard now; right after a seek its target, never a frame before it."""
        request, heard = self.request, self._heard
        if request.serial != heard.serial:
            return request.frame
        frame = heard.start + int((self._clock() - heard.at_s) * self._rate)
        return min(max(frame, heard.origin), heard.stop)

    @property
    def rendered_position(self) -> int:
        """The song frame that the next block starts with: ahead of `position` by the latency."""
        request = self.request
        return request.frame if request.serial != self._serial else self._frame

    def fill(self, out: NDArray[np.float32], delay_s: float) -> None:
        """Write the next block into `out`, float32 `(n, 2)`, which will be heard `delay_s` from now."""
        request = self.request
        self._follow_clock(self._clock() + delay_s)
        done = 0
        while done < len(out):
            count = self._segment(request, out[done:])
            self._stream_frame += count
            self._next_at_s += count / self._rate
            done += count

    def _follow_clock(self, measured_s: float) -> None:
        """When the next frame is heard, without the callback's jitter: a first-order loop on the expected time."""
        error_s = measured_s - self._next_at_s
        self._next_at_s += error_s if abs(error_s) > _CLOCK_JUMP_S else _CLOCK_SMOOTHING * error_s

    def _segment(self, request: Request, out: NDArray[np.float32]) -> int:
        """Write one piece without a jump in it; returns its number of frames, 0 after a mere change of state."""
        jumping = request.serial != self._serial
        if self._frame >= self._frames and (jumping or self._return_to is not None):
            self._level = 0
        if self._level == 0 and jumping:
            self._move(request.frame, request.serial)
            return 0
        if self._level == 0 and self._return_to is not None:
            self._move(self._return_to, self._serial)
            return 0
        if self._level == 0 and not request.playing:
            return self._silence(out)
        if self._frame >= self._frames:
            self._level = 0
            self._ended = request
            return self._silence(out)
        tail = self._frames
        if request.loop is not None and self._frame <= request.loop[1] and self._return_to is None:
            tail = request.loop[1] - self._fade_frames
            if self._frame >= tail:
                self._return_to = request.loop[0]
                return 0
        down = jumping or not request.playing or self._return_to is not None
        room = self._level if down else (self._fade_frames - self._level) or len(out)
        count = min(len(out), room, (self._frames if down else tail) - self._frame)
        self._render(out[:count], down)
        return count

    def _render(self, out: NDArray[np.float32], down: bool) -> None:
        """Render and fade one piece; during a fade it is no longer than the fade."""
        count, level = len(out), self._level
        self._sounding = True
        restarted = level == 0
        if restarted:
            self._renderer.reset()
        self._renderer.render(self._frame, count, out)
        gain: NDArray[np.float32] | None = None
        if down:
            gain = self._ramp[level - count : level][::-1]
            self._level -= count
        elif level < self._fade_frames:
            gain = self._ramp[level + 1 : level + count + 1]
            self._level += count
        if gain is not None:
            np.multiply(out, gain[:, np.newaxis], out=out)
        if self.log is not None:
            settings = self._renderer.settings_in_force
            self.log.append(BlockRecord(self._stream_frame, self._frame, count, settings, restarted, gain))
        self._heard = _Heard(self._serial, self._origin, self._frame, self._frame + count, self._next_at_s)
        self._frame += count

    def _silence(self, out: NDArray[np.float32]) -> int:
        out.fill(0.0)
        if self._sounding:
            self._sounding = False
            self._renderer.meters.clear()
        return len(out)

    def _move(self, frame: int, serial: int) -> None:
        self._frame = self._origin = frame
        self._return_to = None
        self._heard = _Heard(serial, frame, frame, frame, self._next_at_s)
        self._serial = serial
