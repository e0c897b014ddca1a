"""A run becomes a model that the registry finds and that separates as the run's network does."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from models.export import main
from models.losses import LossSettings
from models.networks.iass_six import IassSix, IassSixConfig
from models.registry import find_model
from models.separator import load_separator
from models.train import Run, TrainingSettings, report

TINY = IassSixConfig(bins=128, bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)


def test_run_to_model(tmp_path: Path) -> None:
    torch.manual_seed(0)
    run = Run(tmp_path / "run", TrainingSettings(), LossSettings(), IassSix(TINY))
    run.step = 7
    run.save()
    report(run, {"validation": {"separation": 0.5}})
    folder = tmp_path / "models" / "mine"
    assert main([str(run.folder), "--output", str(folder)]) == 0

    info = find_model("mine", tmp_path / "models")
    assert info.ready
    assert info.instruments[0] == "vocals"
    description = json.loads((folder / "model.json").read_text())
    assert description["training"]["excerpts"] == 28
    assert description["validation"] == {"separation": 0.5}
    weights = load_file(folder / "weights.safetensors")
    assert {value.dtype for value in weights.values() if value.ndim > 1} == {torch.float16}

    separator = load_separator("mine", root=tmp_path / "models")
    song = np.random.default_rng(0).normal(0, 0.1, (44100, 2)).astype(np.float32)
    (span,) = separator.separate(song, 44100)
    expected = run.averaged_network()
    assert span.stems.shape == (6, 44100, 2)
    difference = {
        name: (value - expected.state_dict()[name]).abs().max()
        for name, value in separator._network.state_dict().items()
    }
    assert max(difference.values()) < 1e-3, "half precision changes weights by less than this"
