"""Scores of separators on multitrack songs, as in the paper's tables.

    python -m models.evaluate --data DATASET --models iass-six open-unmix --oracles ibm input --output report/

SDR, SIR, SAR and ISR are BSS Eval v4 (`models.evaluation.bss_eval`), with and without weighting by activation; the
activation's precision, recall, F1 and area under the curve are over all frames of all songs. `ibm` is the ideal binary
mask, `input` the mix itself scored as the estimate. The report holds `results.json`, `report.md`, a picture of the
activations of some songs, and a file a song, so that the same command called again goes on where it was ended.
"""

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import torch
from tqdm import tqdm

from models.activation import ActivationSettings
from models.checkpoint import save_json
from models.data.datasets import SPLITS, Dataset, open_dataset
from models.data.multitrack import MultitrackError
from models.evaluation.estimates import ORACLES
from models.evaluation.pictures import activation_picture
from models.evaluation.run import Plan, Scored, evaluate_songs
from models.evaluation.tables import markdown, results, silent_counts
from models.export import ExportError, export
from models.registry import ModelError, ModelInfo, find_model

PICTURES: Final = 6
"""Songs of which a picture is made, unless another number is asked for."""


def find_models(names: list[str], exported: Path, root: Path | None = None) -> tuple[ModelInfo, ...]:
    """Models by name, by the path of their folder, or of a training run, which is made a model in `exported`.

    Raises ModelError, also if two have the same name or one has no weights.
    """
    models = tuple(_find(name, exported, root) for name in names)
    if len({model.name for model in models}) < len(models):
        raise ModelError(f"Two of the models {', '.join(names)} have the same name; rename the folder of one.")
    for model in models:
        if not model.ready:
            raise ModelError(f"The model “{model.name}” has no weights; put weights.safetensors into {model.folder}.")
    return models


def _find(name: str, exported: Path, root: Path | None) -> ModelInfo:
    folder = Path(name)
    if (folder / "run.json").is_file():
        folder = exported / folder.resolve().name
        export(Path(name), folder)
    if (folder / "model.json").is_file():
        return find_model(folder.resolve().name, folder.resolve().parent)
    return find_model(name, root)


def open_songs(data: str, split: str | None) -> Dataset:
    """A dataset by its specification, or a plain folder by its path. Raises MultitrackError."""
    if Path(data).is_dir():
        return open_dataset(f"folder:{data}", split)  # type: ignore[arg-type]
    return open_dataset(data, split or "test")  # type: ignore[arg-type]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, metavar="DATASET", help="musdb:PATH, medleydb:PATH, ..., or a folder")
    parser.add_argument("--split", choices=SPLITS, help="which songs; the test songs of a dataset, all of a folder")
    parser.add_argument("--songs", nargs="+", metavar="NAME", help="only these songs")
    parser.add_argument(
        "--models",
        nargs="*",
        default=[],
        metavar="NAME",
        help="names or folders of models, or folders of training runs",
    )
    parser.add_argument("--oracles", nargs="*", default=[], choices=list(ORACLES))
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the report goes")
    parser.add_argument("--length", type=float, metavar="SECONDS", help="only the middle of each song")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (all cores)")
    parser.add_argument("--pictures", type=int, default=PICTURES, metavar="N", help=f"of N songs ({PICTURES})")
    parser.add_argument("--name", help="of the dataset in the results; what --data says by default")
    options = parser.parse_args(arguments)
    if not options.models and not options.oracles:
        parser.error("say at least one model or oracle: --models iass-six --oracles ibm input")
    if options.jobs < 1 or (options.length is not None and options.length < 2):
        parser.error("--jobs must be at least 1 and --length at least 2 seconds")
    return options


def run(options: argparse.Namespace) -> int:
    """Evaluate; returns the exit status. Raises ModelError and MultitrackError."""
    activation = ActivationSettings()
    models = find_models(options.models, options.output / "models")
    plan = Plan(models, tuple(options.oracles), activation, options.length)
    dataset = open_songs(options.data, options.split)
    songs = [song for song in dataset.require_songs() if not options.songs or song.folder.name in options.songs]
    if not songs:
        raise MultitrackError(f"None of the songs {', '.join(options.songs)} is in {options.data}.")
    done: list[Scored] = []
    with tqdm(total=len(songs), desc="songs", unit="song", disable=None) as bar:
        for scored in evaluate_songs(plan, songs, options.output / "songs", options.jobs):
            if not scored.was_kept:
                bar.set_postfix_str(scored.song.folder.name)
            done.append(scored)
            bar.update()
    done.sort(key=lambda scored: scored.song.folder.name)
    return _report(options, plan, dataset, done)


def _report(options: argparse.Namespace, plan: Plan, dataset: Dataset, done: list[Scored]) -> int:
    """Write and print what was found."""
    measured = [scored.result for scored in done if scored.result is not None]
    problems = [*map(str, dataset.problems), *(scored.problem for scored in done if scored.problem)]
    for problem in problems:
        print(f"Left out: {problem}", file=sys.stderr)
    if not measured:
        return 1
    values = results(options.name or Path(options.data).name or options.data, measured, plan.activation)
    text = markdown(values, silent_counts(measured))
    text += f"\nSongs that could not be used: {len(problems)}.\n"
    save_json(options.output / "results.json", values)
    (options.output / "report.md").write_text(text, encoding="utf-8")
    for scored in [scored for scored in done if scored.result is not None][: options.pictures]:
        for model in plan.models:
            _picture(options.output / "activations", scored, model.name, plan.activation)
    print(text)
    return 0


def _picture(folder: Path, scored: Scored, model: str, settings: ActivationSettings) -> None:
    assert scored.result is not None
    if model not in scored.result.activations.probabilities:
        return
    folder.mkdir(parents=True, exist_ok=True)
    name = scored.song.folder.name
    picture = activation_picture(f"{name}, {model}", scored.result.activations, model, settings)
    (folder / f"{name}.{model}.svg").write_text(picture, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Score separators."""
    options = parse(arguments)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // options.jobs))
    try:
        return run(options)
    except (ExportError, ModelError, MultitrackError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with suppress(OSError):
            print(f"\nInterrupted; the same command goes on from {options.output / 'songs'}.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
