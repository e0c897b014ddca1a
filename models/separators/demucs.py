"""`demucs`: the Hybrid Transformer Demucs models, made by the classes of the package `demucs` (extra `demucs`).

Rouard, Massa & Défossez, "Hybrid transformers for music source separation", ICASSP 2023. They hear pieces of the
length that they were trained with, each faded linearly into the next, as the original program does; it also makes the
mean of a random shift, which this does not.

`model.json`: `targets` are the sources; `networks` holds the arguments of each network of the bag, whose weights are
`<number>.<parameter>`, and `bag` what each one counts for each source (all alike by default).
"""

from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from models.blocks import BlockSeparator, Cut
from models.chunks import ChunkPlan
from models.conversion.demucs import argument
from models.instruments import INSTRUMENTS
from models.registry import ModelError, ModelInfo

MIX_RMS: Final = 1.0
"""The original program divides a song by its standard deviation."""

OVERLAP: Final = 0.25
"""Share of a piece that the next one hears too, as published."""

_SPARE: Final = 0.01  # of a piece, for lengths are rounded up to whole units of the song


class DemucsBlock:
    """The bag of networks, on pieces of any length."""

    has_activations = False

    def __init__(
        self, networks: list[nn.Module], bag: list[list[float]], sources: tuple[str, ...], wanted: tuple[str, ...]
    ) -> None:
        """`bag` is what each network counts for each source; `wanted` are the sources that are given."""
        self.instruments = wanted
        self._networks = [network.eval() for network in networks]
        weights = torch.tensor(bag)
        self._weights = weights / weights.sum(0)
        self._rows = [sources.index(name) for name in wanted]
        self.segment = min(int(float(network.segment) * network.samplerate) for network in networks)  # type: ignore[arg-type, operator]

    def __call__(self, audio: Tensor) -> tuple[Tensor, None]:
        """As `models.blocks.Block` says."""
        samples = audio.shape[-1]
        stems, total = torch.zeros(len(self._rows), *audio.shape), torch.zeros(samples)
        for start in range(0, max(1, samples - int(OVERLAP * self.segment)), int((1 - OVERLAP) * self.segment)):
            piece = audio[:, start : start + self.segment]
            weight = _triangle(piece.shape[-1])
            stems[..., start : start + self.segment] += self._separate(piece) * weight
            total[start : start + self.segment] += weight
        return stems.div_(total), None

    def _separate(self, piece: Tensor) -> Tensor:
        """Stems of no more than a segment, which lies in the middle of the silence that is missing to one."""
        missing = self.segment - piece.shape[-1]
        before = missing // 2
        padded = functional.pad(piece, (before, missing - before))[None]
        stems = torch.zeros(len(self._rows), *piece.shape)
        for network, weights in zip(self._networks, self._weights, strict=True):
            if bool(weights[self._rows].any()):
                estimate = network(padded)[0, self._rows, :, before : before + piece.shape[-1]]
                stems += estimate * weights[self._rows, None, None]
        return stems


def _triangle(samples: int) -> Tensor:
    rising = torch.arange(1, samples // 2 + 1)
    return torch.cat((rising, torch.arange(samples - samples // 2, 0, -1))) / max(samples // 2, 1)


def cut(segment_s: float) -> Cut:
    """Cells that are heard, with their context, as one segment."""
    context_s = segment_s * OVERLAP / 2
    length_s = segment_s * (1 - OVERLAP - _SPARE)

    def plan(frames: int, rate: int) -> ChunkPlan:
        fade_s = 2 * context_s * (1 - _SPARE)
        return ChunkPlan.of(frames, rate, length_s=length_s, context_s=context_s, fade_s=fade_s)

    return Cut(plan, longest=1)


def load(info: ModelInfo, description: dict[str, Any]) -> BlockSeparator:
    """A separator with the weights in `info.folder`. Raises ModelError if the extra is not installed."""
    try:
        from demucs.htdemucs import HTDemucs
    except ImportError:
        raise ModelError(
            f"The model “{info.name}” needs the package demucs; install it with: pip install 'partwise[demucs]'."
        ) from None
    weights = load_file(info.folder / "weights.safetensors")
    networks = []
    for number, arguments in enumerate(description["networks"]):
        network = HTDemucs(**{name: argument(value) for name, value in arguments.items()})
        prefix = f"{number}."
        state = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        network.load_state_dict(state)
        networks.append(network)
    sources = tuple(description["targets"])
    wanted = tuple(name for name in sources if name in INSTRUMENTS or name in info.lanes)
    bag = description.get("bag") or np.ones((len(networks), len(sources))).tolist()
    block = DemucsBlock(networks, bag, sources, wanted)
    return BlockSeparator(info.name, block, MIX_RMS, lanes=info.lanes, cut=cut(block.segment / info.rate))
