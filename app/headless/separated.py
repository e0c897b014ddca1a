"""A song, decoded and separated, for as long as a command needs it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.headless.console import UsageError, progress_bar
from app.session.separation_process import DEFAULT_FACTORY, SeparationProcess
from models.registry import DEFAULT, ModelError, find_model

if TYPE_CHECKING:
    from app.song.song import Song


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
def separated_song(path: Path, model: str | None, separator: str | None) -> Iterator[Separated]:
    """Decode a file and separate it with progress bars; the song is closed afterwards.

    Raises AudioFileError, SeparationError, UsageError.
    """
    name = checked_model(model, separator)
    with closing(SeparationProcess(name, separator or DEFAULT_FACTORY)) as process:
        with progress_bar("Decoding  ") as progress:
            from app.song.song import open_song

            song = open_song(path, progress=progress)
        try:
            process.wait_until_loaded()
            started_s = time.monotonic()
            with progress_bar("Separating") as progress:
                for span in process.separate(song):
                    song.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)
                    progress(song.coverage.fraction(song.frames))
            separate_s = time.monotonic() - started_s
            process.close()
            yield Separated(song, name, separate_s)
        finally:
            song.close()
