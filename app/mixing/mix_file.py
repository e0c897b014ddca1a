"""A mix as a JSON file that a person can read and write."""

import json
import math
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from app.errors import ExportError, MixFileError
from app.mixing.settings import (
    EQUALIZER_FREQUENCY_RANGE_HZ,
    EQUALIZER_GAIN_RANGE_DB,
    EQUALIZER_Q_RANGE,
    MAX_GAIN_DB,
    EqualizerSettings,
    MixSettings,
    StripSettings,
)
from models.activation import ActivationSettings
from models.instruments import STEMS

VERSION: Final = 1
LARGEST_FILE_BYTES: Final = 1_000_000

_Read = Callable[[Any, str], Any]


class _InvalidError(Exception):
    """What is wrong with which key."""


def mix_to_json(mix: MixSettings, song_name: str = "") -> dict[str, Any]:
    """The mix as a tree of JSON values. A gain of -inf dB is written as "-inf"."""
    return {
        "partwise_mix": VERSION,
        "song": song_name,
        "master_gain_db": _number(mix.master_gain_db),
        "strips": {name: _strip_to_json(strip) for name, strip in zip(STEMS, mix.strips, strict=True)},
    }


def mix_from_json(data: object, source: Path | str = "mix") -> MixSettings:
    """The mix that a JSON tree describes. What it leaves out has its default; "about" is skipped everywhere.

    Args:
        data: the tree.
        source: the file's name, for the error.

    Raises:
        MixFileError: a key is unknown, of the wrong type or out of range; the sentence names it.
    """
    try:
        return _mix(data)
    except _InvalidError as error:
        raise MixFileError(source, str(error)) from None


