"""Open-Unmix: shapes, and the names and sizes of the published state dicts."""

import pytest
import torch

from models.networks.open_unmix import OpenUnmix, published_width


def test_estimate_has_the_shape_of_the_mix() -> None:
    torch.manual_seed(0)
    mix = torch.rand(2, 2, 2049, 7)
    estimate = OpenUnmix(hidden=16).eval()(mix)
    assert estimate.shape == mix.shape
    assert (estimate >= 0).all()


def test_state_dict_has_the_published_names_and_sizes() -> None:
    state = {name: tuple(value.shape) for name, value in OpenUnmix().state_dict().items()}
    assert state["fc1.weight"] == (512, 2 * 1487)
    assert state["lstm.weight_ih_l2_reverse"] == (1024, 512)
    assert state["fc2.weight"] == (512, 1024)
    assert state["fc3.weight"] == (2 * 2049, 512)
    assert state["input_mean"] == (1487,)
    assert state["output_scale"] == (2049,)
    assert state["bn3.running_var"] == (2 * 2049,)


def published_state(hidden: int) -> dict[str, torch.Tensor]:
    """Names, shapes and types of the files of `umxhq` and `umxl`, with random values."""
    generator = torch.Generator().manual_seed(hidden)
    shapes = {
        "input_mean": (1487,),
        "input_scale": (1487,),
        "output_scale": (2049,),
        "output_mean": (2049,),
        "stft.window": (4096,),
        "transform.0.window": (4096,),
        "fc1.weight": (hidden, 2974),
        "fc2.weight": (hidden, 2 * hidden),
        "fc3.weight": (4098, hidden),
    }
    for number, width in ((1, hidden), (2, hidden), (3, 4098)):
        shapes |= {f"bn{number}.{name}": (width,) for name in ("weight", "bias", "running_mean", "running_var")}
    for layer in range(3):
        for direction in ("", "_reverse"):
            for kind in ("ih", "hh"):
                # Half the width each way; a layer sees what both ways of the one below say.
                shapes[f"lstm.weight_{kind}_l{layer}{direction}"] = (
                    2 * hidden,
                    hidden if kind == "ih" else hidden // 2,
                )
                shapes[f"lstm.bias_{kind}_l{layer}{direction}"] = (2 * hidden,)
    state = {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}
    state |= {f"bn{number}.num_batches_tracked": torch.tensor(344_000) for number in (1, 2, 3)}
    return state | {"sample_rate": torch.tensor(44100)}


@pytest.mark.parametrize("hidden", [512, 1024], ids=["umxhq", "umxl"])
def test_published_files_load_unchanged(hidden: int) -> None:
    state = published_state(hidden)
    assert published_width(state) == hidden
    network = OpenUnmix(published_width(state))
    network.load_state_dict(state)
    own = network.state_dict()
    assert state.keys() - own.keys() == {"sample_rate", "stft.window", "transform.0.window"}
    for name, value in own.items():
        assert value.dtype == state[name].dtype
        assert torch.equal(value, state[name])
    assert "stft.window" in state, "what was given is left as it was"


def test_other_names_are_refused() -> None:
    state = OpenUnmix(16).state_dict()
    with pytest.raises(RuntimeError, match="Unexpected key"):
        OpenUnmix(16).load_state_dict(state | {"fc4.weight": torch.zeros(1)})
    del state["fc3.weight"]
    with pytest.raises(RuntimeError, match="Missing key"):
        OpenUnmix(16).load_state_dict(state)
