"""A separator of songs made of a network that separates a few seconds.

Converts the rate, brings the song to the level that the network expects, cuts, joins and streams. Memory does not
depend on the song's length. *Frames* are sample frames of the song unless called activation frames.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.chunks import LONGEST_CHUNK, MODEL_RATE, ChunkPlan, CrossFader, Schedule
from models.instruments import INSTRUMENTS
from models.mapped_pages import release_pages
from models.separator import Samples, Span

MIX_RMS: Final = 0.1
"""The level that our networks expect; `models.data.remix` trains around it."""


class Block(Protocol):
    """Separates a few seconds."""

    @property
    def instruments(self) -> tuple[str, ...]:
        """Which of `INSTRUMENTS` it separates, or what the separator's `lanes` names, in the order of its stems."""

    @property
    def has_activations(self) -> bool:
        """True if it estimates when each instrument plays."""

    def __call__(self, audio: Tensor) -> tuple[Tensor, Tensor | None]:
        """Separate `(2, samples)` at 44.1 kHz.

        Returns:
            Stems `(instruments, 2, samples)` and probabilities `(instruments, samples // 1024 + 1)`, centred on every
            1024th sample, or None if it has none.
        """


@runtime_checkable
class ListeningBlock(Block, Protocol):
    """A block that can estimate activations alone, in less time."""

    def probabilities(self, audio: Tensor) -> Tensor:
        """Of `(2, samples)` at 44.1 kHz: `(instruments, samples // 1024 + 1)`, as with stems."""


@runtime_checkable
class Levelled(Protocol):
    """Samples that know their level, so that they need not be read through before the first piece."""

    @property
    def rms(self) -> float:
        """Root mean square of the whole song."""


@dataclass(frozen=True)
class Cut:
    """How songs are cut for a network.

    Attributes:
        plan: makes the plan of a song of so many frames at a rate in Hz.
        longest: cells in a chunk at most.
        fade_in: weights `(plan.fade,)` of the later chunk where two meet; linear if None.
    """

    plan: Callable[[int, int], ChunkPlan] = ChunkPlan.of
    longest: int = LONGEST_CHUNK
    fade_in: Callable[[ChunkPlan], NDArray[np.float32]] | None = None


