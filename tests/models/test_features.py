"""The separator's features are the ones that the network was trained on."""

import pytest
import torch

from models.features import features
from models.networks.iass_six import IassSix, IassSixConfig
from models.spectrogram import SpectrogramSettings, stft


@pytest.mark.parametrize("segments", [((512, 1), (512, 2), (512, 4)), ((128, 1),)])
@pytest.mark.parametrize("level", [0.0, 1e-3, 1.0])
def test_same_as_the_network_s_own(segments: tuple[tuple[int, int], ...], level: float) -> None:
    generator = torch.Generator().manual_seed(3)
    network = IassSix(IassSixConfig(segments=segments, bands=2, channels=(8, 8)))
    network.feature_mean.normal_(generator=generator)
    network.feature_scale.uniform_(0.5, 2.0, generator=generator)
    audio = level * torch.randn(2, 20_000, generator=generator)
    audio[1, 10_000:] = audio[0, 10_000:]  # one and the same in both channels: no difference is left
    spectrum = stft(audio, SpectrogramSettings())
    expected = network.features(spectrum[None])
    # A root's slope at zero is infinite, so that rounding shows where the channels cancel.
    torch.testing.assert_close(features(network, spectrum), expected, atol=2e-2 * level**0.5 + 1e-6, rtol=1e-4)


def test_the_roots_are_exact_where_nothing_cancels() -> None:
    network = IassSix(IassSixConfig(segments=((128, 1),), bands=2, channels=(8, 8)))
    spectrum = stft(torch.randn(2, 20_000, generator=torch.Generator().manual_seed(4)), SpectrogramSettings())
    ours, expected = features(network, spectrum), network.features(spectrum[None])
    torch.testing.assert_close(ours[:, :2], expected[:, :2], atol=1e-5, rtol=1e-5)
    assert (ours - expected).abs().mean() < 1e-5
