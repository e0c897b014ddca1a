"""Names that every system takes, whatever the song is called."""

import tempfile
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.file_names import LONGEST_BYTES, safe_file_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Song", "Song"),
        ("AC/DC: “Live”?", "AC_DC_ “Live”_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows", "C__Windows"),
        ("..", "Untitled"),
        ("", "Untitled"),
        (" . ", "Untitled"),
        ("con", "_con"),
        ("LPT1.old", "_LPT1.old"),
        ("Conga", "Conga"),
        (".hidden", "hidden"),
        ("two\nlines\tand  spaces ", "two lines and spaces"),
        ("Cafe\u0301", "Café"),
        ("left\u202eright\x00\x7f\ud800", "leftright"),
        ("Sigur Rós – ( )", "Sigur Rós – ( )"),
        ("日本語", "日本語"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert safe_file_name(text, ".wav") == f"{name}.wav"


@settings(deadline=None)
@given(st.text(max_size=400), st.sampled_from(["", ".wav", ".flac"]))
def test_a_file_of_that_name_can_be_made_in_the_folder(text: str, suffix: str) -> None:
    name = safe_file_name(text, suffix)
    assert len(name.encode()) <= LONGEST_BYTES + 1
    assert name.endswith(suffix)
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.endswith((" ", "."))
    assert not name.startswith((" ", "."))
    assert PureWindowsPath(name).name == name
    assert safe_file_name(name.removesuffix(suffix), suffix) == name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.touch()
        assert path.parent == Path(folder)
        assert [found.name for found in Path(folder).iterdir()] == [name]