class BlockSeparator:
    """A `models.separator.Separator` made of a block."""

    def __init__(
        self,
        name: str,
        block: Block,
        mix_rms: float | None = MIX_RMS,
        *,
        lanes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        cut: Cut | None = None,
    ) -> None:
        """Make a separator.

        Args:
            name: as in the registry.
            block: separates a few seconds.
            mix_rms: the level a song is brought to, None to leave it as it is.
            lanes: the instruments that each stem of another name feeds; all of it comes in the first one.
            cut: how songs are cut.
        """
        self.name = name
        self.rate = MODEL_RATE
        self.instruments = tuple(lane for stem in block.instruments for lane in lanes.get(stem, (stem,)))
        self.has_activations = block.has_activations
        self._block = block
        self._mix_rms = mix_rms
        self._cut = cut or Cut()
        self._rows = [INSTRUMENTS.index(lanes.get(stem, (stem,))[0]) for stem in block.instruments]

    def listener(self) -> "BlockSeparator":
        """A separator with the same activations, and silent stems if it is faster without them."""
        if not isinstance(self._block, ListeningBlock):
            return self
        return BlockSeparator(self.name, _Listener(self._block), self._mix_rms, cut=self._cut)

    def separate(
        self,
        mix: Samples,
        rate: int,
        *,
        position: int | Callable[[], int] = 0,
        done: tuple[tuple[int, int], ...] = (),
        longest: int = LONGEST_CHUNK,
    ) -> Generator[Span, None, None]:
        """Separate a song, as `models.separator.Separator` says; `longest` cells in a chunk: fewer take less memory."""
        plan = self._cut.plan(mix.shape[0], rate)
        schedule = Schedule(plan, done, min(longest, self._cut.longest))
        fader = CrossFader(plan, self._cut.fade_in(plan) if self._cut.fade_in else None)
        gain = self._mix_rms / max(_level(mix), 1e-4) if self._mix_rms else 1.0
        where = position if callable(position) else lambda: position
        while (chunk := schedule.next(where)) is not None:
            kept, activations = self._separate_chunk(mix, rate, plan, chunk, gain)
            for start, stems in fader.add(chunk, kept):
                first, values = _slice_activations(activations, plan, chunk, rate, start, start + stems.shape[1])
                yield Span(start, stems, first, values)

    def _separate_chunk(
        self, mix: Samples, rate: int, plan: ChunkPlan, chunk: range, gain: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Stems of a chunk's kept range at the song's rate, and activations of its whole input at the model's."""
        start, stop = plan.input_range(chunk)
        heard = np.zeros((stop - start, 2), np.float32)
        low, high = max(start, 0), min(stop, plan.frames)
        heard[low - start : high - start] = mix[low:high]
        samples = (stop - start) // plan.unit * (MODEL_RATE * plan.unit // rate)
        at_model_rate = _fit(soxr.resample(heard, rate, MODEL_RATE), samples) if rate != MODEL_RATE else heard
        with torch.inference_mode():
            stems, probabilities = self._block(torch.from_numpy(at_model_rate.T * np.float32(gain)))
        kept_start, kept_stop = plan.kept_range(chunk)
        result = np.zeros((len(INSTRUMENTS), kept_stop - kept_start, 2), np.float32)
        activations = np.ones((len(INSTRUMENTS), samples // HOP_SAMPLES + 1), np.float32)
        for row, estimate in zip(self._rows, stems, strict=False):  # a listener has no stems
            stem = estimate.T.numpy()
            if rate != MODEL_RATE:
                stem = _fit(soxr.resample(np.ascontiguousarray(stem), MODEL_RATE, rate), stop - start)
            np.multiply(stem[kept_start - start : kept_stop - start], np.float32(1 / gain), out=result[row])
        if probabilities is not None:
            activations[:] = 0.0  # an instrument that it does not know never plays
            activations[self._rows] = probabilities.numpy()
        return result, activations


class _Listener:
    """A block that only listens."""

    has_activations = True

    def __init__(self, block: ListeningBlock) -> None:
        self.instruments = block.instruments
        self._block = block

    def __call__(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """No stems, and probabilities."""
        return torch.empty(0, *audio.shape), self._block.probabilities(audio)


HOP_SAMPLES: Final = round(MODEL_RATE / ACTIVATION_RATE_HZ)


def bfloat16_is_fast() -> bool:
    """True if this processor multiplies in bfloat16: then a network takes a third of the time of float32."""
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return available and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def fast_precision(fast: bool) -> AbstractContextManager[Any]:
    """The context in which networks run here: bfloat16 where it is fast."""
    return torch.autocast("cpu", torch.bfloat16) if fast else nullcontext()


def _level(mix: Samples) -> float:
    return mix.rms if isinstance(mix, Levelled) else rms(mix)


def rms(mix: Samples, block: int = 1 << 20) -> float:
    """Level of the whole song, measured block by block; 0 for an empty one."""
    frames = mix.shape[0]
    total = 0.0
    for start in range(0, frames, block):
        total += float(np.square(mix[start : start + block], dtype=np.float64).sum())
        release_pages(mix, start, start + block)
    return float(np.sqrt(total / max(frames * 2, 1)))


def _fit(audio: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Cut or zero-pad the end: the resampler may be off by one frame there, far inside the context."""
    return audio[:frames] if len(audio) >= frames else np.pad(audio, ((0, frames - len(audio)), (0, 0)))


def _slice_activations(
    activations: NDArray[np.float32], plan: ChunkPlan, chunk: range, rate: int, start: int, stop: int
) -> tuple[int, NDArray[np.float32]]:
    """The song's activation frames that lie in `[start, stop)`, read from a chunk's own STFT frames in between."""
    first = int(np.ceil(start / rate * ACTIVATION_RATE_HZ))
    last = int(np.ceil(stop / rate * ACTIVATION_RATE_HZ))
    if stop >= plan.frames:
        last = activation_frame_count(plan.frames, rate)
    origin = plan.input_range(chunk)[0] / rate * ACTIVATION_RATE_HZ
    places = np.arange(first, last) - origin
    grid = np.arange(activations.shape[1])
    return first, np.stack([np.interp(places, grid, row) for row in activations]).astype(np.float32)
