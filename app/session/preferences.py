"""What the program remembers between runs, in a small JSON file of the user's configuration folder."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from app.json_file import InvalidError, is_number, read_json, write_json
from app.playback.output import DEFAULT_LATENCY_S, OutputSettings
from models.instruments import STEMS

Theme = Literal["system", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
RECENT_LIMIT: Final = 10
CACHE_LIMITS_GB: Final = (1.0, 10_000.0)
_LARGEST_FILE_BYTES: Final = 1_000_000
_LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Preferences:
    """`recent` has the newest song first; `geometry` is the window's, as base64 of what the toolkit gave.

    `my_instrument` is the stem that practice mixes are about. `side_page` is the open page of the side panel, None
    while it is closed. The cache of stems is at `cache_folder`, None for the platform's place, and takes
    `cache_limit_gb` times 10^9 bytes at most. `separator` is what new songs begin with, None
    for the best that is there.
    """

    recent: tuple[Path, ...] = ()
    output: OutputSettings = field(default_factory=OutputSettings)
    geometry: str | None = None
    theme: Theme = "system"
    my_instrument: str = STEMS[0]
    side_page: str | None = None
    cache_folder: Path | None = None
    cache_limit_gb: float = 20.0
    separator: str | None = None

    def with_recent(self, path: Path) -> "Preferences":
        """A copy in which that song is the newest."""
        others = [other for other in self.recent if other != path]
        return replace(self, recent=(path, *others)[:RECENT_LIMIT])


def default_path() -> Path:
    """Where preferences are kept."""
    import platformdirs

    return Path(platformdirs.user_config_dir("partwise")) / "preferences.json"


def data_folder() -> Path:
    """Where what must not be lost is kept: unsaved work, models."""
    import platformdirs

    return Path(platformdirs.user_data_dir("partwise"))


def load_preferences(path: Path) -> Preferences:
    """Read them. What is missing or makes no sense is at its default; a broken file is not an error."""
    try:
        data = read_json(path, _LARGEST_FILE_BYTES, "a file of preferences")
    except InvalidError:
        return Preferences()
    if not isinstance(data, dict):
        return Preferences()
    recent, geometry = data.get("recent"), data.get("geometry")
    return Preferences(
        recent=tuple(Path(item) for item in recent if isinstance(item, str))[:RECENT_LIMIT]
        if isinstance(recent, list)
        else (),
        output=_output(data.get("output")),
        geometry=geometry if isinstance(geometry, str) else None,
        theme=next((theme for theme in THEMES if theme == data.get("theme")), "system"),
        my_instrument=next((stem for stem in STEMS if stem == data.get("my_instrument")), STEMS[0]),
        side_page=_side_page(data.get("side_page")),
        cache_folder=_folder(data.get("cache_folder")),
        cache_limit_gb=_cache_limit(data.get("cache_limit_gb")),
        separator=_separator(data.get("separator")),
    )


def save_preferences(preferences: Preferences, path: Path) -> None:
    """Write them, whole or not at all. Raises OSError."""
    output = preferences.output
    data = {
        "recent": [str(item) for item in preferences.recent],
        "output": {"device": output.device, "rate": output.rate, "latency_s": output.latency_s},
        "geometry": preferences.geometry,
        "theme": preferences.theme,
        "my_instrument": preferences.my_instrument,
        "side_page": preferences.side_page,
        "cache_folder": None if preferences.cache_folder is None else str(preferences.cache_folder),
        "cache_limit_gb": preferences.cache_limit_gb,
        "separator": preferences.separator,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, data)


def _side_page(data: Any) -> str | None:
    return data if isinstance(data, str) and data.isascii() and data.isidentifier() and len(data) <= 32 else None


def _folder(data: Any) -> Path | None:
    return Path(data) if isinstance(data, str) and data and Path(data).is_absolute() else None


def _separator(data: Any) -> str | None:
    return data if isinstance(data, str) and data.isprintable() and 0 < len(data) <= _LONGEST_NAME else None


def _cache_limit(data: Any) -> float:
    low, high = CACHE_LIMITS_GB
    return float(data) if is_number(data) and low <= data <= high else Preferences.cache_limit_gb


def _output(data: Any) -> OutputSettings:
    if not isinstance(data, dict):
        return OutputSettings()
    device, rate, latency_s = data.get("device"), data.get("rate"), data.get("latency_s")
    return OutputSettings(
        device=device if isinstance(device, str) else None,
        rate=rate if type(rate) is int and 8_000 <= rate <= 384_000 else None,
        latency_s=latency_s if isinstance(latency_s, float) and 0.005 <= latency_s <= 1.0 else DEFAULT_LATENCY_S,
    )
