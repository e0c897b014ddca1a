"""The published network has the published sizes."""

import pytest
import torch

from models.networks.iass import Iass


@pytest.fixture
def network() -> Iass:
    torch.manual_seed(0)
    return Iass().eval()


def test_frequency_shrinks_as_published_and_time_is_never_pooled(network: Iass) -> None:
    latent, outputs = network.encode(torch.rand(2, 2049, 11))
    assert [tuple(x.shape[1:]) for x in outputs] == [(16, 495, 11), (32, 165, 11), (48, 55, 11)]
    assert latent.shape == (2, 48, 55, 11)
    assert network.mean.shape == (1487,)


def test_decoder_channels_are_the_published_ones(network: Iass) -> None:
    state = network.state_dict()
    channels = [tuple(state[f"decoder.{i}.{part}.0.bias"].shape) for i in range(3) for part in ("first", "second")]
    assert channels == [(40,), (32,), (24,), (16,), (8,), (1,)]
    assert "decoder.1.second.2.weight" in state
    assert "decoder.2.second.2.weight" not in state, "the last convolution has no norm"


@pytest.mark.parametrize("frames", [1, 2, 7, 64])
def test_one_mask_value_per_bin_and_one_logit_per_frame(network: Iass, frames: int) -> None:
    mask, logits = network(torch.rand(3, 2049, frames))
    assert mask.shape == (3, 2049, frames)
    assert logits.shape == (3, frames)
    assert (mask >= 0).all()


def test_activation_of_a_frame_does_not_see_the_mask_path(network: Iass) -> None:
    mix = torch.rand(1, 2049, 20)
    before = network(mix)[1]
    with torch.no_grad():
        network.widen.weight.zero_()
    assert torch.equal(network(mix)[1], before)


def test_both_tasks_train_the_shared_encoder(network: Iass) -> None:
    mask, logits = network.train()(torch.rand(2, 2049, 9))
    weight = network.get_parameter("encoder.0.residual.weight")
    for output in (mask, logits):
        (gradient,) = torch.autograd.grad(output.square().sum(), weight, retain_graph=True)
        assert gradient.abs().sum() > 0
