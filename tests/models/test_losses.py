"""The losses are zero for the truth and grow away from it."""

import pytest
import torch

from models.losses import activation_loss, separation_loss


def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Log masks that are right, the mix's root and the sources' roots."""
    torch.manual_seed(0)
    log_masks = torch.log_softmax(torch.randn(2, 7, 2, 5, 8), 1)
    mix = torch.rand(2, 2, 5, 8) + 0.1
    return log_masks, mix.sqrt(), (log_masks.exp() * mix[:, None]).sqrt()


@pytest.mark.parametrize("magnitude", [0.0, 0.5])
def test_right_masks_cost_nothing_and_wrong_ones_do(magnitude: float) -> None:
    log_masks, mix, targets = scene()
    assert separation_loss(log_masks, mix, targets, magnitude) < 1e-10
    assert separation_loss(log_masks.roll(1, 1), mix, targets, magnitude) > 1e-3


def test_no_gradient_explodes_where_a_mask_is_nearly_zero() -> None:
    logits = torch.zeros(1, 7, 2, 3, 4)
    logits[:, 0] = -60.0
    logits.requires_grad_()
    loss = separation_loss(torch.log_softmax(logits, 1), torch.ones(1, 2, 3, 4), torch.ones(1, 7, 2, 3, 4))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(gradient).all()


def test_activation_prefers_the_label() -> None:
    labels = torch.tensor([[[1.0, 0.0]]])
    right, wrong = torch.tensor([[[4.0, -4.0]]]), torch.tensor([[[-4.0, 4.0]]])
    assert activation_loss(right, labels, 0.0) < 0.05 < activation_loss(wrong, labels, 0.0)
    # With smoothing, being certain costs more than being nearly so.
    assert activation_loss(right * 10, labels, 0.02) > activation_loss(right, labels, 0.02)
