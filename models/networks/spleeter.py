"""Spleeter (Hennequin, Khlif, Voituret & Moussallam, JOSS 2020): a U-Net for each stem.

As Jansson et al. 2017: six convolutions of stride two and six transposed ones with skips, and a last convolution at
full size. The network hears magnitudes of the lowest 1024 bins of an STFT of 4096 with hop 1024, in segments of 512
frames. TensorFlow's "same" padding puts the odd sample of a stride of two behind; its batch norm adds 1e-3. Published
with leaky ReLU and ReLU (2 stems) or ELU (4 and 5 stems). *Frames* are STFT frames.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

BINS_SEEN: Final = 1024
SEGMENT_FRAMES: Final = 512
FILTERS: Final = (16, 32, 64, 128, 256, 512)
DROPOUTS: Final = 3
"""How many transposed convolutions have a dropout in training; it does nothing here."""

EPSILON: Final = 1e-10
NORM_EPSILON: Final = 1e-3
MULTIPLE: Final = 2 ** len(FILTERS)
"""Frames and bins must be multiples of it."""


class SpleeterUnet(nn.Module):
    """One stem's network. `elu` is the activation of the models of 4 and 5 stems."""

    def __init__(self, filters: tuple[int, ...] = FILTERS, *, elu: bool = False) -> None:
        super().__init__()
        depth, self._elu = len(filters), elu
        ins, outs = (2, *filters[:-1]), (*filters[-2::-1], 1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, 2) for a, b in zip(ins, filters, strict=True))
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(count, NORM_EPSILON) for count in filters)
        widths = (filters[-1], *(2 * count for count in outs[:-1]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 5, 2, 1) for a, b in zip(widths, outs, strict=True))
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(count, NORM_EPSILON) for count in outs)
        self.dropout = nn.ModuleList(nn.Dropout(0.5) for _ in range(min(DROPOUTS, depth)))
        self.mask = nn.Conv2d(1, 2, 4, dilation=2, padding=3)

    def forward(self, magnitude: Tensor) -> Tensor:
        """Logits of the mask, of the shape of `magnitude` `(batch, 2, frames, bins)`, multiples of 64."""
        x, skips = magnitude, []
        for convolution, norm in zip(self.down, self.down_norm, strict=True):
            x = convolution(functional.pad(x, (1, 2, 1, 2)))
            skips.append(x)  # what is skipped, and what the decoder gets, is neither normalised nor activated
            x = self._activate_down(norm(x))
        x = skips.pop()
        for index, (convolution, norm) in enumerate(zip(self.up, self.up_norm, strict=True)):
            x = norm(self._activate_up(convolution(x)[..., :-1, :-1]))
            if index < len(self.dropout):
                x = self.dropout[index](x)
            if skips:
                x = torch.cat((skips.pop(), x), 1)
        logits: Tensor = self.mask(x)
        return logits

    def _activate_down(self, x: Tensor) -> Tensor:
        return functional.elu(x) if self._elu else functional.leaky_relu(x, 0.2)

    def _activate_up(self, x: Tensor) -> Tensor:
        return functional.elu(x) if self._elu else functional.relu(x)


def ratio_masks(logits: Tensor, magnitude: Tensor, *, softmax: bool) -> Tensor:
    """Masks `(stems, ...)` of the networks' `logits`: the share of each estimate in the sum of powers.

    With `softmax` (5 stems) the estimates are shares already before they are squared.
    """
    estimates = (logits.softmax(0) if softmax else logits.sigmoid()) * magnitude
    power = estimates.square_()
    total = power.sum(0).add_(EPSILON)
    return power.add_(EPSILON / len(logits)).div_(total)
