"""How much memory long songs take, and how soon a known song is there.

Memory is resident memory (VmRSS of proc(5)) of the program's process and its children, added up, at its highest: what
they have of their own, and also every page of a file that is mapped, be it of the song, its stems or a library.
Libraries that several processes have mapped count several times, so that the truth is about 100 MB below.
"""

import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from app.song.song import Song
from app.song.stem_cache import StemCache
from tests.bench.application import LIMIT_S, ROOT
from tests.bench.separation import song
from tests.bench.table import Row, median_of
from tests.fake_separator import FakeSeparator

RATE: Final = 44_100
_PERIOD_S: Final = 0.1
_WALL_S: Final = 3600.0


def memory_row(minutes: int) -> Row:
    """Peak in MB while a song of so many minutes is opened, separated, played and exported, all of it.

    See `tests.bench.memory_probe`.
    """
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "long.flac"
        write_long_song(path, minutes)
        command = [sys.executable, "-m", "tests.bench.memory_probe", str(path), name]
        environment = {**os.environ, "PARTWISE_CACHE": str(Path(name) / "cache")}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
            started_s, peak_kb = time.monotonic(), 0
            while process.poll() is None:
                peak_kb = max(peak_kb, sum(map(resident_kb, family(process.pid))))
                if time.monotonic() - started_s > _WALL_S:
                    process.kill()
                time.sleep(_PERIOD_S)
        if process.returncode:
            raise RuntimeError(f"the probe ended with {process.returncode}")
    return Row(f"peak-memory-{minutes}min", round(peak_kb * 1024 / 1e6, 1), "MB")


def write_long_song(path: Path, minutes: int) -> None:
    """A minute of music, again and again."""
    minute = song(60.0)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for _ in range(minutes):
            file.write(np.clip(minute, -1.0, 1.0))


def family(pid: int) -> list[int]:
    """A process and its children."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        others = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [pid, *sorted({*map(int, children), *others})]


def resident_kb(pid: int) -> int:
    """What of a process is in memory, in KiB; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def reopen_row() -> Row:
    """Seconds from opening a known song of 5 min to its stems at the player, the program being warm."""
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    with tempfile.TemporaryDirectory() as name:
        path, cache = Path(name) / "five-minutes.flac", StemCache(Path(name) / "cache")
        soundfile.write(path, song(300.0), RATE)
        with closing(Session(calls.put, Player(OutputSettings()), Preferences(), cache=cache)) as session:
            session.warm_up()

            def reopen() -> float:
                session.close_song()
                cache.wait(LIMIT_S)
                started_s = time.perf_counter()
                session.open(path)
                while session.song is None:
                    calls.get(timeout=LIMIT_S)()
                return time.perf_counter() - started_s

            reopen()
            session.cancel_separation()
            assert session.song is not None
            fill(session.song)
            return Row("reopen", round(median_of(reopen), 3), "s")


def fill(opened: Song) -> None:
    """Take in shares of the mix as the stems of a song."""
    spans = FakeSeparator().separate(opened.mix, opened.rate, position=int, done=opened.coverage.spans)
    for span in spans:
        opened.add_span(span.start, span.stems, span.first_activation, span.activations)
