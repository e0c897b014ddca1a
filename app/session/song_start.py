"""How a song is opened that was worked on before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.session.document import Document
from app.session.view_state import ViewState

if TYPE_CHECKING:
    from app.session.jobs import WorkerSide
    from app.song.song import Song

    Stems = Callable[[Song, WorkerSide], None]


@dataclass(frozen=True)
class SongStart:
    """What an opened song begins with.

    Attributes:
        document: what can be undone is as here.
        view: how it is looked at.
        position: the song frame where it waits to be played.
        speed: of playback; the pitch stays.
        transpose_semitones: its pitch.
        stems: brings the stems, on the job's thread; None lets them be separated. They are not the cache's, which must
            not take the word of a file for what a model makes of a song.
        opened: called when it is there.
        finished: called after that, and also when it could not be opened.
    """

    document: Document
    view: ViewState = field(default_factory=ViewState)
    position: int = 0
    speed: float = 1.0
    transpose_semitones: float = 0.0
    stems: "Stems | None" = None
    opened: Callable[[], None] = lambda: None
    finished: Callable[[], None] = lambda: None


def song_with_stems(path: Path, stems: "Stems", side: "WorkerSide") -> "Song":
    """A song outside the cache, with the stems that these bring. Raises what `open_song` and they do."""
    from app.song.song import open_song

    song = open_song(path, progress=side.progress, cancelled=side.cancelled)
    try:
        stems(song, side)
    except BaseException:
        song.close()
        raise
    return song
