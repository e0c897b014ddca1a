"""The only render path: playback, export and tests all hear a song through `Mixer.render`."""

import math
import threading
import weakref
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.events import Event
from app.mixing.equalizer import design
from app.mixing.settings import MixSettings, StripSettings
from app.mixing.weights import WEIGHT_LANES, stem_weights
from app.song.coverage import Spans
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS

Samples = NDArray[np.float32]

RAMP_S: Final = 0.010
"""How long a parameter takes to a new value, and the least time in which a weight goes from 0 to 1."""


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
    """Compile the mixing kernel, or load what was compiled before. Takes seconds the first time: call on a thread."""
    from app.mixing import kernel  # numba takes a while to import, and the window should not wait for it

    del kernel


class Meters:
    """Levels of the strips behind their faders and of the master, linear, `(8, 2)`: strips, then master; left, right.

    They are written by `Mixer.render` and may be read on any thread.
    """

    def __init__(self) -> None:
        from app.mixing import kernel

        self._kernel = kernel
        self.values = np.zeros((6, kernel.LANES))

    @property
    def peak(self) -> NDArray[np.float64]:
        """The largest absolute sample of the last block."""
        return self._pairs(self._kernel.PEAK)

    @property
    def rms(self) -> NDArray[np.float64]:
        """The root of the mean square of the last block."""
        rms: NDArray[np.float64] = np.sqrt(self._pairs(self._kernel.MEAN_SQUARE))
        return rms

    def take_peak(self) -> NDArray[np.float64]:
        """The largest absolute sample since this was last called: what a meter that looks now and then needs."""
        held = self._pairs(self._kernel.HELD)
        self.values[self._kernel.HELD] = 0.0
        return held

    @property
    def clipped(self) -> bool:
        """Whether the master has exceeded full scale since `reset_clip`."""
        return bool(self.values[self._kernel.CLIPPED, 0])

    def reset_clip(self) -> None:
        """Forget that the master has clipped."""
        self.values[self._kernel.CLIPPED, 0] = 0.0

    def clear(self) -> None:
        """Fall to silence, as when playback stops; a clip stays shown."""
        self.values[: self._kernel.CLIPPED] = 0.0

    def _pairs(self, row: int) -> NDArray[np.float64]:
        return np.array(self.values[row]).reshape(-1, 2)


