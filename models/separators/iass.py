"""`iass`: the published network, one for each instrument.

The original is mono. Here each channel of a stereo song is given to the network as a mono song, and an instrument plays
where it does in one of them. `model.json` says the same as that of `open_unmix`, without `wiener`.
"""

from typing import Any

import torch
from torch import Tensor

from models.blocks import MIX_RMS, BlockSeparator, bfloat16_is_fast, fast_precision
from models.instruments import INSTRUMENTS
from models.networks.iass import Iass
from models.registry import ModelInfo
from models.resynthesis import Resynthesis
from models.spectrogram import SpectrogramSettings, stft
from models.target_weights import load_target


class IassBlock:
    """The networks between a spectrogram and its inverse."""

    has_activations = True

    def __init__(self, networks: dict[str, Iass], spectrogram: SpectrogramSettings) -> None:
        self.instruments = tuple(name for name in networks if name in INSTRUMENTS)
        self._networks = {name: network.eval() for name, network in networks.items()}
        self._spectrogram = spectrogram
        self._fast = bfloat16_is_fast()

    def __call__(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """As `models.blocks.Block` says."""
        spectrum = stft(audio, self._spectrogram)
        magnitude = spectrum.abs().mT
        stems = torch.empty(len(self.instruments), *audio.shape)
        probabilities = torch.empty(len(self.instruments), spectrum.shape[-2])
        resynthesis = Resynthesis(spectrum, self._spectrogram)
        for index, name in enumerate(self.instruments):
            with fast_precision(self._fast):
                mask, logits = self._networks[name](magnitude)
            resynthesis(mask.float().mT.contiguous(), stems[index])
            probabilities[index] = logits.float().amax(0).sigmoid()
        return stems, probabilities


def load(info: ModelInfo, description: dict[str, Any]) -> BlockSeparator:
    """A separator with the weights in `info.folder`."""
    networks = {}
    for target in info.instruments:  # `other` is what they leave, whatever a network for it says
        network = load_target(Iass(), info.folder, target)
        assert isinstance(network, Iass)
        networks[target] = network
    spectrogram = SpectrogramSettings(**description.get("spectrogram", {}))
    return BlockSeparator(info.name, IassBlock(networks, spectrogram), description.get("mix_rms", MIX_RMS))
