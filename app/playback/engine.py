"""The Python side of the audio callback: its memory, the requests put there, and what can be read out of it."""

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.mixing.loudness_kernel import k_weighting
from app.mixing.mixer import Wanted
from app.mixing.settings import MixSettings
from app.playback import layout, mixing_kernels
from app.playback.callback import SCRATCH_FRAMES, Callback
from app.playback.compare import CROSSFADE_S, MEMORY_S
from app.playback.history import position_at
from app.playback.layout import (
    CALL,
    ENTERED,
    GATE,
    HISTORY,
    LEFT,
    LOG,
    LOG_ROWS,
    PIECE,
    REQUEST,
    RING,
    RING_FRAMES,
    RINGS,
    SEQUENCE,
    STATE,
    TABLE,
    TIMES,
)  # fmt: skip
from app.playback.memory import publish
from app.playback.metronome import click_sounds
from app.playback.settings import MetronomeSettings
from app.playback.transport import FADE_S

if TYPE_CHECKING:
    from app.mixing.mixer import Mixer

GRAIN_S = 0.06
"""Duration of the grains that are heard while scrubbing."""

HIGHEST_RATE = 768_000
_LONG_AGO_S = -1e9


@dataclass(frozen=True)
class BlockRecord:
    """One contiguous piece of what was played, for tests that compare a recording with `Mixer.render`.

    `settings` and `glide_frames` are the mix in force and how long it takes from the one before. `restarted`: the mixer
    was reset before it. `gain` is the fade that was applied, float32 `(frames,)`, None for 1. `prepared`: the piece
    came out of the stretched or resampled strips; `song_frame` is rounded then.
    """

    stream_frame: int
    song_frame: int
    frames: int
    settings: MixSettings
    glide_frames: int
    restarted: bool
    gain: NDArray[np.float32] | None
    prepared: bool = False


