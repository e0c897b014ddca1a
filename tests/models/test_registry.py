"""What the registry says of a model without loading it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.registry import DEFAULT, FOLDER_VARIABLE, ModelError, find_model, list_models, load_description


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


def test_a_description_is_bounded_and_a_file(tmp_path: Path) -> None:
    for name in ("large", "pipe"):
        (tmp_path / name).mkdir()
    with (tmp_path / "large" / "model.json").open("wb") as file:
        file.truncate(1 << 33)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe" / "model.json")
    for path in tmp_path.glob("*/model.json"):
        with pytest.raises(ModelError, match=f"“{path.parent.name}” cannot be read: it is not a file of a model"):
            load_description(path.parent)


def test_the_users_folder_adds_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot take the place of a shipped one, and one that is broken keeps none from being used."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    write(tmp_path, "broken", "{")
    write(tmp_path, ".half-written.part", "{}")
    write(tmp_path, "iass-six", '{"title": "not the shipped one"}')
    write(tmp_path, "mine", '{"kind": "spleeter", "targets": ["guitar", "bass"]}')
    names = [model.name for model in list_models()]
    assert "mine" in names
    assert DEFAULT in names
    assert not {"broken", ".half-written.part"} & set(names)
    assert find_model(DEFAULT).title != "not the shipped one"
    mine = find_model("mine")
    assert mine.instruments == ("electric_guitar", "acoustic_guitar", "bass")
    assert mine.lanes == {"guitar": ("electric_guitar", "acoustic_guitar")}
    with pytest.raises(ModelError, match="description of the model “broken”"):
        find_model("broken")
    for name in ("../mine", str(tmp_path / "mine"), "", ".half-written.part"):
        with pytest.raises(ModelError, match="There is no model"):
            find_model(name)


def test_hybrids(tmp_path: Path) -> None:
    described = {"kind": "spleeter", "targets": ["vocals"], "licence": "A", "non_commercial": True}
    write(tmp_path, "spleeter-4stems", json.dumps(described))
    write(tmp_path, "iass-six", '{"licence": "B"}', ("weights.safetensors",))
    write(tmp_path, "drummer", '{"targets": ["drums"]}')
    (hybrid,) = (model for model in list_models(tmp_path) if model.parts)
    assert hybrid.name == "spleeter+iass-six"
    assert [part.name for part in hybrid.parts] == ["spleeter-4stems", "iass-six"]
    assert hybrid.non_commercial
    assert hybrid.licence == "spleeter-4stems: A; iass-six: B"
    assert not hybrid.ready, "it needs both"
    write(tmp_path, "spleeter-5stems", json.dumps(described), ("weights.safetensors",))
    assert find_model("spleeter+iass-six", tmp_path).parts[0].name == "spleeter-5stems", "one that is ready comes first"
    assert find_model("spleeter+iass-six", tmp_path).ready
    assert find_model("spleeter-4stems+spleeter-5stems", tmp_path).instruments == ("vocals",)
    for name in ("drummer+iass-six", "iass-six+iass-six", "iass-six+", "+", "x+iass-six", "spleeter+drummer+iass-six"):
        with pytest.raises(ModelError, match="There is no model"):
            find_model(name, tmp_path)


@pytest.mark.parametrize("text", ['{"targets": 3}', '{"targets": [1]}', '{"sample_rate": "fast"}', "[" * 9999])
def test_descriptions_of_the_wrong_shape(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a", text)
    with pytest.raises(ModelError, match="description of the model “a”"):
        find_model("a", tmp_path)


def test_listing_needs_no_torch() -> None:
    code = "import sys; from models.registry import list_models; list_models(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
