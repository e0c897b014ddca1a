"""The stream of training excerpts, and the excerpts that are validated.

Excerpt `n` depends on songs, seed and `n` only, and a step takes the next excerpts: so a run that is killed goes on
with exactly the excerpts that it would have had, whatever the number of workers.
"""

import itertools
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from models.data.datasets import open_dataset
from models.data.multitrack import Multitrack, MultitrackError
from models.data.remix import Excerpt, Remixer, RemixSettings
from models.training.batch import Batch, collate
from models.training.configuration import TrainingConfig

VALIDATION_SEED: Final = 20_000
HELD_OUT_EVERY: Final = 10
"""Where a dataset has no validation songs of its own, every tenth song is kept for it."""

PREFETCHED_BATCHES: Final = 3


@dataclass(frozen=True)
class Songs:
    """What a run learns from, and what it is validated on.

    `problems` are sentences about songs left out, `sources` the datasets: `data`, `real` and `validation`, if named.
    """

    train: Sequence[Multitrack]
    real: Sequence[Multitrack] = ()
    validation: Sequence[Multitrack] = ()
    problems: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in `run.json`."""
        counts = {"data": len(self.train), "real": len(self.real), "validation": len(self.validation)}
        return {name: {"dataset": spec, "songs": counts[name]} for name, spec in self.sources.items()}


def open_songs(data: str, real: str | None = None, validation: str | None = None) -> Songs:
    """Open the datasets of a run, given as `models.data.datasets` names them.

    Without `validation` it is the dataset's own validation songs, or every tenth song of one that has none.
    Raises MultitrackError if there is nothing to train on.
    """
    opened = open_dataset(data, "train")
    train = list(opened.require_songs())
    problems = [str(problem) for problem in opened.problems]
    mixed_in: list[Multitrack] = []
    if real:
        opened = open_dataset(real, "train")
        mixed_in = list(opened.require_songs())
        problems += [str(problem) for problem in opened.problems]
    if validation:
        held = list(open_dataset(validation, "validation").require_songs())
    else:
        train, held = _hold_out(train, data)
    named = {"data": data, "real": real, "validation": validation}
    sources = {name: spec for name, spec in named.items() if spec}
    return Songs(train, mixed_in, held, tuple(dict.fromkeys(problems)), sources)


def _hold_out(train: list[Multitrack], data: str) -> tuple[list[Multitrack], list[Multitrack]]:
    try:
        held = list(open_dataset(data, "validation").songs)
    except MultitrackError:  # it has no such songs
        held = []
    used = {song.folder for song in train}
    if held and not any(song.folder in used for song in held):
        return train, held
    held = train[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]
    return [song for song in train if not any(song is other for other in held)], held


class ExcerptDataset(Dataset[Excerpt]):
    """Excerpts by their index, without end."""

    def __init__(
        self, songs: Sequence[Multitrack], real: Sequence[Multitrack], remix: RemixSettings, seed: int
    ) -> None:
        self._remixer = Remixer(songs, remix, seed, real)

    def __getitem__(self, index: int) -> Excerpt:
        """Excerpt `index`."""
        return self._remixer.excerpt(index)


class ConsecutiveBatches(Sampler[list[int]]):
    """Indices of batches from `first_step` on, without end; devices take turns."""

    def __init__(self, first_step: int, batch: int, device: int = 0, devices: int = 1) -> None:
        self._first_step, self._batch, self._device, self._devices = first_step, batch, device, devices

    def __iter__(self) -> Iterator[list[int]]:
        for step in itertools.count(self._first_step):
            start = (step * self._devices + self._device) * self._batch
            yield list(range(start, start + self._batch))


class SongData(pl.LightningDataModule):
    """Loaders for Lightning.

    Args:
        config: of the run.
        songs: to learn from.
        workers: processes that make excerpts; 0 makes them in this one, None as many as the device can use.
    """

    def __init__(self, config: TrainingConfig, songs: Songs, workers: int | None = None) -> None:
        super().__init__()
        self.config, self.songs, self.workers = config, songs, workers
        self._validation: list[Batch] | None = None

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches from the trainer's step on."""
        trainer = self.trainer
        assert trainer is not None
        on_cpu = trainer.strategy.root_device.type == "cpu"
        workers = _worker_count(on_cpu, trainer.num_devices) if self.workers is None else self.workers
        batches = ConsecutiveBatches(trainer.global_step, self.config.batch, trainer.global_rank, trainer.world_size)
        dataset = ExcerptDataset(self.songs.train, self.songs.real, self.config.remix, self.config.seed)
        options: dict[str, Any] = {"prefetch_factor": PREFETCHED_BATCHES} if workers else {}
        return DataLoader(
            dataset,  # type: ignore[arg-type] # collate makes batches of excerpts
            batch_sampler=batches,
            collate_fn=collate,
            num_workers=workers,
            worker_init_fn=_start_worker,
            pin_memory=not on_cpu,
            **options,
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """The share of this device in the validation batches, which are made once."""
        trainer = self.trainer
        assert trainer is not None
        if self._validation is None:
            self._validation = self.validation_batches(trainer.global_rank, trainer.world_size)
        return DataLoader(self._validation, batch_size=None)  # type: ignore[arg-type]

    def validation_batches(self, device: int = 0, devices: int = 1) -> list[Batch]:
        """The same excerpts every time, from songs that are not trained on; each device has at least one batch."""
        if not self.songs.validation:
            return []
        dataset = ExcerptDataset(self.songs.validation, (), self.config.remix, VALIDATION_SEED)
        count = max(1, self.config.validation.excerpts // (self.config.batch * devices))
        sampler = ConsecutiveBatches(0, self.config.batch, device, devices)
        return [collate([dataset[index] for index in indices]) for indices in itertools.islice(sampler, count)]

    def first_batches(self, excerpts: int) -> Iterator[Batch]:
        """The start of the training stream, one excerpt a batch."""
        dataset = ExcerptDataset(self.songs.train, self.songs.real, self.config.remix, self.config.seed)
        return (collate([dataset[index]]) for index in range(excerpts))


def _start_worker(_: int) -> None:
    """The cores are for the network; an interrupt is for the trainer, which stops its workers itself."""
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _worker_count(on_cpu: bool, devices: int) -> int:
    """One makes excerpts faster than two cores learn them; a graphics processor wants all that there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // 8) if on_cpu else max(1, min(16, (cores - 1) // max(devices, 1)))
