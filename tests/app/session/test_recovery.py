"""What was not saved is found again, and nothing that somebody still works on."""

from pathlib import Path

import pytest

from app.session.document import Document
from app.session.project_file import Project, SongReference
from app.session.recovery import RecoveryFile, forget, unsaved

SONG = SongReference("/music/song.wav", title="Song")


def kept(folder: Path, loop: int, saved_as: Path | None = None) -> RecoveryFile:
    file = RecoveryFile(folder)
    file.write(Project(SONG, Document(loop=(loop, loop + 1))), saved_as)
    return file


def loops(folder: Path) -> list[int]:
    return [item.project.document.loop[0] for item in unsaved(folder) if item.project.document.loop]


def test_what_is_open_is_not_offered_and_what_was_let_go_is(tmp_path: Path) -> None:
    one, two = kept(tmp_path, 1), kept(tmp_path, 2, tmp_path / "work.partwise")
    assert unsaved(tmp_path) == ()
    two.let_go()
    (item,) = unsaved(tmp_path)
    assert (item.title, item.saved_as) == ("work", tmp_path / "work.partwise")
    one.let_go()
    assert sorted(loops(tmp_path)) == [1, 2]
    assert unsaved(tmp_path) != ()  # looking does not take them
    forget(item)
    assert loops(tmp_path) == [1]


def test_the_last_that_was_written_counts_and_removing_leaves_nothing(tmp_path: Path) -> None:
    file = kept(tmp_path, 1)
    file.write(Project(SONG, Document(loop=(7, 8))), None)
    file.let_go()
    assert loops(tmp_path) == [7]
    file.write(Project(SONG, Document(loop=(9, 10))), None)
    file.remove()
    file.remove()
    assert unsaved(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_the_newest_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for time_s, loop in ((5.0, 1), (9.0, 2), (7.0, 3)):
        monkeypatch.setattr("time.time", lambda time_s=time_s: time_s)
        kept(tmp_path, loop).let_go()
    assert loops(tmp_path) == [2, 3, 1]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"partwise_recovery": 1}', b'{"partwise_recovery": 2}'])
def test_a_file_that_cannot_be_read_is_left_for_a_newer_version(tmp_path: Path, content: bytes) -> None:
    strange = tmp_path / "strange.recovery"
    strange.write_bytes(content)
    kept(tmp_path, 1).let_go()
    assert loops(tmp_path) == [1]
    assert strange.read_bytes() == content


def test_locks_without_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "orphan.lock").touch()
    assert unsaved(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
    assert unsaved(tmp_path / "nowhere") == ()
