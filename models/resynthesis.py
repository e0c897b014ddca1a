"""Masks on a spectrogram, and each masked spectrogram back to audio: what a separator does for every stem.

The same as multiplying and `models.spectrogram.istft`, in a fraction of the time: the mask is spread over the bins of
its groups while it is applied, overlapping frames are added in one pass, and all of it works on a few frames at a time,
which stay in the cache. Not differentiable; training uses `istft`. *Frames* are STFT frames.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

FRAMES_IN_CACHE: Final = 64
"""STFT frames that are masked, inverted and added at a time, so that they stay in the cache in between."""


class Resynthesis:
    """Turns masks on one spectrogram into audio."""

    def __init__(self, spectrum: Tensor, settings: SpectrogramSettings, groups: BinGroups | None = None) -> None:
        """`spectrum` is complex `(channels, frames, bins)`; masks are of its `groups`."""
        if settings.window_samples // 2 % settings.hop_samples:
            raise ValueError("half a window must be a whole number of hops")
        channels, frames, bins = spectrum.shape
        groups = groups or BinGroups(((bins, 1),))
        self._settings = settings
        self._spectrum = _flat(spectrum.contiguous())
        self._segments = np.array(groups.segments, np.int64)
        self._share_groups = -(-HIGHEST_SHARE // groups.segments[-1][1])
        self._masked = torch.zeros(FRAMES_IN_CACHE, channels, bins, dtype=torch.complex64)
        self._frames = torch.empty(FRAMES_IN_CACHE, channels, settings.window_samples)
        overlap = settings.window_samples // settings.hop_samples
        self._sums = np.empty((overlap, channels, settings.hop_samples), np.float32)
        window = torch.hann_window(settings.window_samples, periodic=True)
        self._window = window.numpy()
        self._weight = _inverse_weight(window, frames, settings.hop_samples)

    def __call__(self, mask: Tensor, out: Tensor) -> None:
        """Write the audio `(channels, samples)` of the spectrogram times `mask` `(channels, frames, groups)`."""
        factors = mask.numpy()
        masked = _flat(self._masked)

        def fill(start: int, stop: int) -> None:
            _apply_mask(self._spectrum, factors, start, stop, self._segments, self._share_groups, masked)

        self._invert(fill, out)

    def inverse(self, spectrum: Tensor, out: Tensor) -> None:
        """Write the audio `(channels, samples)` of another spectrogram of the same shape."""

        def fill(start: int, stop: int) -> None:
            self._masked[: stop - start] = spectrum[:, start:stop].transpose(0, 1)

        self._invert(fill, out)

    def _invert(self, fill: Callable[[int, int], None], out: Tensor) -> None:
        """Write the audio of the frames that `fill(start, stop)` puts into the buffer."""
        settings, audio, frames = self._settings, out.numpy(), self._spectrum.shape[1]
        skip = settings.window_samples // 2
        for start in range(0, frames, FRAMES_IN_CACHE):
            stop = min(start + FRAMES_IN_CACHE, frames)
            fill(start, stop)
            torch.fft.irfft(self._masked, settings.window_samples, out=self._frames)
            _overlap_add(self._frames.numpy(), start, stop, self._window, self._weight, self._sums, skip, audio)
        _finish(frames, self._weight, self._sums, skip, audio)


class StemThreads:
    """Threads that resynthesise a stem each: a quarter faster than all threads on one stem after the other."""

    def __init__(self) -> None:
        """As many as torch computes with."""
        self._count = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self._count, "stems")

    def write(
        self, spectrum: Tensor, masks: Tensor, stems: Tensor, settings: SpectrogramSettings, groups: BinGroups
    ) -> None:
        """Write the audio of the spectrogram times each mask.

        Args:
            spectrum: complex `(channels, frames, bins)`.
            masks: `(stems, channels, frames, groups)`.
            stems: `(stems, channels, samples)`, where the audio goes.
            settings: of the spectrogram.
            groups: the masks' bins.
        """

        def work(first: int) -> None:
            torch.set_num_threads(1)  # of this thread
            with torch.inference_mode():  # likewise
                resynthesis = Resynthesis(spectrum, settings, groups)
                for index in range(first, len(masks), self._count):
                    resynthesis(masks[index], stems[index])

        list(self._pool.map(work, range(min(self._count, len(masks)))))
        torch.set_num_threads(self._count)  # else threads that are new to torch begin with one


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
def _apply_mask(spectrum, mask, start, stop, segments, share_groups, masked):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Frames `start` to `stop` of `(channels, frames, 2 * bins)` times `(channels, frames, groups)`.

    Written from the first frame of `masked` `(frames in cache, channels, 2 * bins)` on; see `BinGroups` for `segments`.
    """
    for channel in range(len(spectrum)):
        for frame in range(start, stop):
            source, factors, target = spectrum[channel, frame], mask[channel, frame], masked[frame - start, channel]
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
def _overlap_add(frames, start, stop, window, weight, sums, skip, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Add windowed frames `start` to `stop`, the first ones of `frames` `(frames in cache, channels, window)`.

    `sums` `(overlap, channels, hop)` is a ring of the hops that later frames still reach; a hop that is whole goes to
    `out` `(channels, samples)`, less the first `skip` samples.
    """
    overlap, channels, hop = sums.shape
    for hop_index in range(start, stop):
        for channel in range(channels):
            for part in range(overlap):
                total = sums[(hop_index + part) % overlap, channel]
                source = frames[hop_index - start, channel, part * hop : (part + 1) * hop]
                shape = window[part * hop : (part + 1) * hop]
                if hop_index == 0 or part == overlap - 1:  # nothing is there yet
                    for index in range(hop):
                        total[index] = source[index] * shape[index]
                else:
                    for index in range(hop):
                        total[index] += source[index] * shape[index]
            _write(hop_index, channel, weight, sums, skip, out)


@njit(cache=True, fastmath=True, nogil=True)
def _finish(frames, weight, sums, skip, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the hops after the last frame."""
    overlap, channels, _ = sums.shape
    for hop_index in range(frames, frames + overlap - 1):
        for channel in range(channels):
            _write(hop_index, channel, weight, sums, skip, out)


@njit(cache=True, fastmath=True, nogil=True)
def _write(hop_index, channel, weight, sums, skip, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write a hop, freed of the squared windows, if it lies in `out`."""
    overlap, _, hop = sums.shape
    first = hop_index * hop - skip
    if 0 <= first < out.shape[1]:
        total, factor = sums[hop_index % overlap, channel], weight[hop_index * hop : (hop_index + 1) * hop]
        target = out[channel, first : min(first + hop, out.shape[1])]
        for index in range(len(target)):
            target[index] = total[index] * factor[index]
