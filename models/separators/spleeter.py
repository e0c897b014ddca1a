"""`spleeter`: the published U-Nets of 2, 4 and 5 stems.

They hear a song in segments of 512 frames from its start, at its own level, and answer differently for other segments
(a sixth of a stem's energy, measured), so songs are cut in just those: what comes is what the original program gives.
At another sample rate a segment is up to one unit of the plan shorter. Above 11 kHz the published settings leave
everything in Other. *Frames* are STFT frames.

`model.json`: `targets` names the networks in the order of their masks; `activation` is `leaky_relu` or `elu`,
`softmax` (false) makes shares of the estimates first, `filters` are the encoder's (16 to 512).
"""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.blocks import BlockSeparator, Cut
from models.chunks import MODEL_RATE, ChunkPlan
from models.instruments import INSTRUMENTS
from models.networks.spleeter import BINS_SEEN, FILTERS, SEGMENT_FRAMES, SpleeterUnet, ratio_masks
from models.registry import ModelInfo
from models.target_weights import load_target

WINDOW: Final = 4096
HOP: Final = 1024
SEGMENT: Final = SEGMENT_FRAMES * HOP
"""A segment and the next are so many samples apart."""

OVERLAP: Final = WINDOW - HOP
"""Samples at either end of a segment that its neighbour reaches into."""

BEFORE: Final = WINDOW - OVERLAP // 2
"""The first segment begins a window before the song, and its middle of the overlap so many samples before."""

CONTEXT: Final = WINDOW
"""Samples heard before and after a cell; more than half the overlap, for the conversion of the rate."""

START: Final = CONTEXT - OVERLAP // 2
"""Where in what is heard the segment begins."""


def plan(frames: int, rate: int) -> ChunkPlan:
    """Cells from the middle of an overlap to the next, in whole units of a song at `rate` Hz.

    A segment begins at the same place of what is heard; so much more context as there is, so much shorter is a cell.
    """
    unit = ChunkPlan.of(frames, rate).unit
    samples = MODEL_RATE * unit // rate  # of a unit at the networks' rate
    context = -(-CONTEXT // samples) * unit
    length = (SEGMENT + CONTEXT - context // unit * samples) // samples * unit
    fade = 2 * round(OVERLAP / 2 * rate / MODEL_RATE)
    return ChunkPlan(frames, unit, length, context, fade, lead=round(BEFORE * rate / MODEL_RATE))


def fade_in(plan: ChunkPlan) -> NDArray[np.float32]:
    """The share of the later segment's frames in what overlapping squared windows weigh together."""
    places = np.arange(plan.fade) * OVERLAP / max(plan.fade, 1)
    angles = np.pi / WINDOW * (places[:, None] - HOP * np.arange(OVERLAP // HOP))
    weights: NDArray[np.float32] = ((angles > 0) * np.sin(angles) ** 4).sum(1).astype(np.float32) / np.float32(1.5)
    return weights


class SpleeterBlock:
    """The networks between the spectrogram of a segment and its inverse."""

    has_activations = False

    def __init__(self, networks: dict[str, SpleeterUnet], instruments: tuple[str, ...], *, softmax: bool) -> None:
        """`instruments` are the stems that are wanted, in the order of the networks."""
        self.instruments = instruments
        self._networks = {name: network.eval() for name, network in networks.items()}
        self._softmax = softmax
        self._window = torch.hann_window(WINDOW)

    def __call__(self, audio: Tensor) -> tuple[Tensor, None]:
        """As `models.blocks.Block` says, for a cell of `plan` with its context."""
        here = slice(START, START + SEGMENT + OVERLAP)
        stems = torch.zeros(len(self.instruments), *audio.shape)
        heard = audio[:, here]
        spectrum = self._spectrum(functional.pad(heard, (0, SEGMENT + OVERLAP - heard.shape[1])))
        magnitude = spectrum[..., :BINS_SEEN].abs()
        logits = torch.stack([network(magnitude[None])[0] for network in self._networks.values()])
        masks = ratio_masks(logits, magnitude, softmax=self._softmax)
        rows = [index for index, name in enumerate(self._networks) if name in self.instruments]
        for row, stem in zip(rows, stems, strict=True):
            stem[:, here] = self._inverse(spectrum[..., :BINS_SEEN] * masks[row])[:, : heard.shape[1]]
        return stems, None

    def _spectrum(self, audio: Tensor) -> Tensor:
        return torch.fft.rfft(audio.unfold(-1, WINDOW, HOP) * self._window)

    def _inverse(self, spectrum: Tensor) -> Tensor:
        """Audio of a segment's frames, each sample divided by what their squared windows weigh there."""
        frames = torch.fft.irfft(spectrum, WINDOW).mul_(self._window)
        weight = _overlap_add(self._window.square().expand(SEGMENT_FRAMES, -1))
        return _overlap_add(frames).div_(weight.clamp_(min=1e-8))


def _overlap_add(frames: Tensor) -> Tensor:
    """Sum `(..., frames, window)`, each a hop later than the one before."""
    count, parts = frames.shape[-2], WINDOW // HOP
    blocks = frames.reshape(*frames.shape[:-1], parts, HOP)
    total = frames.new_zeros(*frames.shape[:-2], count + parts - 1, HOP)
    for part in range(parts):
        total[..., part : part + count, :] += blocks[..., part, :]
    return total.flatten(-2)


def load(info: ModelInfo, description: dict[str, Any]) -> BlockSeparator:
    """A separator with the weights in `info.folder`."""
    filters = tuple(description.get("filters", FILTERS))
    elu = {"leaky_relu": False, "elu": True}[description.get("activation", "leaky_relu")]
    networks = {}
    for target in description["targets"]:
        network = load_target(SpleeterUnet(filters, elu=elu), info.folder, target)
        assert isinstance(network, SpleeterUnet)
        networks[target] = network
    instruments = tuple(name for name in networks if name in INSTRUMENTS)
    block = SpleeterBlock(networks, instruments, softmax=bool(description.get("softmax", False)))
    cut = Cut(plan, longest=1, fade_in=fade_in)
    return BlockSeparator(info.name, block, None, cut=cut)
