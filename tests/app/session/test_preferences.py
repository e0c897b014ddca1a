import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.playback.output import OutputSettings
from app.session.preferences import RECENT_LIMIT, Preferences, load_preferences, save_preferences

FULL = Preferences(
    recent=(Path("/music/a.wav"), Path("/music/b – c.mp3")),
    output=OutputSettings("USB", 48000, 0.023),
    geometry="AdnQywAD",
    theme="dark",
    my_instrument="bass",
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "preferences.json"
    save_preferences(FULL, path)
    assert load_preferences(path) == FULL
    assert [item.name for item in path.parent.iterdir()] == ["preferences.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        pytest.param("[" * 100_000, id="deep"),
        pytest.param(" " * 2_000_000, id="large"),
        "NaN",
        "[]",
        "3",
        '{"recent": 5, "output": [], "theme": {}, "geometry": 1}',
    ],
)
def test_a_broken_file_is_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "preferences.json"
    assert load_preferences(path) == Preferences()
    path.write_text(text)
    assert load_preferences(path) == Preferences()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("recent", ["/a", 5, None], {"recent": (Path("/a"),)}),
        ("theme", "pink", {"theme": "system"}),
        ("geometry", [1], {"geometry": None}),
        ("my_instrument", "kazoo", {"my_instrument": "vocals"}),
        ("my_instrument", ["bass"], {"my_instrument": "vocals"}),
        ("output", {"device": 5, "rate": True, "latency_s": -1.0}, {"output": OutputSettings()}),
        ("output", {"device": "USB", "rate": 10**9}, {"output": OutputSettings("USB")}),
    ],
)
def test_one_bad_value_costs_only_itself(tmp_path: Path, key: str, value: Any, expected: dict[str, Any]) -> None:
    path = tmp_path / "preferences.json"
    save_preferences(FULL, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert load_preferences(path) == replace(FULL, **expected)


def test_recent_songs_are_few_and_each_is_there_once() -> None:
    preferences = Preferences()
    for index in range(RECENT_LIMIT + 5):
        preferences = preferences.with_recent(Path(f"/{index}")).with_recent(Path("/again"))
    assert preferences.recent[:3] == (Path("/again"), Path(f"/{RECENT_LIMIT + 4}"), Path(f"/{RECENT_LIMIT + 3}"))
    assert len(preferences.recent) == len(set(preferences.recent)) == RECENT_LIMIT


def test_a_failed_save_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.mkdir()
    with pytest.raises(OSError):
        save_preferences(FULL, path)
    assert stat.S_ISDIR(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]
