"""Multichannel Wiener filtering of spectrograms, with expectation-maximisation.

Duong, Vincent & Gribonval, "Under-determined reverberant audio source separation using a full-rank spatial covariance
model", IEEE TASLP 2010; with power spectra from a network: Nugraha, Liutkus & Vincent, "Multichannel audio source
separation with deep neural networks", IEEE/ACM TASLP 2016. Each source is a Gaussian whose covariance between the two
channels is its power at each frame and bin times a spatial covariance of each bin. *Frames* are STFT frames.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

EPSILON = 1e-10
"""Regularises covariances; the spectrogram is scaled so that its largest value is about 10."""


def residual_magnitude(mix: Tensor, magnitudes: Sequence[Tensor]) -> Tensor:
    """What the estimated magnitudes leave of the mix's; 0 where they exceed it. All of one shape."""
    return (mix.abs() - torch.stack(tuple(magnitudes)).sum(0)).clamp_(min=0)


def wiener(mix: Tensor, magnitudes: Sequence[Tensor], iterations: int = 1) -> Iterator[Tensor]:
    """Estimate every source's spectrogram; all together they are the mix.

    Args:
        mix: complex `(2, frames, bins)`.
        magnitudes: first estimates `(2, frames, bins)`, one a source, which should explain the whole mix.
        iterations: of expectation and maximisation, at least 1.

    Yields:
        A complex `(2, frames, bins)` for each source.
    """
    scale = max(1.0, float(mix.abs().max()) / 10) if mix.numel() else 1.0
    x = mix / scale
    phase = torch.polar(torch.ones_like(x.real), x.angle())
    sources = [magnitude / scale * phase for magnitude in magnitudes]
    for _ in range(iterations):
        models = [_model(source) for source in sources]
        total = sum((power * spatial for power, spatial in models), start=torch.zeros(4, *x.shape[1:], dtype=x.dtype))
        total[0] += EPSILON
        total[3] += EPSILON
        whitened = _solve(total, x)
        sources = [power * _multiply(spatial, whitened) for power, spatial in models]
    for source in sources:
        yield source * scale


def _model(source: Tensor) -> tuple[Tensor, Tensor]:
    """Power `(frames, bins)` and spatial covariance `(4, 1, bins)`: rows 11, 12, 21, 22 of a 2 x 2 matrix."""
    left, right = source
    power = (left.abs().square() + right.abs().square()) / 2
    weight = power.sum(0, keepdim=True) + EPSILON
    cross = (left * right.conj()).sum(0, keepdim=True)
    own = [(channel * channel.conj()).sum(0, keepdim=True) for channel in (left, right)]
    return power, torch.stack((own[0], cross, cross.conj(), own[1])) / weight


def _solve(matrix: Tensor, vector: Tensor) -> Tensor:
    """The 2 x 2 system at every frame and bin by Cramer's rule; `matrix` `(4, ...)`, `vector` `(2, ...)`."""
    a, b, c, d = matrix
    x, y = vector
    determinant = a * d - b * c
    return torch.stack((d * x - b * y, a * y - c * x)) / determinant


def _multiply(matrix: Tensor, vector: Tensor) -> Tensor:
    """The 2 x 2 matrix `(4, ...)` times `(2, ...)`."""
    a, b, c, d = matrix
    x, y = vector
    return torch.stack((a * x + b * y, c * x + d * y))
