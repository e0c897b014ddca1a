"""`python -m tests.bench.memory_probe SONG FOLDER`: a long song, opened, separated, played and exported."""

import queue
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.mixing.export import ExportRequest
from app.playback.output import OutputSettings, SilentOutput
from app.playback.player import Player
from app.session.cache import stem_cache
from app.session.preferences import Preferences
from app.session.session import Session
from models.memory import return_large_blocks

LIMIT_S = 600.0


def main() -> None:
    """Do what somebody does with a long song."""
    return_large_blocks()
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    cache = stem_cache(Preferences(cache_limit_gb=100.0))
    with closing(Session(calls.put, Player(OutputSettings(), SilentOutput), Preferences(), cache=cache)) as session:

        def run_until(condition: Callable[[], object]) -> None:
            while not condition():
                calls.get(timeout=LIMIT_S)()

        session.open(path)
        run_until(lambda: session.song)
        song = session.song
        assert song is not None
        run_until(lambda: session.separation is not None and not session.separation.running)
        assert song.coverage.covers(0, song.frames)
        session.player.seek(song.frames // 2)
        export = session.export(ExportRequest(folder / "remix.flac"))
        run_until(lambda: export is not None and not export.running)
        run_until(lambda: session.tempo.finding is None or not session.tempo.finding.running)
        assert export is not None
        assert export.state == "done", export.error


if __name__ == "__main__":
    main()
