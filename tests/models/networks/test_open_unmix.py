"""Open-Unmix: shapes, and the names and sizes of the published state dicts."""

import torch

from models.networks.open_unmix import OpenUnmix


def test_estimate_has_the_shape_of_the_mix() -> None:
    torch.manual_seed(0)
    mix = torch.rand(2, 2, 2049, 7)
    estimate = OpenUnmix(hidden=16).eval()(mix)
    assert estimate.shape == mix.shape
    assert (estimate >= 0).all()


def test_state_dict_has_the_published_names_and_sizes() -> None:
    state = {name: tuple(value.shape) for name, value in OpenUnmix().state_dict().items()}
    assert state["fc1.weight"] == (512, 2 * 1487)
    assert state["lstm.weight_ih_l2_reverse"] == (1024, 512)
    assert state["fc2.weight"] == (512, 1024)
    assert state["fc3.weight"] == (2 * 2049, 512)
    assert state["input_mean"] == (1487,)
    assert state["output_scale"] == (2049,)
    assert state["bn3.running_var"] == (2 * 2049,)
