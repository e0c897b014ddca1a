"""From the results of songs to the poster's tables, as JSON and as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.activation import ActivationSettings, activation_decisions
from models.evaluation.activations import DetectionScores, detection_scores
from models.evaluation.bss_eval import METRICS
from models.evaluation.song import SongResult
from models.instruments import INSTRUMENTS, STEMS

ModelScores = dict[str, dict[str, float]]


def median_over_songs(songs: Sequence[SongResult]) -> dict[str, ModelScores]:
    """Median over songs of each model's scores, by source and metric; without sources that were not scored."""
    collected: dict[str, dict[str, dict[str, list[float]]]] = {}
    for song in songs:
        for model, sources in song.models.items():
            of_model = collected.setdefault(model, {})
            for source, metrics in sources.items():
                for metric, value in metrics.items():
                    if value is not None:
                        of_model.setdefault(source, {}).setdefault(metric, []).append(value)
    return {
        model: {
            source: {metric: round(float(np.median(of_model[source][metric])), 2) for metric in METRICS}
            for source in STEMS
            if source in of_model
        }
        for model, of_model in collected.items()
    }


def activation_table(
    songs: Sequence[SongResult], settings: ActivationSettings
) -> dict[str, dict[str, dict[str, float]]]:
    """Precision, recall, F1 and area under the curve by model and instrument, over the frames of all songs together."""
    models = sorted({name for song in songs for name in song.activations.probabilities})
    return {model: table for model in models if (table := _activations_of(model, songs, settings))}


def _activations_of(
    model: str, songs: Sequence[SongResult], settings: ActivationSettings
) -> dict[str, dict[str, float]]:
    table = {}
    for index, name in enumerate(INSTRUMENTS):
        parts = [
            (song.activations.truth[index], song.activations.probabilities[model][index])
            for song in songs
            if name in song.activations.known and model in song.activations.probabilities
        ]
        truth = np.concatenate([np.zeros(0, bool), *(part[0] for part in parts)])
        if not truth.any():  # an instrument that the songs do not have
            continue
        probabilities = np.concatenate([part[1] for part in parts])
        decisions = np.concatenate([activation_decisions(part[1], settings) for part in parts])
        scores = detection_scores(truth, decisions, probabilities)
        table[name] = _rounded(scores)
    return table


def _rounded(scores: DetectionScores) -> dict[str, float]:
    """Without what is not defined."""
    values = {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1, "auc": scores.auc}
    return {name: round(value, 3) for name, value in values.items() if not np.isnan(value)}


def results(dataset: str, songs: Sequence[SongResult], settings: ActivationSettings) -> dict[str, Any]:
    """`results.json`: dataset, number of songs, medians of each model and oracle, and the activations."""
    return {
        "dataset": dataset,
        "songs": len(songs),
        "models": median_over_songs(songs),
        "activation": activation_table(songs, settings),
    }


def silent_counts(songs: Sequence[SongResult]) -> dict[str, dict[str, int]]:
    """By source: windows scored, windows in which it is silent, and songs that do not have it or in which it rests."""
    counts = {}
    for stem in STEMS:
        windows = [song.windows[stem] for song in songs if stem in song.windows]
        counts[stem] = {
            "scored": sum(window["scored"] for window in windows),
            "silent": sum(window["silent"] for window in windows),
            "songs_without": sum(song.windows.get(stem, {}).get("scored", 0) == 0 for song in songs),
        }
    return counts


def markdown(values: Mapping[str, Any], silent: Mapping[str, Mapping[str, int]]) -> str:
    """The tables for people."""
    models: dict[str, ModelScores] = values["models"]
    lines = [f"{values['dataset']}, {values['songs']} songs. BSS Eval v4: median over seconds, then songs, in dB.", ""]
    lines += _table("SDR / SIR / SAR / ISR", models, lambda scores: " / ".join(f"{scores[m]:.2f}" for m in METRICS))
    lines += ["", *_table("SDR", models, lambda scores: f"{scores['SDR']:.2f}"), _mean_row(models)]
    for model, table in values["activation"].items():
        lines += ["", f"| activation by {model} | precision | recall | F1 | area under the curve |", "|---" * 5 + "|"]
        for name, scores in table.items():
            cells = [f"{scores[key]:.3f}" if key in scores else "" for key in ("precision", "recall", "f1", "auc")]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        cells = [_mean([s[key] for s in table.values() if key in s], 3) for key in ("precision", "recall", "f1", "auc")]
        lines.append("| mean | " + " | ".join(cells) + " |")
    lines += ["", "| seconds | scored | left out, for the source is silent | songs without it |", "|---" * 4 + "|"]
    lines += [
        f"| {stem} | {count['scored']} | {count['silent']} | {count['songs_without']} |"
        for stem, count in silent.items()
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, models: Mapping[str, ModelScores], cell: Any) -> list[str]:
    lines = [f"| {title} | " + " | ".join(models) + " |", "|---" * (len(models) + 1) + "|"]
    for stem in STEMS:
        if any(stem in scores for scores in models.values()):
            cells = [cell(scores[stem]) if stem in scores else "" for scores in models.values()]
            lines.append(f"| {stem} | " + " | ".join(cells) + " |")
    return lines


def _mean_row(models: Mapping[str, ModelScores]) -> str:
    """The mean over the instruments, without `other`."""
    cells = [_mean([scores[name]["SDR"] for name in INSTRUMENTS if name in scores], 2) for scores in models.values()]
    return "| mean of the instruments | " + " | ".join(cells) + " |"


def _mean(values: Sequence[float], digits: int) -> str:
    return f"{np.mean(values):.{digits}f}" if values else ""
