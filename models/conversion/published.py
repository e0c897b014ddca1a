"""The models that others publish and that can be installed here: what is said of each, and which files make it up."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from numpy.typing import NDArray

from models.conversion import spleeter
from models.conversion.errors import FormatError

_MIT_URL: Final = "https://opensource.org/license/mit"
_MUSDB: Final = ("vocals", "drums", "bass", "other")
_DEMUCS: Final = ("drums", "bass", "other", "vocals")

Weights = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class PublishedModel:
    """A model of others.

    Attributes:
        name: what it is called here.
        title: a line for people.
        kind: the file of `models.separators` that loads it.
        targets: its stems.
        licence: of the weights.
        licence_url: where that can be read.
        source: the page of who published it.
        files: a pattern for each file that is needed, matched against paths in lower case.
        settings: what `model.json` holds besides, for the kind.
        non_commercial: True if the licence forbids commercial use.
    """

    name: str
    title: str
    kind: str
    targets: tuple[str, ...]
    licence: str
    licence_url: str
    source: str
    files: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    non_commercial: bool = False

    def wants(self, path: PurePosixPath) -> bool:
        """True for a file that it may be made of."""
        return not path.name.startswith("._") and any(re.search(pattern, str(path).lower()) for pattern in self.files)

    def convert(self, files: list[Path]) -> tuple[Weights, dict[str, Any]]:
        """Weights and settings, from the files that were wanted. Raises FormatError, OSError."""
        return _CONVERTERS[self.kind](self, files)

    def description(self) -> dict[str, Any]:
        """`model.json` without the settings."""
        return {
            "title": self.title,
            "kind": self.kind,
            "targets": list(self.targets),
            "sample_rate": 44100,
            "licence": self.licence,
            "licence_url": self.licence_url,
            "non_commercial": self.non_commercial,
            "source": self.source,
        }


def _spleeter(stems: int, targets: tuple[str, ...], **settings: Any) -> PublishedModel:
    return PublishedModel(
        f"spleeter-{stems}stems",
        f"Spleeter, {stems} stems: {', '.join(targets)}",
        "spleeter",
        targets,
        "MIT",
        _MIT_URL,
        "https://github.com/deezer/spleeter",
        (r"\.index$", r"\.data-\d{5}-of-\d{5}$"),
        settings,
    )


def _open_unmix(name: str, about: str, licence: str, url: str, source: str, **more: Any) -> PublishedModel:
    return PublishedModel(
        name,
        f"Open-Unmix {about}: {', '.join(_MUSDB)}",
        "open-unmix",
        _MUSDB,
        licence,
        url,
        source,
        tuple(rf"(^|/){target}(-[0-9a-f]+)?\.pth$" for target in _MUSDB),
        **more,
    )


def _demucs(name: str, about: str, signatures: tuple[str, ...], targets: tuple[str, ...], **settings: Any) -> Any:
    return PublishedModel(
        name,
        f"{about}: {', '.join(targets)}",
        "demucs",
        targets,
        "MIT",
        _MIT_URL,
        "https://github.com/adefossez/demucs",
        tuple(rf"(^|/){signature}(-[0-9a-f]+)?\.(th|safetensors)$" for signature in signatures),
        settings,
    )


_WIENER: Final = {"wiener": True, "mix_rms": None}
_ONE_EACH: Final = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]

PUBLISHED: Final = {
    model.name: model
    for model in (
        _spleeter(2, ("vocals", "accompaniment"), activation="leaky_relu"),
        _spleeter(4, _MUSDB, activation="elu"),
        _spleeter(5, ("vocals", "piano", "drums", "bass", "other"), activation="elu", softmax=True),
        _open_unmix(
            "umxhq",
            "HQ, trained on MUSDB18-HQ",
            "MIT",
            _MIT_URL,
            "https://zenodo.org/records/3370489",
            settings={"network": {"hidden": 512}, **_WIENER},
        ),
        _open_unmix(
            "umxl",
            "L, trained on more data",
            "CC BY-NC-SA 4.0 (no commercial use)",
            "https://creativecommons.org/licenses/by-nc-sa/4.0/",
            "https://zenodo.org/records/5069601",
            settings={"network": {"hidden": 1024}, **_WIENER},
            non_commercial=True,
        ),
        _demucs("htdemucs", "Hybrid Transformer Demucs", ("955717e8",), _DEMUCS),
        _demucs(
            "htdemucs_ft",
            "Hybrid Transformer Demucs, a network tuned to each stem",
            ("f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"),
            _DEMUCS,
            bag=_ONE_EACH,
        ),
        _demucs("htdemucs_6s", "Hybrid Transformer Demucs, six stems", ("5c90dfd2",), (*_DEMUCS, "guitar", "piano")),
    )
}
"""By name."""


def _in_order(model: PublishedModel, files: list[Path]) -> list[Path]:
    """The file for each pattern. Raises FormatError if one is missing or there are two."""
    found = []
    for pattern in model.files:
        fitting = [path for path in files if re.search(pattern, path.as_posix().lower())]
        if len(fitting) != 1:
            missing = re.sub(r"\(.*?\)\??|[\\$]", "", pattern)
            raise FormatError(f"there is {'no' if not fitting else 'more than one'} file {missing} in it")
        found += fitting
    return found


def _convert_spleeter(model: PublishedModel, files: list[Path]) -> tuple[Weights, dict[str, Any]]:
    indexes = [path for path in files if path.suffix == ".index"]
    if len(indexes) > 1:  # an archive of several models, each in a folder such as 2stems
        indexes = [path for path in indexes if path.parent.name == f"{len(model.targets)}stems"]
    if len(indexes) != 1:
        raise FormatError("there is no checkpoint in it (a file that ends in .index)")
    filters = tuple(model.settings.get("filters", spleeter.FILTERS))
    return dict(spleeter.read_weights(indexes[0], model.targets, filters)), {}


def _convert_open_unmix(model: PublishedModel, files: list[Path]) -> tuple[Weights, dict[str, Any]]:
    from models.conversion.open_unmix import read_weights

    by_target = dict(zip(model.targets, _in_order(model, files), strict=True))
    return read_weights(by_target, model.settings["network"]["hidden"]), {}


def _convert_demucs(model: PublishedModel, files: list[Path]) -> tuple[Weights, dict[str, Any]]:
    from models.conversion.demucs import read_package

    weights: Weights = {}
    networks = []
    for number, path in enumerate(_in_order(model, files)):
        state, arguments = read_package(path, model.targets)
        weights |= {f"{number}.{name}": value for name, value in state.items()}
        networks.append(arguments)
    return weights, {"networks": networks}


_CONVERTERS: Final[dict[str, Callable[[PublishedModel, list[Path]], tuple[Weights, dict[str, Any]]]]] = {
    "spleeter": _convert_spleeter,
    "open-unmix": _convert_open_unmix,
    "demucs": _convert_demucs,
}
