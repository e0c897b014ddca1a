"""One file adds a separator."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import models.separators
from models.registry import ModelError, find_model, list_models
from models.separator import load_separator

SOURCE = '''
"""`half-of-it`: half of everything to the drums."""

from models.blocks import BlockSeparator


class Half:
    instruments = ("drums",)
    has_activations = False

    def __call__(self, audio):
        return audio[None] / 2, None


def load(info, description):
    return BlockSeparator(info.name, Half(), None)
'''


def test_a_file_dropped_in_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "models"
    (root / "mine").mkdir(parents=True)
    description = {
        "title": "Mine",
        "kind": "half-of-it",
        "targets": ["drums", "other"],
        "licence": "Mine, for friends",
        "licence_url": "https://example.org/licence",
        "non_commercial": True,
        "source": "https://example.org",
    }
    (root / "mine" / "model.json").write_text(json.dumps(description))
    save_file({"x": torch.zeros(3)}, root / "mine" / "weights.safetensors")
    with pytest.raises(ModelError, match="a kind that is not known"):
        load_separator("mine", root=root)
    (tmp_path / "plugged").mkdir()
    (tmp_path / "plugged" / "half_of_it.py").write_text(SOURCE)
    monkeypatch.setattr(models.separators, "__path__", [*models.separators.__path__, str(tmp_path / "plugged")])
    info = find_model("mine", root)
    assert (info.instruments, info.licence, info.licence_url) == (
        ("drums",),
        "Mine, for friends",
        "https://example.org/licence",
    )
    assert info.non_commercial
    assert info.size_bytes > 0
    mix = np.ones((1000, 2), np.float32)
    (span,) = load_separator("mine", root=root).separate(mix, 44100)
    np.testing.assert_allclose(span.stems[5], 0.5)
    assert (span.activations == 1).all(), "nobody here lends any"
    assert [model.name for model in list_models(root)] == ["mine"]
