"""Equalizer presets: those that come along make sense, the user's own are kept, broken files do no harm."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import PresetError
from app.mixing.equalizer_json import bands_to_json
from app.mixing.presets import LONGEST_NAME, MOST_FILES, EqualizerPresets, default_presets, load_preset
from app.mixing.settings import DEFAULT_BANDS, EqualizerSettings
from models.instruments import STEMS
from tests.mixes import equalizers

EQUALIZER = EqualizerSettings().with_band(2, gain_db=-4.0)


@pytest.fixture
def presets(tmp_path: Path) -> EqualizerPresets:
    return EqualizerPresets(tmp_path / "factory", tmp_path / "config" / "own")


def test_the_factory_presets_are_sound() -> None:
    found, problems = default_presets().load()
    factory = [preset for preset in found if not preset.own]
    assert problems == ()
    for stem in STEMS:
        names = [preset.name for preset in factory if stem in preset.stems]
        assert len(names) >= 4, stem
        assert len(set(names)) == len(names), stem
    for preset in factory:
        assert not preset.equalizer.is_flat, preset.name
        assert not preset.equalizer.bypass
        assert preset.about.endswith(".")
        peaks = [band.frequency_hz for band in preset.equalizer.bands[2:6] if not band.is_flat]
        assert peaks == sorted(peaks), f"the bands of {preset.name} cross"
        assert all(abs(band.gain_db) <= 6.0 for band in preset.equalizer.bands), f"{preset.name} is violent"


def test_presets_are_offered_by_instrument() -> None:
    by_stem = {stem: {preset.name for preset in default_presets().for_stem(stem)} for stem in STEMS}
    assert {"Presence", "De-mud", "Telephone"} <= by_stem["vocals"]
    assert {"Punch", "Tame cymbals"} <= by_stem["drums"]
    assert "Clarity" in by_stem["bass"]
    assert "Low cut" not in by_stem["bass"]
    assert "Telephone" not in by_stem["piano"]


def test_own_presets_are_saved_listed_replaced_and_deleted(presets: EqualizerPresets, tmp_path: Path) -> None:
    assert presets.load() == ((), ())
    saved = presets.save("  Mine \n two ", ("bass",), EQUALIZER)
    assert (saved.name, saved.own, saved.equalizer) == ("Mine two", True, EQUALIZER)
    presets.save("another", ("bass", "drums"), EqualizerSettings())
    presets.save("Mine two", ("drums",), EqualizerSettings())
    assert [preset.name for preset in presets.for_stem("bass")] == ["another", "Mine two"]
    assert presets.for_stem("bass")[1] == saved
    changed = presets.save("Mine two", ("bass",), EQUALIZER.with_band(2, gain_db=1.0))
    assert presets.for_stem("bass")[1] == changed
    assert len(presets.load()[0]) == 3
    presets.delete(changed)
    presets.delete(changed)
    assert [preset.name for preset in presets.for_stem("bass")] == ["another"]
    assert {path.suffix for path in (tmp_path / "config" / "own").iterdir()} == {".json"}


def test_a_factory_preset_cannot_be_deleted() -> None:
    preset = default_presets().for_stem("vocals")[0]
    with pytest.raises(PresetError, match="comes with Partwise"):
        default_presets().delete(preset)


@settings(deadline=None, max_examples=50)
@given(equalizer=equalizers, name=st.text(min_size=1, max_size=LONGEST_NAME))
def test_every_name_stays_in_the_folder(
    tmp_path_factory: pytest.TempPathFactory, equalizer: EqualizerSettings, name: str
) -> None:
    folder = tmp_path_factory.mktemp("presets")
    presets = EqualizerPresets(folder / "none", folder / "own")
    try:
        saved = presets.save(name, ("piano",), equalizer)
    except PresetError as error:
        assert "letters" in str(error)  # noqa: PT017
        assert list(folder.iterdir()) == []
        return
    assert [path.name for path in folder.iterdir()] == ["own"]
    assert presets.load() == ((saved,), ())
    assert saved.equalizer.bands == equalizer.bands


@pytest.mark.parametrize("name", ["../../up", "/etc/passwd", "con.json", "a" * LONGEST_NAME, "☂" * LONGEST_NAME, "."])
def test_wild_names(presets: EqualizerPresets, tmp_path: Path, name: str) -> None:
    saved = presets.save(name, ("bass",), EQUALIZER)
    assert saved.path is not None
    assert saved.path.parent == tmp_path / "config" / "own"
    assert presets.for_stem("bass") == (saved,)


@pytest.mark.parametrize("name", ["", "  ", "a" * (LONGEST_NAME + 1), "a\x00b", "\udce4"])
def test_names_that_are_none(presets: EqualizerPresets, name: str) -> None:
    with pytest.raises(PresetError, match=f"1 to {LONGEST_NAME} letters"):
        presets.save(name, ("bass",), EQUALIZER)


def with_keys(**keys: Any) -> bytes:
    return json.dumps({"partwise_equalizer": 1, "name": "N", "bands": {}, **keys}).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "UTF-8"),
        (b"[]", "no partwise_equalizer"),
        (b"[" * 10_000, "not a preset|not JSON"),
        (b" " * 20_001, "too large"),
        (b'{"partwise_equalizer": 1}', "name is missing"),
        (b'{"partwise_equalizer": 1, "name": "N"}', "bands is missing"),
        (with_keys(partwise_equalizer=2), "newer Partwise"),
        (with_keys(partwise_equalizer="1"), "partwise_equalizer must be 1"),
        (with_keys(partwise_equalizer=True), "partwise_equalizer must be 1"),
        (with_keys(name=""), "name must have 1 to"),
        (with_keys(name="x" * 61), "name must have 1 to"),
        (with_keys(name="a\nb"), "name must have 1 to"),
        (with_keys(about=5), "about must be a text"),
        (with_keys(about="x" * 2000), "about must have at most"),
        (with_keys(stems="bass"), "stems must be a list"),
        (with_keys(stems=["kazoo"]), r"stems\[0\] must be vocals"),
        (with_keys(bands={"peak_5": {}}), "bands.peak_5 is not a setting"),
        (with_keys(bands={"peak_1": {"gain_db": 1e9}}), "bands.peak_1.gain_db must"),
        (with_keys(run="rm -rf"), "run is not a setting"),
        (b'{"partwise_equalizer": NaN}', "NaN"),
    ],
)
def test_a_broken_file_is_a_sentence_and_the_others_are_there(
    presets: EqualizerPresets, tmp_path: Path, content: bytes, reason: str
) -> None:
    good = presets.save("Good", ("bass",), EQUALIZER)
    path = tmp_path / "config" / "own" / "bad.json"
    path.write_bytes(content)
    with pytest.raises(PresetError, match=rf"bad\.json.*({reason})"):
        load_preset(path)
    found, problems = presets.load()
    assert found == (good,)
    assert len(problems) == 1
    assert "\n" not in problems[0]


def test_odd_things_in_the_folder(presets: EqualizerPresets, tmp_path: Path) -> None:
    good = presets.save("Good", ("bass",), EQUALIZER)
    folder = tmp_path / "config" / "own"
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder / "nowhere.json").symlink_to(tmp_path / "none")
    (folder / "notes.txt").write_text("hello")
    found, problems = presets.load()
    assert found == (good,)
    assert len(problems) == 3
    for number in range(MOST_FILES):
        (folder / f"!{number}.json").write_text("")
    assert len(presets.load()[1]) == MOST_FILES


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    presets = EqualizerPresets(tmp_path / "factory", tmp_path / "file")
    with pytest.raises(PresetError, match="“Mine”"):
        presets.save("Mine", ("bass",), EQUALIZER)
    assert presets.load() == ((), ())


def test_only_what_differs_is_written() -> None:
    assert bands_to_json(DEFAULT_BANDS) == {}
    assert list(bands_to_json(EQUALIZER.bands)) == ["peak_1"]
