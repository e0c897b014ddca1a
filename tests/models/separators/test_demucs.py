"""Demucs' packages, made here in the published formats with small networks, give what Demucs itself computes."""

import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from models.conversion.install import install
from models.conversion.published import PUBLISHED
from models.instruments import INSTRUMENTS
from models.registry import ModelError
from models.separator import load_separator
from models.separators.demucs import DemucsBlock

htdemucs = pytest.importorskip("demucs.htdemucs", reason="the extra `demucs` is not installed")

SMALL: dict[str, Any] = {
    "channels": 8,
    "depth": 4,
    "nfft": 4096,
    "bottom_channels": 16,
    "t_layers": 1,
    "t_heads": 2,
    "t_sparse_self_attn": False,
    "samplerate": 44100,
    "segment": Fraction(39, 20),
}


def network(sources: tuple[str, ...], seed: int) -> Any:
    torch.manual_seed(seed)
    return htdemucs.HTDemucs(list(sources), **SMALL).eval()


def package(made: Any, *, half: bool = True) -> dict[str, Any]:
    """What `demucs.states.serialize_model` writes."""
    args, kwargs = made._init_args_kwargs
    state = {name: value.half() if half else value for name, value in made.state_dict().items()}
    about = {"dset": {"samplerate": 44100, "channels": 2}, "optim": {"lr": 3e-4}}
    return {"klass": type(made), "args": args, "kwargs": kwargs, "state": state, "training_args": about}


def write_package(folder: Path, signature: str, content: dict[str, Any]) -> Path:
    """As `demucs.states.save_with_checksum` does: the name ends with what the file hashes to."""
    draft = folder / "draft"
    torch.save(content, draft)
    checksum = hashlib.sha256(draft.read_bytes()).hexdigest()[:8]
    return draft.rename(folder / f"{signature}-{checksum}.th")


def write_safetensors(folder: Path, signature: str, made: Any) -> Path:
    """As published on the Hub since 4.1: see `demucs.hf.load_safetensors_model`."""
    args, kwargs = made._init_args_kwargs

    def encoded(value: Any) -> Any:
        if isinstance(value, Fraction):
            return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
        return value

    about = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": json.dumps(args),
        "kwargs": json.dumps({name: encoded(value) for name, value in kwargs.items()}),
    }
    path = folder / f"{signature}.safetensors"
    save_file({name: value.half().contiguous() for name, value in made.state_dict().items()}, path, about)
    return path


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (int(seconds * 44100), 2)).astype(np.float32)


def separated(name: str, root: Path, mix: np.ndarray) -> np.ndarray:
    stems = np.full((6, *mix.shape), np.nan, np.float32)
    for span in load_separator(name, root=root).separate(mix, 44100):
        stems[:, span.start : span.start + span.stems.shape[1]] = span.stems
    assert np.isfinite(stems).all()
    return stems


@pytest.mark.parametrize("published", ["package", "safetensors"])
def test_one_segment_is_what_demucs_computes(tmp_path: Path, published: str) -> None:
    from demucs.apply import apply_model

    sources = PUBLISHED["htdemucs"].targets
    made = network(sources, 0)
    if published == "package":
        path = write_package(tmp_path, "955717e8", package(made))
    else:
        path = write_safetensors(tmp_path, "955717e8", made)
    info = install("htdemucs", [path], tmp_path / "models")
    assert info.instruments == ("drums", "bass", "vocals")
    assert sorted(file.name for file in info.folder.iterdir()) == ["model.json", "weights.safetensors"]
    mix = noise(1.2)
    stems = separated("htdemucs", tmp_path / "models", mix)
    made.load_state_dict({name: value.half().float() for name, value in made.state_dict().items()})
    level = np.sqrt(np.square(mix).mean())
    expected = apply_model(made, torch.from_numpy(mix.T / level)[None], shifts=0)[0].numpy() * level
    for index, source in enumerate(sources):
        if source in INSTRUMENTS:
            found = stems[INSTRUMENTS.index(source)].T
            assert np.linalg.norm(found - expected[index]) < 1e-3 * np.linalg.norm(expected[index])
    assert not stems[1:4].any()


