"""What commands print, and how they end."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from app.diagnostics import log_folder, start_log
from app.errors import AudioFileError, MixFileError, PartwiseError

EXIT_FAILURE: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130

_log = logging.getLogger(__name__)


class UsageError(PartwiseError):
    """What was asked for cannot be done as it was asked for."""


def run_command(command: Callable[[], int]) -> int:
    """Run a command; every failure becomes one sentence on stderr and an exit status.

    Returns:
        The command's own status; 2 for bad input or usage, 1 for other failures, 130 after Ctrl-C (or SIGTERM). The
        command's clean-up has run in all cases.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return command()
    except (AudioFileError, MixFileError, UsageError) as error:
        return _report(str(error), EXIT_USAGE)
    except PartwiseError as error:
        return _report(str(error), EXIT_FAILURE)
    except KeyboardInterrupt:
        return _report("Interrupted.", EXIT_INTERRUPTED)
    except MemoryError:
        return _report("There is not enough memory for this song.", EXIT_FAILURE)
    except Exception as error:
        start_log(log_folder())
        _log.exception("a command failed")
        reason = " ".join(str(error).split()).rstrip(".")
        return _report(f"Unexpected failure ({type(error).__name__}): {reason}.", EXIT_FAILURE)


def say(sentence: str) -> None:
    """Tell something on stderr, which is not part of the command's result."""
    print(sentence, file=sys.stderr)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None]]:
    """A progress bar with the time that remains, on stderr if that is a terminal; gives what takes the fraction."""
    from tqdm import tqdm

    with tqdm(
        total=1.0,
        desc=title,
        file=sys.stderr,
        disable=None,  # shown on terminals only
        bar_format="{desc} {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left",
    ) as bar:

        def show(fraction: float) -> None:
            bar.update(max(0.0, min(fraction, 1.0) - bar.n))

        yield show


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _report(sentence: str, status: int) -> int:
    say(sentence)
    return status
