"""The one STFT/ISTFT pair, shared by training, inference and evaluation.

44.1 kHz, periodic Hann window of 4096, hop 1024, as published. *Frames* here are STFT frames; frame `k` is centred on
sample `k * hop`. Audio is float32 torch `(..., samples)`; spectrograms are complex64 `(..., bins, frames)`.
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
    """Complex spectrogram `(..., bins, frames)` of `(..., samples)`; the ends are zero-padded by half a window."""
    shape = audio.shape
    window = torch.hann_window(settings.window_samples, periodic=True, dtype=audio.dtype, device=audio.device)
    spectrum = torch.stft(
        audio.reshape(-1, shape[-1]),
        settings.window_samples,
        settings.hop_samples,
        window=window,
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    return spectrum.reshape(*shape[:-1], *spectrum.shape[-2:])


def istft(spectrum: Tensor, samples: int, settings: SpectrogramSettings) -> Tensor:
    """Audio `(..., samples)` of a complex spectrogram `(..., bins, frames)`: the inverse of `stft` up to rounding."""
    shape = spectrum.shape
    window = torch.hann_window(
        settings.window_samples, periodic=True, dtype=spectrum.real.dtype, device=spectrum.device
    )
    audio = torch.istft(
        spectrum.reshape(-1, *shape[-2:]),
        settings.window_samples,
        settings.hop_samples,
        window=window,
        center=True,
        length=samples,
    )
    return audio.reshape(*shape[:-2], samples)
