"""Weights to start from, of every kind."""

from pathlib import Path

import pytest
import torch

from models.training.configuration import ConfigurationError, TrainingConfig
from models.training.learners import Learner, make_learner
from models.training.weights import load_weights


def open_unmix(*targets: str) -> Learner:
    values = {"model": "open-unmix", "network": {"hidden": 16}, "targets": list(targets)}
    return make_learner(TrainingConfig.from_dict(values))


def test_published_files_of_open_unmix(tmp_path: Path) -> None:
    theirs, ours = open_unmix("vocals", "drums"), open_unmix("vocals", "drums")
    beside = {"stft.window": torch.ones(9), "transform.0.window": torch.ones(9), "sample_rate": torch.tensor(44100)}
    for target, network in theirs.networks.items():
        torch.nn.init.normal_(network.get_parameter("fc1.weight"))
        torch.save(network.state_dict() | beside, tmp_path / f"{target}-b62c91ce.pth")
    load_weights(ours, str(tmp_path))
    for name, value in theirs.networks.state_dict().items():
        assert torch.equal(ours.networks.state_dict()[name], value)


class Evil:
    """A pickle that would run code."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


def test_code_in_a_published_file_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"fc1.weight": Evil()}, tmp_path / "vocals-1.pth")
    with pytest.raises(ConfigurationError, match="holds something else than weights"):
        load_weights(open_unmix("vocals"), str(tmp_path))
    assert "run" not in capsys.readouterr().out


def test_weights_that_do_not_fit_or_are_not_there(tmp_path: Path, tiny_model: Path) -> None:
    learner = make_learner(TrainingConfig())
    with pytest.raises(ConfigurationError, match=r"there is no weights\.safetensors or average\.safetensors"):
        load_weights(learner, str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"Missing key.* …$") as caught:
        load_weights(learner, str(tiny_model / "tiny"))
    assert len(str(caught.value)) < 400


def test_a_model_by_its_folder(tiny_model: Path, tiny_training: TrainingConfig) -> None:
    learner = make_learner(tiny_training)
    before = learner.networks.state_dict()["all.entry.weight"].clone()
    load_weights(learner, str(tiny_model / "tiny"))
    assert not torch.equal(learner.networks.state_dict()["all.entry.weight"], before)
