"""`iass-six`, the network that ships: one shared encoder, six masks (and the rest) and six activations in one pass.

It keeps the idea of the published network (`iass.py`): a residual U-Net whose latent also gives each instrument's
activation. To be cheap enough to train and run on two cores it differs in form: high bins are grouped, the groups are
folded into `bands` stacked as channels (band-split, as in Moises-Light, Hung et al. 2025), blocks are two 3x3
convolutions around a bottlenecked linear layer over frequency (TFC-TDF, Choi et al. 2020), time is pooled too, and a
recurrent layer in the latent sees the whole excerpt. Masks sum to one over the six instruments and the rest.
Frames are STFT frames.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from models.networks.bin_groups import BinGroups

SOURCES = 7
"""Six instruments, in the order of `models.instruments`, and the rest."""

INSTRUMENTS = 6


@dataclass(frozen=True)
class IassSixConfig:
    """Sizes of the network. `segments` are those of `BinGroups`; above its bins the spectrogram is not seen."""

    segments: tuple[tuple[int, int], ...] = ((512, 1), (512, 2), (512, 4))
    bands: int = 16
    channels: tuple[int, ...] = (32, 64, 128, 192)
    bottleneck: int = 8
    recurrent: int = 128

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        object.__setattr__(self, "segments", self.groups.segments)
        if self.groups.count % (self.bands * self.pooling):
            raise ValueError(f"{self.groups.count} groups do not divide into {self.bands} bands pooled {self.pooling}")

    @property
    def groups(self) -> BinGroups:
        """The network's frequency axis."""
        return BinGroups(self.segments)

    @property
    def bins(self) -> int:
        """Bins of the spectrogram that the network sees."""
        return self.groups.bins

    @property
    def pooling(self) -> int:
        """By how much the encoder shrinks frequency and time."""
        return 2 ** (len(self.channels) - 1)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in `model.json`."""
        return asdict(self)


class FrequencyBlock(nn.Module):
    """Bottlenecked linear layers along frequency, shared by all channels and frames (TDF), added to their input."""

    def __init__(self, channels: int, bins: int, bottleneck: int) -> None:
        super().__init__()
        hidden = max(8, bins // bottleneck)
        self.norm_in = nn.BatchNorm2d(channels)
        self.down = nn.Linear(bins, hidden, bias=False)
        self.norm_hidden = nn.BatchNorm2d(channels)
        self.up = nn.Linear(hidden, bins, bias=False)
        self.activation = nn.LeakyReLU(0.1, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels, frames, bins)` to the same shape."""
        hidden = self.down(self.activation(self.norm_in(x)))
        return x + self.up(self.activation(self.norm_hidden(hidden)))


