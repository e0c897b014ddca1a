"""A training run from its first step or from where it was saved last."""

import logging
import signal
import sys
import warnings
from types import FrameType
from typing import Any, Final

import lightning.pytorch as pl

from models.training.callbacks import Keeper, Reporter, Samples
from models.training.checkpoint_io import SafetensorsIO
from models.training.configuration import ConfigurationError, TrainingConfig
from models.training.data import SongData, Songs
from models.training.learners import Learner, make_learner
from models.training.module import TrainingModule
from models.training.run_folder import RunFolder
from models.training.weights import load_weights

MEASURED_EXCERPTS: Final = 64
"""From so many excerpts the standardisation of the bins is measured."""


def prepare_learner(config: TrainingConfig, songs: Songs, weights: str | None, resumed: bool) -> Learner:
    """Networks to start with: with given weights, or standardised for the songs. Raises ConfigurationError."""
    learner = make_learner(config)
    if not resumed and weights:
        load_weights(learner, weights)
    elif not resumed:
        learner.measure(SongData(config, songs).first_batches(MEASURED_EXCERPTS))
    return learner


def check_resumption(config: TrainingConfig, folder: RunFolder) -> None:
    """Refuse to go on with another kind of network than the run has. Raises ConfigurationError."""
    before = folder.read().get("config")
    if folder.checkpoint.is_file() and before:
        run = TrainingConfig.from_dict(before)
        if (run.model, run.targets, run.network) != (config.model, config.targets, config.network):
            raise ConfigurationError(
                f"{folder.root} is a run of {run.model} for {', '.join(run.targets)} with other settings; "
                "name another folder."
            )


def make_trainer(config: TrainingConfig, folder: RunFolder, songs: Songs, **devices: Any) -> pl.Trainer:
    """A Lightning trainer that reports to and saves in the folder of the run."""
    return pl.Trainer(
        callbacks=[
            Reporter(folder, config.report_steps),
            Keeper(folder, config.save_minutes, songs.to_dict()),
            Samples(folder),
        ],
        plugins=[SafetensorsIO()],
        precision=config.precision,
        max_epochs=-1,
        val_check_interval=config.validation.steps,
        limit_val_batches=1.0 if songs.validation else 0,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=folder.root,
        **devices,
    )


def train(
    config: TrainingConfig,
    songs: Songs,
    folder: RunFolder,
    learner: Learner,
    *,
    workers: int | None = None,
    **devices: Any,
) -> TrainingModule:
    """Start a run, or go on with the one in the folder, until its limits are reached."""
    data = SongData(config, songs, workers)
    resumed = folder.checkpoint.is_file()
    module = TrainingModule(config, learner)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its lines are about itself, not the run
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers", category=UserWarning)
        warnings.filterwarnings("ignore", ".*LeafSpec", category=FutureWarning)  # between Lightning and torch
        trainer = make_trainer(config, folder, songs, **devices)
        previous = signal.signal(signal.SIGINT, lambda number, frame: _stop(trainer, number, frame))
        try:
            trainer.fit(module, data, ckpt_path=str(folder.checkpoint) if resumed else None)
        finally:
            signal.signal(signal.SIGINT, previous)
    return module


def _stop(trainer: pl.Trainer, number: int, frame: FrameType | None) -> None:
    """The first interrupt ends the run properly, the second at once."""
    if trainer.should_stop:
        signal.default_int_handler(number, frame)
    print("Stopping after this step; interrupt again to stop at once.", file=sys.stderr, flush=True)
    trainer.should_stop = True
