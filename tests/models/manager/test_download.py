import hashlib
import json
import time
from pathlib import Path

import pytest

from models.manager.catalogue import RemoteFile
from models.manager.download import INDEX_VARIABLE, Cancelled, Downloader, DownloadError, Patience, Progress
from tests.models.manager.model_server import Behaviour, ModelServer

DATA = bytes(range(256)) * 800  # 204,800 bytes
QUICK = Patience(timeout_s=0.3, slow_s=0.4, slow_bytes=20_000, attempts=3, pause_s=0.01)


def remote(server: ModelServer, name: str = "weights.zip", **more: object) -> RemoteFile:
    """The file as the catalogue describes it."""
    values = {"sha256": hashlib.sha256(DATA).hexdigest(), "size_bytes": len(DATA), **more}
    return RemoteFile(name, server.url(name), **values)  # type: ignore[arg-type]


def downloader(server: ModelServer, **more: object) -> Downloader:
    return Downloader(server.allows, QUICK, **more)  # type: ignore[arg-type]


def assert_fails(server: ModelServer, folder: Path, words: str, file: RemoteFile | None = None) -> None:
    """It fails with these words, and leaves nothing."""
    with pytest.raises(DownloadError, match=words):
        downloader(server).fetch(file or remote(server), folder)
    assert list(folder.iterdir()) == []


def test_file_arrives_whole_and_tells_how_far_it_is(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, delay_s=0.01)
    states: list[Progress] = []

    path = downloader(server).fetch(remote(server), tmp_path, states.append)

    assert path.read_bytes() == DATA
    assert [item.name for item in tmp_path.iterdir()] == ["weights.zip"]
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    known = [state for state in states if state.bytes_per_s]
    assert known
    assert 0 < known[-1].bytes_per_s < 1e6  # type: ignore[operator]
    assert known[-1].eta_s is not None
    assert known[-1].eta_s <= (len(DATA) - known[-1].done_bytes) / known[-1].bytes_per_s + 1e-6  # type: ignore[operator]


def test_what_is_there_is_not_asked_for_again(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA)
    downloader(server).fetch(remote(server), tmp_path)
    downloader(server).fetch(remote(server), tmp_path)
    assert len(server.requests) == 1

    (tmp_path / "weights.zip").write_bytes(b"something else")
    assert downloader(server).fetch(remote(server), tmp_path).read_bytes() == DATA


