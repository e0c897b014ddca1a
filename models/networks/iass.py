"""`iass`: the network as published, one instrument a network.

Hung & Lerch, "Multitask learning for instrument activation aware music source separation", ISMIR 2020. A residual U-Net
over the magnitude spectrogram of a mono mix; only frequency is shrunk (1487 -> 495 -> 165 -> 55), never time. The mask
comes out of the decoder, the instrument's activation out of the latent. Frames are STFT frames.
"""

from typing import Final

import torch
from torch import Tensor, nn

BINS: Final = 2049
BINS_SEEN: Final = 1487
"""About 16 kHz."""

CHANNELS: Final = (16, 32, 48)


def _convolution(channels_in: int, channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.LeakyReLU())


class EncoderBlock(nn.Module):
    """Two convolutions plus a 1x1 convolution of the input; then frequency shrinks to a third."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(_convolution(channels_in, channels), _convolution(channels, channels))
        self.residual = nn.Conv2d(channels_in, channels, 1)
        self.shrink = nn.Conv2d(channels, channels, (3, 1), stride=(3, 1))

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels_in, bins, frames)` to `(batch, channels, bins // 3, frames)`."""
        shrunk: Tensor = self.shrink(self.convolutions(x) + self.residual(x))
        return shrunk


class DecoderBlock(nn.Module):
    """Frequency grows to the encoder's size, the skip joins, two transposed convolutions follow."""

    def __init__(self, channels_in: int, skip: int, hidden: int, channels: int, *, spare_bins: int, last: bool) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(channels_in, channels_in, (3, 1), stride=(3, 1), output_padding=(spare_bins, 0))
        self.first = nn.Sequential(
            nn.ConvTranspose2d(channels_in + skip, hidden, 3, padding=1), nn.LeakyReLU(), nn.BatchNorm2d(hidden)
        )
        second: list[nn.Module] = [nn.ConvTranspose2d(hidden, channels, 3, padding=1)]
        self.second = nn.Sequential(*second, *([] if last else [nn.LeakyReLU(), nn.BatchNorm2d(channels)]))

    def forward(self, x: Tensor, skip: Tensor | None) -> Tensor:
        """`(batch, channels_in, bins, frames)` to `(batch, channels, 3 * bins + spare_bins, frames)`."""
        x = self.grow(x)
        if skip is not None:
            x = torch.cat((x, skip), 1)
        result: Tensor = self.second(self.first(x))
        return result


class Iass(nn.Module):
    """The published network. `mean` and `scale` of each bin are measured on the training set."""

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(BINS_SEEN))
        self.register_buffer("scale", torch.ones(BINS_SEEN))
        one, two, three = CHANNELS
        self.encoder = nn.ModuleList((EncoderBlock(1, one), EncoderBlock(one, two), EncoderBlock(two, three)))
        self.skips = nn.ModuleList((nn.Conv2d(one, one, 3, padding=1), nn.Conv2d(two, two, 3, padding=1)))
        self.decoder = nn.ModuleList(
            (
                DecoderBlock(three, two, 40, 32, spare_bins=0, last=False),
                DecoderBlock(two, one, 24, 16, spare_bins=0, last=False),
                DecoderBlock(one, 0, 8, 1, spare_bins=2, last=True),
            )
        )
        self.widen = nn.Linear(BINS_SEEN, BINS)
        self.output_scale = nn.Parameter(torch.ones(BINS))
        self.output_offset = nn.Parameter(torch.ones(BINS))
        self.activation = nn.Sequential(
            *(
                layer
                for channels_in, channels in ((three, 32), (32, 16), (16, 16))
                for layer in (
                    nn.Conv2d(channels_in, channels, (3, 1), stride=(3, 1)),
                    nn.BatchNorm2d(channels),
                    nn.LeakyReLU(),
                )
            ),
            nn.Conv2d(16, 1, (2, 1)),
        )

    def encode(self, magnitude: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Latent `(batch, 48, 55, frames)` and the encoder's outputs of a magnitude `(batch, 2049, frames)`."""
        x = (magnitude[:, :BINS_SEEN] - self.mean[:, None]) / self.scale[:, None]
        outputs = []
        x = x[:, None]
        for block in self.encoder:
            x = block(x)
            outputs.append(x)
        return x, outputs

    def forward(self, magnitude: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate mask and activation.

        Args:
            magnitude: `(batch, 2049, frames)` of a mono mix.

        Returns:
            The mask `(batch, 2049, frames)`, 0 or more, and one activation logit per frame `(batch, frames)`.
        """
        x, outputs = self.encode(magnitude)
        logits = self.activation(x)[:, 0, 0]
        skips = (self.skips[1](outputs[1]), self.skips[0](outputs[0]), None)
        for block, skip in zip(self.decoder, skips, strict=True):
            x = block(x, skip)
        widened = self.widen(x[:, 0].transpose(1, 2)) * self.output_scale + self.output_offset
        return torch.relu(widened).transpose(1, 2), logits
