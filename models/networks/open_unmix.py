"""Open-Unmix (Stöter, Uhlich, Liutkus & Mitsufuji 2019), the baseline: one network a target.

Parameters carry the names of the published state dicts, which load unchanged: `umxhq` (width 512) and `umxl` (1024).
Frames are STFT frames.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn

BINS: Final = 2049
BINS_SEEN: Final = 1487

PUBLISHED_BESIDE: Final = ("sample_rate", "stft.window", "transform.0.window")
"""What the published files hold of the first version's transform, which was a part of its network."""


class OpenUnmix(nn.Module):
    """A three-layer bidirectional LSTM between linear layers, with a skip around it; the output is a mask."""

    def __init__(self, hidden: int = 512, channels: int = 2, bins: int = BINS, bins_seen: int = BINS_SEEN) -> None:
        super().__init__()
        self.hidden, self.bins, self.bins_seen = hidden, bins, bins_seen
        self.fc1 = nn.Linear(bins_seen * channels, hidden, bias=False)
        self.bn1 = nn.BatchNorm1d(hidden)
        self.lstm = nn.LSTM(hidden, hidden // 2, num_layers=3, bidirectional=True, dropout=0.4)
        self.fc2 = nn.Linear(hidden * 2, hidden, bias=False)
        self.bn2 = nn.BatchNorm1d(hidden)
        self.fc3 = nn.Linear(hidden, bins * channels, bias=False)
        self.bn3 = nn.BatchNorm1d(bins * channels)
        self.input_mean = nn.Parameter(torch.zeros(bins_seen))
        self.input_scale = nn.Parameter(torch.ones(bins_seen))
        self.output_scale = nn.Parameter(torch.ones(bins))
        self.output_mean = nn.Parameter(torch.ones(bins))
        self.register_load_state_dict_pre_hook(_drop_transform)  # type: ignore[no-untyped-call]

    def forward(self, magnitude: Tensor) -> Tensor:
        """Estimate the target's magnitude, of the shape of the mix's `(batch, channels, bins, frames)`."""
        mix = magnitude.permute(3, 0, 1, 2)
        frames, batch, channels, bins = mix.shape
        x = (mix[..., : self.bins_seen] + self.input_mean) * self.input_scale
        x = self.fc1(x.reshape(-1, channels * self.bins_seen))
        x = torch.tanh(self.bn1(x).reshape(frames, batch, self.hidden))
        x = torch.cat((x, self.lstm(x)[0]), -1)
        x = torch.relu(self.bn2(self.fc2(x.reshape(-1, x.shape[-1]))))
        x = self.bn3(self.fc3(x)).reshape(frames, batch, channels, bins)
        mask = torch.relu(x * self.output_scale + self.output_mean)
        return (mask * mix).permute(1, 2, 3, 0)


def published_width(state: dict[str, Tensor]) -> int:
    """`hidden` of the network that a published state dict belongs to."""
    return len(state["bn1.weight"])


def _drop_transform(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    for name in PUBLISHED_BESIDE:
        state.pop(prefix + name, None)
