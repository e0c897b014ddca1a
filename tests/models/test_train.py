"""Training learns, saves what it needs, and goes on where it stopped."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from models.data.remix import RemixSettings, RemixStream
from models.losses import LossSettings
from models.networks.iass_six import IassSix, IassSixConfig
from models.train import Run, TrainingSettings, losses, measure_features, train, validate, validation_batches

TINY = IassSixConfig(bins=128, bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)
EXCERPTS = RemixSettings(seconds=0.8, bins=128, room=0.0, speed=0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A song whose two instruments live in different octaves."""
    folder = tmp_path / "data" / "song"
    folder.mkdir(parents=True)
    time = np.arange(44100 * 3) / 44100
    soundfile.write(folder / "bass.wav", 0.3 * np.sin(2 * np.pi * 80 * time), 44100)
    soundfile.write(folder / "vocals.wav", 0.3 * np.sin(2 * np.pi * 900 * time), 44100)
    return folder.parent


def make_run(folder: Path, **settings: float) -> Run:
    torch.manual_seed(0)
    defaults = {"minutes": 1.0, "batch": 2, "learning_rate": 3e-3, "warmup_steps": 5}
    return Run(folder, TrainingSettings(**(defaults | settings)), LossSettings(), IassSix(TINY))  # type: ignore[arg-type]


def batches(root: Path, count: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    return validation_batches(root, EXCERPTS, count, 2)


def test_loss_falls_and_the_average_follows(root: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    measure_features(run.network, RemixStream(root, EXCERPTS, 1), 8)
    assert run.network.feature_mean.max() > 0
    material = batches(root, 4)
    before = validate(run.averaged_network(), material, run.loss)
    for batch in material * 12:
        separation, activation, _, _ = losses(run.network, batch, run.loss)
        torch.autograd.backward(separation + activation)
        run.optimizer.step()
        run.optimizer.zero_grad()
        run.update_average()
        run.step += 1
    after = validate(run.averaged_network(), material, run.loss)
    assert after["separation"] < 0.7 * before["separation"]
    assert after["activation"] < before["activation"]


def test_train_stops_in_time_and_leaves_a_whole_run(root: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", minutes=0.02)
    train(run, batches(root, 400), batches(root, 1), compiled=False)  # type: ignore[arg-type]
    saved = {path.name for path in run.folder.iterdir()}
    assert saved == {"run.json", "network.safetensors", "average.safetensors", "optimizer.safetensors", "log.jsonl"}
    lines = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
    assert "validation" in lines[-1]
    assert 0 < run.step < 400


def test_a_restored_run_is_the_saved_one(root: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", minutes=0.02)
    train(run, batches(root, 400), [], compiled=False)  # type: ignore[arg-type]
    again = make_run(tmp_path / "run", minutes=0.02)
    assert again.restore()
    assert again.step == run.step
    for name, value in run.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], value)
    batch = batches(root, 1)[0]
    for one in (run, again):
        one.network.train()
        separation, _, _, _ = losses(one.network, batch, one.loss)
        torch.autograd.backward(separation)
        one.optimizer.param_groups[0]["lr"] = one.learning_rate()
        one.optimizer.step()
    for name, value in run.network.state_dict().items():
        torch.testing.assert_close(again.network.state_dict()[name], value)


def test_nothing_to_restore(tmp_path: Path) -> None:
    assert not make_run(tmp_path / "none").restore()


def test_learning_rate_warms_up_and_falls(tmp_path: Path) -> None:
    run = make_run(tmp_path, warmup_steps=10)
    assert run.learning_rate() == pytest.approx(3e-4)
    run.step = 100
    assert run.learning_rate() == pytest.approx(3e-3)
    run.seconds = 60
    assert run.learning_rate() == pytest.approx(2e-5)
