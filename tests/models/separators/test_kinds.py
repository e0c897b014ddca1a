"""Every kind of separator keeps the contract, with random weights in the folders that it is loaded from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from models.activation import activation_frame_count
from models.instruments import INSTRUMENTS
from models.networks.iass import Iass
from models.networks.open_unmix import OpenUnmix
from models.registry import ModelError, find_model
from models.separator import load_separator

FRAMES = 44100 * 2


def write_model(root: Path, name: str, description: dict[str, Any], states: dict[str, Any], joint: bool = True) -> None:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps(description))
    if joint:
        weights = {f"{target}.{key}": value for target, state in states.items() for key, value in state.items()}
        save_file(weights, folder / "weights.safetensors")
    else:
        for target, state in states.items():
            save_file(state, folder / f"{target}.safetensors")


def open_unmix_state(scale: float | None = None) -> dict[str, torch.Tensor]:
    """Random weights; with `scale`, those of a network whose mask is that number everywhere."""
    torch.manual_seed(0)
    state = OpenUnmix(hidden=16).state_dict()
    if scale is not None:
        state["output_scale"] = torch.zeros(2049)
        state["output_mean"] = torch.full((2049,), scale)
    return state


def separated(name: str, root: Path, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    stems = np.full((6, len(mix), 2), np.nan, np.float32)
    activations = np.full((6, activation_frame_count(len(mix), 44100)), np.nan, np.float32)
    for span in load_separator(name, root=root).separate(mix, 44100):
        stems[:, span.start : span.start + span.stems.shape[1]] = span.stems
        end = span.first_activation + span.activations.shape[1]
        activations[:, span.first_activation : end] = span.activations
    assert np.isfinite(stems).all()
    assert np.isfinite(activations).all()
    return stems, activations


@pytest.fixture(scope="module")
def mix() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.05, (FRAMES, 2)).astype(np.float32)


@pytest.mark.parametrize("joint", [True, False])
def test_open_unmix_masks_the_mix(tmp_path: Path, mix: np.ndarray, joint: bool) -> None:
    description = {"kind": "open-unmix", "targets": ["vocals", "drums"], "network": {"hidden": 16}}
    states = {"vocals": open_unmix_state(0.25), "drums": open_unmix_state(0.5)}
    write_model(tmp_path, "umx", description, states, joint)
    separator = load_separator("umx", root=tmp_path)
    assert separator.name == "umx"
    assert separator.instruments == ("vocals", "drums") == find_model("umx", tmp_path).instruments
    assert not separator.has_activations
    assert separator.rate == 44100
    stems, activations = separated("umx", tmp_path, mix)
    np.testing.assert_allclose(stems[INSTRUMENTS.index("vocals")], 0.25 * mix, atol=1e-3)
    np.testing.assert_allclose(stems[INSTRUMENTS.index("drums")], 0.5 * mix, atol=1e-3)
    assert not stems[1:5].any(), "what it does not know stays in Other"
    assert (activations == 1).all(), "the weight that changes nothing"


@pytest.mark.parametrize("targets", [("vocals", "drums"), ("vocals", "drums", "other")])
def test_open_unmix_with_wiener_filter(tmp_path: Path, mix: np.ndarray, targets: tuple[str, ...]) -> None:
    """Sources that are everywhere alike get their share of the power."""
    description = {"kind": "open-unmix", "targets": targets, "network": {"hidden": 16}, "wiener": True}
    write_model(tmp_path, "umx", description, {t: open_unmix_state(0.4 if t != "other" else 0.2) for t in targets})
    stems, _ = separated("umx", tmp_path, mix)
    share = 0.16 / (0.16 + 0.16 + 0.04)
    np.testing.assert_allclose(stems[0], share * mix, atol=2e-3)
    np.testing.assert_allclose(stems[5], share * mix, atol=2e-3)


def test_published_state_dicts_hold_more_than_the_network(tmp_path: Path, mix: np.ndarray) -> None:
    state = open_unmix_state() | {"sample_rate": torch.tensor([44100.0]), "stft.window": torch.hann_window(4096)}
    description = {"kind": "open-unmix", "targets": ["bass"], "network": {"hidden": 16}, "mix_rms": None}
    write_model(tmp_path, "umx", description, {"bass": state})
    stems, _ = separated("umx", tmp_path, mix)
    assert stems[4].any()


def test_level_is_normalised_unless_the_weights_want_it_raw(tmp_path: Path, mix: np.ndarray) -> None:
    state = open_unmix_state()
    for name, level in (("brought", 0.1), ("raw", None)):
        description = {"kind": "open-unmix", "targets": ["bass"], "network": {"hidden": 16}, "mix_rms": level}
        write_model(tmp_path, name, description, {"bass": state})

    def scales(name: str) -> float:
        quiet, _ = separated(name, tmp_path, mix)
        loud, _ = separated(name, tmp_path, 4 * mix)
        return float(np.abs(loud - 4 * quiet).max() / np.abs(loud).max())

    assert scales("brought") < 1e-4
    assert scales("raw") > 1e-3


def test_iass_gives_stems_and_activations(tmp_path: Path, mix: np.ndarray) -> None:
    torch.manual_seed(1)
    write_model(tmp_path, "iass", {"kind": "iass", "targets": ["piano"]}, {"piano": Iass().state_dict()})
    separator = load_separator("iass", root=tmp_path)
    assert separator.has_activations
    stems, activations = separated("iass", tmp_path, mix)
    piano = INSTRUMENTS.index("piano")
    assert stems[piano].any()
    assert (activations[piano] > 0).all()
    assert not np.delete(stems, piano, 0).any()
    assert not np.delete(activations, piano, 0).any(), "an instrument that it does not know never plays"


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"kind": "telepathy", "targets": ["vocals"]}, "kind that is not known"),
        ({"kind": "open-unmix", "targets": ["vocals", "piano"], "network": {"hidden": 16}}, "no network for piano"),
        ({"kind": "open-unmix", "targets": ["vocals"], "network": {"hidden": 32}}, "cannot be used"),
        ({"kind": "open-unmix", "wiener": True}, "cannot be used"),
        ({"kind": "iass", "targets": ["vocals"]}, "cannot be used"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(tmp_path: Path, description: dict[str, Any], message: str) -> None:
    write_model(tmp_path, "umx", description, {"vocals": open_unmix_state()})
    with pytest.raises(ModelError, match=message):
        load_separator("umx", root=tmp_path)
