"""Spleeter's checkpoints of 2, 4 and 5 stems become networks that compute what TensorFlow's layers are defined to."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.conversion.errors import FormatError
from models.conversion.spleeter import layers, read_weights
from models.networks.spleeter import SpleeterUnet, ratio_masks
from models.target_weights import load_target
from tests.models.conversion.checkpoint_writer import spleeter_variables, write_checkpoint
from tests.models.conversion.tensorflow_unet import logits

SMALL = (2, 3, 3, 4, 4, 5)


@pytest.mark.parametrize(("stems", "elu"), [(2, False), (4, True), (5, True)])
def test_networks_compute_what_the_checkpoint_means(tmp_path: Path, stems: int, elu: bool) -> None:
    variables = spleeter_variables(stems, SMALL)
    targets = tuple(f"stem {number}" for number in range(stems))
    weights = read_weights(write_checkpoint(tmp_path, variables), targets, SMALL)
    magnitude = np.abs(np.random.default_rng(1).normal(0, 1, (64, 128, 2))).astype(np.float32)
    for stem, target in enumerate(targets):
        network = SpleeterUnet(SMALL, elu=elu).eval()
        prefix = f"{target}."
        state = {k.removeprefix(prefix): torch.tensor(v) for k, v in weights.items() if k.startswith(prefix)}
        missing, unknown = network.load_state_dict(state, strict=False)
        assert not unknown
        assert all(name.endswith("num_batches_tracked") for name in missing)
        with torch.inference_mode():
            found = network(torch.from_numpy(magnitude).permute(2, 0, 1)[None])[0].permute(1, 2, 0)
        expected = logits(magnitude, variables, stem, len(SMALL), elu)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("softmax", [False, True])
def test_masks_share_the_power(softmax: bool) -> None:
    magnitude = torch.rand(2, 3, 4) + 0.1
    values = torch.randn(5, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    masks = ratio_masks(values.clone(), magnitude, softmax=softmax)
    estimates = (values.softmax(0) if softmax else values.sigmoid()) * magnitude
    torch.testing.assert_close(masks, estimates**2 / (estimates**2).sum(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(masks.sum(0), torch.ones(2, 3, 4), atol=1e-6, rtol=0)
    silent = ratio_masks(values.clone(), torch.zeros(2, 3, 4), softmax=softmax)
    torch.testing.assert_close(silent, torch.full_like(silent, 1 / 5))


def test_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    four = write_checkpoint(tmp_path / "4", spleeter_variables(4, SMALL))
    with pytest.raises(FormatError, match="more stems than 2"):
        read_weights(four, ("vocals", "accompaniment"), SMALL)
    with pytest.raises(FormatError, match="no variable conv2d_28/kernel"):
        read_weights(four, ("a", "b", "c", "d", "e"), SMALL)
    with pytest.raises(FormatError, match=r"conv2d/kernel is \[5, 5, 2, 2\] instead of \[5, 5, 2, 16\]"):
        read_weights(four, ("a", "b", "c", "d"))


def test_real_checkpoint(spleeter_models: Path) -> None:
    """All 2 x 74 variables of the published checkpoint are where the network expects them."""
    folder = spleeter_models / "spleeter-2stems"
    weights = load_file(folder / "weights.safetensors")
    assert len(weights) == 2 * len(list(layers(0))) == 2 * 74
    assert sum(value.numel() for value in weights.values()) * 4 == 78_614_080 - 8, "all but the step"
    for target in ("vocals", "accompaniment"):
        assert all(torch.isfinite(value).all() for value in load_target(SpleeterUnet(), folder, target).parameters())
