"""A run learns, keeps what it needs, and goes on exactly where it was saved."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as pl
import pytest
import soundfile
import torch

from models.checkpoint import load_state
from models.export import main as export_main
from models.training import run as run_module
from models.training.callbacks import Keeper
from models.training.command_line import main
from models.training.configuration import TrainingConfig
from models.training.data import Songs
from models.training.module import TrainingModule
from models.training.run import prepare_learner, train
from models.training.run_folder import RunFolder
from tests.models.data.layouts import write_musdb_hq

ROOT = Path(__file__).parents[2]


def run(config: TrainingConfig, songs: Songs, folder: Path, **options: Any) -> TrainingModule:
    """Start or go on, on one device and without workers unless told otherwise."""
    where = RunFolder(folder)
    learner = prepare_learner(config, songs, None, where.checkpoint.is_file())
    settings: dict[str, Any] = {"workers": 0, "accelerator": "cpu", "devices": 1}
    return train(config, songs, where, learner, **(settings | options))


def state(folder: Path) -> dict[str, Any]:
    """Everything that training goes on from, but the clock."""
    loaded: dict[str, Any] = load_state(RunFolder(folder).checkpoint)
    return {
        "network": loaded["state_dict"],
        "optimizer": loaded["optimizer_states"],
        "step": loaded["global_step"],
        **{name: loaded["training"][name] for name in ("average", "best", "plateaus", "validation")},
    }


def saved_step(folder: RunFolder) -> int:
    return int(load_state(folder.checkpoint)["global_step"]) if folder.checkpoint.is_file() else 0


def assert_same(one: Any, two: Any) -> None:
    """Equal to the bit."""
    assert type(one) is type(two)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, two)
    elif isinstance(one, dict):
        assert one.keys() == two.keys()
        for key, value in one.items():
            assert_same(value, two[key])
    elif isinstance(one, list | tuple):
        for left, right in zip(one, two, strict=True):
            assert_same(left, right)
    else:
        assert one == two


class PowerCutError(Exception):
    """As a power cut: nothing is saved."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Save before step `saved` and die in step `killed`, both from 0."""

    def arm(saved: int, killed: int) -> None:
        original = Keeper.on_train_batch_start

        def on_train_batch_start(
            self: Keeper, trainer: pl.Trainer, module: pl.LightningModule, batch: Any, index: int
        ) -> None:
            self._due |= trainer.global_step == saved
            original(self, trainer, module, batch, index)
            if trainer.global_step == killed:
                monkeypatch.undo()
                raise PowerCutError

        monkeypatch.setattr(Keeper, "on_train_batch_start", on_train_batch_start)

    return arm


@pytest.fixture(scope="module")
def whole(training_songs: Songs, tmp_path_factory: pytest.TempPathFactory, tiny_training: TrainingConfig) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    run(tiny_training, training_songs, folder)
    return folder


def test_a_run_leaves_what_it_promises(whole: Path, tiny_training: TrainingConfig) -> None:
    names = {path.name for path in whole.iterdir()}
    weights = {"average.safetensors", "best.safetensors", "checkpoint.safetensors"}
    assert names == weights | {"run.json", "log.jsonl", "curves", "samples"}
    lines = RunFolder(whole).lines()
    assert [line["step"] for line in lines if "validation" in line] == [3, 6, 8]
    assert [line["step"] for line in lines if "validation" not in line] == [2, 4, 6, 8]
    assert all(line["excerpts_per_s"] > 0 for line in lines if "validation" not in line)
    assert list((whole / "curves").glob("events.out.tfevents*"))
    assert {path.name for path in (whole / "samples").iterdir()} == {"00000003", "00000006", "00000008"}
    audio, rate = soundfile.read(whole / "samples" / "00000008" / "bass.ogg")
    assert (rate, audio.shape) == (44100, (21 * 1024, 2))
    assert TrainingConfig.from_dict(json.loads((whole / "run.json").read_text())["config"]) == tiny_training


@pytest.mark.parametrize("norms", ["batch", "kept"])
def test_statistics_of_norms_move_unless_they_are_kept(
    norms: Literal["batch", "kept"], training_songs: Songs, tiny_training: TrainingConfig, tmp_path: Path
) -> None:
    """Through validations, too, after which the network is told to train again."""
    module = run(
        replace(tiny_training, optimizer=replace(tiny_training.optimizer, norms=norms)), training_songs, tmp_path
    )
    after = module.learner.state_dict()
    means = [value for name, value in after.items() if name.endswith("running_mean")]
    assert len(means) > 5
    assert all(bool(mean.any()) == (norms == "batch") for mean in means)
    scales = [value for name, value in after.items() if "norm" in name and name.endswith(".weight")]
    assert all(bool((scale != 1).any()) for scale in scales), "they learn in either case"


