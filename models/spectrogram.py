"""The one STFT/ISTFT pair, shared by training, inference and evaluation.

44.1 kHz, periodic Hann window of 4096, hop 1024, as published. *Frames* here are STFT frames; frame `k` is centred on
sample `k * hop`. Audio is float32 torch `(..., samples)`; spectrograms are complex64 `(..., frames, bins)`, in which a
frame lies in one piece of memory: that is how they are made, masked and turned back.
"""

from dataclasses import asdict, dataclass
from typing import Final

import torch
from torch import Tensor

SAMPLE_RATE: Final = 44100


@dataclass(frozen=True)
class SpectrogramSettings:
    """Sizes of the transform, in samples."""

    window_samples: int = 4096
    hop_samples: int = 1024

    def __post_init__(self) -> None:
        if self.hop_samples < 1 or self.window_samples % self.hop_samples or self.window_samples < 2 * self.hop_samples:
            raise ValueError(f"a window of {self.window_samples} is not two or more hops of {self.hop_samples}")

    @property
    def bins(self) -> int:
        """Frequency bins, from 0 Hz to half the sample rate."""
        return self.window_samples // 2 + 1

    def frames(self, samples: int) -> int:
        """STFT frames of an excerpt of that many samples."""
        return samples // self.hop_samples + 1

    def to_dict(self) -> dict[str, int]:
        """As it stands in `model.json`."""
        return asdict(self)


def stft(audio: Tensor, settings: SpectrogramSettings) -> Tensor:
    """Complex spectrogram `(..., frames, bins)` of `(..., samples)`; the ends are zero-padded by half a window."""
    half = settings.window_samples // 2
    padded = torch.nn.functional.pad(audio, (half, half))
    frames = padded.unfold(-1, settings.window_samples, settings.hop_samples)
    return torch.fft.rfft(frames * _window(settings, audio))


def istft(spectrum: Tensor, samples: int, settings: SpectrogramSettings) -> Tensor:
    """Audio `(..., samples)` of a complex spectrogram `(..., frames, bins)`: the inverse of `stft` up to rounding.

    Overlap-add divided by the sum of squared windows (Griffin & Lim 1984). Hops are whole fractions of a window, so
    that adding overlaps is a few sums of contiguous blocks: a third of the time of `torch.istft` here.
    """
    window = _window(settings, spectrum.real)
    frames = torch.fft.irfft(spectrum, settings.window_samples).mul_(window)
    weight = _overlap_add((window * window).expand(spectrum.shape[-2], -1), settings.hop_samples)
    audio = _overlap_add(frames, settings.hop_samples).div_(weight.clamp_(min=1e-8))
    start = settings.window_samples // 2
    return audio[..., start : start + samples]


def _window(settings: SpectrogramSettings, like: Tensor) -> Tensor:
    return torch.hann_window(settings.window_samples, periodic=True, dtype=like.dtype, device=like.device)


def _overlap_add(frames: Tensor, hop: int) -> Tensor:
    """Sum `(..., frames, window)`, each frame one hop later than the one before, to `(..., samples)`."""
    count, overlap = frames.shape[-2], frames.shape[-1] // hop
    blocks = frames.reshape(*frames.shape[:-1], overlap, hop)
    total = frames.new_zeros(*frames.shape[:-2], count + overlap - 1, hop)
    for part in range(overlap):
        total[..., part : part + count, :] += blocks[..., part, :]
    return total.flatten(-2)
