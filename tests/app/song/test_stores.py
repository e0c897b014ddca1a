"""The folders of open songs: made, reserved, removed, and cleaned up after the dead."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.errors import PartwiseError
from app.song.stores import SampleFile, SongStores, default_folder, remove_orphans


def dead_pid() -> int:
    """The id of a process that has just ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def folder_of(base: Path, pid: int, owner: object) -> Path:
    folder = base / f"song-{pid}-abc"
    folder.mkdir()
    (folder / "stems.f32").write_bytes(b"1234")
    if owner is not None:
        (folder / "owner.json").write_text(owner if isinstance(owner, str) else json.dumps(owner))
    return folder


def test_a_new_array_is_zeros_on_disk_and_shared_by_its_maps(tmp_path: Path) -> None:
    stores = SongStores(tmp_path)
    array = stores.create("stems", (6, 1000, 2))
    assert array.shape == (6, 1000, 2)
    assert not array.any()
    stat = stores.path("stems").stat()
    assert stat.st_size == 48_000
    if hasattr(os, "posix_fallocate"):
        assert stat.st_blocks * 512 >= 48_000  # a sparse file would kill the process on a full disk
    array[3, 5] = 0.5
    assert np.all(stores.map("stems", (6, 1000, 2))[3, 5] == 0.5)
    stores.remove()
    assert list(tmp_path.iterdir()) == []
    stores.remove()


def test_a_growing_file_can_be_mapped(tmp_path: Path) -> None:
    stores = SongStores(tmp_path)
    file = SampleFile(stores, "mix")
    for value in range(5):
        file.append(np.full((100, 2), value, np.float32)[::-1])
    file.close()
    assert file.values == 1000
    np.testing.assert_array_equal(stores.map("mix", (500, 2))[:, 1], np.repeat(np.arange(5), 100))


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of file sizes to stand for a full disk")
def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    import resource

    stores = SongStores(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(PartwiseError, match=r"no room for the song.*PARTWISE_CACHE"):
            stores.create("stems", (6, 100_000, 2))
        file = SampleFile(stores, "mix")
        with pytest.raises(PartwiseError, match="no room for the song"):
            file.append(np.ones((100_000, 2), np.float32))
        file.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_folders_of_dead_processes_go_and_others_stay(tmp_path: Path) -> None:
    dead = dead_pid()
    mine = SongStores(tmp_path).folder
    gone = [
        folder_of(tmp_path, dead, {"pid": dead, "started": "1"}),
        folder_of(tmp_path, dead + 1_000_000_000, None),
        folder_of(tmp_path, 1, "no json"),
        folder_of(tmp_path, 2, {"pid": -1, "started": None}),
        folder_of(tmp_path, 3, ["pid"]),
    ]
    unrelated = tmp_path / "notes"
    unrelated.mkdir()
    other = SongStores(tmp_path).folder  # starting cleans up
    assert not any(folder.exists() for folder in gone)
    assert mine.is_dir()
    assert other.is_dir()
    assert unrelated.is_dir()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the start of a process is read from /proc")
def test_a_process_id_that_is_in_use_again_does_not_keep_the_folder(tmp_path: Path) -> None:
    reused = folder_of(tmp_path, os.getpid(), {"pid": os.getpid(), "started": "1"})
    remove_orphans(tmp_path)
    assert not reused.exists()


def test_a_running_process_keeps_its_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.song.stores import SongStores;"
        "print(SongStores(Path(sys.argv[1])).folder, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        remove_orphans(tmp_path)
        assert folder.is_dir()
        child.kill()
        child.wait()
    remove_orphans(tmp_path)
    assert not folder.exists()


def test_the_folder_can_be_moved_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTWISE_CACHE", str(tmp_path / "cache"))
    assert default_folder().is_relative_to(tmp_path / "cache")
    assert SongStores().folder.is_relative_to(tmp_path / "cache")
    monkeypatch.delenv("PARTWISE_CACHE")
    assert "partwise" in str(default_folder())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PartwiseError, match="Cannot use the folder"):
        SongStores(tmp_path / "file" / "songs")
