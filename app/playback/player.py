"""The player: one song, its mixer, a transport and an output."""

import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.events import Event
from app.mixing.settings import MixSettings
from app.playback.output import OpenOutput, Output, OutputSettings, list_devices, look_for_devices_again, open_output
from app.playback.prefetch import Prefetch, touch
from app.playback.transport import BlockRecord, Request, Transport

if TYPE_CHECKING:
    from app.mixing.mixer import Meters, Mixer
    from app.song.song import Song

_LONGEST_FADE_WAIT_S = 0.25


class Player:
    """Plays a song live through a `Mixer`. Control it from one thread; `position` and `meters` may be read anywhere.

    `failed` tells in a sentence that the output stopped by itself; it is emitted on a thread of the output. Playback
    is paused then, and the next `play` opens the output again.
    """

    def __init__(self, output: OutputSettings | None = None, open_output: OpenOutput = open_output) -> None:
        """`open_output` makes the output; tests put a deterministic one there."""
        self.failed: Event[[str]] = Event()
        self._settings = output or OutputSettings()
        self._open_output = open_output
        self._output: Output | None = None
        self._output_rate = 0
        self._broken = False
        self._song: Song | None = None
        self._mixer: Mixer | None = None
        self._mix = MixSettings()
        self._transport: Transport | None = None
        self._rendering = False
        self._request_lock = threading.Lock()
        self._log: deque[BlockRecord] | None = None
        self._prefetch = Prefetch()

    def warm_up(self) -> None:
        """Do what makes the first `load` slow (loading PortAudio, compiling the kernel), on a worker thread."""
        from app.mixing.mixer import warm_up

        list_devices()
        warm_up()

    def load(self, song: "Song", mix: MixSettings) -> None:
        """Be ready to play this song from its start, paused. The song must stay open until `unload`."""
        from app.mixing.mixer import Mixer

        self.unload()
        self._song, self._mix = song, mix
        self._mixer = Mixer(song, mix)
        transport = Transport(self._mixer, song.rate, song.frames)
        transport.log = self._log
        self._transport = transport
        self._prefetch.follow(song, lambda: transport.rendered_position)
        self._ensure_output()

    def unload(self) -> None:
        """Stop and let go of the song: afterwards nothing here reads its arrays. The output stays open, silent."""
        self._pause_and_wait()
        self._transport = None
        while self._rendering:
            time.sleep(0.001)
        self._prefetch.release()
        self._song = self._mixer = None

    def close(self) -> None:
        """Unload and close the output. Idempotent."""
        self.unload()
        self._close_output()
        self._prefetch.close()

    # transport

    def play(self) -> None:
        """Play on; from the start if the song is at its end. Does nothing without a song."""
        transport = self._transport
        if transport is None:
            return
        if self._output is not None and self._output.silent:
            self._broken = True  # there may be a device by now
        self._ensure_output()
        self._read_ahead(transport.rendered_position)
        at_end = transport.rendered_position >= self._frames
        self._request(playing=True, jump=0 if at_end else None)

    def pause(self) -> None:
        """Fade out and stay there."""
        self._request(playing=False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def stop(self) -> None:
        """Pause and go to the start of the song."""
        self._request(playing=False, jump=0)

    def seek(self, frame: int) -> None:
        """Go to that song frame, limited to the song; plays on if it was playing."""
        frame = min(max(int(frame), 0), self._frames)
        self._read_ahead(frame)
        self._request(playing=self.playing, jump=frame)

    @property
    def loop(self) -> tuple[int, int] | None:
        """The half-open range of song frames that is played round and round, None for none."""
        return self._transport.request.loop if self._transport else None

    @loop.setter
    def loop(self, frames: tuple[int, int] | None) -> None:
        """Set or clear it. A range outside the song or shorter than 20 ms is none."""
        transport = self._transport
        if transport is None:
            return
        if frames is not None:
            frames = max(0, frames[0]), min(self._frames, frames[1])
            if frames[1] - frames[0] < transport.shortest_loop_frames:
                frames = None
        with self._request_lock:
            transport.request = replace(transport.request, playing=transport.playing, loop=frames)

    @property
    def playing(self) -> bool:
        """True from `play` until `pause`, `stop` or the end of the song."""
        return self._transport is not None and self._transport.playing

    @property
    def position(self) -> int:
        """The song frame heard now (the output's latency is accounted for), never before the target of a seek."""
        return self._transport.position if self._transport else 0

    # mix and output

    @property
    def mix(self) -> MixSettings:
        """The mix that is played."""
        return self._mix

    @mix.setter
    def mix(self, mix: MixSettings) -> None:
        self._mix = mix
        if self._mixer is not None:
            self._mixer.settings = mix

    @property
    def meters(self) -> "Meters | SilentMeters":
        """The mixer's meters; all zero without a song."""
        return self._mixer.meters if self._mixer else SilentMeters()

    @property
    def output(self) -> OutputSettings:
        """What `set_output` was given."""
        return self._settings

    def set_output(self, settings: OutputSettings) -> None:
        """Play through another device or at another latency from now on, at the same position."""
        playing = self.playing
        self._pause_and_wait()
        self._settings = settings
        self._close_output()
        look_for_devices_again()
        if self._transport is not None:
            self._ensure_output()
            if playing:
                self.play()

    @property
    def device_line(self) -> str:
        """One line for the status bar: device, rate and latency, or why there is none. Empty until a song is loaded."""
        return self._output.line if self._output else ""

    @property
    def dropouts(self) -> int:
        """How often the output ran empty since it was opened."""
        return self._output.dropouts if self._output else 0

    def log_blocks(self, log: deque[BlockRecord] | None) -> None:
        """Append a record of everything that is rendered to `log` from now on; None ends it. For tests."""
        self._log = log
        if self._transport is not None:
            self._transport.log = log

    @property
    def _frames(self) -> int:
        return self._song.frames if self._song else 0

    def _request(self, playing: bool, jump: int | None = None) -> None:
        transport = self._transport
        if transport is None:
            return
        with self._request_lock:
            old = transport.request
            if jump is None:
                transport.request = replace(old, playing=playing)
            else:
                transport.request = Request(playing, old.serial + 1, jump, old.loop)
        if jump is not None:
            self._prefetch.jump()

    def _pause_and_wait(self) -> None:
        """Pause; returns when the fade has been handed to the output."""
        self.pause()
        transport, deadline_s = self._transport, time.monotonic() + _LONGEST_FADE_WAIT_S
        while transport is not None and not transport.silent and time.monotonic() < deadline_s:
            time.sleep(0.002)

    def _read_ahead(self, frame: int) -> None:
        """Read what the next blocks need, here and now."""
        if self._song is not None:
            touch(self._song, frame, self._song.rate // 4)

    def _ensure_output(self) -> None:
        """An output at the song's rate that works."""
        assert self._song is not None
        if self._output is None or self._broken or self._output_rate != self._song.rate:
            again = self._broken
            self._close_output()
            if again:
                look_for_devices_again()
            self._output_rate = self._song.rate
            self._output = self._open_output(self._settings, self._song.rate, self._render, self._stopped)

    def _close_output(self) -> None:
        if self._output is not None:
            self._output.close()
        self._output, self._broken = None, False

    def _render(self, out: NDArray[np.float32], delay_s: float) -> None:
        """The output's thread: fill one block."""
        self._rendering = True  # before the transport is read: `unload` looks at the two in the opposite order
        try:
            transport = self._transport
            if transport is None:
                out.fill(0.0)
            else:
                transport.fill(out, delay_s)
        finally:
            self._rendering = False

    def _stopped(self, reason: str) -> None:
        """A thread of the output: it has stopped by itself."""
        self._broken = True
        self._request(playing=False)
        self.failed.emit(f"The sound stopped ({reason}), press Play to try again.")


class SilentMeters:
    """Meters of nothing, with the shape of the mixer's."""

    def __init__(self) -> None:
        self.peak = np.zeros((8, 2), np.float32)
        self.rms = np.zeros((8, 2), np.float32)
        self.clipped = False

    def take_peak(self) -> NDArray[np.float32]:
        """Zeros `(8, 2)`."""
        return self.peak

    def reset_clip(self) -> None:
        """Nothing to reset."""
