"""The features of `iass-six` in one pass over the spectrogram: what a separator uses instead of `IassSix.features`.

The same numbers in a third of the time, since nothing between spectrogram and features is written to memory. Not
differentiable; training uses the network's own. *Frames* are STFT frames.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor

from models.networks.iass_six import IassSix


def features(network: IassSix, spectrum: Tensor) -> Tensor:
    """`network.features(spectrum[None])` of a complex `(2, frames, bins)`: float32 `(1, 4, frames, groups)`."""
    flat = torch.view_as_real(spectrum.contiguous()).flatten(-2).numpy()
    mean, scale = network.feature_mean.numpy(), network.feature_scale.numpy()
    segments = np.array(network.groups.segments, np.int64)
    result = torch.empty(1, 4, spectrum.shape[1], network.groups.count)
    _features(flat, segments, mean, scale, result[0].numpy())
    return result


@njit(cache=True, fastmath=True, nogil=True)
def _features(spectrum, segments, mean, scale, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """`(2, frames, 2 * bins)` of real and imaginary parts in turn to `(4, frames, groups)`; see `BinGroups`."""
    quarter, half = np.float32(0.25), np.float32(0.5)
    bins_seen = 0
    for bins, _ in segments:
        bins_seen += bins
    roots = np.empty((4, bins_seen), np.float32)
    for frame in range(spectrum.shape[1]):
        left, right = spectrum[0, frame], spectrum[1, frame]
        for index in range(bins_seen):
            left_re, left_im = left[2 * index], left[2 * index + 1]
            right_re, right_im = right[2 * index], right[2 * index + 1]
            left_power = left_re * left_re + left_im * left_im
            right_power = right_re * right_re + right_im * right_im
            both, crossed = quarter * (left_power + right_power), half * (left_re * right_re + left_im * right_im)
            roots[0, index] = np.sqrt(np.sqrt(left_power))
            roots[1, index] = np.sqrt(np.sqrt(right_power))
            # The sum and the difference cannot be negative but by rounding.
            roots[2, index] = np.sqrt(np.sqrt(max(both + crossed, np.float32(0.0))))
            roots[3, index] = np.sqrt(np.sqrt(max(both - crossed, np.float32(0.0))))
        for view in range(4):
            first_bin, first_group = 0, 0
            for bins, width in segments:
                count = bins // width
                for group in range(count):
                    total = np.float32(0.0)
                    for part in range(width):
                        total += roots[view, first_bin + group * width + part]
                    place = first_group + group
                    out[view, frame, place] = (total / np.float32(width) - mean[place]) / scale[place]
                first_bin += bins
                first_group += count
