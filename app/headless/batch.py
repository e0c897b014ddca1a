"""`partwise separate` with several songs: one after the other, whatever happens to each."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from app.audio.units import format_time
from app.errors import PartwiseError
from app.headless.arguments import SeparateArguments
from app.headless.console import EXIT_FAILURE, UsageError, say
from app.headless.encoding import encode_settings
from app.headless.separate import check_target, write_song
from app.headless.separated import (
    CLOSE_WAIT_S,
    Separated,
    checked_model,
    opened_song,
    separate_song,
    separation_process,
    user_cache,
)
from app.mixing.stem_folder import is_complete, stem_file_names
from app.session.batch import BatchItem, plan_batch

if TYPE_CHECKING:
    from app.session.separation_process import SeparationProcess
    from app.song.stem_cache import StemCache

Status = Literal["written", "skipped", "failed"]
_LONGEST_NAME: Final = 48


@dataclass(frozen=True)
class Outcome:
    """How it went with one song: the seconds in all and for separating, and the folder or why it failed."""

    song: str
    status: Status
    seconds: float
    separate_s: float
    note: str


def separate_all(arguments: SeparateArguments) -> int:
    """Separate all songs, print a table; returns 1 if any failed. Raises UsageError if there are none."""
    names = stem_file_names(encode_settings(arguments.encoding))
    checked_model(arguments.model, arguments.separator)
    items = plan_batch(arguments.songs, arguments.output)
    if not items:
        where = ", ".join(f"“{path.name or path}”" for path in arguments.songs)
        raise UsageError(f"There are no songs in {where}: name audio files, or folders with some in them.")
    outcomes: list[Outcome] = []
    cache = user_cache()
    try:
        with separation_process(arguments.model, arguments.separator) as process:
            for number, item in enumerate(items, 1):
                say(f"[{number}/{len(items)}] {item.source.name}")
                outcomes.append(_separate_one(item, names, arguments, process, cache))
    finally:  # Ctrl-C ends it, and what was done is told all the same
        _report(outcomes, arguments.json)
    return EXIT_FAILURE if any(outcome.status == "failed" for outcome in outcomes) else 0


def _separate_one(
    item: BatchItem,
    names: tuple[str, ...],
    arguments: SeparateArguments,
    process: "SeparationProcess",
    cache: "StemCache",
) -> Outcome:
    """One song; no failure of it is one of the others."""
    started_s = time.monotonic()

    def outcome(status: Status, note: object, separate_s: float = 0.0) -> Outcome:
        seconds = time.monotonic() - started_s
        return Outcome(str(item.source), status, round(seconds, 2), round(separate_s, 2), str(note))

    if not arguments.overwrite and is_complete(item.target, names):
        return outcome("skipped", f"{item.target} is there already")
    try:
        check_target(item.target, names, arguments.overwrite)
        separate_s = _write_one(item, arguments, process, cache)
    except PartwiseError as error:
        failure = str(error)
    except MemoryError:
        failure = f"There is not enough memory for “{item.source.name}”."
    except Exception as error:  # a mistake of ours must not cost the night's other songs
        failure = f"Unexpected failure ({type(error).__name__}): {' '.join(str(error).split())}."
    else:
        return outcome("written", item.target, separate_s)
    say(failure)
    return outcome("failed", failure)


def _write_one(
    item: BatchItem, arguments: SeparateArguments, process: "SeparationProcess", cache: "StemCache"
) -> float:
    song = opened_song(item.source, process, cache)
    known = song.coverage.covers(0, song.frames)
    written = False
    try:
        separate_s = separate_song(song, process)
        write_song(
            Separated(song, checked_model(arguments.model, arguments.separator), separate_s), item.target, arguments
        )
        written = True
        return separate_s
    finally:
        digest = song.content_hash
        song.close()
        cache.wait(CLOSE_WAIT_S)
        if written and not known:  # many songs would push out those that somebody works on; a part is kept, to go on
            _forget(digest, process, cache)


def _forget(digest: str | None, process: "SeparationProcess", cache: "StemCache") -> None:
    from app.song.stem_cache import StemKey

    identity = process.identity()
    if digest is not None and identity is not None:
        cache.delete(StemKey(digest, identity))


def _report(outcomes: Sequence[Outcome], as_json: bool) -> None:
    counts = {
        status: sum(outcome.status == status for outcome in outcomes) for status in ("written", "skipped", "failed")
    }
    if as_json:
        print(json.dumps({"songs": [asdict(outcome) for outcome in outcomes], **counts}, ensure_ascii=False))
        return
    rows: list[tuple[str, ...]] = [("Song", "Result", "Time", "")]
    for outcome in outcomes:
        seconds = format_time(outcome.seconds, decimals=0)
        rows.append((_short(Path(outcome.song).name), outcome.status, seconds, outcome.note))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row[:3], widths, strict=True))
        print("  ".join((*cells, row[3])).rstrip())
    print(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
