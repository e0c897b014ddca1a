"""Make a run into a model: `python -m models.export RUN --output models/pretrained/iass-six`.

Writes the weights (matrices as float16, the rest as float32): `weights.safetensors` of `iass-six`,
`<target>.safetensors` of each network of `iass` and `open-unmix`; `model.json`; and the run's `log.jsonl`, which holds
its curves.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.checkpoint import save_json, save_tensors
from models.data.remix import MIX_RMS
from models.instruments import INSTRUMENTS
from models.spectrogram import SAMPLE_RATE, SpectrogramSettings
from models.training.run_folder import RunFolder

SYNTHETIC: Final = (
    "songs synthesised by models.data.synthetic from recorded notes and voices (sources outside its held-out list)"
)
SYNTHETIC_LICENCES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "MIT", "public domain", "custom free-use terms")

TITLES: Final = {
    "iass-six": "IASS six: joint separation and activation of six instruments",
    "iass": "IASS: separation and activation, a network for each target",
    "open-unmix": "Open-Unmix: separation, a network for each target",
}


class ExportError(Exception):
    """A run that cannot be exported; one sentence that says why."""


def compact(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Half precision where it is harmless: matrices; statistics and counters stay as they are."""
    return {name: value.half() if value.ndim > 1 else value.clone() for name, value in weights.items()}


def describe_data(run: dict[str, Any]) -> str:
    """What a run has learnt from, in words."""
    parts = []
    for name in ("data", "real"):
        if source := run.get("songs", {}).get(name):
            kind, _, place = source["dataset"].partition(":")
            parts.append(
                f"{source['songs']} " + (SYNTHETIC if kind == "synthetic" else f"songs of {kind} {Path(place).name}")
            )
    return (" and ".join(parts) or SYNTHETIC) + ", randomly remixed"


def describe(folder: RunFolder, data: str | None = None, licences: tuple[str, ...] | None = None) -> dict[str, Any]:
    """`model.json` of a run. `data` and `licences` say what it was trained on, if the run cannot tell."""
    run = folder.read()
    sources = [source["dataset"] for name, source in run.get("songs", {}).items() if name != "validation"]
    unknown = licences is None and not all(source.startswith("synthetic") for source in sources)
    licences = licences or (("see the datasets",) if unknown else SYNTHETIC_LICENCES)
    config = run.get("config", {})  # runs of before there were configurations are of iass-six
    kind = config.get("model", "iass-six")
    targets = INSTRUMENTS if kind == "iass-six" else config["targets"]
    validations = [line["validation"] for line in folder.lines() if "validation" in line]
    return {
        "title": TITLES[kind],
        "licence": "see the datasets that it was trained on"
        if unknown
        else "MIT; credits of the training data in CREDITS.md",
        "kind": kind,
        "instruments": [target for target in targets if target in INSTRUMENTS],
        **({} if kind == "iass-six" else {"targets": list(targets)}),
        "sample_rate": SAMPLE_RATE,
        "spectrogram": SpectrogramSettings().to_dict(),
        "mix_rms": MIX_RMS,
        "network": run["network"],
        "training": {
            "data": data or describe_data(run),
            "data_licences": list(licences),
            "steps": run["step"],
            "excerpts": run.get("excerpts", run["step"] * run.get("batch", 0)),
            "excerpt_s": config.get("excerpts", {}).get("seconds", 6.0),
            "minutes": round(run["seconds"] / 60, 1),
            "loss": config.get("loss", run.get("loss")),
            "config": config or None,
            "commit": _commit(),
        },
        "validation": validations[-1] if validations else None,
    }


def export(
    run: Path,
    output: Path,
    kind: str | None = None,
    data: str | None = None,
    licences: tuple[str, ...] | None = None,
) -> None:
    """Write the model's folder.

    Args:
        run: folder of the run.
        output: folder of the model; files of the same names are replaced.
        kind: `average` or `best` weights; by default what the run's configuration says.
        data: what it was trained on, in words; by default the datasets of the run.
        licences: of that.

    Raises:
        ExportError: if the run has not been saved yet.
    """
    folder = RunFolder(run)
    if kind is None:
        kind = folder.read().get("config", {}).get("exported", "average")
        kind = kind if folder.weights(kind).is_file() else "average"  # nothing was validated
    if not folder.weights(kind).is_file():
        raise ExportError(f"{run} has no {kind} weights yet; a run has some once it was saved or validated.")
    weights = load_file(folder.weights(kind))
    description = describe(folder, data, licences)
    output.mkdir(parents=True, exist_ok=True)
    if "targets" in description:
        for target in description["targets"]:
            own = {k.removeprefix(f"{target}."): v for k, v in weights.items() if k.startswith(f"{target}.")}
            save_tensors(output / f"{target}.safetensors", compact(own))
    else:
        save_tensors(output / "weights.safetensors", compact(weights))
    save_json(output / "model.json", description)
    if (run / "log.jsonl").is_file():
        shutil.copyfile(run / "log.jsonl", output / "log.jsonl")


def _commit() -> str | None:
    """The commit of the code that is run, if this is a checkout."""
    result = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or None


def main(arguments: list[str] | None = None) -> int:
    """Make a run into a model that ships; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description=main.__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="the model's folder, such as models/pretrained/NAME")
    parser.add_argument("--weights", choices=("average", "best"), help="otherwise as the run's configuration says")
    parser.add_argument("--data", help="what it was trained on, in words; otherwise the names of the datasets")
    parser.add_argument("--licences", nargs="+", help="of the training data")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        export(options.run, options.output, options.weights, options.data, options.licences and tuple(options.licences))
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