class Mixer:
    """A song through a desk of seven strips.

    `render` belongs to one thread at a time. Settings may be assigned and spans of the song may arrive on any thread;
    what they need computed is computed there, and the next `render` takes it over.
    """

    def __init__(self, song: MixSource, settings: MixSettings | None = None) -> None:
        """Prepare everything, so that `render` only mixes. Compiles the kernel if `warm_up` has not.

        The mixer keeps the song's samples mapped and follows `song.span_added` for as long as it lives.

        Raises:
            ValueError: the song's arrays do not have its length; it has been closed.
        """
        from app.mixing import kernel

        shapes = (song.mix.shape, song.stems.shape, song.activations.shape[:1])
        expected = ((song.frames, 2), (len(INSTRUMENTS), song.frames, 2), (len(INSTRUMENTS),))
        if shapes != expected or song.activations.shape[1] == 0:  # the kernel does not check its indices
            raise ValueError("the song has been closed: its arrays do not have its length")

        self._kernel = kernel
        self.rate = song.rate
        self.frames = song.frames
        self._song = song
        self._mix = _read_only(song.mix)
        self._stems = _read_only(song.stems)
        self._activation_per_frame = ACTIVATION_RATE_HZ / song.rate
        self._ramp_frames = max(1, round(RAMP_S * song.rate))
        self._slew = 1.0 / self._ramp_frames
        self._lock = threading.Lock()  # among those who change things; render never takes it
        self._settings = settings if settings is not None else MixSettings()
        self._wanted = self._settings, _parameters(self._settings, self.rate)
        self._in_force: tuple[MixSettings, NDArray[np.float64]] | None = None
        self.refresh_weights()
        self._make_state()
        _follow(song.span_added, self)

    def _make_state(self) -> None:
        k = self._kernel
        self.meters = Meters()
        self._targets = np.zeros((k.PARAMETERS, k.LANES))
        self._target = np.zeros((k.PARAMETERS, k.LANES))
        self._step = np.zeros((k.PARAMETERS, k.LANES))
        self._filters = np.zeros((2 * k.BANDS, k.LANES))
        self._slewed = np.zeros(WEIGHT_LANES)
        self._split_slewed = np.zeros(WEIGHT_LANES)
        self._tile = np.zeros((k.TILE_FRAMES, k.LANES))
        self._control = np.zeros(4, np.int64)
        self._control[k.RESET] = 1

    @property
    def settings(self) -> MixSettings:
        """The mix. What is assigned is heard from the next `render` on, gliding there within 10 ms."""
        return self._settings

    @settings.setter
    def settings(self, settings: MixSettings) -> None:
        with self._lock:
            before = self._settings
            if settings is before:
                return
            self._settings = settings
            self._wanted = settings, _parameters(settings, self.rate)
            if _activation_settings(settings) != _activation_settings(before):
                self._compute_weights()

    @property
    def settings_in_force(self) -> MixSettings:
        """The settings that the last `render` went by; before the first, those it will go by."""
        in_force = self._in_force
        return in_force[0] if in_force is not None else self._wanted[0]

    @property
    def weights(self) -> Samples:
        """The weight of each instrument in each activation frame, float32 `(activation frames, 6)`, read-only."""
        return self._weights[:, : len(INSTRUMENTS)]

    def refresh_weights(self) -> None:
        """Compute the weights anew from the song's probabilities and coverage. Done by itself when a span arrives."""
        with self._lock:
            self._compute_weights()

    def reset(self) -> None:
        """Forget the past: at the next `render` filters are empty and parameters and weights at their values."""
        self._control[self._kernel.RESET] = 1

    def render(self, start: int, frames: int, out: Samples | None = None) -> Samples:
        """Mix `frames` frames from frame `start`.

        Outside the song there is silence, in which nothing moves on.

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
        if first >= last:
            out[:] = 0.0
            return out
        out[: first - start] = 0.0
        out[last - start :] = 0.0
        wanted = self._wanted
        if wanted is not self._in_force:
            self._in_force = wanted
            self._targets[:] = wanted[1]
            self._control[self._kernel.WANTED] += 1
        self._kernel.mix_block(
            self._mix, self._stems, self._weights, first, last - first,
            self._activation_per_frame, self._slew, self._ramp_frames,
            self._targets, self._target, self._step, self._filters, self._slewed,
            self._control, self.meters.values, self._tile, out[first - start : last - start],
        )  # fmt: skip
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
        self._kernel.split_block(
            self._mix, self._stems, self._weights, start, frames, self._activation_per_frame, self._slew, first,
            self._split_slewed, self._tile, out,
        )  # fmt: skip
        return out

    def _compute_weights(self) -> None:
        settings = _activation_settings(self._settings)
        spans = self._song.activation_coverage
        self._weights = _read_only(stem_weights(self._song.activations, spans, settings))


def _follow(span_added: Event[int, int], mixer: Mixer) -> None:
    """Refresh the mixer's weights with every span, without keeping the mixer alive."""
    unsubscribe: list[Callable[[], None]] = []
    reference = weakref.ref(mixer, lambda _: unsubscribe[0]())

    def refresh(start: int, stop: int) -> None:
        alive = reference()
        if alive is not None:
            alive.refresh_weights()

    unsubscribe.append(span_added.subscribe(refresh))


def _activation_settings(settings: MixSettings) -> list[ActivationSettings]:
    return [strip.activation for strip in settings.strips[: len(INSTRUMENTS)]]


def _read_only(samples: Samples) -> Samples:
    """The same samples as the kernel was compiled for: a plain array in C order that is not written to."""
    plain = np.ascontiguousarray(samples, np.float32).view(np.ndarray)
    plain.flags.writeable = False
    return plain


def _parameters(settings: MixSettings, rate: int) -> NDArray[np.float64]:
    """The mix as the kernel's `targets`."""
    from app.mixing import kernel

    targets = np.zeros((kernel.PARAMETERS, kernel.LANES))
    targets[:] = _parameter_column(StripSettings(), rate, 0.0)[:, :1]  # idle lanes pass nothing, steadily
    for index, (strip, audible) in enumerate(zip(settings.strips, settings.audible, strict=True)):
        gain = db_to_linear(strip.gain_db) if audible else 0.0
        targets[: kernel.MASTER_ROW, 2 * index : 2 * index + 2] = _parameter_column(strip, rate, gain)[:-1]
    targets[kernel.MASTER_ROW] = db_to_linear(settings.master_gain_db)
    return targets


def _parameter_column(strip: StripSettings, rate: int, gain: float) -> NDArray[np.float64]:
    """Equalizer, gain and a place for the master of both channels, `(17, 2)`."""
    coefficients = design(strip.equalizer, rate).ravel()
    left, right = balance(strip.pan)
    return np.array([(c, c) for c in coefficients] + [(gain * left, gain * right), (0.0, 0.0)])


def balance(pan: float) -> tuple[float, float]:
    """Linear gains of left and right for a stereo signal: the side panned to stays, the other fades with a cosine.

    Args:
        pan: -1 (left only) to 1 (right only).
    """
    fading = 0.0 if abs(pan) == 1.0 else math.cos(abs(pan) * math.pi / 2)
    return (fading, 1.0) if pan > 0 else (1.0, fading) if pan < 0 else (1.0, 1.0)