def load_mix(path: Path | str) -> MixSettings:
    """Read a mix file. Raises MixFileError."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE_BYTES + 1)
        if len(raw) > LARGEST_FILE_BYTES:
            raise MixFileError(path, "it is too large to be a mix")
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except OSError as error:
        raise MixFileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise MixFileError(path, "it is not a text file in UTF-8") from None
    except _InvalidError as error:
        raise MixFileError(path, str(error)) from None
    except json.JSONDecodeError as error:
        raise MixFileError(path, f"it is not JSON: {error.msg} in line {error.lineno}") from None
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise MixFileError(path, "it is not a mix") from None
    return mix_from_json(data, path)


def save_mix(path: Path | str, mix: MixSettings, song_name: str = "", overwrite: bool = True) -> None:
    """Write a mix file, whole or not at all. Raises ExportError if it cannot, or exists and may not be replaced."""
    path = Path(path)
    if not overwrite and path.exists():
        raise ExportError(path, "a file of that name exists already; choose another name or allow overwriting")
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(_text(mix_to_json(mix, song_name)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ExportError(path, error.strerror or str(error)) from None


def example_mix() -> str:
    """A mix file that explains itself; `load_mix` reads it as it is."""
    mix = MixSettings()
    mix = mix.with_strip("vocals", gain_db=-math.inf)
    mix = mix.with_strip("bass", gain_db=2.0, equalizer=EqualizerSettings(low_gain_db=3.0))
    mix = mix.with_strip("acoustic_guitar", pan=-0.3)
    tree = mix_to_json(mix, "Song.mp3")
    vocals = tree["strips"]["vocals"]
    low, high = EQUALIZER_FREQUENCY_RANGE_HZ
    vocals["equalizer"] = {
        "about": f"Low shelf, bell, high shelf. Gains {EQUALIZER_GAIN_RANGE_DB[0]:g} to {EQUALIZER_GAIN_RANGE_DB[1]:g}"
        f" dB, frequencies {low:g} to {high:g} Hz, mid_q {EQUALIZER_Q_RANGE[0]:g} (wide) to {EQUALIZER_Q_RANGE[1]:g}"
        " (narrow). bypass true turns it off.",
        **vocals["equalizer"],
    }
    vocals["activation"] = {
        "about": "When the stem counts as playing: mode off (always), soft (fades below the threshold) or hard (cuts"
        " below it); threshold 0 to 1; median_frames, an odd number to 501, smooths over time.",
        **vocals["activation"],
    }
    tree["strips"]["vocals"] = {
        "about": f'gain_db is "-inf" (silent) or up to {MAX_GAIN_DB:g}; pan is -1 (left) to 1 (right); solo silences'
        " every strip that is not soloed.",
        **vocals,
    }
    about = (
        "A mix for Partwise. Everything but partwise_mix may be left out and then has its default. Texts named about"
        " are not read. This one silences the vocals, lifts the bass and moves the acoustic guitar to the left."
    )
    return _text({"partwise_mix": VERSION, "about": about, **{k: v for k, v in tree.items() if k != "partwise_mix"}})


def _text(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _number(value: float) -> float | str:
    return "-inf" if value == -math.inf else value


def _strip_to_json(strip: StripSettings) -> dict[str, Any]:
    return {
        "gain_db": _number(strip.gain_db),
        "pan": strip.pan,
        "mute": strip.mute,
        "solo": strip.solo,
        "equalizer": {field.name: getattr(strip.equalizer, field.name) for field in fields(EqualizerSettings)},
        "activation": {field.name: getattr(strip.activation, field.name) for field in fields(ActivationSettings)},
    }


def _mix(data: object) -> MixSettings:
    if not isinstance(data, Mapping) or "partwise_mix" not in data:
        raise _InvalidError("it is not a mix: it has no partwise_mix")
    version = data["partwise_mix"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _InvalidError(f"partwise_mix must be {VERSION}")
    if version > VERSION:
        raise _InvalidError(f"it was written by a newer Partwise (format {version}); update Partwise to read it")
    readers: dict[str, _Read] = {
        "partwise_mix": lambda value, _: value,
        "song": _read_text,
        "master_gain_db": _read_gain,
        "strips": _read_strips,
    }
    values = _read_object(data, "", readers)
    return MixSettings(values.get("strips", MixSettings().strips), values.get("master_gain_db", 0.0))


def _read_strips(value: Any, key: str) -> tuple[StripSettings, ...]:
    readers: dict[str, _Read] = dict.fromkeys(STEMS, _read_strip)
    strips = _read_object(value, key, readers)
    return tuple(strips.get(name, StripSettings()) for name in STEMS)


def _read_strip(value: Any, key: str) -> StripSettings:
    readers: dict[str, _Read] = {
        "gain_db": _read_gain,
        "pan": _between(-1.0, 1.0),
        "mute": _read_flag,
        "solo": _read_flag,
        "equalizer": _read_equalizer,
        "activation": _read_activation,
    }
    return StripSettings(**_read_object(value, key, readers))


def _read_equalizer(value: Any, key: str) -> EqualizerSettings:
    gain = _between(*EQUALIZER_GAIN_RANGE_DB)
    frequency = _between(*EQUALIZER_FREQUENCY_RANGE_HZ)
    readers: dict[str, _Read] = {
        "low_gain_db": gain,
        "mid_gain_db": gain,
        "high_gain_db": gain,
        "low_cutoff_hz": frequency,
        "mid_center_hz": frequency,
        "mid_q": _between(*EQUALIZER_Q_RANGE),
        "high_cutoff_hz": frequency,
        "bypass": _read_flag,
    }
    return EqualizerSettings(**_read_object(value, key, readers))


def _read_activation(value: Any, key: str) -> ActivationSettings:
    readers: dict[str, _Read] = {"mode": _read_mode, "threshold": _read_threshold, "median_frames": _read_median}
    return ActivationSettings(**_read_object(value, key, readers))


def _read_object(value: Any, key: str, readers: Mapping[str, _Read]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _InvalidError(f"{key or 'the file'} must be an object in braces")
    result = {}
    for name, item in value.items():
        path = f"{key}.{name}" if key else str(name)
        if name == "about":
            _read_text(item, path)
        elif name not in readers:
            raise _InvalidError(f"{path[:80]} is not a setting; there are {', '.join(readers)}")
        else:
            result[name] = readers[name](item, path)
    return result


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not isinstance(value, int) or abs(value) < 1 << 53


def _read_gain(value: Any, key: str) -> float:
    if value == "-inf":
        return -math.inf
    if not _is_number(value) or not -math.inf < value <= MAX_GAIN_DB:
        raise _InvalidError(f'{key} must be "-inf" or a number up to {MAX_GAIN_DB:g}')
    return float(value)


def _between(low: float, high: float) -> _Read:
    def read(value: Any, key: str) -> float:
        if not _is_number(value) or not low <= value <= high:
            raise _InvalidError(f"{key} must be a number from {low:g} to {high:g}")
        return float(value)

    return read


def _read_flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise _InvalidError(f"{key} must be true or false")
    return value


def _read_text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise _InvalidError(f"{key} must be a text in quotes")
    return value


def _read_mode(value: Any, key: str) -> str:
    if value not in ("off", "soft", "hard"):
        raise _InvalidError(f"{key} must be off, soft or hard")
    return str(value)


def _read_threshold(value: Any, key: str) -> float:
    if not _is_number(value) or not 0.0 < value < 1.0:
        raise _InvalidError(f"{key} must be a number between 0 and 1")
    return float(value)


def _read_median(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not (1 <= value <= 501 and value % 2):
        raise _InvalidError(f"{key} must be an odd number from 1 to 501")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _InvalidError(f"the key {key[:80]} occurs twice")
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise _InvalidError(f'{name} is not a number here; write "-inf" for silence')
