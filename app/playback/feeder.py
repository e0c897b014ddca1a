"""Strips prepared ahead of the audio callback, at another speed, pitch or sample rate, by a thread that may wait.

What is prepared are the stems as they were estimated and what they leave of the mix, each frame with its place in the
song; the callback weighs and mixes them when they are due, so that activations, faders and equalizers answer as fast as
ever. Two rings take turns: while one is played,
the other is filled for the next seek, speed or pitch (a new *generation*), and the callback changes over with a fade.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.events import Event
from app.mixing.settings import MixSettings
from app.playback.layout import RING_FRAMES
from app.playback.memory import publish_fence
from app.playback.mixing_kernels import STRIPS, StripReader
from app.playback.stretch import Stretcher
from app.playback.transport import FADE_S
from app.song.coverage import Spans

if TYPE_CHECKING:
    from app.mixing.mixer import Mixer
    from app.playback.engine import Engine
    from app.song.song import Song

Samples = NDArray[np.float32]

AHEAD_S: Final = 0.4
"""How much is prepared at most."""

_READY_S: Final = 0.12
_CHANNELS: Final = 2 * STRIPS
_RESAMPLED_AT_ONCE: Final = 1024
_IDLE_S: Final = 0.02


@dataclass(frozen=True)
class Stream:
    """What to prepare. `start` is a frame to jump to, None to go on from where playback is; rates in Hz."""

    generation: int
    mixer: "Mixer"
    song_rate: int
    rate: int
    tempo: float
    transpose_semitones: float
    loop: tuple[int, int] | None
    repeat: bool
    start: int | None

    @property
    def pitch(self) -> float:
        """By which frequencies are multiplied."""
        return float(2.0 ** (self.transpose_semitones / 12.0))

    @property
    def step(self) -> float:
        """Song frames per output frame."""
        return self.tempo * self.song_rate / self.rate


class AtAnotherRate:
    """A song as the mixer sees it when its output does not run at the song's rate."""

    def __init__(self, song: "Song", rate: int) -> None:
        self.song = song
        self.rate = rate
        self.frames = song.frames
        self.activations: Samples = song.activations
        self.span_added: Event[int, int] = song.span_added

    @property
    def mix(self) -> Samples:
        """The song's own."""
        return self.song.mix

    @property
    def stems(self) -> Samples:
        """The song's own."""
        return self.song.stems

    @property
    def activation_coverage(self) -> Spans:
        """The song's own."""
        return self.song.activation_coverage


