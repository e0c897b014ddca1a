"""Scores on multitrack songs: `python -m models.evaluate --data FOLDER [--songs NAME ...] --output results.json`.

SDR, SIR, SAR and ISR are BSS Eval v4 by `museval`: windows of one second, the median over those in which the reference
sounds (above -60 dBFS), then the median over songs. `input` is the unprocessed mix scored as
if it were the estimate. Sources are what the song has, `other` included; an instrument that the song does not have
is not scored. Activation is compared frame by frame with the labels of `models.data.multitrack.active_frames`.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import museval
import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_frame_count, activation_weights
from models.checkpoint import save_json
from models.data.multitrack import ACTIVE_FLOOR_DBFS, SAMPLE_RATE, Multitrack, MultitrackError, open_multitrack, usable
from models.instruments import INSTRUMENTS, OTHER, STEMS
from models.separator import Separator, load_separator

Audio = NDArray[np.float32]
Scores = dict[str, dict[str, float]]
METRICS: Final = ("SDR", "SIR", "SAR", "ISR")


def separate_whole(separator: Separator, mix: Audio) -> tuple[Audio, Audio]:
    """Stems `(6, frames, 2)` and activation probabilities `(6, activation frames)` of a mix at 44.1 kHz."""
    stems = np.zeros((len(INSTRUMENTS), *mix.shape), np.float32)
    activations = np.zeros((len(INSTRUMENTS), activation_frame_count(len(mix), SAMPLE_RATE)), np.float32)
    for span in separator.separate(mix, SAMPLE_RATE):
        stems[:, span.start : span.start + span.stems.shape[1]] = span.stems
        end = span.first_activation + span.activations.shape[1]
        activations[:, span.first_activation : end] = span.activations
    return stems, activations


def weight_stems(stems: Audio, activations: Audio, settings: ActivationSettings) -> Audio:
    """Multiply stems `(6, frames, 2)` with their activation weights, linear between activation frames."""
    places = np.arange(stems.shape[1]) / SAMPLE_RATE * ACTIVATION_RATE_HZ
    grid = np.arange(activations.shape[1])
    weights = activation_weights(activations, settings)
    result = np.empty_like(stems)
    for index, row in enumerate(weights):
        np.multiply(stems[index], np.interp(places, grid, row).astype(np.float32)[:, None], out=result[index])
    return result


def score(references: dict[str, Audio], estimates: dict[str, Audio]) -> Scores:
    """BSS Eval v4 of estimates against references of the same names, each `(frames, 2)`: metric by name.

    Raises ValueError if names or lengths differ.
    """
    if references.keys() != estimates.keys():
        raise ValueError(f"estimates of {sorted(estimates)} cannot be scored against {sorted(references)}")
    # museval cannot take a wholly silent source; it would be skipped in every window anyway.
    names = [name for name, audio in references.items() if np.abs(audio).max(initial=0) > 0]
    truth = np.stack([references[name] for name in names]).astype(np.float64)
    guess = np.stack([estimates[name] for name in names]).astype(np.float64)
    # The same faint noise, 80 dB below full scale, on both: what a lossy codec has cut off above some frequency leaves
    # the distortion filters of BSS Eval undetermined there, and SIR, SAR and ISR without meaning. SDR does not change.
    noise = np.random.default_rng(0).normal(0.0, 1e-4, truth.shape)
    truth += noise
    guess += noise
    sdr, isr, sir, sar, _ = museval.metrics.bss_eval(
        truth, guess, window=SAMPLE_RATE, hop=SAMPLE_RATE, compute_permutation=False
    )
    # With the noise no reference is silent to museval: seconds below the floor of the labels are left out here.
    seconds = truth[:, : sdr.shape[1] * SAMPLE_RATE].reshape(len(names), sdr.shape[1], -1)
    silent = np.square(seconds).mean(2) < 10 ** (ACTIVE_FLOOR_DBFS / 10)
    table = {
        metric: np.where(silent, np.nan, values)
        for metric, values in {"SDR": sdr, "SIR": sir, "SAR": sar, "ISR": isr}.items()
    }
    return {
        name: {metric: float(np.nanmedian(table[metric][index])) for metric in METRICS}
        for index, name in enumerate(names)
    }


def with_other(stems: Audio, mix: Audio, names: list[str]) -> dict[str, Audio]:
    """The estimates of the sources that a song has: `other` is the mix without the estimates that are scored."""
    estimates = {name: stems[INSTRUMENTS.index(name)] for name in names if name != OTHER}
    if OTHER in names:
        estimates[OTHER] = mix - sum(estimates.values(), np.zeros_like(mix))
    return estimates


def evaluate_song(song: Multitrack, separator: Separator) -> dict[str, Any]:
    """Scores of one song: `models` by name (with `input`, and the model with activation weighting), `activation`."""
    names = [stem for stem in STEMS if stem in song.files]
    references = {name: song.read(name, 0, song.samples) for name in names}
    mix = sum(references.values(), np.zeros((song.samples, 2), np.float32))
    stems, activations = separate_whole(separator, mix)
    weighted = weight_stems(stems, activations, ActivationSettings())
    models = {
        "input": score(references, dict.fromkeys(names, mix)),
        separator.name: score(references, with_other(stems, mix, names)),
        f"{separator.name}, weighted": score(references, with_other(weighted, mix, names)),
    }
    return {"models": models, "activation": {separator.name: _activation_scores(song, activations)}}


def _activation_scores(song: Multitrack, probabilities: Audio) -> dict[str, dict[str, float]]:
    scores = {}
    for index, name in enumerate(INSTRUMENTS):
        truth = song.active(name) if name in song.files else np.zeros(probabilities.shape[1], bool)
        guess = probabilities[index] > 0.5
        hits = int((truth & guess).sum())
        precision, recall = hits / max(int(guess.sum()), 1), hits / max(int(truth.sum()), 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        active = float(truth.mean())
        scores[name] = {"precision": precision, "recall": recall, "f1": f1, "active": active}
    return scores


def median_over_songs(songs: list[dict[str, Any]]) -> dict[str, Scores]:
    """Median over songs of each model's scores, per source."""
    collected: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for song in songs:
        for model, sources in song["models"].items():
            for source, metrics in sources.items():
                for metric, value in metrics.items():
                    collected[model][source][metric].append(value)
    return {
        model: {
            source: {metric: round(float(np.nanmedian(values)), 2) for metric, values in metrics.items()}
            for source, metrics in sources.items()
        }
        for model, sources in collected.items()
    }


