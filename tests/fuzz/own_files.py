"""What the program writes for its own next start. Others can damage it, and it must start all the same."""

import logging
from pathlib import Path

from app.json_file import json_text
from app.session.batch import BatchItem
from app.session.model_speed import load_speeds
from app.session.project_file import Project, SongReference
from app.session.queue_file import QueueFile
from app.session.recovery import RecoveryFile, unsaved


def queue_seeds(folder: Path) -> list[bytes]:
    """Two songs that wait."""
    QueueFile(folder).write([BatchItem(Path(f"/music/{name}.wav"), Path(f"/stems/{name}")) for name in "ab"])
    return [(folder / "queue.json").read_bytes()]


def read_queue(path: Path) -> None:
    """As the program starts."""
    logging.getLogger("app.session.queue_file").setLevel(logging.ERROR)
    (path.parent / "queue.json").write_bytes(path.read_bytes())
    QueueFile(path.parent).read()


def recovery_seeds(folder: Path) -> list[bytes]:
    """Changes of a project that has a file."""
    file = RecoveryFile(folder / "killed")
    project = Project(SongReference("/music/song.flac", "song.flac", "0" * 64, "Song", 44100, 100_000))
    file.write(project, Path("/music/song.partwise"))
    file.let_go(delete_lock=True)
    return [file.path.read_bytes()]


def read_recovery(path: Path) -> None:
    """As the program starts."""
    left = path.parent / "left"
    left.mkdir(exist_ok=True)
    (left / "damaged.recovery").write_bytes(path.read_bytes())
    unsaved(left)


def speed_seeds(folder: Path) -> list[bytes]:
    """Two models that were measured."""
    return [json_text({"iass-six": 0.25, "spleeter-2stems": 0.031}).encode()]


def read_speeds(path: Path) -> None:
    """As the list of models is shown."""
    (path.parent / "speed.json").write_bytes(path.read_bytes())
    assert all(speed > 0.0 for speed in load_speeds(path.parent).values())
