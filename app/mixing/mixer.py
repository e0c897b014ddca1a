"""The only render path: playback, export and tests all hear a song through `Mixer.render`, or its kernels."""

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.events import Event
from app.mixing import kernel_layout as layout
from app.mixing.meters import Meters as Meters
from app.mixing.parameters import balance as balance
from app.mixing.parameters import kernel_targets
from app.mixing.settings import MixSettings
from app.mixing.smart_listening import gain_curves, no_curves
from app.mixing.weights import WEIGHT_LANES, Rule, StemWeights
from app.song.activation_edits import Edits
from app.song.coverage import Spans
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

RAMP_S: Final = 0.020
"""How long a parameter takes to a new value, along a curve without corners."""

SLEW_S: Final = 0.022  # as weights move by themselves: an activation frame is 23 ms
"""The least time in which a weight goes from 0 to 1."""


class MixSource(Protocol):
    """What the mixer needs of a song; `app.song.song.Song` has it."""

    rate: int
    frames: int
    activations: Samples
    span_added: Event[int, int]

    @property
    def mix(self) -> Samples:
        """float32 `(frames, 2)`."""

    @property
    def stems(self) -> Samples:
        """float32 `(6, frames, 2)`, unweighted."""

    @property
    def activation_coverage(self) -> Spans:
        """The activation frames in which a stem may be heard."""


def warm_up() -> None:
    """Compile the kernels, or load what was compiled before. Takes seconds the first time: call on a thread."""
    from app.mixing import kernel, master_kernel  # numba takes a while to import, and the window should not wait for it

    del kernel, master_kernel


@dataclass(frozen=True)
class Wanted:
    """A mix, its parameters as the kernel's `targets`, and the frames in which to glide there."""

    settings: MixSettings
    targets: Floats
    ramp_frames: int


@dataclass(frozen=True)
class KernelMemory:
    """The arrays between which `app.mixing.kernel` and `app.mixing.master_kernel` work, see there."""

    targets: Floats
    state: Floats
    control: NDArray[np.int64]
    meters: Floats
    tap: Samples
    master: Floats


