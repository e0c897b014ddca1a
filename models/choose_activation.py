"""Choose the activation's after-treatment on validation songs.

    python -m models.choose_activation --data DATASET --model iass-six [--output choice.json]

Every combination of mode, threshold, median, hysteresis, minimum duration and fade is tried; the best has the highest
mean F1 of those that do not lower the mean SDR. Also says what a threshold of its own for each instrument would gain;
`--calibrate` gives each one its own: what is then added to its logits is written into the model's `model.json`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models.activation import ActivationSettings
from models.checkpoint import save_json
from models.data.datasets import SPLITS
from models.data.multitrack import Multitrack, MultitrackError
from models.evaluate import find_models, open_songs
from models.evaluation.activation_choice import Choice, HopSums, calibrated, calibration, choose, grid, measure
from models.evaluation.estimates import separate_whole
from models.evaluation.song import Passage, labels_of
from models.export import ExportError
from models.instruments import INSTRUMENTS
from models.registry import DEFAULT, ModelError, load_description
from models.separator import Separator, load_separator

SHOWN = 12


def hop_sums(song: Multitrack, separator: Separator, length_s: float | None) -> HopSums:
    """Separate a song and keep what settings are judged by."""
    passage = Passage.of(song, length_s)
    truths = np.stack([song.read(name, passage.start, passage.samples) for name in INSTRUMENTS])
    mix = truths.sum(0) + song.read("other", passage.start, passage.samples)
    stems, probabilities = separate_whole(separator, mix)
    active = labels_of(song, passage)
    return HopSums.of(stems, truths, active, probabilities, song.files, song.labelled)


def own_thresholds(songs: Sequence[HopSums], settings: ActivationSettings) -> dict[str, tuple[float, float]]:
    """For each instrument its threshold, and the F1 that it gives, everything else being as it is.

    It is the lowest whose F1 is the highest to a hundredth: the one that turns least down.
    """
    thresholds = [round(0.05 * step, 2) for step in range(1, 20)]
    choices = [measure(songs, replace(settings, threshold=threshold)) for threshold in thresholds]
    best = {}
    for name in choices[0].f1:
        scores = np.array([choice.f1[name] for choice in choices])
        index = int(np.argmax(scores >= scores.max() - 0.01))
        best[name] = (thresholds[index], choices[index].f1[name])
    return best


def calibrate(songs: Sequence[HopSums], folder: Path) -> list[HopSums]:
    """Write into `folder` what makes the default threshold each instrument's own best; the songs as they are then.

    Thresholds are only lowered. A higher one gains little F1 on songs like those of training, where a network is sure
    of what it hears; in stranger music it is less sure, and the same threshold turns down what plays.
    """
    settings = ActivationSettings()
    description = load_description(folder)
    before = np.array(description.get("activation_shift", [0.0] * len(INSTRUMENTS)))
    songs = calibrated(songs, -before)  # as the network estimates them: the same again, however often it is done
    own = own_thresholds(songs, settings)
    shift = calibration({name: threshold for name, (threshold, _) in own.items()}, settings.threshold)
    shift = np.maximum(shift, 0.0).round(3)
    save_json(folder / "model.json", description | {"activation_shift": shift.tolist()})
    return calibrated(songs, shift)


def _line(choice: Choice) -> str:
    settings = choice.settings
    return (
        f"{settings.mode:5} {settings.threshold:9.2f} {settings.median_frames:7} {settings.hysteresis:11.1f} "
        f"{settings.minimum_frames:8} {settings.fade_frames:5} "
        f"{choice.mean_f1:8.3f} {choice.sdr_db:9.2f} {choice.rest_gain_db:9.1f}"
    )


def _report(plain: Choice, ranked: Sequence[Choice], own: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Print the best settings and what there is to know about them; returns the same as JSON."""
    best = ranked[0]
    print("mode  threshold  median  hysteresis  minimum  fade  mean F1  mean SDR   rests dB")
    print(_line(plain))
    for choice in ranked[:SHOWN]:
        print(_line(choice))
    today = next((choice for choice in ranked if choice.settings == ActivationSettings()), None)
    if today:
        print(f"{_line(today)}   (the defaults)")
    print("\nF1 with these settings, and the best with a threshold of its own:")
    for name, (threshold, f1) in own.items():
        print(f"{name:16} {best.f1[name]:.3f}   {f1:.3f} at {threshold:.2f}")
    return {
        "settings": asdict(best.settings),
        "mean_f1": round(best.mean_f1, 4),
        "f1": {name: round(value, 4) for name, value in best.f1.items()},
        "sdr_db": round(best.sdr_db, 3),
        "unweighted_sdr_db": round(plain.sdr_db, 3),
        "rest_gain_db": round(best.rest_gain_db, 2),
        "own_thresholds": {name: {"threshold": t, "f1": round(f1, 4)} for name, (t, f1) in own.items()},
    }


def run(options: argparse.Namespace) -> int:
    """Choose; returns the exit status. Raises ModelError and MultitrackError."""
    with TemporaryDirectory() as exported:
        (info,) = find_models([options.model], Path(exported))
        separator = load_separator(info.name, root=info.folder.parent)
    if not separator.has_activations:
        raise ModelError(f"The model “{info.name}” estimates no activations; there is nothing to choose.")
    songs, problems = [], 0
    for song in tqdm(open_songs(options.data, options.split).require_songs(), desc="songs", unit="song", disable=None):
        try:
            songs.append(hop_sums(song, separator, options.length))
        except MultitrackError as error:
            problems += 1
            print(f"Left out: {error}", file=sys.stderr)
    if options.calibrate:
        songs = calibrate(songs, info.folder)
    plain, ranked = choose(songs, tqdm(list(grid()), desc="settings", disable=None))
    values = _report(plain, ranked, own_thresholds(songs, ranked[0].settings))
    values |= {"model": info.name, "dataset": options.data, "songs": len(songs), "left_out": problems}
    if options.output:
        save_json(options.output, values)
    else:
        print(json.dumps(values["settings"]))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Choose the activation's after-treatment."""
    parser = argparse.ArgumentParser(
        prog="python -m models.choose_activation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", required=True, metavar="DATASET", help="musdb:PATH, medleydb:PATH, ..., or a folder")
    parser.add_argument("--split", choices=SPLITS, default="validation", help="which songs (validation)")
    parser.add_argument("--model", default=DEFAULT, help=f"name or folder of a model, or a run ({DEFAULT})")
    parser.add_argument("--length", type=float, metavar="SECONDS", help="only the middle of each song")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the choice as JSON")
    parser.add_argument(
        "--calibrate", action="store_true", help="give each instrument its own threshold, in the model's model.json"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        return run(options)
    except (ExportError, ModelError, MultitrackError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
