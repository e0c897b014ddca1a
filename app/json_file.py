"""JSON files from outside: read with suspicion, written whole or not at all.

A reader takes a value and the path of keys that led to it, and returns what the value stands for or raises
`InvalidError` with a sentence's worth of what is wrong with which key.
"""

import json
import math
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from app.atomic_file import write_atomically

Read = Callable[[Any, str], Any]

_LONGEST_TEXT: Final = 1000
_LONGEST_KEY_SHOWN: Final = 80


class InvalidError(Exception):
    """What is wrong with a file or with which of its keys, without the file's name."""


def read_json(path: Path, largest_bytes: int, what: str) -> object:
    """The tree in a file.

    Args:
        path: the file.
        largest_bytes: more than this is refused unread.
        what: what the file should be, for the sentence: "a mix".

    Raises:
        InvalidError: it cannot be read, is too large, is not UTF-8 or not JSON, or has a key twice.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise InvalidError("it is not a file")
        with path.open("rb") as file:
            raw = file.read(largest_bytes + 1)
    except OSError as error:
        raise InvalidError(error.strerror or str(error)) from None
    except ValueError:  # a null character in the path
        raise InvalidError(f"it is not {what}") from None
    if len(raw) > largest_bytes:
        raise InvalidError(f"it is too large to be {what}")
    return parse_json(raw, what)


def parse_json(raw: bytes, what: str) -> object:
    """The tree in a file's bytes, which the caller has bounded. Raises InvalidError as `read_json` does."""
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise InvalidError("it is not a text file in UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidError(f"it is not JSON: {error.msg} in line {error.lineno}") from None
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise InvalidError(f"it is not {what}") from None


def write_json(path: Path, tree: object) -> None:
    """Write a file, whole or not at all. Raises OSError."""
    with write_atomically(path) as temporary:
        # a file name that is no UTF-8 has surrogates in it; their backslash form is what JSON calls them too
        temporary.write_text(json_text(tree), encoding="utf-8", errors="backslashreplace")


def json_text(tree: object) -> str:
    """The tree as people read it."""
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_object(value: Any, key: str, readers: Mapping[str, Read]) -> dict[str, Any]:
    """What the keys of an object stand for; "about" is skipped, a key without a reader is refused."""
    if not isinstance(value, Mapping):
        raise InvalidError(f"{key or 'the file'} must be an object in braces")
    result = {}
    for name, item in value.items():
        path = f"{key}.{name}" if key else str(name)
        if name == "about":
            text(item, path)
        elif name not in readers:
            raise InvalidError(f"{path[:_LONGEST_KEY_SHOWN]} is not a setting; there are {', '.join(readers)}")
        else:
            result[name] = readers[name](item, path)
    return result


def list_of(read: Read, longest: int) -> Read:
    """A reader of a list of at most `longest` such values, as a tuple."""

    def read_list(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > longest:
            raise InvalidError(f"{key} must be a list in brackets of at most {longest}")
        return tuple(read(item, f"{key}[{index}]") for index, item in enumerate(value))

    return read_list


def number(low: float, high: float) -> Read:
    """A reader of numbers from `low` to `high`."""

    def read(value: Any, key: str) -> float:
        if not is_number(value) or not low <= value <= high:
            raise InvalidError(f"{key} must be a number from {low:g} to {high:g}")
        return float(value)

    return read


def whole_number(low: int, high: int) -> Read:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: Any, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidError(f"{key} must be a whole number from {low} to {high}")
        return value

    return read


def choice(*choices: object) -> Read:
    """A reader of one of these texts or whole numbers."""

    def read(value: Any, key: str) -> Any:
        for allowed in choices:
            if type(value) is type(allowed) and value == allowed:
                return allowed
        *others, last = (str(allowed) for allowed in choices)
        raise InvalidError(f"{key} must be {', '.join(others)} or {last}" if others else f"{key} must be {last}")

    return read


def flag(value: Any, key: str) -> bool:
    """A reader of true and false."""
    if not isinstance(value, bool):
        raise InvalidError(f"{key} must be true or false")
    return value


def text(value: Any, key: str) -> str:
    """A reader of texts up to a page."""
    if not isinstance(value, str):
        raise InvalidError(f"{key} must be a text in quotes")
    if len(value) > _LONGEST_TEXT:
        raise InvalidError(f"{key} must have at most {_LONGEST_TEXT} characters")
    return value


def gain(highest_db: float) -> Read:
    """A reader of gains in dB, where "-inf" is silence."""

    def read(value: Any, key: str) -> float:
        if isinstance(value, str) and value == "-inf":
            return -math.inf
        if not is_number(value) or not -math.inf < value <= highest_db:
            raise InvalidError(f'{key} must be "-inf" or a number up to {highest_db:g}')
        return float(value)

    return read


def gain_to_json(value_db: float) -> float | str:
    """What `gain` reads."""
    return "-inf" if value_db == -math.inf else value_db


def is_number(value: Any) -> bool:
    """Whether it is a number that a float holds, not true or false."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not isinstance(value, int) or abs(value) < 1 << 53


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InvalidError(f"the key {key[:_LONGEST_KEY_SHOWN]} occurs twice")
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise InvalidError(f'{name} is not a number here; write "-inf" for silence')
