"""What exported files are called: a pattern with fields in braces, filled from the song and its tags."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from app.audio.file_names import safe_file_name
from app.audio.tags import Tags

FIELDS: Final[Mapping[str, str]] = {
    "title": "the song's title",
    "artist": "the artist in the song's tags",
    "album": "the album in the song's tags",
    "year": "the year in the song's tags",
    "track": "the track's number on the album, two digits",
    "stem": "what is in the file: Bass, or Remix",
    "number": "the file's place in this export, two digits",
    "tempo": "beats per minute, a whole number",
}
"""The fields of a pattern and what they stand for. One that is not known for a song is left out."""

REMIX_LABEL: Final = "Remix"
DEFAULT_PATTERN: Final = "{title} - {stem}"

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_EMPTY_BRACKETS: Final = re.compile(r" ?(?:\( *\)|\[ *\])")
_JOINTS: Final = " -_.,"


def check_pattern(pattern: str) -> None:
    """Raises ValueError, with a sentence for the user, for an unknown field or a pattern of nothing."""
    for name in _FIELD.findall(pattern):
        if name not in FIELDS:
            raise ValueError(f"there is no field {{{name}}}: take {', '.join(f'{{{known}}}' for known in FIELDS)}")
    if not pattern.strip(_JOINTS):
        raise ValueError("the name needs at least one field or letter, such as {title}")


def stem_label(stem: str) -> str:
    """A stem as it stands in names and titles: `Electric guitar`."""
    return stem.replace("_", " ").capitalize()


def song_facts(title: str, tags: Tags, tempo_bpm: float | None = None) -> dict[str, str]:
    """The fields that are the same in all files of an export."""
    return {
        "title": title,
        "artist": tags.get("artist") or tags.get("album_artist"),
        "album": tags.get("album"),
        "year": _first_number(tags.get("date"), 4),
        "track": _first_number(tags.get("track"), 1).zfill(2) if tags.get("track") else "",
        "tempo": f"{tempo_bpm:.0f}" if tempo_bpm is not None else "",
    }


def file_names(pattern: str, facts: Mapping[str, str], labels: Sequence[str], suffix: str) -> list[str]:
    """The names of an export's files.

    They are single names that every system takes, never paths, and differ even where capitals do not count: if the
    pattern does not tell the files apart, what is in them is added.

    Args:
        pattern: with fields of `FIELDS` in braces. A field that is empty takes the dash beside it along.
        facts: see `song_facts`.
        labels: what is in each file.
        suffix: their ending with its dot.

    Raises:
        ValueError: as `check_pattern` says.
    """
    check_pattern(pattern)
    filled = [_fill(pattern, facts, label, number) for number, label in enumerate(labels, 1)]
    if len({safe_file_name(text, suffix).casefold() for text in filled}) < len(filled):
        filled = [
            f"{number:02} {label} {text}" for number, (label, text) in enumerate(zip(labels, filled, strict=True), 1)
        ]
    return [safe_file_name(text, suffix) for text in filled]


def _fill(pattern: str, facts: Mapping[str, str], label: str, number: int) -> str:
    fields = {**facts, "stem": label, "number": f"{number:02}"}
    parts = _FIELD.split(pattern)  # literal, field, literal, field, ..., literal
    text = parts[0]
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        value = fields.get(name, "")
        if value:
            text += value + literal
        elif literal.strip(_JOINTS):
            text = text.rstrip(_JOINTS) + literal
    return _EMPTY_BRACKETS.sub("", text).strip(_JOINTS)


def _first_number(text: str, digits: int) -> str:
    match = re.search(rf"[0-9]{{{digits},{max(digits, 4)}}}", text)
    return match.group() if match else ""
