"""`partwise models`: get, import, verify and remove separators."""

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.errors import PartwiseError
from app.headless.console import UsageError, progress_bar, say
from app.headless.models_arguments import ModelsArguments
from models.manager.library import Library, UnverifiedError
from models.registry import ModelError

if TYPE_CHECKING:
    from models.manager.catalogue import CatalogueEntry

_STATES: Final = {
    "shipped": "comes with Partwise",
    "installed": "installed",
    "incomplete": "download unfinished",
    "absent": "not installed",
}


def models(arguments: ModelsArguments, library: Library | None = None) -> int:
    """Do what is asked for; returns the exit status. Raises PartwiseError."""
    actions: dict[str, Callable[[Library, ModelsArguments], int]] = {
        "list": _list,
        "get": _get,
        "import": _import,
        "remove": _remove,
        "verify": _verify,
    }
    try:
        return actions[arguments.action](library or Library(), arguments)
    except UnverifiedError as error:
        raise UsageError(f"{error} Add --unverified if you do.") from error
    except ModelError as error:
        raise PartwiseError(str(error)) from error


def _list(library: Library, arguments: ModelsArguments) -> int:
    from app.session.model_speed import load_speeds, measure_speed
    from models.manager.quality import measured_quality

    speeds, figures, here = load_speeds(library.root), measured_quality(), library.installed()
    for entry in library.catalogue.entries:
        if arguments.speed and entry.name in here and not library.runnable(entry):
            with progress_bar(f"Timing {entry.name}") as show:
                speeds[entry.name] = measure_speed(entry.name, show, root=library.root)
        print(f"{entry.name}: {entry.title} – {_STATES[library.state(entry.name)]}")
        for line in _about(library, entry):
            print(textwrap.fill(line, 110, initial_indent="    ", subsequent_indent="      "))
        if entry.name in speeds:
            print(f"    takes {100 * speeds[entry.name]:.0f} % of a song’s length on this computer")
        for row in figures.get(entry.name, ()):
            values = ", ".join(f"{stem.replace('_', ' ')} {value:.1f}" for stem, value in row.sdr_db.items())
            print(textwrap.fill(f"SDR in dB on {row.dataset}: {values}", 110, initial_indent="    "))
    for name in sorted(here.keys() - {entry.name for entry in library.catalogue.entries}):
        print(f"{name}: {here[name].title} – installed")
    return 0


def _about(library: Library, entry: "CatalogueEntry") -> list[str]:
    licence = entry.licence + (", no commercial use" if entry.non_commercial else "")
    lines = [entry.about, f"separates {', '.join(entry.separates)}", f"licence {licence} ({entry.licence_url})"]
    if entry.sources:
        certain = "" if entry.certain else "; its SHA-256 is not known in full"
        lines.append(f"{entry.size_bytes / 1e6:.0f} MB from {entry.origin}{certain}")
    if lacking := library.runnable(entry):
        lines.append(lacking)
    return lines


def _get(library: Library, arguments: ModelsArguments) -> int:
    entry = library.catalogue.find(arguments.name)
    missing = library.missing(entry.name)
    if not missing:
        print(f"{entry.title} is here already.")
        return 0
    for part in missing:
        size = f"{part.size_bytes / 1e6:.0f} MB"
        say(f"{part.title}: {size} from {part.origin}; licence {part.licence} ({part.licence_url}).")
        if part.non_commercial:
            say("Its licence forbids commercial use.")
    with progress_bar(f"Getting {entry.name}") as show:
        library.get(entry.name, lambda state: show(state.fraction), accept_unverified=arguments.unverified)
    _tell_of_hybrids(library, f"Installed {entry.title} in {library.root}; its hashes are right.", entry)
    return 0


def _import(library: Library, arguments: ModelsArguments) -> int:
    entry = library.catalogue.find(arguments.name)
    known = library.import_files(entry.name, arguments.files, accept_unverified=arguments.unverified)
    kind = "; it is the published file" if known else "; it is not a file whose hash is known"
    _tell_of_hybrids(library, f"Imported {entry.title} into {library.root}{kind}.", entry)
    return 0


def _remove(library: Library, arguments: ModelsArguments) -> int:
    freed = library.remove(arguments.name)
    print(f"Removed {arguments.name} ({freed / 1e6:.0f} MB).")
    return 0


def _verify(library: Library, arguments: ModelsArguments) -> int:
    names = (
        [arguments.name]
        if arguments.name
        else sorted(name for name, info in library.installed().items() if not info.parts)
    )
    failed = 0
    for name in names:
        try:
            found = library.verify(name)
        except ModelError as error:
            if arguments.name:
                raise
            failed += 1
            say(str(error))
        else:
            print(f"{name}: {'its hashes are right' if found.checked else 'it can be read; no hash of it is kept'}")
    return 1 if failed else 0


def _tell_of_hybrids(library: Library, sentence: str, entry: "CatalogueEntry") -> None:
    print(sentence)
    if lacking := library.runnable(entry):
        say(lacking)
    for other in library.catalogue.entries:
        if entry.name in other.needs and library.state(other.name) == "installed":
            print(f"With it you also have {other.name}: {other.about}")
