"""Weights of a model that has a network for each of several targets.

In its folder lies one file, `weights.safetensors`, whose names are `<target>.<parameter>`, or a file a target,
`<target>.safetensors`, whose names are the parameters'.
"""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

STORED_WITH_PUBLISHED_WEIGHTS = ("sample_rate", "stft.window", "transform.0.window")
"""What the published state dicts of Open-Unmix hold besides the network."""


def load_target(network: nn.Module, folder: Path, target: str) -> nn.Module:
    """Give a network the weights of a target; returns it, ready to be used.

    Raises FileNotFoundError if there are none, RuntimeError if they do not fit, and what safetensors raises.
    """
    own, joint = folder / f"{target}.safetensors", folder / "weights.safetensors"
    if own.is_file():
        weights = load_file(own)
    else:
        prefix = f"{target}."
        weights = {k.removeprefix(prefix): v for k, v in load_file(joint).items() if k.startswith(prefix)}
    if not weights:
        raise FileNotFoundError(f"there is no network for {target}")
    expected = network.state_dict()
    fitting: dict[str, Tensor] = {
        name: value.to(expected[name].dtype) if name in expected else value
        for name, value in weights.items()
        if name not in STORED_WITH_PUBLISHED_WEIGHTS
    }
    network.load_state_dict(fitting)
    return network.eval()
