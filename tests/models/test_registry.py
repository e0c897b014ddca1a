"""What the registry says of a model without loading it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.registry import ModelError, find_model, list_models


def write(root: Path, name: str, text: str, weights: tuple[str, ...] = ()) -> Path:
    (root / name).mkdir(parents=True)
    (root / name / "model.json").write_text(text)
    for weight in weights:
        (root / name / weight).write_bytes(b"12345")
    return root / name


def test_description(tmp_path: Path) -> None:
    described = {"title": "T", "kind": "open-unmix", "targets": ["vocals", "other"], "licence": "MIT", "source": "x"}
    write(tmp_path, "umx", json.dumps(described), ("vocals.safetensors", "other.safetensors"))
    model = find_model("umx", tmp_path)
    assert (model.title, model.kind, model.licence, model.source) == ("T", "open-unmix", "MIT", "x")
    assert model.instruments == ("vocals",), "Other is what remains, not an instrument"
    assert model.rate == 44100
    assert model.ready
    assert model.size_bytes == 10


def test_without_weights_it_is_listed_but_not_ready(tmp_path: Path) -> None:
    write(tmp_path, "a", "{}")
    (model,) = list_models(tmp_path)
    assert model.kind == "iass-six"
    assert len(model.instruments) == 6
    assert not model.ready
    assert model.size_bytes == 0


@pytest.mark.parametrize("text", ["{", "[]"])
def test_broken_description_is_said_in_a_sentence(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a", text)
    with pytest.raises(ModelError, match="description of the model “a”"):
        find_model("a", tmp_path)


def test_listing_needs_no_torch() -> None:
    code = "import sys; from models.registry import list_models; list_models(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
