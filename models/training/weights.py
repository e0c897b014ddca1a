"""Weights to start from: of a run, of a model, of a file, and the published ones of Open-Unmix."""

from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.registry import PRETRAINED
from models.training.configuration import ConfigurationError
from models.training.learners import JOINT, Learner


def load_weights(learner: Learner, source: str) -> None:
    """Give the networks of a learner other weights.

    Args:
        learner: whose networks must have the sizes of the weights.
        source: the name of a model in `models/pretrained`; the folder of a model or of a run; a safetensors file; or
            a folder with the published files of Open-Unmix (`vocals-b62c91ce.pth` and so on).

    Raises:
        ConfigurationError: if there are no such weights or they do not fit.
    """
    path = PRETRAINED / source if (PRETRAINED / source / "model.json").is_file() else Path(source)
    for part, network in learner.networks.items():
        try:
            weights = _part_weights(path, part)
            expected = network.state_dict()
            network.load_state_dict({k: v.to(expected[k].dtype) if k in expected else v for k, v in weights.items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = shorten(str(error), 200, placeholder=" …")  # torch lists every weight
            raise ConfigurationError(f"The weights {source} cannot be used for {part}: {reason}") from error


def _part_weights(path: Path, part: str) -> dict[str, Tensor]:
    """The weights of one network, by its own names."""
    if path.suffix == ".pth":
        try:
            state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        except UnpicklingError as error:
            raise OSError(f"{path} holds something else than weights") from error
        return state
    if path.is_file():
        weights = load_file(path)
        own = {name.removeprefix(f"{part}."): value for name, value in weights.items() if name.startswith(f"{part}.")}
        return own or weights
    names: tuple[str, ...]
    if part == JOINT:
        names = ("weights.safetensors", "average.safetensors")
    else:
        names = (f"{part}.safetensors", "average.safetensors", *(file.name for file in path.glob(f"{part}-*.pth")))
    for name in names:
        if (path / name).is_file():
            return _part_weights(path / name, part)
    raise FileNotFoundError(f"there is no {' or '.join(names)} in {path}")
