"""Which songs a batch has, and where the stems of each go."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.audio.decode import SUFFIXES


@dataclass(frozen=True)
class BatchItem:
    """A song's file, and the folder that its stems are written into."""

    source: Path
    target: Path


def plan_batch(paths: Sequence[Path], output: Path, taken: Sequence[Path] = ()) -> tuple[BatchItem, ...]:
    """The songs in files and folders, in that order, each once.

    Of a folder, all audio files in it and below are taken, by their names' endings (`SUFFIXES`), in alphabetical
    order; hidden ones and the output folder are not looked at, links to folders not followed. A file that is named
    itself is taken whatever it is: that it is missing or no song is for whoever opens it to say.

    A song's stems go into `output/<its name without ending>`, for a folder's songs below the same folders as there. A
    second song of that name gets its ending too.

    Args:
        paths: files and folders.
        output: the folder that gets the songs' folders.
        taken: targets that are in use already.
    """
    items: list[BatchItem] = []
    seen: set[Path] = set()
    used = {_comparable(target) for target in taken}
    for source, below in _sources(paths, output):
        real = source.resolve()
        if real in seen:
            continue
        seen.add(real)
        folder = output / below
        target = next(name for name in _names(source, folder) if _comparable(name) not in used)
        used.add(_comparable(target))
        items.append(BatchItem(source, target))
    return tuple(items)


def _sources(paths: Sequence[Path], output: Path) -> Iterator[tuple[Path, Path]]:
    """Each song, and the folder below the output that its target lies in."""
    hidden_output = output.resolve()
    for path in paths:
        if not path.is_dir():
            yield path, Path()
            continue
        for folder, folders, files in os.walk(path):
            here = Path(folder)
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and (here / name).resolve() != hidden_output
            )
            for name in sorted(files):
                if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                    yield here / name, here.relative_to(path)


def _names(source: Path, folder: Path) -> Iterator[Path]:
    yield folder / source.stem
    yield folder / source.name
    number = 2
    while True:
        yield folder / f"{source.name} ({number})"
        number += 1


def _comparable(path: Path) -> str:
    """Alike for names that some file systems take for the same."""
    return str(path.absolute()).casefold()
