"""Make a run into a model that ships: `python -m models.export RUN --output models/pretrained/iass-six`.

Writes `weights.safetensors` (the averaged weights; matrices as float16, the rest as float32), `model.json` and the
run's `log.jsonl`, which holds its curves.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.checkpoint import save_json, save_tensors
from models.instruments import INSTRUMENTS
from models.spectrogram import SAMPLE_RATE, SpectrogramSettings

TRAINING_DATA: Final = (
    "Songs synthesised by models.data.synthetic from recorded notes and voices (sources outside its held-out list) "
    "and three real songs of the album “Everything is Free” (CC0), randomly remixed."
)
DATA_LICENCES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "MIT", "public domain", "custom free-use terms")


def compact(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Half precision where it is harmless: matrices; statistics and counters stay as they are."""
    return {name: value.half() if value.ndim > 1 else value.clone() for name, value in weights.items()}


def describe(run: Path) -> dict[str, Any]:
    """`model.json` of a run."""
    progress = json.loads((run / "run.json").read_text(encoding="utf-8"))
    log = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    validations = [line for line in log if "validation" in line]
    return {
        "title": "IASS six: joint separation and activation of six instruments",
        "licence": "MIT; credits of the training data in CREDITS.md",
        "instruments": list(INSTRUMENTS),
        "sample_rate": SAMPLE_RATE,
        "spectrogram": SpectrogramSettings().to_dict(),
        "network": progress["network"],
        "training": {
            "data": TRAINING_DATA,
            "data_licences": list(DATA_LICENCES),
            "steps": progress["step"],
            "excerpts": progress["step"] * progress["batch"],
            "excerpt_s": 6.0,
            "minutes": round(progress["seconds"] / 60, 1),
            "loss": progress["loss"],
            "commit": _commit(),
        },
        "validation": validations[-1]["validation"] if validations else None,
    }


def export(run: Path, output: Path) -> None:
    """Write the model's folder. Raises FileNotFoundError if the run is not complete."""
    weights = compact(load_file(run / "average.safetensors"))
    description = describe(run)
    output.mkdir(parents=True, exist_ok=True)
    save_tensors(output / "weights.safetensors", weights)
    save_json(output / "model.json", description)
    shutil.copyfile(run / "log.jsonl", output / "log.jsonl")


def _commit() -> str | None:
    """The commit of the code that is run, if this is a checkout."""
    result = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or None


def main(arguments: list[str] | None = None) -> int:
    """Make a run into a model that ships."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description=main.__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="the model's folder, such as models/pretrained/NAME")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    export(options.run, options.output)
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