def test_bag_of_four_takes_each_source_from_its_network(tmp_path: Path) -> None:
    published = PUBLISHED["htdemucs_ft"]
    signatures = ("f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d")
    made = [network(published.targets, seed) for seed in range(4)]
    files = [write_package(tmp_path, s, package(net, half=False)) for s, net in zip(signatures, made, strict=True)]
    install("htdemucs_ft", list(reversed(files)), tmp_path / "models")
    mix = noise(4)
    stems = separated("htdemucs_ft", tmp_path / "models", mix)
    for index, (source, net) in enumerate(zip(published.targets, made, strict=True)):
        if source not in INSTRUMENTS:
            continue
        path = write_package(tmp_path / "models", "955717e8", package(net, half=False))
        install("htdemucs", [path], tmp_path / "models")
        alone = separated("htdemucs", tmp_path / "models", mix)
        row = INSTRUMENTS.index(source)
        np.testing.assert_allclose(stems[row], alone[row], atol=1e-5, err_msg=f"{index} {source}")
        path.unlink()


def test_six_sources_have_a_guitar_for_two_lanes(tmp_path: Path) -> None:
    made = network(PUBLISHED["htdemucs_6s"].targets, 0)
    path = write_package(tmp_path, "5c90dfd2", package(made))
    info = install("htdemucs_6s", [path], tmp_path / "models")
    assert set(info.instruments) == set(INSTRUMENTS)
    assert info.lanes == {"guitar": ("electric_guitar", "acoustic_guitar")}
    stems = separated("htdemucs_6s", tmp_path / "models", noise(1))
    assert stems[[0, 1, 3, 4, 5]].any((1, 2)).all()
    assert not stems[2].any(), "nobody lends activations here, so all of it lies in the first lane"


class Halves(torch.nn.Module):
    """Everything by half to each of two sources, of segments of two seconds at 1 kHz."""

    segment, samplerate = Fraction(2), 1000

    def forward(self, mix: torch.Tensor) -> torch.Tensor:
        return torch.stack((mix, mix), 1) / 2


@pytest.mark.parametrize("samples", [1, 2, 999, 2000, 2001, 3500, 7000])
def test_pieces_of_any_length_join(samples: int) -> None:
    block = DemucsBlock([Halves()], [[1.0, 1.0]], ("vocals", "other"), ("vocals",))
    audio = torch.randn(2, samples, generator=torch.Generator().manual_seed(0))
    stems, activations = block(audio)
    assert activations is None
    torch.testing.assert_close(stems[0], audio / 2)


class Spy:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_packages_that_are_refused(tmp_path: Path) -> None:
    content = package(network(PUBLISHED["htdemucs"].targets, 0))
    root, trace = tmp_path / "models", tmp_path / "trace"

    def refused(reason: str, content: dict[str, Any], signature: str = "955717e8") -> None:
        path = write_package(tmp_path, signature, content)
        with pytest.raises(ModelError, match=reason):
            install("htdemucs", [path], root)
        assert not list(root.iterdir())
        path.unlink()

    refused("none of its files", content, "0d19c1c6")
    refused("not a package of HTDemucs", content | {"klass": "demucs.htdemucs.HTDemucs"})
    refused("holds more than weights", content | {"training_args": Spy(trace)})
    refused("holds more than weights", content | {"klass": torch.nn.Linear})
    assert not trace.exists(), "code in a file is never run"
    refused("does not separate", content | {"args": (["vocals"],)})
    refused("arguments that are not supported", content | {"kwargs": {"channels": 10**9}})
    refused("not a package of HTDemucs", {"state": content["state"]})
    bad = content["state"] | {"decoder.0.conv_tr.bias": torch.tensor(torch.nan)}
    refused("not numbers", content | {"state": bad})
    path = write_package(tmp_path, "955717e8", content)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match=f"{path.name} is damaged"):
        install("htdemucs", [path], root)


def test_wrong_shapes_are_found_when_it_is_loaded(tmp_path: Path) -> None:
    content = package(network(PUBLISHED["htdemucs"].targets, 0))
    content["state"]["decoder.0.conv_tr.bias"] = torch.zeros(3)
    install("htdemucs", [write_package(tmp_path, "955717e8", content)], tmp_path / "models")
    with pytest.raises(ModelError, match="“htdemucs” cannot be used"):
        load_separator("htdemucs", root=tmp_path / "models")


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = package(network(PUBLISHED["htdemucs"].targets, 0))
    install("htdemucs", [write_package(tmp_path, "955717e8", content)], tmp_path / "models")
    monkeypatch.setitem(sys.modules, "demucs.htdemucs", None)
    with pytest.raises(ModelError, match=r"pip install 'partwise\[demucs\]'"):
        load_separator("htdemucs", root=tmp_path / "models")
