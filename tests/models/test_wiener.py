"""Wiener filtering: conservative, exact where it can be, and a help where sources stand apart in the stereo image."""

import pytest
import torch

from models.wiener import residual_magnitude, wiener


def spectrum(seed: int, left: float = 1.0, right: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    source = torch.randn(40, 33, dtype=torch.complex64, generator=generator)
    return torch.stack((left * source, right * source))


@pytest.mark.parametrize("iterations", [1, 3])
def test_sources_add_up_to_the_mix(iterations: int) -> None:
    a, b = spectrum(0, 1.0, 0.2), spectrum(1, 0.3, 1.0)
    mix = 100 * (a + b)
    estimates = list(wiener(mix, [100 * a.abs() + 5, 100 * b.abs() + 5], iterations))
    torch.testing.assert_close(estimates[0] + estimates[1], mix, atol=0.05, rtol=1e-3)


def test_true_powers_and_places_separate_two_sources() -> None:
    """Two sources in different places, powers known: two equations for two unknowns."""
    a, b = spectrum(0, 1.0, 0.1), spectrum(1, 0.1, 1.0)
    (first, second) = wiener(a + b, [a.abs(), b.abs()], 2)
    for estimate, truth in ((first, a), (second, b)):
        error_db = 10 * torch.log10((estimate - truth).abs().square().sum() / truth.abs().square().sum())
        masked = truth.abs() / (a.abs() + b.abs()) * (a + b)
        masked_db = 10 * torch.log10((masked - truth).abs().square().sum() / truth.abs().square().sum())
        assert error_db < masked_db - 3


def test_silence_is_silence() -> None:
    silence = torch.zeros(2, 5, 9, dtype=torch.complex64)
    for estimate in wiener(silence, [silence.abs(), silence.abs()]):
        assert estimate.abs().max() == 0


def test_residual_is_what_is_left() -> None:
    mix = spectrum(0)
    assert torch.equal(residual_magnitude(mix, [2 * mix.abs()]), torch.zeros(mix.shape))
    torch.testing.assert_close(residual_magnitude(mix, [0.25 * mix.abs(), 0.25 * mix.abs()]), 0.5 * mix.abs())
