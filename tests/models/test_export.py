"""A run becomes a model that the registry finds and that separates as the run's network does."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.export import main
from models.networks.iass_six import IassSix, IassSixConfig
from models.registry import find_model
from models.separator import load_separator
from models.training.configuration import TrainingConfig
from models.training.data import Songs
from models.training.run import prepare_learner, train
from models.training.run_folder import RunFolder

TINY = IassSixConfig(segments=((64, 1), (64, 2)), bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)


def make_run(config: TrainingConfig, songs: Songs, folder: Path) -> RunFolder:
    """Two steps."""
    config = replace(config, duration=replace(config.duration, steps=2))
    where = RunFolder(folder)
    train(config, songs, where, prepare_learner(config, songs, None, False), workers=0, accelerator="cpu", devices=1)
    return where


def separate_noise(root: Path) -> np.ndarray:
    separator = load_separator("mine", root=root)
    song = np.random.default_rng(0).normal(0, 0.1, (44100, 2)).astype(np.float32)
    (span,) = separator.separate(song, 44100)
    return span.stems


def test_run_to_model(tiny_training: TrainingConfig, training_songs: Songs, tmp_path: Path) -> None:
    run = make_run(tiny_training, training_songs, tmp_path / "run")
    folder = tmp_path / "models" / "mine"
    assert main([str(run.root), "--output", str(folder)]) == 0

    info = find_model("mine", tmp_path / "models")
    assert info.ready
    assert info.instruments[0] == "vocals"
    description = json.loads((folder / "model.json").read_text())
    assert description["training"]["excerpts"] == 4
    assert description["training"]["data"].startswith("3 songs of folder songs")
    assert description["licence"].startswith("see the datasets")
    assert set(description["validation"]["improvement_db"]) == {*description["instruments"], "other"}
    assert (folder / "log.jsonl").read_bytes() == (run.root / "log.jsonl").read_bytes()
    weights = load_file(folder / "weights.safetensors")
    assert {value.dtype for value in weights.values() if value.ndim > 1} == {torch.float16}
    for name, value in load_file(run.weights("average")).items():
        torch.testing.assert_close(weights[name].to(value.dtype), value, atol=1e-3, rtol=1e-3)
    assert separate_noise(tmp_path / "models").shape == (6, 44100, 2)


@pytest.mark.parametrize(
    ("model", "network", "targets"), [("open-unmix", {"hidden": 8}, ["bass", "other"]), ("iass", {}, ["bass"])]
)
def test_a_network_for_each_target(
    model: str,
    network: dict[str, int],
    targets: list[str],
    tiny_training: TrainingConfig,
    training_songs: Songs,
    tmp_path: Path,
) -> None:
    config = TrainingConfig.from_dict(
        tiny_training.to_dict() | {"model": model, "network": network, "targets": targets, "exported": "best"}
    )
    run = make_run(config, training_songs, tmp_path / "run")
    folder = tmp_path / "models" / "mine"
    assert main([str(run.root), "--output", str(folder)]) == 0
    assert {path.name for path in folder.glob("*.safetensors")} == {f"{target}.safetensors" for target in targets}
    assert find_model("mine", tmp_path / "models").instruments == ("bass",)
    stems = separate_noise(tmp_path / "models")
    assert np.flatnonzero(np.abs(stems).max((1, 2))).tolist() == [4], "only bass is separated"
    # The model starts another run.
    learner = prepare_learner(config, training_songs, str(folder), False)
    for part, part_network in learner.networks.items():
        for name, value in load_file(run.weights("best")).items():
            if name.startswith(f"{part}."):
                own = part_network.state_dict()[name.removeprefix(f"{part}.")]
                torch.testing.assert_close(own, value, atol=1e-3, rtol=1e-3)


def test_runs_of_before_there_were_configurations(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write({"step": 7, "seconds": 60.0, "batch": 4, "network": TINY.to_dict(), "loss": {"activation": 0.4}})
    save_file(IassSix(TINY).state_dict(), run.weights("average"))
    run.log({"step": 7, "validation": {"separation": 0.5}})
    folder = tmp_path / "models" / "mine"
    assert main([str(run.root), "--output", str(folder), "--data", "my songs"]) == 0
    description = json.loads((folder / "model.json").read_text())
    assert description["training"]["excerpts"] == 28
    assert description["training"]["data"] == "my songs"
    assert description["validation"] == {"separation": 0.5}
    assert separate_noise(tmp_path / "models").shape == (6, 44100, 2)


def test_an_empty_run_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--output", str(tmp_path / "model")]) == 1
    assert "no average weights yet" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
