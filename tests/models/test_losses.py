"""The losses are zero for the truth, grow away from it, and their gradients are those of autograd."""

import pytest
import torch

from models.losses import SOURCE_WEIGHTS, activation_loss, separation_loss
from models.networks.bin_groups import BinGroups

BINS, FRAMES = 12, 37
"""More frames than the loss takes at once, and not a multiple of that."""
GROUPS = BinGroups(((4, 1), (8, 2)))


def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Log masks that are right, the mix's root and the sources' roots."""
    torch.manual_seed(0)
    log_masks = torch.log_softmax(torch.randn(2, 7, 2, FRAMES, GROUPS.count), 1)
    mix = torch.rand(2, 2, FRAMES, BINS) + 0.1
    return log_masks, mix.sqrt(), (GROUPS.expand(log_masks.exp()) * mix[:, None]).sqrt()


def plain_loss(
    log_masks: torch.Tensor, mix_root: torch.Tensor, target_roots: torch.Tensor, magnitude: float
) -> torch.Tensor:
    """The same loss as its documentation states it, on whole tensors."""
    weights = torch.tensor(SOURCE_WEIGHTS).view(1, -1, 1, 1, 1)
    masks = GROUPS.expand(log_masks.exp())
    roots = (masks.sqrt() * mix_root[:, None] - target_roots).square()
    plain = (masks * mix_root[:, None].square() - target_roots.square()).square()
    return (weights * (roots + magnitude * plain)).mean()


@pytest.mark.parametrize("magnitude", [0.0, 0.5])
def test_right_masks_cost_nothing_and_wrong_ones_do(magnitude: float) -> None:
    log_masks, mix, targets = scene()
    assert separation_loss(log_masks, mix, targets, GROUPS, magnitude) < 1e-10
    assert separation_loss(log_masks.roll(1, 1), mix, targets, GROUPS, magnitude) > 1e-3


@pytest.mark.parametrize("magnitude", [0.0, 0.5])
def test_value_and_gradient_are_those_of_autograd(magnitude: float) -> None:
    _, mix, targets = scene()
    torch.manual_seed(1)
    logits = torch.randn(2, 7, 2, FRAMES, GROUPS.count, requires_grad=True)
    log_masks = torch.log_softmax(logits, 1)
    values = [
        separation_loss(log_masks, mix, targets, GROUPS, magnitude),
        plain_loss(log_masks, mix, targets, magnitude),
    ]
    torch.testing.assert_close(values[0], values[1], rtol=1e-5, atol=1e-7)
    # A factor above the loss, as the weight of a sum of losses is.
    ours, theirs = (torch.autograd.grad(3.0 * value, logits, retain_graph=True)[0] for value in values)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-9)


def test_gradient_in_half_precision_points_the_same_way() -> None:
    _, mix, targets = scene()
    masks = torch.log_softmax(torch.randn(2, 7, 2, FRAMES, GROUPS.count, generator=torch.Generator().manual_seed(2)), 1)
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        leaf = masks.to(dtype).requires_grad_()
        loss = separation_loss(leaf, mix, targets.to(torch.bfloat16), GROUPS, 0.03)
        assert loss.dtype == torch.float32
        (gradient,) = torch.autograd.grad(loss, leaf)
        gradients.append(gradient.float().flatten())
    assert torch.nn.functional.cosine_similarity(gradients[0], gradients[1], 0) > 0.999


def test_no_gradient_explodes_where_a_mask_is_nearly_zero() -> None:
    logits = torch.zeros(1, 7, 2, 3, 8)
    logits[:, 0] = -60.0
    logits.requires_grad_()
    log_masks = torch.log_softmax(logits, 1)
    loss = separation_loss(log_masks, torch.ones(1, 2, 3, BINS), torch.ones(1, 7, 2, 3, BINS), GROUPS)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(gradient).all()


def test_activation_prefers_the_label() -> None:
    labels = torch.tensor([[[1.0, 0.0]]])
    right, wrong = torch.tensor([[[4.0, -4.0]]]), torch.tensor([[[-4.0, 4.0]]])
    assert activation_loss(right, labels, 0.0) < 0.05 < activation_loss(wrong, labels, 0.0)
    # With smoothing, being certain costs more than being nearly so.
    assert activation_loss(right * 10, labels, 0.02) > activation_loss(right, labels, 0.02)
