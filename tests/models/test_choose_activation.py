"""The command that chooses the activation's after-treatment."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models import choose_activation
from models.activation import ActivationSettings
from models.choose_activation import main


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
