"""The document as JSON, for projects: read strictly, and written so that what is read is equal to what was there."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, TypeVar

from app.errors import MixFileError
from app.json_file import InvalidError, Read, choice, list_of, number, read_object, text, whole_number
from app.mixing.equalizer_json import bands_to_json, read_bands
from app.mixing.mix_file import mix_from_json, mix_to_json
from app.mixing.settings import EqualizerSettings, MixSettings
from app.session.document import PRACTICE_KINDS, SNAPSHOT_NAMES, Document, EqualizerSides
from app.song.activation_edits import ActivationEdit
from app.song.markers import Marker
from app.song.tempo import FASTEST_BPM, SLOWEST_BPM, Tempo
from models.instruments import STEMS

LONGEST_SONG_FRAMES: Final = 1 << 40
"""No song is longer: it would last a month at the highest rate."""

MOST_MARKERS: Final = 10_000
MOST_EDITS: Final = 100_000
_MOST_BEATS: Final = 1_000_000
_MOST_LEVELS: Final = 1_000_000
_MOST_BEATS_PER_BAR: Final = 64

T = TypeVar("T")
_FRAME: Final = whole_number(0, LONGEST_SONG_FRAMES)


def document_to_json(document: Document) -> dict[str, Any]:
    """The document as a tree of JSON values."""
    return {
        "mix": mix_to_json(document.mix),
        "snapshots": [mix and mix_to_json(mix) for mix in document.snapshots],
        "sides": [
            {"side": pair.side, "other": pair.other and _equalizer_to_json(pair.other)} for pair in document.sides
        ],
        "practice": list(document.practice) if document.practice else None,
        "loop": list(document.loop) if document.loop else None,
        "tempo": _tempo_to_json(document.tempo) if document.tempo else None,
        "edits": [_edit_to_json(edit) for edit in document.edits],
        "markers": [{"frame": marker.frame, "name": marker.name} for marker in document.markers],
    }


def document_from_json(value: object) -> Document:
    """The document that a JSON tree describes; what it leaves out has its default. Raises InvalidError."""
    return read_document(value, "")


def read_document(value: Any, key: str) -> Document:
    """A reader of documents, see `app.json_file`."""
    readers: dict[str, Read] = {
        "mix": _read_mix,
        "snapshots": _exactly(len(SNAPSHOT_NAMES), _or_none(_read_mix)),
        "sides": _exactly(len(STEMS), _read_sides),
        "practice": _or_none(_read_practice),
        "loop": _or_none(_read_range),
        "tempo": _or_none(_read_tempo),
        "edits": list_of(_read_edit, MOST_EDITS),
        "markers": list_of(_read_marker, MOST_MARKERS),
    }
    return _made(Document, read_object(value, key, readers), key)


def _equalizer_to_json(equalizer: EqualizerSettings) -> dict[str, Any]:
    return {"bypass": equalizer.bypass, "bands": bands_to_json(equalizer.bands)}


def _tempo_to_json(tempo: Tempo) -> dict[str, Any]:
    return {
        "bpm": tempo.bpm,
        "first_beat_frame": tempo.first_beat_frame,
        "beats_per_bar": tempo.beats_per_bar,
        "found": list(tempo.found),
    }


def _edit_to_json(edit: ActivationEdit) -> dict[str, Any]:
    tree = {"instrument": edit.instrument, "start": edit.start, "stop": edit.stop, "kind": edit.kind}
    return {**tree, "levels": list(edit.levels)} if edit.levels else tree


def _read_mix(value: Any, key: str) -> MixSettings:
    try:
        return mix_from_json(value)
    except MixFileError as error:
        # its sentence ends with what is wrong with which key
        raise InvalidError(f"{key}: {str(error).partition(': ')[2].rstrip('.')}") from None


def _read_equalizer(value: Any, key: str) -> EqualizerSettings:
    readers: dict[str, Read] = {"bands": read_bands, "bypass": choice(True, False)}
    return _made(EqualizerSettings, read_object(value, key, readers), key)


def _read_sides(value: Any, key: str) -> EqualizerSides:
    readers: dict[str, Read] = {"side": choice("A", "B"), "other": _or_none(_read_equalizer)}
    return _made(EqualizerSides, read_object(value, key, readers), key)


def _read_practice(value: Any, key: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise InvalidError(f"{key} must be a list of two texts")
    return choice(*PRACTICE_KINDS)(value[0], f"{key}[0]"), choice(*STEMS)(value[1], f"{key}[1]")


def _read_range(value: Any, key: str) -> tuple[int, int]:
    start, stop = _exactly(2, _FRAME)(value, key)
    return start, stop


def _read_tempo(value: Any, key: str) -> Tempo:
    readers: dict[str, Read] = {
        "bpm": number(SLOWEST_BPM, FASTEST_BPM),
        "first_beat_frame": _FRAME,
        "beats_per_bar": whole_number(1, _MOST_BEATS_PER_BAR),
        "found": list_of(_FRAME, _MOST_BEATS),
    }
    values = read_object(value, key, readers)
    found = values.get("found", ())
    if any(beat >= following for beat, following in pairwise(found)):
        raise InvalidError(f"{key}.found must rise")
    return _made(Tempo, values, key, needed=("bpm",))


def _read_edit(value: Any, key: str) -> ActivationEdit:
    readers: dict[str, Read] = {
        "instrument": choice(*STEMS),
        "start": _FRAME,
        "stop": _FRAME,
        "kind": choice("on", "off", "automatic", "level"),
        "levels": list_of(number(0.0, 1.0), _MOST_LEVELS),
    }
    return _made(ActivationEdit, read_object(value, key, readers), key, ("instrument", "start", "stop", "kind"))


def _read_marker(value: Any, key: str) -> Marker:
    readers: dict[str, Read] = {"frame": _FRAME, "name": text}
    return _made(Marker, read_object(value, key, readers), key, ("frame", "name"))


def _made(kind: Callable[..., T], values: dict[str, Any], key: str, needed: tuple[str, ...] = ()) -> T:
    """The value with these fields; what it itself does not accept is said with its key."""
    for name in needed:
        if name not in values:
            raise InvalidError(f"{key}.{name} is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise InvalidError(f"{key}: {error}" if key else str(error)) from None


def _or_none(read: Read) -> Read:
    return lambda value, key: None if value is None else read(value, key)


def _exactly(count: int, read: Read) -> Read:
    def read_all(value: Any, key: str) -> tuple[Any, ...]:
        result: tuple[Any, ...] = list_of(read, count)(value, key)
        if len(result) != count:
            raise InvalidError(f"{key} must have {count} entries")
        return result

    return read_all
