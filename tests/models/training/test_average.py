"""The moving average: where it goes, and that swapping it in and out loses nothing."""

import pytest
import torch
from torch import nn

from models.training.average import WeightAverage


def module(value: float) -> nn.Sequential:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    fill(network, value)
    return network


def fill(network: nn.Module, value: float) -> None:
    for parameter in network.parameters():
        nn.init.constant_(parameter, value)


def test_it_moves_towards_the_weights_faster_at_first() -> None:
    network = module(0.0)
    average = WeightAverage(network, 0.9)
    fill(network, 1.0)
    expected = 0.0
    for step in range(1, 200):
        average.update(step)
        expected += (1 - min(0.9, (1 + step) / (10 + step))) * (1 - expected)
        assert average.tensors["0.weight"][0, 0].item() == pytest.approx(expected, abs=1e-5)
    assert expected > 0.999


def test_statistics_are_taken_over() -> None:
    network = module(0.0)
    average = WeightAverage(network, 0.9)
    network.train()(torch.randn(8, 2))
    average.update(1)
    assert torch.equal(average.tensors["1.running_var"], network.state_dict()["1.running_var"])
    assert average.tensors["1.num_batches_tracked"] == 1


def test_swapping_twice_changes_nothing() -> None:
    network = module(0.0)
    average = WeightAverage(network, 0.9)
    fill(network, 3.0)
    average.update(5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    averaged = {name: value.clone() for name, value in average.tensors.items()}
    average.exchange()
    for name, value in network.state_dict().items():
        assert torch.equal(value, averaged[name])
    average.exchange()
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        assert torch.equal(average.tensors[name], averaged[name])


def test_without_decay_it_is_the_weights() -> None:
    network = module(0.0)
    average = WeightAverage(network, 0.0)
    fill(network, 3.0)
    average.update(1)
    average.refresh()
    assert (average.tensors["0.weight"] == 3).all()
