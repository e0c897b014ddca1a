"""The command line of `python -m models.train`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch

from models.data.multitrack import MultitrackError
from models.training.configuration import ConfigurationError, TrainingConfig, load_config
from models.training.data import open_songs
from models.training.learners import JointLearner
from models.training.run import check_resumption, prepare_learner, train
from models.training.run_folder import RunFolder

DESCRIPTION: Final = """\
Train a separator. A run that is called again with the same folder goes on exactly where it was saved last.

To train the shipped network further on multitracks of your own:
  python -m models.train --config fine-tune --weights iass-six --data folder:PATH --output RUN
"""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models.train", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", default="iass-six", help="name of a file in models/configs, or a TOML file")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="changes", help="change it")
    parser.add_argument("--data", required=True, help="synthetic|musdb|medleydb|mixing-secrets|folder[:path]")
    parser.add_argument("--real", help="real songs to mix in now and then, named like --data")
    parser.add_argument("--validation", help="songs to validate on; otherwise the dataset's own, or every tenth song")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run; an existing run goes on")
    parser.add_argument("--weights", help="start from these: a model's name, a model or run folder, a file")
    parser.add_argument("--targets", nargs="+", help="for networks of one target each")
    parser.add_argument("--minutes", type=float, help="length of the whole run; 0 is no limit")
    parser.add_argument("--steps", type=int, help="the same in steps")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--workers", type=int, help="processes that make excerpts")
    parser.add_argument("--threads", type=int, help="threads that compute the network")
    parser.add_argument("--compile", action="store_true", help="fuse iass-six with torch.compile (needs g++)")
    devices = parser.add_argument_group("devices", "as Lightning names them")
    devices.add_argument("--accelerator", default="gpu" if torch.cuda.is_available() else "cpu")
    devices.add_argument("--devices", default="auto", help="how many, or which")
    devices.add_argument("--nodes", type=int, default=1, help="machines")
    devices.add_argument("--strategy", default="auto", help="such as ddp")
    return parser.parse_args(arguments)


def read_config(options: argparse.Namespace) -> TrainingConfig:
    """The configuration with what the command line changes. Raises ConfigurationError."""
    config = load_config(options.config, options.changes)
    limits = {name: getattr(options, name) for name in ("minutes", "steps") if getattr(options, name) is not None}
    values: dict[str, Any] = {"duration": replace(config.duration, **limits)}
    if options.targets:
        values["targets"] = tuple(options.targets)
    if options.seed is not None:
        values["seed"] = options.seed
    return replace(config, **values)


def main(arguments: list[str] | None = None) -> int:
    """Start a run or go on with it; returns the exit status."""
    options = parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    folder = RunFolder(options.output)
    try:
        config = read_config(options)
        check_resumption(config, folder)
        songs = open_songs(options.data, options.real, options.validation)
        print(
            f"{len(songs.train)} songs, {len(songs.real)} real ones to mix in, {len(songs.validation)} to validate on, "
            f"{len(songs.problems)} left out",
            *songs.problems,
            sep="\n  ",
            flush=True,
        )
        learner = prepare_learner(config, songs, options.weights, folder.checkpoint.is_file())
        if options.compile and isinstance(learner, JointLearner):
            learner.compile_network()
        strategy = options.strategy
        if strategy == "ddp" and len(learner.parts) > 1:  # each backward reaches the networks of one part only
            strategy = "ddp_find_unused_parameters_true"
        train(
            config,
            songs,
            folder,
            learner,
            workers=options.workers,
            accelerator=options.accelerator,
            devices=options.devices,
            num_nodes=options.nodes,
            strategy=strategy,
        )
    except (ConfigurationError, MultitrackError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
