"""Which separators exist and where their weights are. Imports no torch; `models.separator` loads them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.instruments import INSTRUMENTS

DEFAULT: Final = "iass-six"
PRETRAINED: Final = Path(__file__).parent / "pretrained"


class ModelError(Exception):
    """A model that does not exist or cannot be loaded; one sentence that says what to do."""


@dataclass(frozen=True)
class ModelInfo:
    """What a person wants to know before choosing a separator.

    `kind` is the file of `models.separators` that loads it; `source` is where its weights are from, empty if unknown.
    """

    name: str
    title: str
    kind: str
    instruments: tuple[str, ...]
    rate: int
    licence: str
    source: str
    folder: Path

    @property
    def weights(self) -> tuple[Path, ...]:
        """The files of its weights that are here."""
        return tuple(sorted(self.folder.glob("*.safetensors")))

    @property
    def ready(self) -> bool:
        """True if its weights are here."""
        return bool(self.weights)

    @property
    def size_bytes(self) -> int:
        """How much space its weights take."""
        return sum(path.stat().st_size for path in self.weights)


def list_models(root: Path = PRETRAINED) -> tuple[ModelInfo, ...]:
    """All separators whose description is below `root`, by name."""
    return tuple(_describe(path.parent) for path in sorted(root.glob("*/model.json")))


def find_model(name: str, root: Path = PRETRAINED) -> ModelInfo:
    """The separator of that name. Raises ModelError with the names there are."""
    models = {model.name: model for model in list_models(root)}
    if name not in models:
        raise ModelError(f"There is no model “{name}”; there are: {', '.join(models) or 'none'}.")
    return models[name]


def load_description(folder: Path) -> dict[str, object]:
    """`model.json` of a model's folder. Raises ModelError if it is missing or not an object."""
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"The description of the model “{folder.name}” cannot be read: {error}.") from error
    if not isinstance(description, dict):
        raise ModelError(f"The description of the model “{folder.name}” is not a JSON object.")
    return description


def _describe(folder: Path) -> ModelInfo:
    description = load_description(folder)
    # A network for each of several targets; what is not an instrument of ours, such as `other`, is no lane.
    targets = description.get("instruments", description.get("targets", INSTRUMENTS))
    return ModelInfo(
        name=folder.name,
        title=str(description.get("title", folder.name)),
        kind=str(description.get("kind", "iass-six")),
        instruments=tuple(name for name in targets if name in INSTRUMENTS),  # type: ignore[attr-defined]
        rate=int(description.get("sample_rate", 44100)),  # type: ignore[call-overload]
        licence=str(description.get("licence", "unknown")),
        source=str(description.get("source", "")),
        folder=folder,
    )
