"""A process that edits, keeps and saves until it is killed; run by `test_kill.py`, not a test itself.

It imports what it needs once and forks a copy for every kill: processes are slow to start. `python -m
tests.faults.worker FOLDER edit|save ROUNDS SEED` prints one line of JSON for every round: what the copy had said was
done when it was killed.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from app.mixing.settings import MixSettings
from app.session.autosave import Autosave
from app.session.commands import SetGain, SetLoop
from app.session.document import Document
from app.session.history import History
from app.session.project_file import Project, SongReference, write_project

LONGEST_LIFE_S = 0.12
SONG = SongReference("/music/song.wav", "", "0" * 64, "Song", 44100, 1_000_000)


def document_number(count: int) -> Document:
    """A document that tells by its loop which one it is, and is not too small to be cut in two."""
    mix = MixSettings().with_strip("bass", gain_db=gain_of(count))
    return Document(mix=mix, snapshots=(MixSettings(),) * 4, loop=(count, count + 1))


def gain_of(count: int) -> float:
    """Another for every number near it."""
    return -(count % 97) / 2


def number_of(project: Project) -> int:
    """Which document that is; fails if its parts are of different ones."""
    document = project.document
    assert document.loop is not None
    assert document == document_number(document.loop[0])
    return document.loop[0]


def edit(folder: Path, done: int) -> None:
    """What the window does while somebody works: steps, and a recovery file every now and then. Never ends."""
    history = History(document_number(0))
    autosave, path = Autosave(folder / "recovery"), folder / "song.partwise"
    count = 0
    while True:
        count += 1
        history.do(SetGain("bass", gain_of(count)))
        history.do(SetLoop((count, count + 1)))
        autosave.keep_now(Project(SONG, history.document), path)
        os.write(done, count.to_bytes(8, "little"))
        if count % 50 == 0:  # it was saved, and goes on
            write_project(path, Project(SONG, history.document))
            autosave.remove()


def save(folder: Path, done: int) -> None:
    """Save over and over. Never ends."""
    count = 0
    while True:
        count += 1
        write_project(folder / "song.partwise", Project(SONG, document_number(count)))
        os.write(done, count.to_bytes(8, "little"))


def last_said(descriptor: int) -> int:
    """The last number that was written to a pipe, 0 for none."""
    said = b""
    while block := os.read(descriptor, 1 << 16):
        said = (said + block)[-16:]
    complete = len(said) - len(said) % 8
    return int.from_bytes(said[complete - 8 : complete], "little") if complete else 0


def main() -> None:
    """Let copies of this process work, and kill each at a random moment."""
    base, what, rounds, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    for index in range(rounds):
        folder = base / f"{what}-{index}"
        folder.mkdir()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                {"edit": edit, "save": save}[what](folder, writing)
            finally:
                os._exit(1)
        os.close(writing)
        time.sleep(chance.uniform(0.0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"folder": str(folder), "done": last_said(reading), "status": status}), flush=True)
        os.close(reading)


if __name__ == "__main__":
    main()
