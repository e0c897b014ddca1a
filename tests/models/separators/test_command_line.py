"""What a person gets who takes a song apart with Spleeter from the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.song.stores import CACHE_VARIABLE
from models.instruments import STEMS
from models.registry import FOLDER_VARIABLE
from tests.models.published import REFERENCE

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the original program's output is not here")
@pytest.mark.parametrize("model", ["spleeter-2stems", "spleeter+iass-six"])
def test_seven_files_that_null(spleeter_models: Path, tmp_path: Path, model: str) -> None:
    """Spleeter's vocals as the original program gives them, unweighted, for it is only lent the activations."""
    command = [
        sys.executable,
        str(ROOT / "main.py"),
        "separate",
        str(REFERENCE / "input.flac"),
        "--model",
        model,
        "--json",
    ]
    environment = os.environ | {FOLDER_VARIABLE: str(spleeter_models), CACHE_VARIABLE: str(tmp_path / "cache")}
    run = subprocess.run(
        [*command, "--output", str(tmp_path)], env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout.splitlines()[-1])
    assert summary["null_dbfs"] < -140
    folder = tmp_path / "input"
    stems = {stem: soundfile.read(folder / f"{stem}.wav", dtype="float32")[0] for stem in STEMS}
    if model == "spleeter-2stems":
        vocals = soundfile.read(REFERENCE / "vocals.flac", dtype="float32")[0]
        assert np.linalg.norm(stems["vocals"] - vocals) < 0.02 * np.linalg.norm(vocals)
        assert not any(stems[name].any() for name in STEMS[1:-1])
    else:  # weighted by the activation, so what does not play is silent
        assert all(stems[name].any() for name in ("vocals", "drums", "other"))
    rows = (folder / "activations.csv").read_text().splitlines()
    assert len(rows) > 500
