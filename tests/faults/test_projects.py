"""What goes wrong around an open project: disks, folders, the song's file, the clock, a second window."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.errors import ProjectError
from app.session.commands import SetGain
from app.session.project_file import read_project
from app.session.project_lock import ProjectLocks
from app.session.recovery import unsaved
from tests.app.session.studio import Studio
from tests.app.ui.desk import write_song

if sys.platform != "win32":
    from tests.faults.limits import full_disk, ordinary_user

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A song of two seconds with a change, saved as work.partwise, and a change after that."""
    (tmp_path / "music").mkdir()
    song = write_song(tmp_path / "music", 2.0)
    studio = Studio(tmp_path / "data")
    studio.open(song)
    studio.session.do(SetGain("bass", -3.0))
    studio.session.project.save_as(tmp_path / "work.partwise")
    studio.session.do(SetGain("bass", -6.0))
    studio.session.end_gesture()
    yield studio
    studio.session.close()


def bass_db(path: Path) -> float:
    mix = read_project(path).document.mix
    return mix.strips[4].gain_db


def listing(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_disk_full_while_saving(studio: Studio, tmp_path: Path) -> None:
    path, before = tmp_path / "work.partwise", listing(tmp_path)
    document = studio.session.document
    with full_disk(300):
        studio.session.project.save()
    assert studio.failures == [
        "Cannot save the project “work.partwise”: the disk is full; free some space or choose another folder."
    ]
    assert studio.session.document == document
    assert studio.session.project.modified
    assert bass_db(path) == -3.0, "what was saved before is there still"
    assert listing(tmp_path) == before
    studio.session.project.save()
    assert bass_db(path) == -6.0
    assert len(studio.failures) == 1


def test_disk_full_while_stems_are_saved(studio: Studio, tmp_path: Path) -> None:
    before = listing(tmp_path)
    with full_disk(300_000):
        studio.session.project.export_bundle(tmp_path / "whole.partwise")
        studio.settle()
    assert len(studio.failures) == 1
    assert "the disk is full" in studio.failures[0]
    assert listing(tmp_path) == before
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    assert len(studio.failures) == 1
    assert read_project(tmp_path / "whole.partwise").bundle is not None


def test_disk_full_while_a_bundle_is_opened(studio: Studio, tmp_path: Path) -> None:
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    document, song = studio.session.document, studio.song
    song.path.unlink()
    with full_disk(100_000):
        studio.open(tmp_path / "whole.partwise")
    assert len(studio.failures) == 1
    assert "the disk is full" in studio.failures[0]
    assert studio.song is song
    assert studio.session.document == document
    studio.open(tmp_path / "whole.partwise")
    assert studio.song.coverage.covers(0, studio.song.frames)


def test_disk_full_while_changes_are_kept(studio: Studio, tmp_path: Path) -> None:
    recovery = tmp_path / "data" / "recovery"
    project = studio.session.project

    def tick_until_told(count: int) -> None:
        deadline_s = time.monotonic() + 10.0
        while len(studio.failures) < count and time.monotonic() < deadline_s:
            project.tick()
            time.sleep(0.01)

    with full_disk(300):
        tick_until_told(1)
        project.tick()
        time.sleep(0.05)
        project.tick()
    assert studio.failures == [
        "Changes cannot be kept for after a crash, save often: the disk is full; free some space or choose another"
        " folder."
    ]
    deadline_s = time.monotonic() + 10.0
    while not list(recovery.glob("*.recovery")) and time.monotonic() < deadline_s:
        project.tick()
        time.sleep(0.01)
    assert len(list(recovery.glob("*.recovery"))) == 1
    assert len(studio.failures) == 1


def test_a_folder_that_is_write_protected(studio: Studio) -> None:
    with tempfile.TemporaryDirectory() as name:  # every user can look into it
        folder = Path(name)
        folder.chmod(0o555)
        with ordinary_user():
            studio.session.project.save_as(folder / "work.partwise")
        assert listing(folder) == []
        folder.chmod(0o755)
    assert studio.failures == [
        "Cannot save the project “work.partwise”: it is write-protected, or its folder is; choose another name or"
        " folder."
    ]
    assert studio.session.project.path is not None
    assert studio.session.project.path.parent != folder
    assert studio.session.project.modified


def test_a_folder_that_went(studio: Studio, tmp_path: Path) -> None:
    studio.session.project.save_as(tmp_path / "gone" / "work.partwise")
    assert studio.failures == ["Cannot save the project “work.partwise”: there is no such folder; choose another."]


def test_the_songs_file_is_deleted_while_it_is_open(studio: Studio, tmp_path: Path) -> None:
    mix = np.array(studio.song.mix)
    studio.song.path.unlink()
    studio.session.project.save()
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    assert studio.failures == []
    assert not studio.session.project.modified
    studio.session.close_song()
    studio.open(tmp_path / "work.partwise")
    assert [opening.song for opening in studio.missing] == [None]
    studio.session.projects.give_up(studio.missing[0])
    studio.open(tmp_path / "whole.partwise")
    assert studio.failures == []
    np.testing.assert_array_equal(studio.song.mix, mix)


def test_the_songs_file_is_changed_while_it_is_open(studio: Studio, tmp_path: Path) -> None:
    mix, path = np.array(studio.song.mix), studio.song.path
    soundfile.write(path, np.zeros((4000, 2)), 8000)
    studio.session.project.save()
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    studio.session.close_song()
    studio.open(tmp_path / "work.partwise")
    (opening,) = studio.missing
    assert (opening.song, opening.sure) == (path, False), "it is asked before another song is taken"
    studio.session.projects.give_up(opening)
    studio.open(tmp_path / "whole.partwise")
    np.testing.assert_array_equal(studio.song.mix, mix)
    assert studio.failures == []


def test_another_program_writes_the_project_meanwhile(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "work.partwise"
    path.write_bytes(b"something else")
    studio.session.project.save()
    assert studio.failures == [
        "Cannot save the project “work.partwise”: another program has changed it meanwhile; save under another name."
    ]
    assert path.read_bytes() == b"something else"
    studio.session.project.save_as(tmp_path / "mine.partwise")
    assert bass_db(tmp_path / "mine.partwise") == -6.0


def test_the_clock_goes_backwards(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 2e9)
    project, path = studio.session.project, tmp_path / "work.partwise"
    keep = studio.session.project._autosave.keep_now
    keep(project.snapshot(path), path)
    studio.session.do(SetGain("bass", -9.0))
    monkeypatch.setattr(time, "time", lambda: -5.0)
    keep(project.snapshot(path), path)
    studio.session.close()
    (item,) = unsaved(tmp_path / "data" / "recovery")
    assert item.project.document.mix.strips[4].gain_db == -9.0, "the last that was kept, not the latest by the clock"
    os.utime(path, (0.0, 0.0))
    again = Studio(tmp_path / "data")
    again.session.projects.restore(item)
    again.settle()
    again.session.project.save()
    assert again.failures == []
    assert bass_db(path) == -9.0
    again.session.close()


def test_a_window_that_was_killed_does_not_keep_a_project_for_itself(tmp_path: Path) -> None:
    path, locks = tmp_path / "work.partwise", tmp_path / "locks"
    script = (
        "import sys, time; from pathlib import Path; from app.session.project_lock import ProjectLocks;"
        "lock = ProjectLocks(Path(sys.argv[1])).take(Path(sys.argv[2])); print('has it', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(locks), str(path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "has it\n"
        with pytest.raises(ProjectError, match="another window"):
            ProjectLocks(locks).take(path)
        other.kill()
        other.wait()
    lock = ProjectLocks(locks).take(path)
    assert lock is not None
    lock.release()
    assert list(locks.iterdir()) == []
