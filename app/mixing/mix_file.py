"""A mix as a JSON file that a person can read and write."""

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from app.atomic_file import reason
from app.errors import ExportError, MixFileError
from app.json_file import (
    InvalidError,
    Read,
    choice,
    flag,
    gain,
    gain_to_json,
    is_number,
    json_text,
    list_of,
    number,
    read_json,
    read_object,
    text,
    whole_number,
    write_json,
)
from app.mixing.equalizer_json import BAND_NAMES, bands_to_json, read_bands, read_old_equalizer
from app.mixing.settings import (
    EQUALIZER_FREQUENCY_RANGE_HZ,
    EQUALIZER_GAIN_RANGE_DB,
    EQUALIZER_Q_RANGE,
    LIMITER_CEILING_RANGE_DBTP,
    MAX_GAIN_DB,
    MAX_WIDTH,
    EqualizerSettings,
    LimiterSettings,
    MixSettings,
    StripSettings,
)
from app.mixing.smart_listening import (
    ATTACK_RANGE_MS,
    DEPTH_RANGE_DB,
    RELEASE_RANGE_MS,
    DuckSettings,
    FollowSettings,
)
from models.activation import LONGEST_FADE_FRAMES, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS

VERSION: Final = 2
"""1 had three bands for each equalizer, no width, polarity, links, mute groups or limiter; it is read still."""

LARGEST_FILE_BYTES: Final = 1_000_000
_LONGEST_SONG_NAME: Final = 200