@pytest.mark.parametrize(
    ("saved", "killed"),
    [(0, 1), (2, 4), (3, 5), (7, 7)],
    ids=["before the first step", "between validations", "right after a validation", "before the last step"],
)
def test_killed_and_resumed_equals_not_killed(
    saved: int,
    killed: int,
    whole: Path,
    training_songs: Songs,
    tiny_training: TrainingConfig,
    tmp_path: Path,
    kill_at: Callable[[int, int], None],
) -> None:
    kill_at(saved, killed)
    with pytest.raises(PowerCutError):
        run(tiny_training, training_songs, tmp_path)
    torch.rand(99)  # another process would have another state of the global generator
    run(tiny_training, training_songs, tmp_path)
    assert_same(state(tmp_path), state(whole))

    def curves(folder: Path) -> list[dict[str, Any]]:
        """Without what a clock says; a line that straddles the kill is a mean over fewer steps."""
        lines = [line for line in RunFolder(folder).lines() if "validation" in line]
        return [line | {"minutes": None} for line in lines]

    assert curves(tmp_path) == curves(whole)


def test_killed_in_earnest(
    songs_folder: Path, training_songs: Songs, tiny_training: TrainingConfig, tiny_training_file: Path, tmp_path: Path
) -> None:
    """By the system, with the command line and a data worker."""
    config = replace(tiny_training, duration=replace(tiny_training.duration, steps=60))
    run(config, training_songs, tmp_path / "whole")
    folder = RunFolder(tmp_path / "killed")
    command = [sys.executable, "-m", "models.train", "--config", str(tiny_training_file), "--output", str(folder.root)]
    command += ["--data", f"folder:{songs_folder}", "--workers", "1", "--threads", str(torch.get_num_threads())]
    command += ["--steps", "60", "--set", "save_minutes=0", "--accelerator", "cpu", "--devices", "1"]
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while saved_step(folder) < 3 and time.monotonic() < deadline:
            assert first.poll() is None
            time.sleep(0.02)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert 3 <= saved_step(folder) < 60
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    assert_same(state(folder.root), state(tmp_path / "whole"))


def test_dropout_goes_on_exactly(
    training_songs: Songs, tiny_training: TrainingConfig, tmp_path: Path, kill_at: Callable[[int, int], None]
) -> None:
    """Open-Unmix draws random numbers in its network, and each target has a plateau and best weights of its own."""
    config = replace(
        tiny_training,
        model="open-unmix",
        network={"hidden": 8},
        targets=("vocals", "bass"),
        optimizer=replace(tiny_training.optimizer, kind="adam", average_decay=0.0),
        schedule=replace(tiny_training.schedule, kind="plateau", patience=0, cooldown=0),
        duration=replace(tiny_training.duration, steps=4),
        validation=replace(tiny_training.validation, steps=1),
    )
    run(config, training_songs, tmp_path / "whole")
    kill_at(2, 3)
    with pytest.raises(PowerCutError):
        run(config, training_songs, tmp_path / "killed")
    run(config, training_songs, tmp_path / "killed")
    assert_same(state(tmp_path / "killed"), state(tmp_path / "whole"))