def print_table(models: dict[str, Scores]) -> None:
    """SDR / SIR / SAR / ISR in dB, a column a model."""
    print("| | " + " | ".join(models) + " |\n|---" + "|---" * len(models) + "|")
    for source in STEMS:
        if any(source in scores for scores in models.values()):
            cells = [
                " / ".join(f"{scores[source][metric]:.2f}" for metric in METRICS) if source in scores else ""
                for scores in models.values()
            ]
            print(f"| {source} | " + " | ".join(cells) + " |")


def main(arguments: list[str] | None = None) -> int:
    """Score a model on a folder of multitrack songs."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=main.__doc__, epilog=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of song folders")
    parser.add_argument("--songs", nargs="+", metavar="NAME", help="only these songs")
    parser.add_argument("--model", default="iass-six")
    parser.add_argument("--output", type=Path, help="write the scores as JSON")
    options = parser.parse_args(arguments)
    separator = load_separator(options.model)
    try:
        songs = [open_multitrack(options.data / name) for name in options.songs or ()] or usable(options.data)
    except MultitrackError as error:
        parser.error(str(error))
    results = []
    for song in songs:
        print(f"{song.folder.name} …", file=sys.stderr, flush=True)
        results.append(evaluate_song(song, separator))
    table = median_over_songs(results)
    print("SDR / SIR / SAR / ISR in dB, median over seconds, then songs")
    print_table(table)
    if options.output:
        by_song = {song.folder.name: result for song, result in zip(songs, results, strict=True)}
        save_json(options.output, {"dataset": str(options.data.name), "songs": by_song, "models": table})
    return 0


if __name__ == "__main__":
    sys.exit(main())
