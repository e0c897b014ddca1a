"""`open-unmix`: the baseline, a network for each target; no activations.

`model.json`: `targets` names the networks, `network` holds their sizes, `wiener` (false) asks for one iteration of
multichannel Wiener filtering, `mix_rms` is the level that the networks expect, null if they take songs as they are.
"""

from typing import Any

import torch
from torch import Tensor

from models.blocks import MIX_RMS, BlockSeparator, bfloat16_is_fast, fast_precision
from models.instruments import INSTRUMENTS, OTHER
from models.networks.open_unmix import OpenUnmix
from models.registry import ModelInfo
from models.resynthesis import Resynthesis
from models.spectrogram import SpectrogramSettings, stft
from models.target_weights import load_target
from models.wiener import residual_magnitude, wiener


class OpenUnmixBlock:
    """The networks between a spectrogram and its inverse."""

    has_activations = False

    def __init__(self, networks: dict[str, OpenUnmix], spectrogram: SpectrogramSettings, use_wiener: bool) -> None:
        self.instruments = tuple(name for name in networks if name in INSTRUMENTS)
        self._networks = {name: network.eval() for name, network in networks.items()}
        self._spectrogram = spectrogram
        self._wiener = use_wiener
        self._fast = bfloat16_is_fast()

    def __call__(self, audio: Tensor) -> tuple[Tensor, None]:
        """As `models.blocks.Block` says."""
        spectrum = stft(audio, self._spectrogram)
        magnitude = spectrum.abs()
        stems = torch.empty(len(self.instruments), *audio.shape)
        resynthesis = Resynthesis(spectrum, self._spectrogram)
        if not self._wiener:
            share = magnitude.clamp(min=1e-8).reciprocal_()
            for name, stem in zip(self.instruments, stems, strict=True):
                resynthesis(self._estimate(name, magnitude) * share, stem)
            return stems, None
        names = (*self.instruments, *(name for name in self._networks if name == OTHER))
        estimates = [self._estimate(name, magnitude) for name in names]
        if OTHER not in names:
            estimates.append(residual_magnitude(spectrum, estimates))
        for source, stem in zip(wiener(spectrum, estimates), stems, strict=False):
            resynthesis.inverse(source, stem)
        return stems, None

    def _estimate(self, name: str, magnitude: Tensor) -> Tensor:
        """The target's magnitude, `(2, frames, bins)` like the mix's."""
        with fast_precision(self._fast):
            estimate: Tensor = self._networks[name](magnitude.mT[None])
        return estimate[0].float().mT.contiguous()


def load(info: ModelInfo, description: dict[str, Any]) -> BlockSeparator:
    """A separator with the weights in `info.folder`."""
    sizes, use_wiener = description.get("network", {}), bool(description.get("wiener", False))
    networks = {}
    for target in description["targets"] if use_wiener else info.instruments:
        network = load_target(OpenUnmix(**sizes), info.folder, target)
        assert isinstance(network, OpenUnmix)
        networks[target] = network
    spectrogram = SpectrogramSettings(**description.get("spectrogram", {}))
    block = OpenUnmixBlock(networks, spectrogram, use_wiener)
    return BlockSeparator(info.name, block, description.get("mix_rms", MIX_RMS))
