"""Song samples in, a stream of finished spans of stems and activations out.

The border between the app's arrays, float32 `(frames, channels)`, and torch's tensors runs through this file. Memory
does not depend on the song's length. *Frames* are sample frames of the song unless called activation frames.
"""

from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.chunks import MODEL_RATE, ChunkPlan, CrossFader
from models.instruments import INSTRUMENTS
from models.networks.iass_six import IassSix, IassSixConfig
from models.registry import DEFAULT, PRETRAINED, ModelError, find_model, load_description
from models.spectrogram import SpectrogramSettings, istft, stft

MIX_RMS = 0.1
"""The level that the network expects; `models.data.remix` trains around it."""


class Samples(Protocol):
    """The song: float32 `(frames, 2)`, sliced lazily, so a memory map will do."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(frames, 2)`."""

    def __getitem__(self, key: Any, /) -> Any: ...


@dataclass(frozen=True)
class Span:
    """A finished piece. `stems` is float32 `(6, frames, 2)` before activation weighting, `activations` `(6, n)`."""

    start: int
    stems: NDArray[np.float32]
    first_activation: int
    activations: NDArray[np.float32]


class Separator:
    """A loaded network that separates songs of any rate."""

    def __init__(self, name: str, network: IassSix, spectrogram: SpectrogramSettings) -> None:
        self.name = name
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._spectrogram = spectrogram
        self._fast = bfloat16_is_fast()

    def separate(
        self, mix: Samples, rate: int, *, position: int | Callable[[], int] = 0, done: tuple[tuple[int, int], ...] = ()
    ) -> Generator[Span, None, None]:
        """Separate a song.

        Args:
            mix: float32 `(frames, 2)`.
            rate: its sample rate in Hz.
            position: the frame to start from. A function is asked before each chunk, so that the order follows
                playback: always the first missing chunk at or after the position, then the first missing one of all.
            done: half-open spans `(start, stop)` that need not be separated again.

        Yields:
            Finished spans. Together they cover the song once. Closing the generator cancels.
        """
        frames = mix.shape[0]
        plan = ChunkPlan.of(frames, rate)
        fader = CrossFader(plan)
        gain = MIX_RMS / max(_rms(mix), 1e-4)
        where = position if callable(position) else lambda: position
        missing = {c for c in range(plan.count) if not _covered(plan.kept_range(c), done)}
        while missing:
            chunk = next(c for c in plan.order(where()) if c in missing)
            missing.discard(chunk)
            kept, activations = self._chunk(mix, rate, plan, chunk, gain)
            for start, stems in fader.add(chunk, kept):
                first, values = _slice_activations(activations, plan, chunk, rate, start, start + stems.shape[1])
                yield Span(start, np.ascontiguousarray(stems), first, values)

    def _chunk(
        self, mix: Samples, rate: int, plan: ChunkPlan, chunk: int, gain: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Stems of a chunk's kept range at the song's rate, and activations of its whole input at the model's."""
        start, stop = plan.input_range(chunk)
        heard = np.zeros((stop - start, 2), np.float32)
        low, high = max(start, 0), min(stop, plan.frames)
        heard[low - start : high - start] = mix[low:high]
        samples = (stop - start) // plan.unit * (MODEL_RATE * plan.unit // rate)
        at_model_rate = _fit(soxr.resample(heard, rate, MODEL_RATE), samples) if rate != MODEL_RATE else heard
        stems, activations = self._separate_block(torch.from_numpy(at_model_rate.T * gain))
        kept_start, kept_stop = plan.kept_range(chunk)
        result = np.empty((len(INSTRUMENTS), kept_stop - kept_start, 2), np.float32)
        for index in range(len(INSTRUMENTS)):
            stem = stems[index].T.numpy()
            if rate != MODEL_RATE:
                stem = _fit(soxr.resample(np.ascontiguousarray(stem), MODEL_RATE, rate), stop - start)
            np.divide(stem[kept_start - start : kept_stop - start], gain, out=result[index])
        return result, activations

    @torch.inference_mode()
    def _separate_block(self, audio: Tensor) -> tuple[Tensor, NDArray[np.float32]]:
        """`(2, samples)` at 44.1 kHz to stems `(6, 2, samples)` and activation probabilities `(6, STFT frames)`."""
        spectrum = stft(audio, self._spectrogram)
        with torch.autocast("cpu", torch.bfloat16) if self._fast else nullcontext():
            log_masks, logits = self._network(spectrum[None])
        bins = log_masks.shape[-1]
        stems = torch.empty(len(INSTRUMENTS), *audio.shape)
        masked = torch.empty_like(spectrum)
        for index in range(len(INSTRUMENTS)):  # one at a time: what is worked on stays in the cache
            mask = log_masks[0, index].float().exp_()
            torch.mul(spectrum[..., :bins], mask, out=masked[..., :bins])
            # Above the network's bins a stem gets the share that it has just below them.
            torch.mul(spectrum[..., bins:], mask[..., -32:].mean(-1, keepdim=True), out=masked[..., bins:])
            stems[index] = istft(masked, audio.shape[-1], self._spectrogram)
        return stems, logits[0].float().sigmoid().numpy()


def load_separator(name: str = DEFAULT, threads: int | None = None, root: Path = PRETRAINED) -> Separator:
    """Load a separator by name. `threads` limits torch's. Raises ModelError with a sentence if that fails."""
    if threads is not None:
        torch.set_num_threads(threads)
    info = find_model(name, root)
    if not info.ready:
        raise ModelError(f"The model “{name}” has no weights; train it or put weights.safetensors into {info.folder}.")
    description = load_description(info.folder)
    try:
        config = IassSixConfig(**description["network"])  # type: ignore[arg-type]
        spectrogram = SpectrogramSettings(**description["spectrogram"])  # type: ignore[arg-type]
        network = IassSix(config)
        weights = load_file(info.folder / "weights.safetensors")
        expected = network.state_dict()
        network.load_state_dict({key: value.to(expected[key].dtype) for key, value in weights.items()})
    except Exception as error:
        # Names, shapes and bytes can be wrong in many ways; each has the same remedy.
        reason = str(error).splitlines()[0]
        raise ModelError(f"The weights of the model “{name}” cannot be used ({reason}); install them again.") from error
    return Separator(name, network, spectrogram)


def bfloat16_is_fast() -> bool:
    """True if this processor multiplies in bfloat16: then the network takes a third of the time of float32."""
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return available and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _rms(mix: Samples, block: int = 1 << 20) -> float:
    """Level of the whole song, measured block by block; 0 for an empty one."""
    frames = mix.shape[0]
    total = sum(float(np.square(mix[i : i + block], dtype=np.float64).sum()) for i in range(0, frames, block))
    return float(np.sqrt(total / max(frames * 2, 1)))


def _covered(span: tuple[int, int], done: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= span[0] and span[1] <= stop for start, stop in done)


def _fit(audio: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Cut or zero-pad the end: the resampler may be off by one frame there, far inside the context."""
    return audio[:frames] if len(audio) >= frames else np.pad(audio, ((0, frames - len(audio)), (0, 0)))


def _slice_activations(
    activations: NDArray[np.float32], plan: ChunkPlan, chunk: int, rate: int, start: int, stop: int
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