class Engine:
    """Everything that the callback works on. Calling the engine renders a block, as an output without PortAudio does.

    Requests may be made on any thread. `clock` gives the time in which blocks are said to be heard; the player puts the
    output's clock there.
    """

    def __init__(self) -> None:
        self.callback = Callback()
        self._kernels = mixing_kernels.compile_kernels()
        self.clock: Callable[[], float] = time.monotonic
        self._lock = threading.RLock()  # among those who make requests; the callback never takes it
        self._mixes: dict[int, Wanted] = {}
        self._kept: dict[str, object] = {}
        self._retired: list[tuple[int, object]] = []
        self._songs = 0
        self._times = np.zeros(3)
        self._make_memory()
        self.set_rate(44100, 2, 0.0)

    def _make_memory(self) -> None:
        request_words = layout.words(REQUEST)
        self._control = np.zeros(4, np.int64)
        self._shared = np.zeros(request_words + mixing_kernels.TARGETS + mixing_kernels.ARRAYS, np.int64)
        self._words = np.zeros_like(self._shared)
        self._wanted = self._words[:request_words].view(REQUEST)
        self._targets = self._words[request_words:][: mixing_kernels.TARGETS].view(np.float64)
        self._where = self._words[request_words + mixing_kernels.TARGETS :]
        self._state = np.zeros(1, STATE)
        self.rings = np.zeros(RINGS, RING)
        self.ring_mix = np.zeros((RINGS, RING_FRAMES, 2), np.float32)
        self.ring_stems = np.zeros((RINGS, mixing_kernels.STEM_COUNT, RING_FRAMES, 2), np.float32)
        self.ring_positions = np.zeros((RINGS, RING_FRAMES))
        self._pieces = np.zeros(HISTORY, PIECE)
        self._piece_number = np.zeros(2, np.int64)
        self._log = np.zeros(LOG_ROWS, LOG)
        self._clicks = np.zeros(click_sounds(HIGHEST_RATE).size, np.float32)
        self._weighting = np.zeros((2, 5))
        self._block_times = np.zeros(TIMES, np.int64)
        call = np.zeros(1, CALL)
        call["mix_function"], call["master_function"] = (kernel.address for kernel in self._kernels)
        self._arrays = {
            "control": self._control,
            "shared": self._shared,
            "staged": np.zeros_like(self._shared),
            "request": np.zeros(1, REQUEST),
            "state": self._state,
            "where": np.zeros(mixing_kernels.ARRAYS, np.int64),
            "call": call,
            "rings": self.rings,
            "ring_mix": self.ring_mix,
            "ring_stems": self.ring_stems,
            "ring_positions": self.ring_positions,
            "pieces": self._pieces,
            "piece_number": self._piece_number,
            "log": self._log,
            "clicks": self._clicks,
            "weighting": self._weighting,
            "weighting_memory": np.zeros((2, 2, 2, 2)),
            "scratch": np.zeros((SCRATCH_FRAMES, 2), np.float32),
            "block_times": self._block_times,
            "clock_value": np.zeros(2, np.int64),
        }
        self._table = np.zeros(1, TABLE)
        for name, array in self._arrays.items():
            self._table[name] = array.ctypes.data
        for name in ("mix_number", "return_to", "click", "seen"):
            self._state[name] = -1
        self._state["match_gain"] = 1.0
        self._wanted["loop_start"] = self._wanted["loop_stop"] = -1
        self._wanted["beats_per_bar"] = 1

    @property
    def callback_address(self) -> int:
        """Address of the PaStreamCallback."""
        return self.callback.address

    @property
    def table(self) -> int:
        """Address of what the callback is to be given."""
        return int(self._table.ctypes.data)

    def __call__(self, out: NDArray[np.float32], delay_s: float) -> None:
        """Fill a block, float32 `(n, 2)`, that will be heard that many seconds from now. On one thread at a time."""
        now_s = self.clock()
        self._times[1:] = now_s, now_s + delay_s
        self.callback(out, self._times, 0, self.table)

    # requests

    def set_rate(self, rate: int, channels: int, latency_s: float) -> None:
        """What the output has: frames per second, channels, and a latency for when it does not tell. Without a song."""
        sounds = click_sounds(rate)
        self._clicks[: sounds.size] = sounds.reshape(-1)
        self._table["click_frames"] = sounds.shape[1]
        self._weighting[:] = k_weighting(rate)
        self._state["next_at_s"] = self._state["underflow_at_s"] = _LONG_AGO_S  # another output has another clock
        self._request(
            rate=rate,
            channels=channels,
            output_latency_s=latency_s,
            fade_frames=max(1, round(FADE_S * rate)),
            grain_frames=round(GRAIN_S * rate),
            compare_frames=max(1, round(CROSSFADE_S * rate)),
            loudness_memory=float(np.exp(-1.0 / (MEMORY_S * rate))),
        )

    def load(self, mixer: "Mixer", frame: int) -> None:
        """Read this mixer's song from now on, from that frame, paused. Nothing may be loaded."""
        memory = mixing_kernels.Memory(mixer)
        kept, fields = _weighing(mixer)
        self._where[:] = memory.addresses
        self._songs += 1
        self._control[GATE] = self._songs
        self._request(
            keep={"song": (mixer, memory), **kept},
            song=self._songs,
            frames=mixer.frames,
            mix=mixer.mix.ctypes.data,
            stems=mixer.stems.ctypes.data,
            activation_per_frame=mixer.activation_per_frame,
            slew=mixer.slew,
            playing=0,
            frame=frame,
            serial=self.wanted("serial") + 1,
            loop_start=-1,
            loop_stop=-1,
            generation=0,
            beat_count=0,
            scrubbing=0,
            **fields,
        )
        self.change_mix(mixer)

    def change_mix(self, mixer: "Mixer") -> None:
        """Take over the mixer's settings, weights and curves, gliding there as it says."""
        wanted = mixer.wanted
        limiter = wanted.settings.limiter
        with self._lock:
            kept, fields = _weighing(mixer)
            number = self.wanted("mix_number") + 1
            if self.wanted("logging"):
                self._mixes[number] = wanted
            self._request(
                keep=kept,
                targets=wanted.targets,
                mix_number=number,
                ramp_frames=wanted.ramp_frames,
                limit=int(limiter.on),
                ceiling=db_to_linear(limiter.ceiling_dbtp),
                latency=mixer.latency_frames,
                **fields,
            )

    def change_weights(self, mixer: "Mixer") -> None:
        """Take over the mixer's weights and curves, which have changed by themselves or by an edit."""
        with self._lock:
            kept, fields = _weighing(mixer)
            self._request(keep=kept, **fields)

    def unload(self) -> None:
        """Have the callback read the song no more; it does not when this returns. What sounds is cut off."""
        self._control[GATE] = 0
        self._request(song=0, beat_count=0)
        while self._control[ENTERED] != self._control[LEFT]:
            time.sleep(0.0005)
        self._kept, self._retired = {}, []

    def change(self, **fields: float) -> None:
        """Put other fields of a request."""
        self._request(None, None, **fields)

    def play(self, playing: bool, jump: int | None = None, **fields: float) -> None:
        """A new wish to play or to be silent, with a jump to that frame."""
        with self._lock:
            fields["play_number"] = self.wanted("play_number") + 1
            if jump is not None:
                fields["serial"] = self.wanted("serial") + 1
                fields["frame"] = jump
            self._request(None, None, playing=int(playing), **fields)

    def scrub(self, frame: int | None) -> None:
        """Hear a grain at that frame, as soon as the one before has ended; None ends it."""
        with self._lock:
            if frame is None:
                self._request(scrubbing=0)
            else:
                self._request(scrubbing=1, scrub_frame=frame, scrub_number=self.wanted("scrub_number") + 1)

    def set_metronome(self, settings: MetronomeSettings, rate: int, frames: int) -> None:
        """Click like that in the song, of that rate and length, that is loaded."""
        beats, phase, per_bar = np.zeros(1, np.int64), 0, 1
        if settings.beats is not None:
            beats = settings.beats.beat_frames(rate, frames)
            phase = settings.beats.first_beat_in_bar(rate)
            per_bar = settings.beats.beats_per_bar
        self._request(
            keep={"beats": beats},
            metronome=int(settings.on),
            click_gain=db_to_linear(settings.gain_db),
            beats=beats.ctypes.data,
            beat_count=len(beats) if settings.beats is not None else 0,
            bar_phase=phase,
            beats_per_bar=per_bar,
        )

    def wanted(self, field: str) -> int:
        """A field of the newest request."""
        return int(self._wanted[field][0])

    # what has become of them

    def state(self, field: str) -> int:
        """A field of the callback's state."""
        return int(self._state[field][0])

    @property
    def playing(self) -> bool:
        """True until told otherwise or until the end of the song has been handed to the output."""
        return self.wanted("playing") != 0 and self.state("ended") != self.wanted("play_number")

    @property
    def silent(self) -> bool:
        """True if nothing sounds and nothing is asked to."""
        return self.state("level") == 0 and not self.playing

    @property
    def position(self) -> int:
        """The song frame that is heard now; right after a jump its target, never a frame before it."""
        serial, frame = self.wanted("serial"), self.wanted("frame")
        heard = position_at(self._pieces, self._piece_number, self.clock(), float(self._wanted["rate"][0]), serial)
        return frame if heard < 0.0 else min(int(heard), self.wanted("frames"))

    @property
    def rendered_position(self) -> int:
        """The song frame that the next block starts with: ahead of `position` by the latency."""
        jumping = self.wanted("serial") != self.state("serial")
        return self.wanted("frame") if jumping else self.state("frame")

    @property
    def underflows(self) -> int:
        """How often the output said that it ran empty, or a prepared stream did."""
        return self.state("underflows") + self.state("starved")

    def start_log(self) -> None:
        """Write down every piece from now on, the last 16384."""
        with self._lock:
            self._log_start = self.state("logged")
            song = self._kept.get("song")
            now = song[0].wanted if isinstance(song, tuple) else Wanted(MixSettings(), self._targets, 1)
            self._mixes = {self.wanted("mix_number"): now, self.state("mix_number"): now}
            self._request(logging=1)

    def stop_log(self) -> list[BlockRecord]:
        """Stop writing; what was written."""
        self._request(logging=0)
        stop = self.state("logged")
        rows = [self._log[row % LOG_ROWS] for row in range(max(self._log_start, stop - LOG_ROWS), stop)]
        return [self._record(row) for row in rows]

    def start_timing(self) -> None:
        """Write down how long each block takes, the last 32768. On Linux and macOS, where C has `clock_gettime`."""
        clock = ctypes.cast(ctypes.CDLL(None).clock_gettime, ctypes.c_void_p).value
        self._timed = self.state("blocks")
        self._request(clock=clock or 0, clock_kind=time.CLOCK_MONOTONIC)

    def stop_timing(self) -> NDArray[np.float64]:
        """Microseconds of each block since `start_timing`."""
        self._request(clock=0)
        count = min(self.state("blocks") - self._timed, TIMES)
        return self._block_times[(self.state("blocks") - np.arange(count)) % TIMES] / 1000.0

    def _record(self, row: Any) -> BlockRecord:
        frames, level, direction = (int(row[name]) for name in ("frames", "level", "direction"))
        steps = level + direction * np.arange(1, frames + 1)
        mix = self._mixes[int(row["mix_number"])]
        gain = (steps / self.wanted("fade_frames")).astype(np.float32) if direction else None
        return BlockRecord(
            int(row["stream_frame"]), int(row["song_frame"]), frames, mix.settings, mix.ramp_frames,
            bool(row["restarted"]), gain, bool(row["generation"]),
        )  # fmt: skip

    def _request(
        self, keep: dict[str, object] | None = None, targets: NDArray[np.float64] | None = None, **fields: float
    ) -> None:
        """Publish the request with these fields changed. It points at what is to be kept."""
        with self._lock:
            wanted = self._wanted[0]
            for name, value in fields.items():
                wanted[name] = value
            if targets is not None:
                self._targets[:] = targets.reshape(-1)
            publish(self._control, self._shared, self._words)
            # What an earlier request points at may be read until the callback has seen a later one.
            number, seen = int(self._control[SEQUENCE]), self.state("seen")
            self._retired = [(until, kept) for until, kept in self._retired if until > seen]
            for name, kept in (keep or {}).items():
                self._retired.append((number, self._kept.get(name)))
                self._kept[name] = kept


def _weighing(mixer: "Mixer") -> tuple[dict[str, object], dict[str, Any]]:
    """The arrays of a mixer that change with activations, and the fields of a request that point at them."""
    weights, curves = mixer.raw_weights, mixer.curves
    kept: dict[str, object] = {"weights": weights, "curves": curves}
    fields: dict[str, Any] = {
        "weights": weights.ctypes.data,
        "weight_rows": len(weights),
        "curves": curves.ctypes.data,
        "curve_rows": len(curves),
    }
    return kept, fields
