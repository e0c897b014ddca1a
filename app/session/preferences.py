"""What the program remembers between runs, in a small JSON file of the user's configuration folder."""

import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from app.playback.output import DEFAULT_LATENCY_S, OutputSettings

Theme = Literal["system", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
RECENT_LIMIT: Final = 10


@dataclass(frozen=True)
class Preferences:
    """`recent` has the newest song first; `geometry` is the window's, as base64 of what the toolkit gave."""

    recent: tuple[Path, ...] = ()
    output: OutputSettings = field(default_factory=OutputSettings)
    geometry: str | None = None
    theme: Theme = "system"

    def with_recent(self, path: Path) -> "Preferences":
        """A copy in which that song is the newest."""
        others = [other for other in self.recent if other != path]
        return replace(self, recent=(path, *others)[:RECENT_LIMIT])


def default_path() -> Path:
    """Where preferences are kept."""
    import platformdirs

    return Path(platformdirs.user_config_dir("partwise")) / "preferences.json"


def load_preferences(path: Path) -> Preferences:
    """Read them. What is missing or makes no sense is at its default; a broken file is not an error."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
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
    )


def save_preferences(preferences: Preferences, path: Path) -> None:
    """Write them, whole or not at all. Raises OSError."""
    output = preferences.output
    data = {
        "recent": [str(item) for item in preferences.recent],
        "output": {"device": output.device, "rate": output.rate, "latency_s": output.latency_s},
        "geometry": preferences.geometry,
        "theme": preferences.theme,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _output(data: Any) -> OutputSettings:
    if not isinstance(data, dict):
        return OutputSettings()
    device, rate, latency_s = data.get("device"), data.get("rate"), data.get("latency_s")
    return OutputSettings(
        device=device if isinstance(device, str) else None,
        rate=rate if type(rate) is int and 8_000 <= rate <= 384_000 else None,
        latency_s=latency_s if isinstance(latency_s, float) and 0.005 <= latency_s <= 1.0 else DEFAULT_LATENCY_S,
    )
