"""Which separator songs begin with, and what another one would bring."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.manager.catalogue import CatalogueEntry, load_catalogue
from models.registry import DEFAULT, ModelError, list_models

if TYPE_CHECKING:
    from app.session.preferences import Preferences
    from models.manager.library import Library


@dataclass(frozen=True)
class Suggestion:
    """A separator that would bring something, and the sentence that says so."""

    name: str
    sentence: str


def default_separator(preferences: "Preferences") -> str:
    """The preferred separator if it is there, else the best of those that are and keep up with a song."""
    here = {model.name for model in list_models() if model.ready}
    if preferences.separator in here:
        return str(preferences.separator)
    try:
        ranked = [entry.name for entry in load_catalogue().entries if entry.six and not entry.slow]
    except ModelError:
        ranked = []
    return next((name for name in ranked if name in here), DEFAULT)


def suggestion(library: "Library", current: str) -> Suggestion | None:
    """What a better separator that is not here would bring; None if the best are here."""
    entries = library.catalogue.entries
    here = library.installed()
    rank = next((entry.rank for entry in entries if entry.name == current), 0)
    better = [
        entry for entry in entries if entry.rank > rank and entry.name not in here and entry.six and entry.certain
    ]
    better.sort(key=lambda entry: (entry.slow, -entry.rank))
    return Suggestion(better[0].name, _sentence(library, better[0])) if better else None


def _sentence(library: "Library", entry: CatalogueEntry) -> str:
    size = sum(part.size_bytes for part in library.missing(entry.name))
    slowly = ", but takes longer" if entry.slow else ""
    return f"{entry.title} would bring {entry.brings}{slowly} ({size / 1e6:.0f} MB, {entry.licence})."
