"""`iass-six`: one network that gives the masks and activations of all six instruments."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.blocks import BlockSeparator, bfloat16_is_fast, fast_precision
from models.features import features
from models.instruments import INSTRUMENTS
from models.networks.iass_six import IassSix, IassSixConfig
from models.registry import ModelInfo
from models.resynthesis import StemThreads
from models.spectrogram import SpectrogramSettings, stft


class IassSixBlock:
    """The network between a spectrogram and its inverse."""

    instruments = INSTRUMENTS
    has_activations = True

    def __init__(
        self,
        network: IassSix,
        spectrogram: SpectrogramSettings,
        fast: bool | None = None,
        activation_shift: Sequence[float] | None = None,
    ) -> None:
        """Make a block.

        Args:
            network: with its weights.
            spectrogram: that it was trained on.
            fast: compute the network in bfloat16; by default where that is faster.
            activation_shift: added to the logits of each instrument, which gives it a threshold of its own.
        """
        self._shift = torch.tensor(activation_shift or [0.0] * len(INSTRUMENTS))[:, None]
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._spectrogram = spectrogram
        self._fast = bfloat16_is_fast() if fast is None else fast
        self._threads = StemThreads()

    def __call__(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """As `models.blocks.Block` says."""
        spectrum = stft(audio, self._spectrogram)
        seen = features(self._network, spectrum)
        with fast_precision(self._fast):
            log_masks, logits = self._network.estimate(seen)
        masks = log_masks[0, : len(INSTRUMENTS)].float().exp_()
        stems = torch.empty(len(INSTRUMENTS), audio.shape[-1], 2).mT  # interleaved, as the app wants them
        self._threads.write(spectrum, masks, stems, self._spectrogram, self._network.groups)
        return stems, (logits[0].float() + self._shift).sigmoid()

    def probabilities(self, audio: Tensor) -> Tensor:
        """As `models.blocks.ListeningBlock` says."""
        seen = features(self._network, stft(audio, self._spectrogram))
        with fast_precision(self._fast):
            logits = self._network.activation_logits(seen)
        return (logits[0].float() + self._shift).sigmoid()


def load(info: ModelInfo, description: dict[str, Any]) -> BlockSeparator:
    """A separator with the weights in `info.folder`."""
    network = IassSix(IassSixConfig(**description["network"]))
    expected = network.state_dict()
    weights = load_file(info.folder / "weights.safetensors")
    network.load_state_dict({key: value.to(expected[key].dtype) for key, value in weights.items()})
    shift = description.get("activation_shift")
    if shift is not None and (len(shift) != len(INSTRUMENTS) or not all(map(isfinite, shift))):
        raise ValueError("activation_shift must be six numbers")
    block = IassSixBlock(network, SpectrogramSettings(**description["spectrogram"]), activation_shift=shift)
    return BlockSeparator(info.name, block)
