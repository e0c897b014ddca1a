"""File names from patterns: readable, all different, never outside the folder."""

from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.tags import Tags
from app.mixing.export_names import FIELDS, check_pattern, file_names, song_facts, stem_label
from models.instruments import STEMS

TAGS = Tags(MappingProxyType({"artist": "Artist", "date": "12.5.1999", "track": "3/12"}))
FACTS = song_facts("AC/DC: Live", TAGS, 120.4)
BARE = song_facts("Song", Tags())


@pytest.mark.parametrize(
    ("pattern", "name", "bare"),
    [
        ("{title} - {stem}", "AC_DC_ Live - Bass", "Song - Bass"),
        ("{artist} - {title} ({stem})", "Artist - AC_DC_ Live (Bass)", "Song (Bass)"),
        ("{number} {stem}", "01 Bass", "01 Bass"),
        ("{track}. {stem} [{tempo}]", "03. Bass [120]", "Bass"),
        ("{title} ({year}) {stem}", "AC_DC_ Live (1999) Bass", "Song Bass"),
        ("{stem} - {album} - {title}", "Bass - AC_DC_ Live", "Bass - Song"),
        ("{stem}/{title}", "Bass_AC_DC_ Live", "Bass_Song"),
        ("{ stem} {stem}", None, None),
    ],
)
def test_patterns(pattern: str, name: str | None, bare: str | None) -> None:
    if name is None:
        with pytest.raises(ValueError, match="there is no field"):
            file_names(pattern, FACTS, ["Bass"], ".wav")
        return
    assert file_names(pattern, FACTS, ["Bass"], ".wav") == [f"{name}.wav"]
    assert file_names(pattern, BARE, ["Bass"], ".flac") == [f"{bare}.flac"]


def test_files_are_told_apart_even_if_the_pattern_does_not() -> None:
    assert file_names("{title}", BARE, ["Bass", "Drums"], ".wav") == ["01 Bass Song.wav", "02 Drums Song.wav"]
    long = song_facts("x" * 500, Tags())
    assert len(set(file_names("{title} - {stem}", long, ["Bass", "Drums"], ".wav"))) == 2


def test_a_title_is_no_pattern() -> None:
    assert file_names("{title} {stem}", song_facts("{stem} {0.__class__}", Tags()), ["Bass"], "") == [
        "{stem} {0.__class__} Bass"
    ]


@pytest.mark.parametrize("pattern", ["", " - ", "{}", "{title.x}", "{TITLE}"])
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"the name needs|there is no field"):
        check_pattern(pattern)


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=300), st.lists(st.sampled_from(sorted(FIELDS)), max_size=3))
def test_names_are_different_and_stay_in_the_folder(literal: str, title: str, fields: list[str]) -> None:
    literal = literal.replace("{", "").replace("}", "")
    pattern = literal + "".join(f"{{{field}}}{literal}" for field in fields)
    facts = song_facts(title, Tags(MappingProxyType({"artist": "../..", "album": "C:\\", "track": "/"})), 99.0)
    try:
        check_pattern(pattern)
    except ValueError:
        return
    names = file_names(pattern, facts, [stem_label(stem) for stem in STEMS], ".wav")
    assert len({name.casefold() for name in names}) == len(STEMS)
    for name in names:
        assert Path("/music", name).parent == Path("/music")
        assert name not in ("", ".", "..")
        assert "\\" not in name
