"""Writing when the instruments play to a file, in the background."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.atomic_file import reason, write_bytes
from app.errors import ExportError
from app.session.jobs import Job, WorkerSide
from app.session.song_jobs import SongJobs
from models.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from app.session.session import Session
    from app.song.activation_files import ActivationFormat


@dataclass(frozen=True)
class ActivationRequest:
    """Which file in which format; one that is there is replaced if `overwrite` says so."""

    target: Path
    format: "ActivationFormat"
    overwrite: bool = False


class ActivationExport:
    """Starts the job. To be used on the session's thread."""

    def __init__(self, session: "Session", song_jobs: SongJobs) -> None:
        self._session = session
        self._song_jobs = song_jobs

    def start(self, request: ActivationRequest) -> Job | None:
        """Write the file as song and document are now; the session tells when it is there. None without a song."""
        song, document = self._session.song, self._session.document
        if song is None:
            return None

        def work(side: WorkerSide) -> int:
            from app.mixing.weights import stem_weights
            from app.song.activation_files import activation_file
            from app.song.regions import find_regions

            settings = {stem: document.mix.strip(stem).activation for stem in INSTRUMENTS}
            regions = find_regions(song.activations, settings, song.duration_s, document.edits)
            weights = stem_weights(song.activations, song.activation_coverage, tuple(settings.values()), document.edits)
            content = activation_file(
                request.format, song.activations, regions, settings, song.path.name,
                weights=weights, edits=document.edits,
            )  # fmt: skip
            if request.target.exists() and not request.overwrite:
                raise ExportError(request.target, "there is one already; choose another name")
            try:
                write_bytes(request.target, content)
            except OSError as error:
                raise ExportError(request.target, reason(error)) from None
            return len(regions)

        def done(regions: int) -> None:
            self._session.exported.emit(request.target)
            self._session.message.emit(f"Wrote “{request.target.name}” ({regions} regions).")

        return self._song_jobs.start(song, f"Writing “{request.target.name}”", work, done)