class Mixer:
    """A song through a desk of seven strips.

    `render` belongs to one thread at a time. Settings and edits may be assigned and spans of the song may arrive on any
    thread; what they need computed is computed there, and the next `render` takes it over. A compiled callback may take
    the place of `render`: it works on `memory`, `mix`, `stems`, `raw_weights`, `curves` and `wanted`.
    """

    def __init__(
        self,
        song: MixSource,
        settings: MixSettings | None = None,
        edits: Edits = (),
        *,
        song_rate: int | None = None,
    ) -> None:
        """Prepare everything, so that `render` only mixes. Compiles the kernels if `warm_up` has not.

        The mixer keeps the song's samples mapped and follows `song.span_added` for as long as it lives.

        Args:
            song: what is mixed.
            settings: how; a neutral desk by default.
            edits: of the activations.
            song_rate: of the song's frames, where `song.rate` is that at which they are mixed.

        Raises:
            ValueError: the song's arrays do not have its length; it has been closed.
        """
        from app.mixing import kernel, master_kernel
        from app.mixing.limiter_kernel import LIMITER_SIZE, latency_frames

        shapes = (song.mix.shape, song.stems.shape, song.activations.shape[:1])
        expected = ((song.frames, 2), (len(INSTRUMENTS), song.frames, 2), (len(INSTRUMENTS),))
        if shapes != expected or song.activations.shape[1] == 0:  # the kernel does not check its indices
            raise ValueError("the song has been closed: its arrays do not have its length")

        self._mix_block, self._split_block = kernel.mix_block, kernel.split_block
        self._master_block, self._master_state = master_kernel.master_block, master_kernel.master_state
        self.rate = song.rate
        self.frames = song.frames
        self.mix = _read_only(song.mix)
        self.stems = _read_only(song.stems)
        self.activation_per_frame = ACTIVATION_RATE_HZ / (song_rate or song.rate)
        self.slew = 1.0 / max(1, round(SLEW_S * song.rate))
        self._song = song
        self._ramp_frames = max(1, round(RAMP_S * song.rate))
        self._limiter_latency, self._limiter_size = latency_frames(song.rate), LIMITER_SIZE
        self._lock = threading.Lock()  # among those who change things; render never takes it
        settings = settings if settings is not None else MixSettings()
        self._wanted = Wanted(settings, kernel_targets(settings, self.rate), self._ramp_frames)
        self._in_force: Wanted | None = None
        self._limiting = False
        self._weights = StemWeights(song, Rule(_activation_settings(settings), edits))
        self.curves = no_curves()
        self._compute_curves(settings)
        self._make_memory()
        _follow(song.span_added, self)

    def _make_memory(self) -> None:
        self.meters = Meters()
        self.memory = KernelMemory(
            targets=np.zeros((layout.PARAMETERS, layout.LANES)),
            state=np.zeros((layout.STATE_ROWS, layout.LANES)),
            control=np.zeros(layout.CONTROLS, np.int64),
            meters=self.meters.values,
            tap=np.zeros((2, layout.TAP_FRAMES), np.float32),
            master=self._master_state(self.rate),
        )
        self.meters.limiter = self.memory.master
        self.memory.control[layout.RESET] = 1
        self._split_slewed = np.zeros(WEIGHT_LANES)
        self._split_tile = np.zeros((layout.TILE_FRAMES, layout.LANES))

    @property
    def settings(self) -> MixSettings:
        """The mix. What is assigned is heard from the next `render` on, gliding there within 20 ms."""
        return self._wanted.settings

    @settings.setter
    def settings(self, settings: MixSettings) -> None:
        self._want(settings, self._ramp_frames)

    def glide_to(self, settings: MixSettings, seconds: float) -> None:
        """Change the mix as by `settings`, but take that long. A later change sets out from wherever this has come.

        Raises ValueError for a negative time.
        """
        if not seconds >= 0.0:
            raise ValueError(f"a glide cannot take {seconds} seconds")
        self._want(settings, max(self._ramp_frames, round(seconds * self.rate)))

    @property
    def wanted(self) -> Wanted:
        """The mix as the kernel needs it, another object after each change."""
        return self._wanted

    @property
    def settings_in_force(self) -> MixSettings:
        """The settings that the last `render` went by; before the first, those it will go by."""
        in_force = self._in_force
        return in_force.settings if in_force is not None else self._wanted.settings

    @property
    def latency_frames(self) -> int:
        """By how many frames `render` is late: the limiter's look-ahead while it is on, else 0.

        The frames that are missing at the end of the song come when one renders on behind it.
        """
        return self._limiter_latency if self.settings.limiter.on else 0

    @property
    def weights(self) -> Samples:
        """The weight of each instrument in each activation frame, float32 `(activation frames, 6)`, read-only."""
        return self._weights.weights[:, : len(INSTRUMENTS)]

    @property
    def raw_weights(self) -> Samples:
        """The weights as the kernel reads them, float32 `(activation frames, 8)`, another array after each change."""
        return self._weights.weights

    def refresh_weights(self) -> None:
        """Compute the weights anew from the song's probabilities and coverage. Done by itself when a span arrives."""
        with self._lock:
            self._weights.refresh()
            self._compute_curves(self.settings)

    @property
    def edits(self) -> Edits:
        """The edits of the activations. What is assigned is heard from the next `render` on."""
        return self._weights.rule.edits

    @edits.setter
    def edits(self, edits: Edits) -> None:
        with self._lock:
            if self._weights.follow(replace(self._weights.rule, edits=edits)):
                self._compute_curves(self.settings)

    def tap_strip(self, index: int | None) -> None:
        """Let `tap` show the strip of that index from now on, or none.

        Raises ValueError for an index that no strip has.
        """
        if index is not None and not 0 <= index < len(STEMS):
            raise ValueError(f"there is no strip {index}")
        self.memory.control[layout.TAPPED] = 0 if index is None else index + 1
        self.memory.tap[:] = 0.0

    def tap(self) -> tuple[Samples, Samples]:
        """The last 4096 samples of the tapped strip, before and behind its equalizer: mono, float32 `(4096,)` each.

        They may be read on any thread; a few at the seam may be newer than the rest.
        """
        before, after = np.roll(self.memory.tap, -int(self.memory.control[layout.TAP_NEXT]), axis=1)
        return before, after

    def reset(self) -> None:
        """Forget the past: at the next `render` filters are empty and parameters and weights at their values.

        The limiter begins anew, too. The measurement of loudness goes on.
        """
        self.memory.control[layout.RESET] = 1
        size = self._limiter_size
        self.memory.master[:size] = self._master_state(self.rate)[:size]
        self._limiting = False

    def render(self, start: int, frames: int, out: Samples | None = None) -> Samples:
        """Mix `frames` frames from frame `start`.

        Outside the song there is silence, in which nothing moves on but the limiter.

        Args:
            start: first frame, may be negative or beyond the end.
            frames: how many, 0 or more.
            out: what to fill, float32 `(frames, 2)` in C order; by default a new array.

        Returns:
            float32 `(frames, 2)`: `out` if given.

        Raises:
            ValueError: `out` has another shape.
            TypeError: `out` is not float32 in C order.
        """
        if out is None:
            out = np.empty((frames, 2), np.float32)
        elif out.shape != (frames, 2):
            raise ValueError(f"out must have the shape ({frames}, 2), not {out.shape}")
        first, last = min(max(start, 0), self.frames), min(max(start + frames, 0), self.frames)
        inside = out[first - start : last - start] if first < last else out[:0]
        if len(inside) < frames:
            out[:] = 0.0
        if len(inside):
            self._mix_inside(first, inside)
        self._finish(out, inside)
        return out

    def render_stems(self, start: int, frames: int, first: bool) -> Samples:
        """The seven stems before their strips: weighted, `other` being what they leave of the mix.

        Args:
            start: the first frame.
            frames: how many; all must lie within the song.
            first: True at the first of consecutive calls.

        Returns:
            float32 `(7, frames, 2)` in the order of `STEMS`; their sum is the mix.
        """
        if start < 0 or start + frames > self.frames:
            raise ValueError(f"frames {start} to {start + frames} do not lie within the song")
        out = np.empty((len(STEMS), frames, 2), np.float32)
        self._split_block(
            self.mix, self.stems, self.raw_weights, start, frames, self.activation_per_frame, self.slew, first,
            self._split_slewed, self._split_tile, out,
        )  # fmt: skip
        return out

    def _mix_inside(self, start: int, out: Samples) -> None:
        wanted, memory = self._wanted, self.memory
        if wanted is not self._in_force:
            self._in_force = wanted
            memory.targets[:] = wanted.targets
            memory.control[layout.WANTED] += 1
        self._mix_block(
            self.mix, self.stems, self.raw_weights, self.curves, start, len(out),
            0.0, self.activation_per_frame, self.slew, wanted.ramp_frames,
            memory.targets, memory.state, memory.control, memory.meters, memory.tap, out,
        )  # fmt: skip

    def _finish(self, out: Samples, inside: Samples) -> None:
        """Limit and measure. The limiter, while it is on or was a moment ago, sees the silence around the song too."""
        limiter, memory = self.settings_in_force.limiter, self.memory
        self._limiting |= limiter.on
        ceiling = db_to_linear(limiter.ceiling_dbtp)
        heard = out if self._limiting else inside
        self._master_block(heard, len(heard), limiter.on, ceiling, memory.master, memory.meters)

    def _want(self, settings: MixSettings, ramp_frames: int) -> None:
        with self._lock:
            before = self._wanted.settings
            if settings is before:
                return
            self._wanted = Wanted(settings, kernel_targets(settings, self.rate), ramp_frames)
            changed = self._weights.follow(replace(self._weights.rule, settings=_activation_settings(settings)))
            if changed or _listening(settings) != _listening(before):
                self._compute_curves(settings)

    def _compute_curves(self, settings: MixSettings) -> None:
        """What smart listening makes of the weights' rule."""
        duck, follow = settings.duck, settings.follow
        if not (duck.on or follow.follows):
            if len(self.curves) > 1:
                self.curves = no_curves()
            return
        safe = [strip.solo_safe for strip in settings.strips]
        playing, activity = self._weights.playing(duck.instrument), self._weights.activity()
        self.curves = gain_curves(playing, activity, duck, follow, safe)
        self.curves.flags.writeable = False


def _follow(span_added: Event[int, int], mixer: Mixer) -> None:
    """Refresh the mixer's weights with every span, without keeping the mixer alive."""
    unsubscribe: list[Callable[[], None]] = []
    reference = weakref.ref(mixer, lambda _: unsubscribe[0]())

    def refresh(start: int, stop: int) -> None:
        alive = reference()
        if alive is not None:
            alive.refresh_weights()

    unsubscribe.append(span_added.subscribe(refresh))


def _activation_settings(settings: MixSettings) -> tuple[ActivationSettings, ...]:
    return tuple(strip.activation for strip in settings.strips[: len(INSTRUMENTS)])


def _listening(settings: MixSettings) -> tuple[object, ...]:
    """What smart listening depends on, besides the activations."""
    return settings.duck, settings.follow, [strip.solo_safe for strip in settings.strips]


def _read_only(samples: Samples) -> Samples:
    """The same samples as the kernel was compiled for: a plain array in C order that is not written to."""
    plain = np.ascontiguousarray(samples, np.float32).view(np.ndarray)
    plain.flags.writeable = False
    return plain
