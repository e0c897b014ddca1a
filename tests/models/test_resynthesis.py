"""Masking and inverting in one go is what multiplying and `istft` are."""

from math import ceil

import pytest
import torch

from models.networks.bin_groups import BinGroups
from models.resynthesis import HIGHEST_SHARE, Resynthesis, StemThreads
from models.spectrogram import SpectrogramSettings, istft, stft

SETTINGS = SpectrogramSettings()


@pytest.mark.parametrize("samples", [1, 1024, 30_001, 150_000])
@pytest.mark.parametrize(
    "groups", [BinGroups(((2049, 1),)), BinGroups(((512, 1), (512, 2), (512, 4))), BinGroups(((96, 3),))]
)
def test_same_as_multiplying_and_istft(samples: int, groups: BinGroups) -> None:
    generator = torch.Generator().manual_seed(samples)
    spectrum = stft(torch.randn(2, samples, generator=generator), SETTINGS)
    resynthesis = Resynthesis(spectrum, SETTINGS, groups)
    for _ in range(2):  # buffers are used again
        mask = torch.rand(2, spectrum.shape[1], groups.count, generator=generator)
        highest = ceil(HIGHEST_SHARE / groups.segments[-1][1])
        share = mask[..., -highest:].mean(-1, keepdim=True)
        whole = torch.cat((groups.expand(mask), share.expand(-1, -1, 2049 - groups.bins)), -1)
        out = torch.empty(2, samples)
        resynthesis(mask, out)
        torch.testing.assert_close(out, istft(spectrum * whole, samples, SETTINGS), atol=2e-5, rtol=0)
        resynthesis.inverse(spectrum * whole.flip(1), out)
        torch.testing.assert_close(out, istft(spectrum * whole.flip(1), samples, SETTINGS), atol=2e-5, rtol=0)


def test_hops_must_meet_the_middle_of_the_window() -> None:
    settings = SpectrogramSettings(3072, 1024)
    with pytest.raises(ValueError, match="whole number of hops"):
        Resynthesis(torch.zeros(1, 3, settings.bins, dtype=torch.complex64), settings)


@pytest.mark.parametrize("stems", [1, 6])
def test_threads_write_the_same_stems(stems: int) -> None:
    groups, threads = BinGroups(((512, 1), (512, 2), (512, 4))), torch.get_num_threads()
    spectrum = stft(torch.randn(2, 30_001), SETTINGS)
    masks = torch.rand(stems, 2, spectrum.shape[1], groups.count)
    expected, written = torch.empty(stems, 2, 30_001), torch.empty(stems, 2, 30_001)
    resynthesis = Resynthesis(spectrum, SETTINGS, groups)
    for mask, stem in zip(masks, expected, strict=True):
        resynthesis(mask, stem)
    for _ in range(2):
        StemThreads().write(spectrum, masks, written, SETTINGS, groups)
        torch.testing.assert_close(written, expected)
        assert torch.get_num_threads() == threads
