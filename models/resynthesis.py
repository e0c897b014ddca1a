"""Masks on a spectrogram, and each masked spectrogram back to audio: what a separator does for every stem.

The same as multiplying and `models.spectrogram.istft`, in a third of the time: the mask is spread over the bins of its
groups while it is applied, overlapping frames are added in one pass, and the buffers are made once. Not
differentiable; training uses `istft`. *Frames* are STFT frames.
"""

from typing import Final

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from models.networks.bin_groups import BinGroups
from models.spectrogram import SpectrogramSettings

HIGHEST_SHARE: Final = 32
"""Above the bins that have a mask, a stem gets its mean share of so many bins just below."""


class Resynthesis:
    """Turns masks on one spectrogram into audio."""

    def __init__(
        self, spectrum: Tensor, samples: int, settings: SpectrogramSettings, groups: BinGroups | None = None
    ) -> None:
        """`spectrum` is the complex `(channels, frames, bins)` of `(channels, samples)`; masks are of its `groups`."""
        if settings.window_samples // 2 % settings.hop_samples:
            raise ValueError("half a window must be a whole number of hops")
        channels, frames, bins = spectrum.shape
        groups = groups or BinGroups(((bins, 1),))
        self._samples, self._settings = samples, settings
        self._spectrum = _flat(spectrum.contiguous())
        self._segments = np.array(groups.segments, np.int64)
        self._share_groups = -(-HIGHEST_SHARE // groups.segments[-1][1])
        self._masked = torch.empty(channels, frames, bins, dtype=torch.complex64)
        self._frames = torch.empty(channels, frames, settings.window_samples)
        window = torch.hann_window(settings.window_samples, periodic=True)
        self._window = window.numpy()
        self._weight = _inverse_weight(window, frames, settings.hop_samples)

    def __call__(self, mask: Tensor, out: Tensor) -> None:
        """Write the audio `(channels, samples)` of the spectrogram times `mask` `(channels, frames, groups)`."""
        _apply_mask(self._spectrum, mask.numpy(), self._segments, self._share_groups, _flat(self._masked))
        self.inverse(self._masked, out)

    def inverse(self, spectrum: Tensor, out: Tensor) -> None:
        """Write the audio `(channels, samples)` of another spectrogram of the same shape."""
        torch.fft.irfft(spectrum, self._settings.window_samples, out=self._frames)
        skip = self._settings.window_samples // 2
        _overlap_add(self._frames.numpy(), self._window, self._weight, self._settings.hop_samples, skip, out.numpy())


def _flat(spectrum: Tensor) -> NDArray[np.float32]:
    """`(channels, frames, 2 * bins)`: real and imaginary parts in turn, in the same memory."""
    flat: NDArray[np.float32] = torch.view_as_real(spectrum).flatten(-2).numpy()
    return flat


def _inverse_weight(window: Tensor, frames: int, hop: int) -> NDArray[np.float32]:
    """One over the sum of the squared windows of `frames` frames, per sample; large where no window reaches."""
    squares = (window * window).numpy().reshape(-1, hop)
    total = np.zeros((frames + len(squares) - 1, hop), np.float32)
    for part, square in enumerate(squares):
        total[part : part + frames] += square
    inverse: NDArray[np.float32] = np.reciprocal(np.maximum(total, np.float32(1e-8))).reshape(-1)
    return inverse


@njit(cache=True, fastmath=True, nogil=True)
def _apply_mask(spectrum, mask, segments, share_groups, masked):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """`(channels, frames, 2 * bins)` times `(channels, frames, groups)`; see `BinGroups` for `segments`."""
    channels, frames, _ = spectrum.shape
    for channel in range(channels):
        for frame in range(frames):
            source, factors, target = spectrum[channel, frame], mask[channel, frame], masked[channel, frame]
            for bins, width in segments:
                count = bins // width
                for group in range(count):
                    factor = factors[group]
                    for part in range(width):
                        place = 2 * (group * width + part)
                        target[place] = source[place] * factor
                        target[place + 1] = source[place + 1] * factor
                # The rest as slices, so that the compiler knows that no index is negative.
                source, factors, target = source[2 * bins :], factors[count:], target[2 * bins :]
            factor = mask[channel, frame, mask.shape[2] - share_groups :].sum() / np.float32(share_groups)
            for place in range(len(source)):
                target[place] = source[place] * factor


@njit(cache=True, fastmath=True, nogil=True)
def _overlap_add(frames, window, weight, hop, skip, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Windowed frames `(channels, frames, window)`, each a hop later, summed from sample `skip` on and weighed.

    Works through the output a hop at a time, so that a sample is written once.
    """
    channels, count, length = frames.shape
    overlap, samples = length // hop, out.shape[1]
    total = np.empty(hop, np.float32)
    for channel in range(channels):
        for block in range(skip // hop, count + overlap - 1):
            total[:] = 0.0
            for frame in range(max(0, block - overlap + 1), min(block + 1, count)):
                start = (block - frame) * hop
                source, shape = frames[channel, frame, start : start + hop], window[start : start + hop]
                for index in range(hop):
                    total[index] += source[index] * shape[index]
            first = block * hop - skip
            target, factor = out[channel, first : min(first + hop, samples)], weight[block * hop : (block + 1) * hop]
            for index in range(len(target)):
                target[index] = total[index] * factor[index]
