"""What `iass-six` is trained to make small.

Separation: squared error on square-rooted magnitudes, with masks that sum to one over the sources. A plain L1 on masked
magnitudes with independent masks collapses to silence on this material; the square root evens out loud and quiet bins,
and a softmax leaves no bin to nobody. Activation: binary cross-entropy on the frame labels.
"""

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from models.networks.bin_groups import BinGroups

SOURCE_WEIGHTS = (1.0, 1.2, 1.5, 1.4, 1.0, 1.0, 0.7)
"""Instruments that are quieter in mixes count more; order of `models.instruments.STEMS`."""

FRAMES_IN_CACHE: Final = 16
"""STFT frames of one channel whose seven spectra fit a core's cache."""


@dataclass(frozen=True)
class LossSettings:
    """Weights of the terms.

    `activation` is alpha, the weight of the activation term; `magnitude` that of the error on plain magnitudes;
    `sources` those of the sources, in the order of `models.instruments.STEMS`. The last two are of `iass-six` only.
    """

    activation: float = 0.1
    magnitude: float = 0.0
    label_smoothing: float = 0.02
    sources: tuple[float, ...] = SOURCE_WEIGHTS

    def to_dict(self) -> dict[str, Any]:
        """As it stands in `model.json`."""
        return asdict(self)


def separation_loss(
    log_masks: Tensor,
    mix_root: Tensor,
    target_roots: Tensor,
    groups: BinGroups,
    magnitude: float = 0.0,
    weights: Tensor | None = None,
) -> Tensor:
    """Mean squared error on square-rooted magnitudes.

    Args:
        log_masks: `(batch, 7, 2, frames, groups)`.
        mix_root: square-rooted magnitudes of the mix, `(batch, 2, frames, bins)`.
        target_roots: those of the sources, `(batch, 7, 2, frames, bins)`.
        groups: how the masks' groups become bins.
        magnitude: weight of the squared error on plain magnitudes, which follows loud bins as SDR does.
        weights: of the sources in each excerpt, `(batch, 7)`; `SOURCE_WEIGHTS` if there are none.

    Returns:
        A scalar, float32.
    """
    if weights is None:
        weights = torch.tensor(SOURCE_WEIGHTS).expand(len(log_masks), -1)
    loss: Tensor = _SeparationLoss.apply(  # type: ignore[no-untyped-call]
        log_masks, mix_root, target_roots, groups, magnitude, weights.to(log_masks.device)
    )
    return loss


class _SeparationLoss(torch.autograd.Function):
    """The loss and its gradient in one pass over pieces that stay in the cache.

    Left to autograd on whole tensors it is bound by memory and takes longer than the network.
    With mask m, mix x, target t, roots throughout: e = sqrt(m) x - t, so d(e^2) / d(log m) = e sqrt(m) x; with plain
    magnitudes f = m x^2 - t^2, so d(f^2) / d(log m) = 2 f m x^2.
    """

    @staticmethod
    def forward(
        context: Any,
        log_masks: Tensor,
        mix_root: Tensor,
        target_roots: Tensor,
        groups: BinGroups,
        magnitude: float,
        source_weights: Tensor,
    ) -> Tensor:
        """Sum over pieces; the gradient is kept, the inputs are not."""
        gradient = torch.empty_like(log_masks)
        total = torch.zeros((), device=log_masks.device)
        batch, _, channels, frames, _ = target_roots.shape
        piece = FRAMES_IN_CACHE if log_masks.device.type == "cpu" else frames
        for item, channel, start in product(range(batch), range(channels), range(0, frames, piece)):
            where = (item, slice(None), channel, slice(start, start + piece))
            weights = source_weights[item].view(-1, 1, 1)
            target = target_roots[where].float()
            root_mask = groups.expand((log_masks[where] * 0.5).float().exp_())
            estimate = root_mask * mix_root[item, channel, start : start + piece].float()
            error = estimate - target
            weighted = error * weights
            total += torch.dot(weighted.flatten(), error.flatten())
            slope = weighted * estimate
            if magnitude:
                plain = estimate.square_()
                weighted = torch.addcmul(plain, target, target, value=-1)
                error = weighted.clone()
                weighted *= weights
                total += magnitude * torch.dot(weighted.flatten(), error.flatten())
                slope.addcmul_(weighted, plain, value=2 * magnitude)
            gradient[where] = groups.sum(slope).to(gradient.dtype)
        context.save_for_backward(gradient)
        context.count = target_roots.numel()
        return total / context.count

    @staticmethod
    def backward(context: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None, None, None]:
        """What `forward` kept, scaled."""
        (gradient,) = context.saved_tensors
        return gradient * (upstream[0] / context.count), None, None, None, None, None


def activation_loss(logits: Tensor, activity: Tensor, label_smoothing: float, known: Tensor | None = None) -> Tensor:
    """Binary cross-entropy of logits against labels 0..1, both `(batch, instruments, frames)`, averaged over all.

    `known`, `(batch, instruments)`, is 0 where there are no labels.
    """
    labels = activity * (1 - 2 * label_smoothing) + label_smoothing
    weight = None if known is None else known[..., None]
    return functional.binary_cross_entropy_with_logits(logits.float(), labels, weight)


def magnitude_loss(estimate: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Mean squared error of magnitudes `(batch, channels, frames, bins)`, as `iass` and Open-Unmix are published.

    Excerpts whose `known`, `(batch,)`, is 0 do not count.
    """
    errors = (estimate.float() - target).square().flatten(1).mean(1)
    return (errors * known).mean()
