"""The joint network: shapes, masks that share the mix out, one logit per instrument and frame, safe storage."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.networks.iass_six import IassSix, IassSixConfig

SMALL = IassSixConfig(segments=((64, 1), (64, 2)), bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)


@pytest.fixture
def network() -> IassSix:
    torch.manual_seed(0)
    return IassSix(SMALL).eval()


def mix(frames: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, 2, frames, 129, dtype=torch.complex64)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 8, 31, 64])
def test_shapes_for_odd_and_even_frame_counts(network: IassSix, frames: int) -> None:
    log_masks, logits = network(mix(frames))
    assert log_masks.shape == (2, 7, 2, frames, 96)
    assert network.groups.expand(log_masks).shape == (2, 7, 2, frames, 128)
    assert logits.shape == (2, 6, frames)


def test_shipped_size_takes_the_shipped_spectrogram() -> None:
    log_masks, logits = IassSix().eval()(torch.randn(1, 2, 13, 2049, dtype=torch.complex64))
    assert log_masks.shape == (1, 7, 2, 13, 512 + 256 + 128)
    assert logits.shape == (1, 6, 13)


def test_masks_share_the_mix_out(network: IassSix) -> None:
    log_masks, _ = network(mix(9))
    torch.testing.assert_close(log_masks.exp().sum(1), torch.ones(2, 2, 9, 96))


def test_weights_survive_safetensors_exactly(network: IassSix, tmp_path: Path) -> None:
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    torch.manual_seed(1)
    other = IassSix(SMALL).eval()
    spectrum = mix(17)
    assert not torch.equal(other(spectrum)[0], network(spectrum)[0])
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    for one, two in zip(other(spectrum), network(spectrum), strict=True):
        assert torch.equal(one, two)


def test_excerpts_of_a_batch_do_not_see_each_other(network: IassSix) -> None:
    spectrum = mix(12)
    together = network(spectrum)[0]
    torch.testing.assert_close(network(spectrum[:1])[0], together[:1], atol=1e-5, rtol=1e-4)


def test_sides_of_the_stereo_image_are_told_apart(network: IassSix) -> None:
    """A centred and a fully out-of-phase mix have the same magnitudes left and right, but not the same features."""
    left = torch.randn(1, 1, 6, 129, dtype=torch.complex64)
    centred, wide = torch.cat((left, left), 1), torch.cat((left, -left), 1)
    assert not torch.allclose(network.features(centred), network.features(wide))


def test_both_tasks_train_the_shared_encoder(network: IassSix) -> None:
    log_masks, logits = network.train()(mix(16))
    for output in (log_masks, logits):
        (gradient,) = torch.autograd.grad(output.square().sum(), network.entry.weight, retain_graph=True)
        assert gradient.abs().sum() > 0


def test_sizes_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="do not divide"):
        IassSixConfig(segments=((100, 1),))


@pytest.mark.parametrize("frames", [8, 13])
def test_activations_alone_are_those_with_masks(network: IassSix, frames: int) -> None:
    features = torch.randn(2, 4, frames, network.groups.count)
    torch.testing.assert_close(network.activation_logits(features), network.estimate(features)[1])