class SongReader:
    """A song's strips in the order in which they are heard: round its loop, and silence after its end.

    Frames of what is read count from 0 at `start`; what lies before is the song before it.
    """

    def __init__(self, stream: Stream, start: int, before: int) -> None:
        """Begin `before` frames ahead of song frame `start`."""
        self.end: int | None = None
        self._strips = StripReader(stream.mixer)
        self._frames = stream.mixer.frames
        self._fade = max(1, round(FADE_S * stream.song_rate))
        self._loop = stream.loop
        self._repeat = stream.repeat and self._frames > 4 * self._fade
        self._frame = start - before
        self._number = -before
        self._rising = 0  # frames left of the fade in after a turn
        # Where read frames lie in the song: from `_numbers[i]` on, at `_places[i]` and after it.
        self._numbers = [-before]
        self._places = [start - before]

    def read(self, count: int) -> Samples:
        """The next frames, float32 `(14, count)`: left and right of each strip."""
        parts = np.zeros((STRIPS, count, 2), np.float32)
        done = 0
        while done < count:
            done += self._piece(parts[:, done:])
        return np.ascontiguousarray(parts.transpose(0, 2, 1)).reshape(_CHANNELS, count)

    def places(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The song positions of read frames, fractions included."""
        index = np.searchsorted(self._numbers, numbers, side="right") - 1
        places = np.array(self._places, np.float64)[index] + numbers - np.array(self._numbers, np.float64)[index]
        return np.minimum(places, self._frames)

    def _piece(self, out: Samples) -> int:
        """Read up to the next turn; returns how many frames."""
        if self._frame < 0:
            count = min(out.shape[1], -self._frame)
        elif self._frame >= self._frames:
            if self.end is None:
                self.end = self._number
            count = out.shape[1]
        else:
            turn, target = self._turn()
            if self._frame >= turn:
                self._go(target)
                return 0
            count = min(out.shape[1], turn - self._frame)
            self._read_song(out[:, :count], turn if target is not None else None)
        self._frame += count
        self._number += count
        return count

    def _turn(self) -> tuple[int, int | None]:
        """The frame at which reading goes on elsewhere, and where; the song's end and None if it does not."""
        if self._loop is not None and self._number >= 0 and self._frame <= self._loop[1]:
            return self._loop[1], self._loop[0]
        return (self._frames, 0) if self._repeat and self._number >= 0 else (self._frames, None)

    def _read_song(self, out: Samples, turn: int | None) -> None:
        count = out.shape[1]
        block = np.empty((STRIPS, count, 2), np.float32)
        self._strips.read(self._frame, block)
        gain = np.ones(count, np.float32)
        if self._rising > 0:
            steps = self._fade - self._rising + 1 + np.arange(min(count, self._rising))
            gain[: len(steps)] = steps / self._fade
            self._rising -= len(steps)
        if turn is not None:
            gain *= np.clip((turn - 1 - self._frame - np.arange(count)) / self._fade, 0.0, 1.0).astype(np.float32)
        np.multiply(block, gain[:, np.newaxis], out=out)

    def _go(self, target: int | None) -> None:
        self._frame = target or 0
        self._rising = self._fade
        self._numbers.append(self._number)
        self._places.append(self._frame)


class Chain:
    """From the song to output frames: read, stretch, resample."""

    def __init__(self, stream: Stream, start: int) -> None:
        self._stream = stream
        self._made = 0
        ratio = stream.pitch / stream.tempo
        self._stretcher: Stretcher | None = None
        if stream.tempo != 1.0 or stream.transpose_semitones != 0.0:
            lead = Stretcher.lead(stream.song_rate, ratio)
            self.reader = SongReader(stream, start, lead)
            self._stretcher = Stretcher(_CHANNELS, stream.song_rate, ratio, self.reader.read)
        else:
            self.reader = SongReader(stream, start, 0)
        self._resampler: soxr.ResampleStream | None = None
        if stream.pitch * stream.song_rate != stream.rate:
            self._resampler = soxr.ResampleStream(
                stream.song_rate * stream.pitch, stream.rate, _CHANNELS, dtype="float32", quality="HQ"
            )

    def next_block(self) -> tuple[Samples, NDArray[np.float64]]:
        """Some more output frames, float32 `(n, 14)`, maybe none, and their places in the song."""
        if self._stretcher is not None:
            block = self._stretcher.next_hop(_heard(self._stream.mixer.settings)).T
        else:
            block = self.reader.read(_RESAMPLED_AT_ONCE).T
        if self._resampler is not None:
            block = self._resampler.resample_chunk(np.ascontiguousarray(block))
        numbers: NDArray[np.float64] = (self._made + np.arange(len(block), dtype=np.float64)) * self._stream.step
        self._made += len(block)
        return block, self.reader.places(numbers)

    @property
    def end(self) -> int | None:
        """The output frame at which the song has ended, once that is known."""
        return None if self.reader.end is None else math.ceil(self.reader.end / self._stream.step)


def _heard(mix: MixSettings) -> Samples:
    """How loud each strip is heard, float32 `(7,)`; all alike if none is."""
    pairs = zip(mix.strips, mix.audible, strict=True)
    gains = np.array([db_to_linear(strip.gain_db) if audible else 0.0 for strip, audible in pairs], np.float32)
    return gains if gains.any() else np.ones(len(gains), np.float32)


class Feeder:
    """The thread. It prepares the newest stream that was wanted."""

    def __init__(self, engine: "Engine", failed: Callable[[str], None]) -> None:
        """`failed` is told in words, on the thread, why nothing can be prepared any more."""
        self._engine = engine
        self._failed = failed
        self._change = threading.Condition()
        self._wanted: Stream | None = None
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._thread.start()

    def want(self, stream: Stream | None) -> None:
        """Prepare this from now on; None for nothing."""
        with self._change:
            self._wanted = stream
            self._change.notify_all()

    def release(self) -> None:
        """Want nothing; returns when no song is read any more."""
        with self._change:
            self._wanted = None
            self._change.notify_all()
            self._change.wait_for(lambda: not self._busy)

    def close(self) -> None:
        """End the thread. Idempotent."""
        with self._change:
            self._closed = True
            self._wanted = None
            self._change.notify_all()
        self._thread.join()

    def _run(self) -> None:
        done: Stream | None = None
        while True:
            with self._change:
                self._busy = False
                self._change.notify_all()
                self._change.wait_for(lambda: self._closed or self._wanted is not done)  # noqa: B023 (at once)
                if self._closed:
                    return
                done = stream = self._wanted
                self._busy = stream is not None
            if stream is not None:
                try:
                    self._prepare(stream)
                except Exception as error:
                    self._failed(f"the song cannot be stretched: {type(error).__name__}: {error}")
                del stream
                done = done if self._wanted is done else None

    def _prepare(self, stream: Stream) -> None:
        """Fill a ring with the stream until another one is wanted."""
        start = self._engine.rendered_position if stream.start is None else stream.start
        ring = Ring(self._engine, stream)
        chain = Chain(stream, start)
        ready_at = round(_READY_S * stream.rate)
        ahead = min(RING_FRAMES * 3 // 4, round(AHEAD_S * stream.rate))
        shown = False
        while self._wanted is stream:
            written = ring.written
            full = ring.ahead >= ahead or (chain.end is not None and written >= chain.end)
            if not shown and (full or (written >= ready_at and self._has_caught_up(stream, ring))):
                ring.show()
                shown = True
            if full:
                with self._change:
                    self._change.wait_for(lambda: self._wanted is not stream, _IDLE_S)
                continue
            ring.write(*chain.next_block())
            if chain.end is not None:
                ring.finish(chain.end)

    def _has_caught_up(self, stream: Stream, ring: "Ring") -> bool:
        """Whether playback, which went on meanwhile, can go on in the ring."""
        if stream.start is not None or not self._engine.playing:
            return True
        return ring.last_place >= self._engine.rendered_position + _READY_S / 2 * stream.song_rate


class Ring:
    """One of the engine's two rings, the one that is not being read."""

    def __init__(self, engine: "Engine", stream: Stream) -> None:
        """Take it: nothing in it is to be played until `show`."""
        self._engine = engine
        self._stream = stream
        while True:
            self._index = 1 - engine.state("ring")
            self._head = engine.rings[self._index]
            self._head["generation"] = 0
            publish_fence()
            if engine.state("ring") != self._index:
                break
        self._head["written"] = 0
        self._head["end"] = -1
        self._head["step"] = stream.step
        self.written = 0
        self.last_place = -math.inf

    @property
    def ahead(self) -> int:
        """Frames that have not been read yet."""
        engine = self._engine
        reading = engine.state("ring") == self._index and engine.state("generation") == self._stream.generation
        return self.written - (engine.state("read") if reading else 0)

    def write(self, block: Samples, places: NDArray[np.float64]) -> None:
        """Append output frames, `(n, 14)`, at these places of the song."""
        done = 0
        while done < len(block):
            index = self.written % RING_FRAMES
            count = min(len(block) - done, RING_FRAMES - index)
            strips = block[done : done + count].reshape(count, STRIPS, 2)
            target = slice(index, index + count)
            self._engine.ring_mix[self._index, target] = strips.sum(axis=1)
            self._engine.ring_stems[self._index, :, target] = strips[:, :-1].transpose(1, 0, 2)
            self._engine.ring_positions[self._index, target] = places[done : done + count]
            self.last_place = float(places[done + count - 1])
            done += count
            self.written += count
            publish_fence()
            self._head["written"] = self.written

    def finish(self, end: int) -> None:
        """The song ends at that output frame."""
        if self.written >= end:
            self._head["end"] = end

    def show(self) -> None:
        """Let the callback play it."""
        publish_fence()
        self._head["generation"] = self._stream.generation
