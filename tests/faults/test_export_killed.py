import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.audio.encode import EncodeSettings
from app.errors import ExportError
from app.mixing.export import ExportRequest, export
from app.mixing.settings import MixSettings
from tests.faults.killing import fast_folder
from tests.songs import separated_song

ROOT = Path(__file__).parents[2]
VICTIMS = 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")
def test_exports_killed_at_fifty_moments_leave_the_old_file_or_the_new_one() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.faults.export_victims"]
    with fast_folder() as folder:
        ended = subprocess.run(
            [*command, str(folder), str(VICTIMS), "1"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["victims"] == VICTIMS
    assert report["victims"] - report["finished"] >= VICTIMS // 2


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of file sizes to stand for a full disk")
def test_a_disk_that_is_full_during_an_export_is_a_sentence_and_the_next_one_succeeds(tmp_path: Path) -> None:
    import resource

    song = separated_song(tmp_path, 80_000, 8000)
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "remix.wav"
    target.write_bytes(b"older")
    request = ExportRequest(target, encode=EncodeSettings(subtype="FLOAT"), overwrite=True)
    export(song, MixSettings(), replace(request, target=tmp_path / "other.wav"))  # the kernels are compiled before
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ExportError, match=r"^Cannot write “remix\.wav”: the disk is full"):
            export(song, MixSettings(), request)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in target.parent.iterdir()] == ["remix.wav"]
    assert target.read_bytes() == b"older"
    export(song, MixSettings(), request)
    assert target.stat().st_size > 640_000
    song.close()
