"""Files appear whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from app.atomic_file import is_disk_full, reason, remove_leftovers, temporary_path, write_atomically, write_bytes
from app.process import is_running, start_of

_NOBODY = 2**22 + 1
"""No process has this number: it is above what Linux gives."""


def test_the_file_is_there_after_the_block_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "song.bin"
    with write_atomically(path) as temporary:
        temporary.write_bytes(b"new")
        assert not path.exists()
        assert temporary.parent == path.parent  # on the same disk, else renaming is no single step
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["song.bin"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "song.bin"
    write_bytes(path, b"old")

    def fail_half_way() -> None:
        with write_atomically(path) as temporary:
            temporary.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["song.bin"]


def test_it_reaches_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        calls.append("sync")
        sync(descriptor)

    def note_replace(source: Path, target: Path) -> None:
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    write_bytes(tmp_path / "song.bin", b"new")
    assert calls == ["sync", "rename", "sync"]


def test_a_replaced_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "song.bin", tmp_path / "link.bin"
    write_bytes(path, b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_name_that_fills_what_a_name_may_have_still_works(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_missing_folder_is_an_error_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_bytes(tmp_path / "gone" / "song.bin", b"new")
    assert reason(caught.value) == "there is no such folder; choose another"
    assert is_disk_full(OSError(errno.EFBIG, "too large"))


def test_what_killed_processes_left_goes_and_nothing_else(tmp_path: Path) -> None:
    mine = temporary_path(tmp_path / "song.bin")
    theirs = mine.with_name(mine.name.replace(str(os.getpid()), str(_NOBODY)))
    other = tmp_path / ".partwise-notes.part"
    for path in (mine, theirs, other):
        path.write_bytes(b"half")
    remove_leftovers(tmp_path)  # it is young: on a shared disk its process may run elsewhere
    assert theirs.exists()
    remove_leftovers(tmp_path, older_than_s=0.0)
    assert sorted(os.listdir(tmp_path)) == sorted([mine.name, other.name])


def test_a_process_is_told_by_its_number_and_its_start() -> None:
    pid = os.getpid()
    assert is_running(pid)
    assert is_running(pid, start_of(pid))
    assert not is_running(pid, "another time")
    assert not is_running(0)
    assert not is_running(_NOBODY)
