"""A tiny network in a model's folder, as the registry finds it."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.networks.iass_six import IassSix, IassSixConfig

TINY = IassSixConfig(bins=128, bands=4, channels=(8, 12, 16), bottleneck=4, recurrent=8)


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """The root of a registry that holds one model, `tiny`, with random weights."""
    torch.manual_seed(3)
    folder = tmp_path / "registry" / "tiny"
    folder.mkdir(parents=True)
    save_file(IassSix(TINY).state_dict(), folder / "weights.safetensors")
    description = {
        "title": "Tiny",
        "licence": "MIT",
        "network": TINY.to_dict(),
        "spectrogram": {"window_samples": 4096, "hop_samples": 1024},
    }
    (folder / "model.json").write_text(json.dumps(description))
    return folder.parent
