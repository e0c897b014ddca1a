"""What `iass-six` is trained to make small.

Separation: squared error on square-rooted magnitudes, with masks that sum to one over the sources. A plain L1 on masked
magnitudes with independent masks collapses to silence on this material; the square root evens out loud and quiet bins,
and a softmax leaves no bin to nobody. Activation: binary cross-entropy on the frame labels.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional

SOURCE_WEIGHTS = (1.0, 1.2, 1.5, 1.4, 1.0, 1.0, 0.7)
"""Instruments that are quieter in mixes count more; order of `models.instruments.STEMS`."""


@dataclass(frozen=True)
class LossSettings:
    """`activation` is alpha, the weight of the activation term; `magnitude` that of the error on plain magnitudes."""

    activation: float = 0.1
    magnitude: float = 0.0
    label_smoothing: float = 0.02

    def to_dict(self) -> dict[str, float]:
        """As it stands in `model.json`."""
        return asdict(self)


def separation_loss(log_masks: Tensor, mix_root: Tensor, target_roots: Tensor, magnitude: float = 0.0) -> Tensor:
    """Mean squared error on square-rooted magnitudes.

    Args:
        log_masks: `(batch, 7, 2, frames, bins)`.
        mix_root: square-rooted magnitudes of the mix, `(batch, 2, frames, bins)`.
        target_roots: those of the sources, `(batch, 7, 2, frames, bins)`.
        magnitude: weight of the squared error on plain magnitudes, which follows loud bins as SDR does.

    Returns:
        A scalar, float32. Everything stays in the dtype that comes in (bfloat16 in training): on full-size tensors the
        loss is bound by memory, and in float32 it costs as much as the network.
    """
    weights = torch.tensor(SOURCE_WEIGHTS, dtype=target_roots.dtype, device=target_roots.device).view(1, -1, 1, 1, 1)
    estimate = torch.exp(0.5 * log_masks) * mix_root[:, None]
    error = estimate - target_roots
    loss = (error * error * weights).mean(dtype=torch.float32)
    if magnitude:
        plain = error * (estimate + target_roots)
        loss = loss + magnitude * (plain * plain * weights).mean(dtype=torch.float32)
    return loss


def activation_loss(logits: Tensor, activity: Tensor, label_smoothing: float) -> Tensor:
    """Binary cross-entropy of logits against labels 0..1, both `(batch, 6, frames)`, averaged over everything."""
    labels = activity * (1 - 2 * label_smoothing) + label_smoothing
    return functional.binary_cross_entropy_with_logits(logits.float(), labels)