def test_broken_connection_is_taken_up_where_it_broke(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, cut_at=[100_000, 150_000])

    path = downloader(server).fetch(remote(server), tmp_path)

    assert path.read_bytes() == DATA
    assert [wanted for _, wanted in server.requests] == ["", "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize("how", ["ranges", "etag"])
def test_begins_anew_where_the_server_cannot_go_on(server: ModelServer, tmp_path: Path, how: str) -> None:
    """It knows no ranges, or says nothing by which the file would be known again."""
    server.files["weights.zip"] = Behaviour(DATA, cut_at=[100_000])
    setattr(server.files["weights.zip"], how, "" if how == "etag" else False)

    assert downloader(server).fetch(remote(server), tmp_path).read_bytes() == DATA


def test_changed_file_is_not_patched_together(server: ModelServer, tmp_path: Path) -> None:
    old = bytes(len(DATA))
    server.files["weights.zip"] = Behaviour(old)
    stopping = downloader(server, cancelled=lambda: (tmp_path / "weights.zip.part").exists())
    with pytest.raises(Cancelled):
        stopping.fetch(remote(server), tmp_path)
    (tmp_path / "weights.zip.part").write_bytes(old[:50_000])
    server.files["weights.zip"] = Behaviour(DATA, etag='"two"')

    assert downloader(server).fetch(remote(server), tmp_path).read_bytes() == DATA


def test_cancelled_download_goes_on_the_next_time(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, delay_s=0.005)
    far: list[int] = []

    with pytest.raises(Cancelled):
        downloader(server, cancelled=lambda: bool(far) and far[-1] > 50_000).fetch(
            remote(server), tmp_path, lambda state: far.append(state.done_bytes)
        )
    there = (tmp_path / "weights.zip.part").stat().st_size
    assert 50_000 < there < len(DATA)

    assert downloader(server).fetch(remote(server), tmp_path).read_bytes() == DATA
    assert server.requests[-1][1] == f"bytes={there}-"
    assert [item.name for item in tmp_path.iterdir()] == ["weights.zip"]


def test_server_that_stalls(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, stall_at=8192)
    started_s = time.monotonic()
    assert_fails(server, tmp_path, "stopped sending")
    assert time.monotonic() - started_s < 5.0


def test_server_that_trickles(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, delay_s=0.12)
    assert_fails(server, tmp_path, "next to nothing")


def test_connection_that_always_breaks(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, cut_at=[100] * 50)
    assert_fails(server, tmp_path, "broke off")
    assert len(server.requests) <= 2 * QUICK.attempts


@pytest.mark.parametrize(
    ("announce", "words"),
    [(len(DATA) + 1, "larger than"), (10**15, "larger than"), (len(DATA) - 1, "not as long"), (0, "not as long")],
)
def test_server_that_lies_about_the_length(server: ModelServer, tmp_path: Path, announce: int, words: str) -> None:
    server.files["weights.zip"] = Behaviour(DATA, announce=announce)
    assert_fails(server, tmp_path, words)


def test_size_is_bounded_where_it_is_known_only_about(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA)
    assert_fails(server, tmp_path, "larger than", remote(server, size_bytes=0, about_bytes=50_000))


@pytest.mark.parametrize("known", [{}, {"sha256": "", "sha256_starts": "0badcafe"}])
def test_wrong_hash(server: ModelServer, tmp_path: Path, known: dict[str, str]) -> None:
    server.files["weights.zip"] = Behaviour(DATA[::-1])
    assert_fails(server, tmp_path, "SHA-256", remote(server, **known))


def test_wrong_part(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA, cut_at=[100_000], wrong_range=True)
    assert_fails(server, tmp_path, "another part")


def test_redirect_is_followed_only_to_where_it_is_safe(server: ModelServer, tmp_path: Path) -> None:
    server.files["here.zip"] = Behaviour(DATA)
    server.files["weights.zip"] = Behaviour(redirect=server.url("here.zip"))
    assert downloader(server).fetch(remote(server), tmp_path).read_bytes() == DATA
    (tmp_path / "weights.zip").unlink()

    for elsewhere in (server.other_host("here.zip"), "ftp://127.0.0.1/here.zip", "file:///etc/passwd"):
        server.files["weights.zip"] = Behaviour(redirect=elsewhere)
        assert_fails(server, tmp_path, "not safe|not allowed")
    server.files["weights.zip"] = Behaviour(redirect=server.url("weights.zip"))
    assert_fails(server, tmp_path, "302|redirect")


def test_only_https_by_default(server: ModelServer, tmp_path: Path) -> None:
    server.files["weights.zip"] = Behaviour(DATA)
    with pytest.raises(DownloadError, match="https"):
        Downloader(patience=QUICK).fetch(remote(server), tmp_path)
    assert server.requests == []


@pytest.mark.parametrize("status", [404, 500])
def test_server_that_refuses(server: ModelServer, tmp_path: Path, status: int) -> None:
    server.files["weights.zip"] = Behaviour(status=status)
    assert_fails(server, tmp_path, str(status))
    assert len(server.requests) == (1 if status == 404 else QUICK.attempts)


def test_no_server(server: ModelServer, tmp_path: Path) -> None:
    file = RemoteFile("a.zip", "http://127.0.0.1:1/a.zip", sha256="0" * 64, size_bytes=3)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 cannot be reached \(Connection refused\)"):
        Downloader(lambda url: True, QUICK).fetch(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_package_index_that_is_set_up_is_asked_where_the_address_fails(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INDEX_VARIABLE, server.url("simple/"))
    sha256 = hashlib.sha256(DATA).hexdigest()
    listing = {"files": [{"filename": "weights.zip", "hashes": {"sha256": sha256}, "url": "../../mirror/weights.zip"}]}
    server.files["simple/weights/"] = Behaviour(json.dumps(listing).encode())
    server.files["mirror/weights.zip"] = Behaviour(DATA)

    assert downloader(server).fetch(remote(server, project="weights"), tmp_path).read_bytes() == DATA

    (tmp_path / "weights.zip").unlink()
    server.files["simple/weights/"] = Behaviour(b"<html>")
    assert_fails(server, tmp_path, "404", remote(server, project="weights"))