def test_loss_falls_and_the_average_follows(
    training_songs: Songs, tiny_training: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(
        tiny_training,
        duration=replace(tiny_training.duration, steps=60),
        validation=replace(tiny_training.validation, steps=30),
        report_steps=20,
    )
    run(config, training_songs, tmp_path)
    lines = [line["validation"] for line in RunFolder(tmp_path).lines() if "validation" in line]
    assert lines[-1]["separation"] < 0.7 * lines[0]["separation"]
    assert lines[-1]["activation"] < lines[0]["activation"]


def test_several_targets_learn_on_one_batch_and_stop_on_their_own(
    training_songs: Songs, tiny_training: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(
        tiny_training,
        model="iass",
        network={},
        targets=("vocals", "bass"),
        optimizer=replace(tiny_training.optimizer, kind="adam", rate=0.0, average_decay=0.0),
        duration=replace(tiny_training.duration, steps=0, patience=2),
        validation=replace(tiny_training.validation, steps=1, excerpts=2),
    )
    module = run(config, training_songs, tmp_path)
    # The first validation is the best; without a learning rate only statistics of norms change after it.
    assert module.active_parts == ()
    assert module.step < 20
    weights = module.weights("best")
    assert {name.split(".")[0] for name in weights} == {"vocals", "bass"}


def test_weights_of_a_run_start_another(whole: Path, training_songs: Songs, tiny_training: TrainingConfig) -> None:
    learner = prepare_learner(tiny_training, training_songs, str(whole), resumed=False)
    average = state(whole)["average"]
    for name, value in learner.networks.state_dict().items():
        assert torch.equal(value, average[name])


def test_bad_songs_are_left_out_and_counted(
    songs_folder: Path, tiny_training_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "data"
    for number in range(3):
        (root / f"song {number}").mkdir(parents=True)
        for source in (songs_folder / "train" / f"song {number}").glob("*.wav"):
            (root / f"song {number}" / source.name).write_bytes(source.read_bytes())
    (root / "broken").mkdir()
    (root / "broken" / "bass.wav").write_text("not audio")
    arguments = ["--config", str(tiny_training_file), "--data", f"folder:{root}", "--output", str(tmp_path / "run")]
    arguments += ["--workers", "0", "--steps", "2", "--accelerator", "cpu", "--devices", "1"]
    arguments += ["--validation", f"folder:{songs_folder}"]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert "3 songs, 0 real ones to mix in, 1 to validate on, 1 left out" in output
    assert str(root / "broken" / "bass.wav") in output


def test_a_song_that_breaks_later_does_not_end_the_run(
    training_songs: Songs,
    tiny_training: TrainingConfig,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import models.data.multitrack as multitrack

    lost = training_songs.train[0]
    original = multitrack.Multitrack.read

    def read(self: multitrack.Multitrack, *arguments: Any) -> Any:
        if self.folder == lost.folder:
            raise multitrack.MultitrackError(f"{lost.folder} cannot be read.")
        return original(self, *arguments)

    monkeypatch.setattr(multitrack.Multitrack, "read", read)
    module = run(replace(tiny_training, duration=replace(tiny_training.duration, steps=4)), training_songs, tmp_path)
    assert module.step == 4
    assert capsys.readouterr().out.count(f"{lost.folder} cannot be read.") == 1
    assert RunFolder(tmp_path).read()["problems"] == [f"{lost.folder} cannot be read."]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "nothing", "--data", "folder:x"], "no configuration “nothing”"),
        (["--set", "loss.magic=1", "--data", "folder:x"], "no setting “loss.magic”"),
        (["--data", "folder:/does/not/exist"], "/does/not/exist is not a folder"),
        (["--targets", "kazoo", "--data", "folder:x"], "no target “kazoo”"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--output", str(tmp_path / "run")]) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_run_of_another_kind_is_not_touched(
    whole: Path, songs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (whole / "run.json").read_bytes()
    assert main(["--config", "iass", "--data", f"folder:{songs_folder}", "--output", str(whole)]) == 1
    assert "is a run of iass-six" in capsys.readouterr().err
    assert (whole / "run.json").read_bytes() == before


def test_an_interrupt_ends_a_run_properly(training_songs: Songs, tiny_training: TrainingConfig, tmp_path: Path) -> None:
    class Interrupting(Keeper):
        def on_train_batch_start(self, trainer: pl.Trainer, *arguments: Any) -> None:
            super().on_train_batch_start(trainer, *arguments)
            if trainer.global_step == 2:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "Keeper", Interrupting)
        module = run(
            replace(tiny_training, duration=replace(tiny_training.duration, steps=50)), training_songs, tmp_path
        )
    assert module.step == 3
    assert state(tmp_path)["step"] == 3


def test_musdb_by_the_documented_commands(tmp_path: Path) -> None:
    """On made songs of that layout: train the published network, make it a model."""
    songs = ("train/A - One", "train/Triviul - Angelsaint", "test/B - Two")  # the second is one of the validation songs
    root = write_musdb_hq(tmp_path / "musdb", songs)
    arguments = ["--config", "iass", "--targets", "vocals", "other", "--data", f"musdb:{root}"]
    shorter = ["excerpts.seconds=0.3", "batch=1", "validation.excerpts=1"]
    arguments += [word for change in shorter for word in ("--set", change)]
    devices = ["--workers", "0", "--accelerator", "cpu", "--devices", "1"]
    assert main([*arguments, *devices, "--steps", "1", "--output", str(tmp_path / "run")]) == 0
    assert export_main([str(tmp_path / "run"), "--output", str(tmp_path / "models" / "iass")]) == 0
    files = {path.name for path in (tmp_path / "models" / "iass").iterdir()}
    assert files == {"vocals.safetensors", "other.safetensors", "model.json", "log.jsonl"}
