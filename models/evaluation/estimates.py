"""Estimates of a song's sources: by separators, and by two oracles that say what there is to gain.

Audio is float32 `(samples, 2)` at 44.1 kHz; `estimates` are by name of the source.
"""

from collections.abc import Collection, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_frame_count, activation_weights
from models.data.audio_file import SAMPLE_RATE
from models.instruments import INSTRUMENTS, OTHER
from models.separator import Separator
from models.spectrogram import SpectrogramSettings, istft, stft

Audio = NDArray[np.float32]
Sources = dict[str, Audio]


def separate_whole(separator: Separator, mix: Audio) -> tuple[Audio, Audio]:
    """Stems `(6, samples, 2)` and activation probabilities `(6, activation frames)` of a mix."""
    stems = np.zeros((len(INSTRUMENTS), *mix.shape), np.float32)
    activations = np.zeros((len(INSTRUMENTS), activation_frame_count(len(mix), SAMPLE_RATE)), np.float32)
    for span in separator.separate(mix, SAMPLE_RATE):
        stems[:, span.start : span.start + span.stems.shape[1]] = span.stems
        end = span.first_activation + span.activations.shape[1]
        activations[:, span.first_activation : end] = span.activations
    return stems, activations


def weight_stems(stems: Audio, activations: Audio, settings: ActivationSettings) -> Audio:
    """Multiply stems `(6, samples, 2)` with their activation weights, linear between activation frames."""
    places = np.arange(stems.shape[1]) / SAMPLE_RATE * ACTIVATION_RATE_HZ
    grid = np.arange(activations.shape[1])
    weights = activation_weights(activations, settings)
    result = np.empty_like(stems)
    for index, row in enumerate(weights):
        np.multiply(stems[index], np.interp(places, grid, row).astype(np.float32)[:, None], out=result[index])
    return result


def estimates_of(
    stems: Audio, mix: Audio, known: Collection[str], labelled: Collection[str], wanted: Collection[str]
) -> Sources:
    """The estimates of the wanted sources.

    `other` is the mix without the instruments that the song tells apart (`labelled`): the guitars and pianos of a
    dataset that has only vocals, bass and drums belong to its `other`. Instruments that the separator does not know
    (`known`) have no estimate.
    """
    by_name = {name: stems[INSTRUMENTS.index(name)] for name in known}
    estimates = {name: by_name[name] for name in wanted if name in by_name}
    if OTHER in wanted:
        told_apart = (audio for name, audio in by_name.items() if name in labelled)
        estimates[OTHER] = mix - sum(told_apart, np.zeros_like(mix))
    return estimates


def input_estimates(sources: Mapping[str, Audio], mix: Audio) -> Sources:
    """The mix itself as the estimate of every source: what a separator starts from."""
    return dict.fromkeys(sources, mix)


def ideal_binary_mask(sources: Mapping[str, Audio], mix: Audio) -> Sources:
    """The oracle of binary masks: a bin of the mix where the source's magnitude exceeds that of the rest, else 0."""
    settings = SpectrogramSettings()
    with torch.inference_mode():
        whole = stft(torch.from_numpy(np.ascontiguousarray(mix.T)), settings)
        estimates = {}
        for name, source in sources.items():
            own = stft(torch.from_numpy(np.ascontiguousarray(source.T)), settings)
            masked = whole * (own.abs() > (whole - own).abs())
            estimates[name] = np.ascontiguousarray(istft(masked, len(mix), settings).T.numpy())
    return estimates


ORACLES = {"ibm": ideal_binary_mask, "input": input_estimates}