class ResidualBlock(nn.Module):
    """Convolution, linear layer over frequency, convolution; plus a 1x1 convolution of the input."""

    def __init__(self, channels_in: int, channels: int, bins: int, bottleneck: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.BatchNorm2d(channels_in),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(channels_in, channels, 3, padding=1, bias=False),
        )
        self.frequency = FrequencyBlock(channels, bins, bottleneck)
        self.second = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        )
        same = channels_in == channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels_in, frames, bins)` to `(batch, channels, frames, bins)`."""
        return self.shortcut(x) + self.second(self.frequency(self.first(x)))


class RecurrentBlock(nn.Module):
    """A bidirectional recurrent layer over time on the whole latent, added to it: the long view of the song."""

    def __init__(self, channels: int, bins: int, hidden: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels * bins, hidden)
        self.recurrent = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.expand = nn.Linear(2 * hidden, channels * bins)

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels, frames, bins)` to the same shape."""
        batch, channels, frames, bins = x.shape
        sequence = x.permute(0, 2, 1, 3).reshape(batch, frames, channels * bins)
        # The recurrence is short and sensitive to rounding: float32 whatever autocast says.
        with torch.autocast(x.device.type, enabled=False):
            states, _ = self.recurrent(torch.tanh(self.project(sequence.float())))
            update = self.expand(states)
        return x + update.reshape(batch, frames, channels, bins).permute(0, 2, 1, 3).to(x.dtype)


class ActivationHead(nn.Module):
    """Convolutions over frequency only, on the latent; `pooling` logits per pooled frame give one per STFT frame."""

    def __init__(self, channels: int, bins: int, pooling: int) -> None:
        super().__init__()
        self.pooling = pooling
        self.layers = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(channels, 32, (3, 5), padding=(1, 0), stride=(1, 4), bias=False),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(32, INSTRUMENTS * pooling, (1, (bins - 5) // 4 + 1)),
        )

    def forward(self, latent: Tensor) -> Tensor:
        """`(batch, channels, frames / pooling, bins)` to logits `(batch, 6, frames)`."""
        logits = self.layers(latent).squeeze(-1)
        batch, _, frames = logits.shape
        logits = logits.reshape(batch, INSTRUMENTS, self.pooling, frames)
        return logits.transpose(2, 3).reshape(batch, INSTRUMENTS, frames * self.pooling)


class IassSix(nn.Module):
    """The network. Stereo in, stereo out. `feature_mean` and `feature_scale` are measured on the training set."""

    feature_mean: Tensor
    feature_scale: Tensor

    def __init__(self, config: IassSixConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or IassSixConfig()
        self.groups = config.groups
        widths, bins = config.channels, self.groups.count // config.bands
        self.register_buffer("feature_mean", torch.zeros(self.groups.count))
        self.register_buffer("feature_scale", torch.ones(self.groups.count))
        self.entry = nn.Conv2d(4 * config.bands, widths[0], 1, bias=False)
        self.encoder, self.shrink = nn.ModuleList(), nn.ModuleList()
        self.grow, self.decoder = nn.ModuleList(), nn.ModuleList()
        for narrow, wide in pairwise(widths):
            self.encoder.append(ResidualBlock(narrow, narrow, bins, config.bottleneck))
            self.shrink.append(nn.Conv2d(narrow, wide, 2, stride=2, bias=False))
            self.grow.append(nn.ConvTranspose2d(wide, narrow, 2, stride=2, bias=False))
            self.decoder.append(ResidualBlock(2 * narrow, narrow, bins, config.bottleneck))
            bins //= 2
        self.latent = ResidualBlock(widths[-1], widths[-1], bins, 2)
        self.recurrent = RecurrentBlock(widths[-1], bins, config.recurrent)
        self.activation = ActivationHead(widths[-1], bins, config.pooling)
        self.exit = nn.Conv2d(widths[0], SOURCES * 2 * config.bands, 1)

    def features(self, spectrum: Tensor) -> Tensor:
        """What the network sees of a complex `(batch, 2, frames, bins)`: `(batch, 4, frames, groups)`.

        Square-rooted magnitudes of left, right, their half sum and half difference, standardised per group. The last
        two tell the network where in the stereo image a sound stands, which magnitudes of left and right alone do not.
        """
        seen = spectrum[..., : self.groups.bins]
        power = _squared_views(seen.real).add_(_squared_views(seen.imag))  # half the time of abs()
        return (self.groups.mean(power.sqrt_().sqrt_()) - self.feature_mean) / self.feature_scale

    def forward(self, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate masks and activations.

        Args:
            spectrum: complex `(batch, 2, frames, bins)` of the mix, any number of frames.

        Returns:
            Log masks `(batch, 7, 2, frames, groups)`, whose exponentials sum to one over the seven sources (`groups`
            expands them to bins), and activation logits `(batch, 6, frames)`.
        """
        return self.estimate(self.features(spectrum))

    def estimate(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` from `features` `(batch, 4, frames, groups)`."""
        batch, _, frames, groups = features.shape
        x, skips = self._encode(features)
        logits = self.activation(x)
        for block, grow in zip(reversed(self.decoder), reversed(self.grow), strict=True):
            x = block(torch.cat((grow(x), skips.pop()), 1))
        bands, padded = self.config.bands, x.shape[2]
        x = self.exit(x).reshape(batch, SOURCES, 2, bands, padded, groups // bands)
        x = x.transpose(3, 4).reshape(batch, SOURCES, 2, padded, groups)
        return torch.log_softmax(x[:, :, :, :frames], 1), logits[..., :frames]

    def activation_logits(self, features: Tensor) -> Tensor:
        """Those of `estimate` alone, which need no decoder."""
        logits: Tensor = self.activation(self._encode(features)[0])
        return logits[..., : features.shape[-2]]

    def _encode(self, features: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The latent, and what each level of the encoder hands to the decoder, the lowest last."""
        batch, views, frames, groups = features.shape
        x = nn.functional.pad(features, (0, 0, 0, -frames % self.config.pooling))
        bands, padded = self.config.bands, x.shape[2]
        x = x.reshape(batch, views, padded, bands, groups // bands).permute(0, 1, 3, 2, 4)
        x = x.reshape(batch, views * bands, padded, groups // bands).contiguous(memory_format=torch.channels_last)
        x = self.entry(x)
        skips = []
        for block, shrink in zip(self.encoder, self.shrink, strict=True):
            x = block(x)
            skips.append(x)
            x = shrink(x)
        return self.recurrent(self.latent(x)), skips


def _squared_views(part: Tensor) -> Tensor:
    """Squares of left, right, their half sum and half difference: `(batch, 2, ...)` to `(batch, 4, ...)`."""
    part = part.contiguous()
    left, right = part[:, 0], part[:, 1]
    return torch.stack((left, right, (left + right).mul_(0.5), (left - right).mul_(0.5)), 1).square_()
