"""A song, decoded and separated, for as long as a command needs it."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.headless.console import UsageError, progress_bar, say
from app.session.separation_process import DEFAULT_FACTORY, SeparationProcess, SeparatorDiedError
from models.registry import DEFAULT, ModelError, find_model

if TYPE_CHECKING:
    from app.song.song import Song
    from app.song.stem_cache import StemCache

CLOSE_WAIT_S: Final = 10.0
"""For writing down how far a song is separated, on a slow disk."""


@dataclass(frozen=True)
class Separated:
    """A song whose stems are complete. `separate_s`: how long that took, without loading song and model."""

    song: "Song"
    model: str
    separate_s: float


def checked_model(model: str | None, separator: str | None) -> str:
    """The model's name, checked against the known ones unless another loader is used. Raises UsageError."""
    name = model or DEFAULT
    if separator is None:
        try:
            find_model(name)
        except ModelError as error:
            raise UsageError(str(error)) from None
    return name


@contextmanager
def separation_process(model: str | None, separator: str | None) -> Iterator[SeparationProcess]:
    """What separates, for as many songs as there are; it starts with the first one. Raises UsageError."""
    with closing(SeparationProcess(checked_model(model, separator), separator or DEFAULT_FACTORY)) as process:
        yield process


@contextmanager
def separated_song(path: Path, model: str | None, separator: str | None) -> Iterator[Separated]:
    """Decode a file and separate it with progress bars; the song is closed afterwards, and kept in the cache.

    Raises AudioFileError, SeparationError, UsageError.
    """
    cache = user_cache()
    with separation_process(model, separator) as process:
        song = opened_song(path, process, cache)
        try:
            separate_s = separate_song(song, process)
            process.close()
            yield Separated(song, checked_model(model, separator), separate_s)
        finally:
            song.close()
            cache.wait(CLOSE_WAIT_S)


def user_cache() -> "StemCache":
    """The cache that the window uses too."""
    from app.session.cache import stem_cache
    from app.session.preferences import default_path, load_preferences

    return stem_cache(load_preferences(default_path()))


def opened_song(path: Path, process: SeparationProcess, cache: "StemCache") -> "Song":
    """A song, decoded with a progress bar or known by the cache. Raises AudioFileError."""
    with progress_bar("Decoding  ") as progress:
        from app.song.song import open_song

        return open_song(path, cache=cache, separation=process.identity(), progress=progress)


def separate_song(song: "Song", process: SeparationProcess) -> float:
    """Separate what is missing, with a progress bar; returns the seconds that took without loading the model.

    When the process that separates ends by itself, it is started once more and works in smaller chunks.

    Raises SeparationError.
    """
    if song.coverage.covers(0, song.frames):
        return 0.0
    process.wait_until_loaded()
    started_s = time.monotonic()
    with progress_bar("Separating") as progress:
        try:
            _take_in(song, process, progress)
        except SeparatorDiedError as error:
            if process.small_chunks:
                raise
            say(f"{error}")
            process.small_chunks = True
            _take_in(song, process, progress)
    return time.monotonic() - started_s


def _take_in(song: "Song", process: SeparationProcess, progress: Callable[[float], None]) -> None:
    for span in process.separate(song):
        song.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)
        progress(song.coverage.fraction(song.frames))
