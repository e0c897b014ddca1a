"""The log and the diagnostics help, and give nobody's files away."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import diagnostics
from app.diagnostics import LOG_NAME, failure_sentence, start_log, watch_for_failures, without_paths
from app.version import VERSION


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    handler = start_log(tmp_path / "logs")
    assert handler is not None
    yield tmp_path / "logs" / LOG_NAME
    for name in ("app", "models"):
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(logging.NOTSET)
    handler.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open /home/ann/Music/My secret song.flac now", "open <path>.flac now"),
        ("Cannot open “My secret song.flac”: it is empty.", "Cannot open “….flac”: it is empty."),
        (r"at C:\Users\Ann\song.wav: gone", "at <path>.wav: gone"),
        ("'/mnt/disk/a b/c'", "'<path>'"),
        ("half a/b and 3/4", "half a/b and 3/4"),
        ("https is fine: 12:30", "https is fine: 12:30"),
    ],
)
def test_paths_are_left_out(text: str, expected: str) -> None:
    if " now" in text:  # where a path with spaces ends nobody knows: it takes the rest along
        assert "secret" not in without_paths(text)
        assert "ann" not in without_paths(text)
    else:
        assert without_paths(text) == expected


def test_our_own_paths_stay() -> None:
    assert without_paths(f'File "{diagnostics.__file__}", line 3') == 'File "<partwise>/app/diagnostics.py", line 3'


def test_the_log_keeps_what_failed_without_names(log: Path) -> None:
    try:
        raise OSError(28, "No space left", "/home/ann/secret/take.wav")
    except OSError:
        logging.getLogger("app.test").exception("could not write “take one.wav”")
    text = log.read_text()
    assert "No space left" in text
    assert "test_diagnostics.py" in text  # the traceback
    assert "secret" not in text
    assert "take" not in text.replace("_take", "")


def test_the_log_rotates(log: Path) -> None:
    for number in range(4000):
        logging.getLogger("app.test").info("line %d %s", number, "x" * 800)
    files = sorted(log.parent.iterdir())
    assert 2 <= len(files) <= 4
    assert sum(file.stat().st_size for file in files) < 2_500_000
    assert "line 3999" in log.read_text()


def test_no_folder_no_log(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert start_log(tmp_path / "file") is None


def test_diagnostics_tell_versions_and_facts(log: Path) -> None:
    logging.getLogger("app.test").warning("the last word")
    text = diagnostics.diagnostics({"Model": "iass-six", "Song": "/home/ann/secret/take.wav"}, log.parent)
    assert f"Partwise {VERSION}" in text
    assert "numpy 2." in text
    assert "Model: iass-six" in text
    assert "the last word" in text
    assert "secret" not in text


@pytest.mark.parametrize("where", ["main", "thread"])
def test_what_nobody_caught_is_told(where: str, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    told: list[str] = []
    watch_for_failures(told.append)
    error = ZeroDivisionError("by zero")
    if where == "main":
        sys.excepthook(type(error), error, None)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    else:

        def fail() -> None:
            raise error

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert told == [failure_sentence(error)]
    assert "ZeroDivisionError" in log.read_text()
    assert "\n" not in told[0]
