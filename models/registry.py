"""Which separators exist and where their weights are. Imports no torch; `models.separator` loads them.

Models lie in `pretrained` beside this file and in the user's folder, each in a folder of its name with `model.json`
and `*.safetensors`. A *hybrid* is made of two of them and called `first+second`: the first gives the vocals, the second
the rest of what is left; `spleeter` in it stands for whichever Spleeter is there.
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from models.instruments import INSTRUMENTS

DEFAULT: Final = "iass-six"
PRETRAINED: Final = Path(__file__).parent / "pretrained"
FOLDER_VARIABLE: Final = "PARTWISE_MODELS"
"""Names the user's folder of models, if set."""

HYBRID: Final = "hybrid"
HYBRID_NAME: Final = "spleeter+iass-six"
VOCALS: Final = "vocals"

LANES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"guitar": ("electric_guitar", "acoustic_guitar")})
"""Stems of other names and the instruments that they feed, split in time by the activations of those."""

_LARGEST_DESCRIPTION_BYTES: Final = 1_000_000
_WITH_ACTIVATIONS: Final = ("iass", "iass-six")  # kinds
_FAMILIES: Final = ("spleeter",)  # kinds whose name stands for any model of theirs in a hybrid's name


class ModelError(Exception):
    """A model that does not exist or cannot be loaded; one sentence that says what to do."""


@dataclass(frozen=True)
class ModelInfo:
    """What a person wants to know before choosing a separator.

    Attributes:
        name: what it is called in commands and projects; its folder's name.
        title: a line for people.
        kind: the file of `models.separators` that loads it.
        instruments: which of `INSTRUMENTS` it separates; everything else stays in Other.
        rate: the sample rate it works at, in Hz.
        licence: of its weights.
        source: where its weights are from, empty if unknown.
        folder: where they lie; of a hybrid, the first part's.
        licence_url: where the licence can be read, empty if unknown.
        non_commercial: True if the licence forbids commercial use.
        lanes: its stems of other names, with the instruments that each feeds.
        has_activations: True if it estimates when each instrument plays; others are lent that.
        parts: what a hybrid is made of.
    """

    name: str
    title: str
    kind: str
    instruments: tuple[str, ...]
    rate: int
    licence: str
    source: str
    folder: Path
    licence_url: str = ""
    non_commercial: bool = False
    lanes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_activations: bool = True
    parts: tuple["ModelInfo", ...] = ()

    @property
    def weights(self) -> tuple[Path, ...]:
        """The files of its weights that are here."""
        own = () if self.parts else sorted(self.folder.glob("*.safetensors"))
        return (*own, *(path for part in self.parts for path in part.weights))

    @property
    def descriptions(self) -> tuple[Path, ...]:
        """Its `model.json`, or those of its parts."""
        if not self.parts:
            return (self.folder / "model.json",)
        return tuple(path for part in self.parts for path in part.descriptions)

    @property
    def ready(self) -> bool:
        """True if its weights are here."""
        return all(part.ready for part in self.parts) if self.parts else bool(self.weights)

    @property
    def size_bytes(self) -> int:
        """How much space its weights take."""
        return sum(path.stat().st_size for path in self.weights)


def user_models() -> Path:
    """The user's folder of models, which need not exist."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("partwise")) / "models"


def list_models(root: Path | None = None) -> tuple[ModelInfo, ...]:
    """All separators, by name, and the hybrid that can be made of them.

    Models whose description is broken are left out.

    Args:
        root: the only folder to look in; by default what is shipped and then the user's, without those that have a
            shipped one's name.
    """
    models = {}
    for folder in _folders(root):
        with suppress(ModelError):  # `find_model` says what is wrong with it
            models[folder.name] = _describe(folder)
    if HYBRID_NAME not in models and (hybrid := _hybrid(HYBRID_NAME, models)):
        models[HYBRID_NAME] = hybrid
    return tuple(models[name] for name in sorted(models))


def find_model(name: str, root: Path | None = None) -> ModelInfo:
    """The separator of that name, looked for as `list_models` does. Raises ModelError with the names there are."""
    for folder in _folders(root):
        if folder.name == name:
            return _describe(folder)
    models = {model.name: model for model in list_models(root)}
    if found := models.get(name) or _hybrid(name, models):
        return found
    raise ModelError(f"There is no model “{name}”; there are: {', '.join(models) or 'none'}.")


def find_lender(info: ModelInfo) -> ModelInfo | None:
    """Whose activations a separator gets: the default one's if it is where this one is, None if it has its own."""
    if info.has_activations:
        return None
    root = info.folder.parent
    models = list_models(None if root in (PRETRAINED, user_models()) else root)
    return next((model for model in models if model.name == DEFAULT != info.name and model.ready), None)


