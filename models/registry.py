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
    """What a person wants to know before choosing a separator."""

    name: str
    title: str
    instruments: tuple[str, ...]
    licence: str
    folder: Path

    @property
    def ready(self) -> bool:
        """True if its weights are here."""
        return (self.folder / "weights.safetensors").is_file()


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
    return ModelInfo(
        name=folder.name,
        title=str(description.get("title", folder.name)),
        instruments=tuple(description.get("instruments", INSTRUMENTS)),  # type: ignore[arg-type]
        licence=str(description.get("licence", "unknown")),
        folder=folder,
    )
