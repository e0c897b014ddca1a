"""Songs scored in parallel processes; each is kept as soon as it is done, so that a command called again goes on."""

import hashlib
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.activation import ActivationSettings
from models.checkpoint import save_json
from models.data.audio_file import MultitrackError
from models.data.multitrack import Multitrack
from models.evaluation.song import SCORES_VERSION, Activations, SongResult, evaluate_song
from models.registry import ModelInfo, find_lender
from models.separator import Separator, load_model


@dataclass(frozen=True)
class Plan:
    """What is measured on each song."""

    models: tuple[ModelInfo, ...]
    oracles: tuple[str, ...]
    activation: ActivationSettings
    length_s: float | None

    def key(self, song: Multitrack) -> str:
        """Changes when anything changes that the scores of a song depend on."""
        files = [
            (str(part.path), part.path.stat().st_size, part.path.stat().st_mtime_ns)
            for stem in sorted(song.files)
            for part in song.files[stem]
        ]
        needed = [*self.models, *(lender for model in self.models if (lender := find_lender(model)))]
        weights = [hashlib.sha256(path.read_bytes()).hexdigest() for model in needed for path in model.weights]
        descriptions = [path.read_text(encoding="utf-8") for model in needed for path in model.descriptions]
        names = [model.name for model in self.models]
        settings = asdict(self.activation)
        what = [SCORES_VERSION, files, names, weights, descriptions, self.oracles, settings, self.length_s]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()


@dataclass(frozen=True)
class Scored:
    """A song that is done: its result, or the reason why it has none."""

    song: Multitrack
    result: SongResult | None
    problem: str = ""
    was_kept: bool = False


def evaluate_songs(plan: Plan, songs: Sequence[Multitrack], folder: Path, jobs: int) -> Iterator[Scored]:
    """Score songs, in the order in which they get done. What `folder` holds already is not measured again.

    Args:
        plan: what is measured.
        songs: on what.
        folder: where a file a song is kept.
        jobs: processes; 1 works in this one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    for song in songs:
        kept = _read(_place(folder, song), plan.key(song))
        if kept is not None:
            yield Scored(song, kept, was_kept=True)
        else:
            missing.append(song)
    if jobs == 1 or len(missing) <= 1:
        separators = _load(plan)
        for song in missing:
            yield _evaluate(plan, separators, song, folder)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(missing)), context, _start_worker, (plan, folder)) as pool:
        try:
            futures = [pool.submit(_work, song) for song in missing]
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _load(plan: Plan) -> list[Separator]:
    return [load_model(model) for model in plan.models]


def _evaluate(plan: Plan, separators: list[Separator], song: Multitrack, folder: Path) -> Scored:
    try:
        result = evaluate_song(song, separators, plan.oracles, plan.activation, plan.length_s)
    except MultitrackError as error:
        return Scored(song, None, str(error))
    _write(_place(folder, song), plan.key(song), result)
    return Scored(song, result)


class _Worker:
    """What a process keeps between songs."""

    plan: Plan
    folder: Path
    separators: list[Separator]


def _start_worker(plan: Plan, folder: Path) -> None:
    torch.set_num_threads(1)
    _Worker.plan, _Worker.folder, _Worker.separators = plan, folder, _load(plan)


def _work(song: Multitrack) -> Scored:
    return _evaluate(_Worker.plan, _Worker.separators, song, _Worker.folder)


def _place(folder: Path, song: Multitrack) -> Path:
    return folder / f"{song.folder.name}.json"


def _write(path: Path, key: str, result: SongResult) -> None:
    """The arrays first: the JSON file says that all is there."""
    activations = result.activations
    temporary = path.with_name(f".{path.stem}.npz")
    arrays = {f"probabilities/{name}": values for name, values in activations.probabilities.items()}
    np.savez_compressed(temporary, allow_pickle=False, truth=activations.truth, **arrays)
    temporary.replace(path.with_suffix(".npz"))
    scores = {"key": key, "models": result.models, "windows": result.windows, "known": list(activations.known)}
    save_json(path, scores)


def _read(path: Path, key: str) -> SongResult | None:
    """What was kept under this key, None if there is nothing that can be used."""
    try:
        scores: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if scores["key"] != key:
            return None
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            prefix = "probabilities/"
            probabilities = {
                name.removeprefix(prefix): arrays[name] for name in arrays.files if name.startswith(prefix)
            }
            activations = Activations(tuple(scores["known"]), arrays["truth"], probabilities)
        return SongResult(scores["models"], scores["windows"], activations)
    except (OSError, ValueError, KeyError):
        return None
