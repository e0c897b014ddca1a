"""Equalizer presets: those that come with the program, and the user's own, one small JSON file each."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.audio.file_names import safe_file_name
from app.errors import PresetError
from app.json_file import InvalidError, Read, choice, list_of, read_json, read_object, text, write_json
from app.mixing.equalizer_json import bands_to_json, read_bands
from app.mixing.settings import EqualizerSettings
from models.instruments import STEMS

VERSION: Final = 1
LONGEST_NAME: Final = 60
LARGEST_FILE_BYTES: Final = 20_000
MOST_FILES: Final = 500
"""More in a folder are not looked at."""


@dataclass(frozen=True)
class EqualizerPreset:
    """`stems` are those it is meant for, `about` says what it does, `path` is its file if it is the user's own."""

    name: str
    stems: tuple[str, ...]
    equalizer: EqualizerSettings
    about: str = ""
    path: Path | None = None

    @property
    def own(self) -> bool:
        """Whether the user made it, and so may delete it."""
        return self.path is not None


class EqualizerPresets:
    """The presets of two folders. They are read at every call: the files are few and small."""

    def __init__(self, factory: Path, own: Path) -> None:
        """`factory` is only read; `own` is made when the first preset is saved."""
        self._factory = factory
        self._own = own

    def load(self) -> tuple[tuple[EqualizerPreset, ...], tuple[str, ...]]:
        """All presets, the user's own last, by name; and a sentence for every file that is none."""
        presets: list[EqualizerPreset] = []
        problems: list[str] = []
        for folder in (self._factory, self._own):
            found = []
            for path in _files(folder):
                try:
                    found.append(load_preset(path, own=folder == self._own))
                except PresetError as error:
                    problems.append(str(error))
            presets += sorted(found, key=lambda preset: preset.name.casefold())
        return tuple(presets), tuple(problems)

    def for_stem(self, stem: str) -> tuple[EqualizerPreset, ...]:
        """Those meant for that stem, and those for all."""
        return tuple(preset for preset in self.load()[0] if stem in preset.stems)

    def save(self, name: str, stems: tuple[str, ...], equalizer: EqualizerSettings) -> EqualizerPreset:
        """Keep an equalizer as a preset of the user; one of the same name for the same stems is replaced.

        Raises PresetError: the name is empty or too long, or the file cannot be written.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise PresetError(name or "preset", f"its name must have 1 to {LONGEST_NAME} letters")
        path = self._own / _file_name(name, stems)
        preset = EqualizerPreset(name, stems, EqualizerSettings(equalizer.bands), path=path)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            write_json(path, preset_to_json(preset))
        except OSError as error:
            raise PresetError(name, error.strerror or str(error)) from None
        return preset

    def delete(self, preset: EqualizerPreset) -> None:
        """Delete a preset of the user. Raises PresetError for others, and where the file resists."""
        if preset.path is None or preset.path.parent != self._own:
            raise PresetError(preset.name, "it comes with Partwise and cannot be deleted")
        try:
            preset.path.unlink(missing_ok=True)
        except OSError as error:
            raise PresetError(preset.name, error.strerror or str(error)) from None


def default_presets() -> EqualizerPresets:
    """Those of the program and of the platform's configuration folder."""
    import platformdirs

    factory = Path(__file__).resolve().parents[2] / "resources" / "presets" / "equalizer"
    return EqualizerPresets(factory, Path(platformdirs.user_config_dir("partwise")) / "presets" / "equalizer")


def load_preset(path: Path, own: bool = False) -> EqualizerPreset:
    """Read a preset file; what it leaves out of its bands is as by default. Raises PresetError."""
    try:
        return _preset(read_json(path, LARGEST_FILE_BYTES, "a preset"), path if own else None)
    except InvalidError as error:
        raise PresetError(path.name, str(error)) from None


def preset_to_json(preset: EqualizerPreset) -> dict[str, Any]:
    """What `load_preset` reads."""
    return {
        "partwise_equalizer": VERSION,
        "name": preset.name,
        "about": preset.about,
        "stems": list(preset.stems),
        "bands": bands_to_json(preset.equalizer.bands),
    }


def _preset(data: object, path: Path | None) -> EqualizerPreset:
    if not isinstance(data, dict) or "partwise_equalizer" not in data:
        raise InvalidError("it is not an equalizer preset: it has no partwise_equalizer")
    version = data["partwise_equalizer"]
    if isinstance(version, int) and version > VERSION:
        raise InvalidError(f"it was written by a newer Partwise (format {version}); update Partwise to read it")
    readers: dict[str, Read] = {
        "partwise_equalizer": choice(VERSION),
        "name": _read_name,
        "stems": list_of(choice(*STEMS), len(STEMS)),
        "bands": read_bands,
    }
    values = read_object(data, "", readers)
    for key in ("name", "bands"):
        if key not in values:
            raise InvalidError(f"{key} is missing")
    return EqualizerPreset(
        values["name"],
        values.get("stems") or STEMS,
        EqualizerSettings(values["bands"]),
        data.get("about", ""),
        path,
    )


def _read_name(value: Any, key: str) -> str:
    name = text(value, key)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise InvalidError(f"{key} must have 1 to {LONGEST_NAME} letters")
    return name


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")[:MOST_FILES]
    except OSError:  # there is none yet
        return []


def _file_name(name: str, stems: tuple[str, ...]) -> str:
    """Readable, and different for every name and stem."""
    digest = hashlib.sha256(repr((name, stems)).encode()).hexdigest()[:8]
    return safe_file_name(f"{name[:40]} {digest}", ".json")
