"""What helps to find a fault: a rotating log, and a text about this program and this machine to send along.

Neither says where somebody's files lie or what they are called.
"""

import logging
import os
import platform
import re
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import metadata
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from app.version import VERSION

LOG_NAME: Final = "partwise.log"
_LARGEST_LOG_BYTES: Final = 500_000
_OLD_LOGS: Final = 3
_LAST_LINES: Final = 40
_LIBRARIES: Final = ("PySide6", "numpy", "numba", "torch", "soundfile", "sounddevice", "soxr", "av", "pyqtgraph")
_PROGRAM: Final = Path(__file__).resolve().parents[1]
_QUOTED: Final = re.compile(r"“[^”\n]*”")  # how our sentences name files
# A path from the root (of a drive) over at least one folder, up to a quote, a colon or the line's end; not one that
# goes on from a word or from the name of a folder of ours.
_PATH: Final = re.compile(r"(?<![\w>~.])(?:[A-Za-z]:)?[\\/](?:[^\\/\n\"'“”:<>|]+[\\/])+[^\\/\n\"'“”:,;)\]]*")

_log = logging.getLogger(__name__)


def log_folder() -> Path:
    """The platform's folder for logs."""
    import platformdirs

    return Path(platformdirs.user_log_dir("partwise"))


def start_log(folder: Path) -> logging.Handler | None:
    """Write what the program's loggers say, from INFO on, to a file in `folder`; None if there can be none.

    It takes at most two megabytes with its three predecessors.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / LOG_NAME, maxBytes=_LARGEST_LOG_BYTES, backupCount=_OLD_LOGS, encoding="utf-8", errors="replace"
        )
    except OSError:
        return None
    handler.setFormatter(_WithoutPaths("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    for name in ("app", "models"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)
    _log.info("Partwise %s on %s", VERSION, platform.platform())
    return handler


def watch_for_failures(tell: Callable[[str], object]) -> None:
    """Log whatever nobody caught, on any thread, and `tell` it in a sentence. Called on the thread that failed."""

    def failed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt) or error is None:
            return
        _log.error("not caught", exc_info=(kind, error, trace))
        tell(failure_sentence(error))

    sys.excepthook = failed
    threading.excepthook = lambda failure: failed(failure.exc_type, failure.exc_value, failure.exc_traceback)


def failure_sentence(error: BaseException) -> str:
    """What a person is told about a fault of ours."""
    reason = without_paths(" ".join(str(error).split()))[:200].rstrip(".")
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    return (
        f"Something went wrong inside Partwise ({what}); your work is kept, so save it, and start Partwise anew "
        "if it does not go on."
    )


def diagnostics(facts: Mapping[str, str], folder: Path | None = None) -> str:
    """A text for a report: versions, machine, `facts` by their names, and the last lines of the log in `folder`."""
    lines = [
        f"Partwise {VERSION}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"Processor: {platform.machine()}, {os.cpu_count()} cores",
        "Libraries: " + ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
        *(f"{name}: {value}" for name, value in facts.items()),
    ]
    log = [] if folder is None else _last_lines(folder / LOG_NAME)
    if log:
        lines += ["", f"The last {len(log)} lines of the log:", *log]
    return without_paths("\n".join(lines)) + "\n"


def without_paths(text: str) -> str:
    """The text with the paths of other files than our own, and the names in typographic quotes, left out."""
    for place, name in ((_PROGRAM, "<partwise>"), (Path(sys.prefix), "<python>"), (Path(sys.base_prefix), "<python>")):
        text = text.replace(str(place), name)
    text = _PATH.sub(lambda path: f"<path>{_suffix(path.group())}", text)
    text = _QUOTED.sub(lambda quoted: f"“…{_suffix(quoted.group()[1:-1])}”", text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


class _WithoutPaths(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_paths(super().format(record))


def _suffix(name: str) -> str:
    suffix = Path(name.strip()).suffix
    return suffix if 1 < len(suffix) <= 10 and suffix[1:].isalnum() else ""


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "(missing)"


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            return file.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
    except OSError:
        return []
