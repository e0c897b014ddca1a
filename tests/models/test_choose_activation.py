"""The command that chooses the activation's after-treatment."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models import choose_activation
from models.activation import ActivationSettings
from models.choose_activation import main
from models.evaluation.activation_choice import HopSums, measure
from models.registry import ModelError
from models.separator import load_separator


def test_command(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "songs" / "one"
    folder.mkdir(parents=True)
    for stem in ("vocals", "bass"):
        soundfile.write(folder / f"{stem}.wav", np.random.default_rng(0).normal(0, 0.1, (44100 * 3, 2)), 44100)
    few = [ActivationSettings("hard", threshold) for threshold in (0.1, 0.5, 0.9)] + [ActivationSettings()]
    monkeypatch.setattr(choose_activation, "grid", lambda: iter(few))
    output = tmp_path / "choice.json"
    arguments = ["--data", str(tmp_path / "songs"), "--model", str(tiny_model / "tiny"), "--output", str(output)]
    assert main([*arguments, "--threads", "1"]) == 0
    choice = json.loads(output.read_text())
    ActivationSettings(**choice["settings"])
    assert set(choice["f1"]) == set(choice["own_thresholds"]) == {"vocals", "bass"}
    assert choice["songs"] == 1
    assert "(the defaults)" in capsys.readouterr().out
    assert main([*arguments[:2], "--model", "nothing"]) == 1
    assert "There is no model" in capsys.readouterr().err


def test_calibration_lowers_thresholds_to_each_instruments_own(tiny_model: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    shutil.copytree(tiny_model, root)
    (folder,) = root.iterdir()
    mix = np.random.default_rng(0).normal(0, 0.1, (44100 * 3, 2)).astype(np.float32)
    before = np.concatenate(
        [span.activations for span in load_separator(folder.name, root=root).separate(mix, 44100)], 1
    )
    random = np.random.default_rng(1)
    active = before > np.quantile(before, random.uniform(0.2, 0.8, (6, 1)))
    nothing = np.zeros((6, before.shape[1] - 1))
    every = np.ones(6, bool)
    song = HopSums(nothing, nothing, nothing, active, before, every, every)
    after = choose_activation.calibrate([song], folder)[0]
    published = ActivationSettings()
    own = choose_activation.own_thresholds([song], published)
    lowered = {name for name, (threshold, _) in own.items() if threshold < published.threshold}
    assert 0 < len(lowered) < len(own)
    kept = measure([song], published).f1  # a threshold is never raised
    expected = {name: f1 if name in lowered else kept[name] for name, (_, f1) in own.items()}
    assert measure([after], published).f1 == pytest.approx(expected, abs=0.01)
    shifted = [span.activations for span in load_separator(folder.name, root=root).separate(mix, 44100)]
    np.testing.assert_allclose(np.concatenate(shifted, 1), after.probabilities, atol=2e-3)
    described = (folder / "model.json").read_text()
    choose_activation.calibrate([after], folder)
    assert (folder / "model.json").read_text() == described, "calibrating twice is calibrating once"


def test_a_damaged_calibration_is_a_sentence(tiny_model: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    shutil.copytree(tiny_model, root)
    (folder,) = root.iterdir()
    description = json.loads((folder / "model.json").read_text())
    damaged: list[object] = [[1.0], "no", [0.0] * 5 + [{}], [float("nan")] * 6, 3]
    for shift in damaged:
        (folder / "model.json").write_text(json.dumps(description | {"activation_shift": shift}))
        with pytest.raises(ModelError, match="cannot be used"):
            load_separator(folder.name, root=root)