def load_description(folder: Path) -> dict[str, Any]:
    """`model.json` of a model's folder. Raises ModelError if it is missing, too large or not an object."""
    path = folder / "model.json"
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST_DESCRIPTION_BYTES:
            raise ValueError("it is not a file of a model")
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"The description of the model “{folder.name}” cannot be read: {error}.") from error
    if not isinstance(description, dict):
        raise ModelError(f"The description of the model “{folder.name}” is not a JSON object.")
    return description


def _folders(root: Path | None) -> Iterator[Path]:
    """The folders of models, one for each name. Hidden ones are still being written."""
    seen = set()
    for place in (PRETRAINED, user_models()) if root is None else (root,):
        for path in sorted(place.glob("[!.]*/model.json")):
            if path.parent.name not in seen:
                seen.add(path.parent.name)
                yield path.parent


def _describe(folder: Path) -> ModelInfo:
    description = load_description(folder)
    # A network for each of several targets; what is not an instrument of ours, such as `other`, is no lane.
    stems = description.get("instruments", description.get("targets", INSTRUMENTS))
    if not _is_names(stems):
        raise ModelError(f"The description of the model “{folder.name}” does not say what it separates.")
    lanes = {stem: LANES[stem] for stem in stems if stem in LANES}
    names = [lane for stem in stems for lane in lanes.get(stem, (stem,))]
    kind, rate = str(description.get("kind", "iass-six")), description.get("sample_rate", 44100)
    if not isinstance(rate, int):
        raise ModelError(f"The description of the model “{folder.name}” has no sample rate that is a number.")
    return ModelInfo(
        name=folder.name,
        title=str(description.get("title", folder.name)),
        kind=kind,
        instruments=tuple(name for name in names if name in INSTRUMENTS),
        rate=rate,
        licence=str(description.get("licence", "unknown")),
        source=str(description.get("source", "")),
        folder=folder,
        licence_url=str(description.get("licence_url", "")),
        non_commercial=description.get("non_commercial") is True,
        lanes=lanes,
        has_activations=bool(description.get("has_activations", kind in _WITH_ACTIVATIONS)),
    )


def _hybrid(name: str, models: Mapping[str, ModelInfo]) -> ModelInfo | None:
    """The model that two others make, None if the name is not one of theirs joined."""
    names = name.split("+")
    found = [_part(part, models) for part in names]
    if len(names) != 2 or any(part is None or part.parts for part in found):
        return None
    first, second = (part for part in found if part is not None)
    if first is second or VOCALS not in first.instruments:
        return None
    rest = tuple(instrument for instrument in second.instruments if instrument != VOCALS)
    return ModelInfo(
        name=name,
        title=f"Vocals of {first.name}, the rest of {second.name}",
        kind=HYBRID,
        instruments=tuple(instrument for instrument in INSTRUMENTS if instrument in (VOCALS, *rest)),
        rate=second.rate,
        licence=f"{first.name}: {first.licence}; {second.name}: {second.licence}",
        source="; ".join(part.source for part in (first, second) if part.source),
        folder=first.folder,
        licence_url=first.licence_url,
        non_commercial=first.non_commercial or second.non_commercial,
        lanes=second.lanes,
        has_activations=second.has_activations,
        parts=(first, second),
    )


def _part(name: str, models: Mapping[str, ModelInfo]) -> ModelInfo | None:
    if name in models or name not in _FAMILIES:
        return models.get(name)
    family = [model for model in models.values() if model.kind == name]
    return next((model for model in family if model.ready), family[0] if family else None)


def _is_names(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)