def mix_to_json(mix: MixSettings, song_name: str = "") -> dict[str, Any]:
    """The mix as a tree of JSON values. A gain of -inf dB is written as "-inf"."""
    return {
        "partwise_mix": VERSION,
        "song": song_name[:_LONGEST_SONG_NAME],
        "master_gain_db": gain_to_json(mix.master_gain_db),
        "limiter": {"on": mix.limiter.on, "ceiling_dbtp": mix.limiter.ceiling_dbtp},
        "links": [list(group) for group in mix.links],
        "mute_groups": [list(group) for group in mix.mute_groups],
        "duck": {field.name: getattr(mix.duck, field.name) for field in fields(DuckSettings)},
        "follow": {"on": mix.follow.on, "instruments": list(mix.follow.instruments)},
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
    except InvalidError as error:
        raise MixFileError(source, str(error)) from None


def load_mix(path: Path | str) -> MixSettings:
    """Read a mix file. Raises MixFileError."""
    path = Path(path)
    try:
        data = read_json(path, LARGEST_FILE_BYTES, "a mix")
    except InvalidError as error:
        raise MixFileError(path, str(error)) from None
    return mix_from_json(data, path)


def save_mix(path: Path | str, mix: MixSettings, song_name: str = "", overwrite: bool = True) -> None:
    """Write a mix file, whole or not at all. Raises ExportError if it cannot, or exists and may not be replaced."""
    path = Path(path)
    if not overwrite and path.exists():
        raise ExportError(path, "a file of that name exists already; choose another name or allow overwriting")
    try:
        write_json(path, mix_to_json(mix, song_name))
    except OSError as error:
        raise ExportError(path, reason(error)) from None


def example_mix() -> str:
    """A mix file that explains itself; `load_mix` reads it as it is."""
    mix = MixSettings()
    mix = mix.with_strip("vocals", gain_db=-math.inf)
    mix = mix.with_strip("bass", gain_db=2.0)
    mix = mix.with_strip("acoustic_guitar", pan=-0.3)
    tree = mix_to_json(mix, "Song.mp3")
    strips = tree["strips"]
    strips["vocals"] = {
        "about": f'gain_db is "-inf" (silent) or up to {MAX_GAIN_DB:g}; pan is -1 (left) to 1 (right); width is 0'
        " (mono) to 2 (wide), 1 as it is; invert_polarity turns the wave round; solo silences every strip that is"
        " neither soloed nor solo_safe.",
        **strips["vocals"],
        "activation": {
            "about": "When the stem counts as playing: mode off (always), soft (fades below the threshold) or hard"
            " (cuts below it); threshold 0 to 1; median_frames, an odd number to 501, smooths over time;"
            " hysteresis 0 to 1 keeps it playing down to that share below the threshold; passages and pauses shorter"
            " than minimum_frames do not count; fade_frames, 0 to 86, soften its edges. There are about 43 frames in a"
            " second.",
            **strips["vocals"]["activation"],
        },
    }
    low, high = EQUALIZER_FREQUENCY_RANGE_HZ
    strips["bass"]["equalizer"] = {
        "about": f"The bands are {', '.join(BAND_NAMES)}; those left out do nothing. frequency_hz {low:g} to {high:g},"
        f" gain_db {EQUALIZER_GAIN_RANGE_DB[0]:g} to {EQUALIZER_GAIN_RANGE_DB[1]:g}, q {EQUALIZER_Q_RANGE[0]:g} (wide)"
        f" to {EQUALIZER_Q_RANGE[1]:g} (narrow), slope_db_per_octave 12 or 24 for high_pass and low_pass. on false"
        " turns a band off, bypass true all of them.",
        "bypass": False,
        "bands": {
            "high_pass": {"frequency_hz": 40.0, "slope_db_per_octave": 24},
            "low_shelf": {"frequency_hz": 120.0, "gain_db": 3.0},
        },
    }
    about = (
        "A mix for Partwise. Everything but partwise_mix may be left out and then has its default. Texts named about"
        " are not read. This one silences the vocals, lifts the bass and moves the acoustic guitar to the left."
        " limiter keeps peaks below its ceiling; links are groups of strips whose faders move together; mute_groups"
        " are what the number keys 1 to 9 mute; duck turns the others down while its instrument plays; follow solos"
        " whichever of its instruments plays most clearly."
    )
    return json_text(
        {"partwise_mix": VERSION, "about": about, **{k: v for k, v in tree.items() if k != "partwise_mix"}}
    )


def _strip_to_json(strip: StripSettings) -> dict[str, Any]:
    return {
        "gain_db": gain_to_json(strip.gain_db),
        "pan": strip.pan,
        "width": strip.width,
        "invert_polarity": strip.invert_polarity,
        "mute": strip.mute,
        "solo": strip.solo,
        "solo_safe": strip.solo_safe,
        "equalizer": {"bypass": strip.equalizer.bypass, "bands": bands_to_json(strip.equalizer.bands)},
        "activation": {field.name: getattr(strip.activation, field.name) for field in fields(ActivationSettings)},
    }


def _mix(data: object) -> MixSettings:
    if not isinstance(data, Mapping) or "partwise_mix" not in data:
        raise InvalidError("it is not a mix: it has no partwise_mix")
    version = data["partwise_mix"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidError(f"partwise_mix must be {VERSION}")
    if version > VERSION:
        raise InvalidError(f"it was written by a newer Partwise (format {version}); update Partwise to read it")
    readers: dict[str, Read] = {
        "partwise_mix": lambda value, _: value,
        "song": text,
        "master_gain_db": gain(MAX_GAIN_DB),
        "strips": _strips_reader(_OLD_STRIP if version == 1 else _STRIP),
    }
    if version >= 2:
        group = list_of(choice(*STEMS), len(STEMS))
        readers |= {
            "limiter": _read_limiter,
            "links": list_of(group, len(STEMS)),
            "mute_groups": list_of(group, len(MixSettings().mute_groups)),
            "duck": _read_duck,
            "follow": _read_follow,
        }
    values = read_object(data, "", readers)
    try:
        return MixSettings(**{key: value for key, value in values.items() if key not in ("partwise_mix", "song")})
    except ValueError as error:  # groups that do not fit together
        raise InvalidError(str(error)) from None


def _strips_reader(strip_readers: Mapping[str, Read]) -> Read:
    def read_strip(value: Any, key: str) -> StripSettings:
        return StripSettings(**read_object(value, key, strip_readers))

    def read_strips(value: Any, key: str) -> tuple[StripSettings, ...]:
        readers: dict[str, Read] = dict.fromkeys(STEMS, read_strip)
        strips = read_object(value, key, readers)
        return tuple(strips.get(name, StripSettings()) for name in STEMS)

    return read_strips


def _read_limiter(value: Any, key: str) -> LimiterSettings:
    return LimiterSettings(**read_object(value, key, {"on": flag, "ceiling_dbtp": number(*LIMITER_CEILING_RANGE_DBTP)}))


def _read_duck(value: Any, key: str) -> DuckSettings:
    readers: dict[str, Read] = {
        "on": flag,
        "instrument": choice(*INSTRUMENTS),
        "depth_db": number(*DEPTH_RANGE_DB),
        "attack_ms": number(*ATTACK_RANGE_MS),
        "release_ms": number(*RELEASE_RANGE_MS),
    }
    return DuckSettings(**read_object(value, key, readers))


def _read_follow(value: Any, key: str) -> FollowSettings:
    readers: dict[str, Read] = {"on": flag, "instruments": list_of(choice(*INSTRUMENTS), len(INSTRUMENTS))}
    return FollowSettings(**read_object(value, key, readers))


def _read_equalizer(value: Any, key: str) -> EqualizerSettings:
    return EqualizerSettings(**read_object(value, key, {"bands": read_bands, "bypass": flag}))


def _read_activation(value: Any, key: str) -> ActivationSettings:
    readers: dict[str, Read] = {
        "mode": choice("off", "soft", "hard"),
        "threshold": _read_threshold,
        "median_frames": _read_median,
        "hysteresis": number(0.0, 1.0),
        "minimum_frames": _read_minimum,
        "fade_frames": whole_number(0, LONGEST_FADE_FRAMES),
    }
    return ActivationSettings(**read_object(value, key, readers))


def _read_threshold(value: Any, key: str) -> float:
    if not is_number(value) or not 0.0 < value < 1.0:
        raise InvalidError(f"{key} must be a number between 0 and 1")
    return float(value)


def _read_minimum(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 501:
        raise InvalidError(f"{key} must be a whole number from 1 to 501")
    return value


def _read_median(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not (1 <= value <= 501 and value % 2):
        raise InvalidError(f"{key} must be an odd number from 1 to 501")
    return value


_OLD_STRIP: Final[dict[str, Read]] = {
    "gain_db": gain(MAX_GAIN_DB),
    "pan": number(-1.0, 1.0),
    "mute": flag,
    "solo": flag,
    "equalizer": read_old_equalizer,
    "activation": _read_activation,
}
_STRIP: Final[dict[str, Read]] = {
    **_OLD_STRIP,
    "width": number(0.0, MAX_WIDTH),
    "invert_polarity": flag,
    "solo_safe": flag,
    "equalizer": _read_equalizer,
}
