"""STFT and its inverse, and that training sees the same spectrogram as inference."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.remix import StemAdder
from models.spectrogram import SpectrogramSettings, istft, stft

SETTINGS = SpectrogramSettings()


@settings(deadline=None, max_examples=20)
@given(samples=st.integers(1, 20_000), seed=st.integers(0, 2**16))
def test_round_trip_is_exact_at_any_length(samples: int, seed: int) -> None:
    audio = torch.randn(2, samples, generator=torch.Generator().manual_seed(seed))
    spectrum = stft(audio, SETTINGS)
    assert spectrum.shape == (2, SETTINGS.frames(samples), 2049)
    torch.testing.assert_close(istft(spectrum, samples, SETTINGS), audio, atol=2e-5, rtol=0)


def test_frame_is_centred_on_its_sample() -> None:
    audio = torch.zeros(20 * 1024)
    audio[7 * 1024] = 1.0
    level = stft(audio, SETTINGS).abs().sum(1)
    assert int(level.argmax()) == 7


def test_training_sees_what_inference_sees() -> None:
    audio = np.random.default_rng(0).standard_normal((30_000, 2)).astype(np.float32)
    ours = stft(torch.from_numpy(audio.T.copy()), SETTINGS)
    mix, roots = np.zeros(ours.shape, np.complex64), np.ones(ours.shape, np.float32)
    StemAdder().add(audio, np.ones((2, 2049), np.float32), mix, roots)
    torch.testing.assert_close(torch.from_numpy(mix), ours, atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(torch.from_numpy(roots), ours.abs().sqrt(), atol=1e-2, rtol=1e-4)


@pytest.mark.parametrize("samples", [1, 1023, 1024, 1025])
def test_frame_count(samples: int) -> None:
    assert SETTINGS.frames(samples) == stft(torch.zeros(samples), SETTINGS).shape[-2]


def test_transforms_are_those_of_torch() -> None:
    audio = torch.randn(2, 30_000, generator=torch.Generator().manual_seed(0))
    window = torch.hann_window(4096)
    theirs = torch.stft(audio, 4096, 1024, window=window, pad_mode="constant", return_complex=True)
    torch.testing.assert_close(stft(audio, SETTINGS), theirs.mT, atol=1e-3, rtol=1e-4)
    changed = theirs * torch.rand(theirs.shape, generator=torch.Generator().manual_seed(1))
    expected = torch.istft(changed, 4096, 1024, window=window, length=29_000)
    torch.testing.assert_close(istft(changed.mT, 29_000, SETTINGS), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize(("window", "hop"), [(4096, 1000), (4096, 0), (1024, 1024)])
def test_sizes_that_do_not_overlap_are_refused(window: int, hop: int) -> None:
    with pytest.raises(ValueError, match="hops"):
        SpectrogramSettings(window, hop)
