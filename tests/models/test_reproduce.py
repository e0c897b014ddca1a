"""A stranger's way to the paper's first table: the command that the README names, on tiny data of the real layout."""

import json
import shlex
from pathlib import Path

import torch
from safetensors.torch import save_file

from models.evaluate import main
from models.networks.iass import Iass
from tests.models.data.layouts import write_musdb_hq

README = Path(__file__).parents[2] / "models" / "README.md"


def documented_command(start: str) -> list[str]:
    """The words of the only command of the README that begins so."""
    (line,) = {line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith(start)}
    return shlex.split(line)


def test_evaluation_on_musdb(tmp_path: Path) -> None:
    data = write_musdb_hq(tmp_path / "musdb", seconds=1.5)
    torch.manual_seed(0)
    model = tmp_path / "iass"
    model.mkdir()
    targets = ("vocals", "bass", "drums", "other")
    for target in targets[:3]:
        save_file(Iass().state_dict(), model / f"{target}.safetensors")
    (model / "model.json").write_text(json.dumps({"kind": "iass", "targets": targets}))
    python, module, name, *arguments = documented_command("python -m models.evaluate --data musdb:MUSDB18HQ")
    assert (python, module, name) == ("python", "-m", "models.evaluate")
    places = {"musdb:MUSDB18HQ": f"musdb:{data}", "RUN-IASS": str(model), "REPORT": str(tmp_path / "report")}
    assert main([places.get(argument, argument) for argument in arguments]) == 0
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["songs"] == 1, "one of the two songs is for testing"
    assert list(results["models"]) == ["iass", "iass, weighted", "ibm", "input"]
    for scores in results["models"].values():
        assert set(scores) == {"vocals", "bass", "drums", "other"}
        assert all(set(values) == {"SDR", "SIR", "SAR", "ISR"} for values in scores.values())
    assert results["models"]["ibm"]["vocals"]["SDR"] > results["models"]["input"]["vocals"]["SDR"] + 10
    assert set(results["activation"]["iass"]) == {"vocals", "bass", "drums"}
