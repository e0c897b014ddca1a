"""Mixes on disk: what is written comes back, what is wrong is named."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ExportError, MixFileError
from app.mixing.mix_file import example_mix, load_mix, mix_from_json, mix_to_json, save_mix
from app.mixing.settings import BandKind, BandSettings, EqualizerSettings, MixSettings
from models.activation import ActivationSettings
from models.instruments import STEMS
from tests.mixes import mixes

OLD_FILE = """{
  "partwise_mix": 1,
  "about": "written by the first version",
  "song": "Lied.mp3",
  "master_gain_db": -1.5,
  "strips": {
    "vocals": {"gain_db": "-inf", "pan": 0.0, "mute": false, "solo": false,
      "equalizer": {"low_gain_db": 0.0, "mid_gain_db": 0.0, "high_gain_db": 0.0, "low_cutoff_hz": 250.0,
        "mid_center_hz": 1000.0, "mid_q": 0.7, "high_cutoff_hz": 4000.0, "bypass": false},
      "activation": {"mode": "hard", "threshold": 0.4, "median_frames": 11}},
    "bass": {"gain_db": 2.0, "pan": -0.3, "mute": true, "solo": true,
      "equalizer": {"low_gain_db": 3.0, "mid_gain_db": -4.0, "high_gain_db": 1.5, "low_cutoff_hz": 200.0,
        "mid_center_hz": 900.0, "mid_q": 2.0, "high_cutoff_hz": 5000.0, "bypass": true}}
  }
}
"""

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("-inf")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@settings(deadline=None, max_examples=50)
@given(mix=mixes, name=st.text(max_size=20))
def test_a_mix_comes_back_from_text(mix: MixSettings, name: str) -> None:
    text = json.dumps(mix_to_json(mix, name), allow_nan=False)
    assert mix_from_json(json.loads(text)) == mix
    assert json.loads(text)["song"] == name


@settings(deadline=None, max_examples=20)
@given(mix=mixes)
def test_a_mix_comes_back_from_a_file(tmp_path_factory: pytest.TempPathFactory, mix: MixSettings) -> None:
    path = tmp_path_factory.mktemp("mix") / "ä.json"
    save_mix(path, mix, "Lied ☂")
    assert load_mix(path) == mix
    assert [file.name for file in path.parent.iterdir()] == ["ä.json"]


def test_what_is_left_out_has_its_default() -> None:
    assert mix_from_json({"partwise_mix": 1}) == mix_from_json({"partwise_mix": 2}) == MixSettings()
    equalizer = {"bands": {"peak_4": {"gain_db": 6}, "high_pass": {"frequency_hz": 40}, "low_pass": {"on": False}}}
    mix = mix_from_json({"partwise_mix": 2, "strips": {"bass": {"gain_db": -3, "equalizer": equalizer}}})
    bands = EqualizerSettings().with_band(5, gain_db=6.0).with_band(0, frequency_hz=40.0, on=True)
    assert mix == MixSettings().with_strip("bass", gain_db=-3.0, equalizer=bands)


def test_a_file_of_the_first_version_sounds_as_it_did(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(OLD_FILE, encoding="utf-8")
    mix = load_mix(path)
    bands = list(EqualizerSettings().bands)
    bands[1] = BandSettings(BandKind.LOW_SHELF, True, 200.0, 3.0)
    bands[3] = BandSettings(BandKind.PEAK, True, 900.0, -4.0, 2.0)
    bands[6] = BandSettings(BandKind.HIGH_SHELF, True, 5000.0, 1.5)
    expected = MixSettings(master_gain_db=-1.5)
    expected = expected.with_strip("vocals", gain_db=-math.inf, activation=ActivationSettings("hard", 0.4, 11))
    expected = expected.with_strip(
        "bass", gain_db=2.0, pan=-0.3, mute=True, solo=True, equalizer=EqualizerSettings(tuple(bands), bypass=True)
    )
    assert mix == expected
    save_mix(path, mix)
    assert json.loads(path.read_text(encoding="utf-8"))["partwise_mix"] == 2
    assert load_mix(path) == expected


def test_the_first_version_has_only_its_own_keys() -> None:
    for key, value in (("limiter", {}), ("links", []), ("mute_groups", [])):
        with pytest.raises(MixFileError, match=f"{key} is not a setting"):
            mix_from_json({"partwise_mix": 1, key: value})
    with pytest.raises(MixFileError, match="width is not a setting"):
        mix_from_json({"partwise_mix": 1, "strips": {"bass": {"width": 1}}})
    with pytest.raises(MixFileError, match="low_gain_db is not a setting"):
        mix_from_json(bass_with(equalizer={"low_gain_db": 1}))


def test_silence_is_written_as_text() -> None:
    tree = mix_to_json(MixSettings(master_gain_db=-math.inf).with_strip("piano", gain_db=-math.inf))
    assert tree["master_gain_db"] == tree["strips"]["piano"]["gain_db"] == "-inf"
    assert tuple(tree["strips"]) == STEMS


def test_the_example_explains_itself_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "example.json"
    path.write_text(example_mix(), encoding="utf-8")
    mix = load_mix(path)
    vocals, bass = (mix.strips[STEMS.index(name)] for name in ("vocals", "bass"))
    assert vocals.gain_db == -math.inf
    assert bass.equalizer.bands[1].gain_db == 3.0
    assert bass.equalizer.bands[0].on
    abouts = [line for line in example_mix().splitlines() if '"about"' in line]
    assert len(abouts) == 4
    explained = " ".join(abouts)
    for key in mix_to_json(mix)["strips"]["vocals"]:
        assert key in explained or key in ("mute", "equalizer", "activation")
    for key in set(mix_to_json(mix)) - {"song", "master_gain_db", "strips"}:
        assert key in explained


def bass_with(**keys: Any) -> dict[str, Any]:
    return {"partwise_mix": 2, "strips": {"bass": keys}}


def band_with(**keys: Any) -> dict[str, Any]:
    return bass_with(equalizer={"bands": {"peak_1": keys}})


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ([], "no partwise_mix"),
        ({}, "no partwise_mix"),
        ({"partwise_mix": 3}, "newer Partwise"),
        ({"partwise_mix": True}, "partwise_mix must be 2"),
        ({"partwise_mix": "1"}, "partwise_mix must be 2"),
        ({"partwise_mix": 1, "song": 3}, "song must be a text"),
        ({"partwise_mix": 1, "about": 3}, "about must be a text"),
        ({"partwise_mix": 1, "master_gain_db": 12.5}, "master_gain_db must"),
        ({"partwise_mix": 1, "tempo": 3}, "tempo is not a setting"),
        ({"partwise_mix": 1, "strips": []}, "strips must be an object"),
        ({"partwise_mix": 1, "strips": {"kazoo": {}}}, r"strips\.kazoo is not a setting; there are vocals"),
        (bass_with(gain_db="loud"), r"strips\.bass\.gain_db must"),
        (bass_with(gain_db=True), r"strips\.bass\.gain_db must"),
        (bass_with(gain_db=math.nan), r"strips\.bass\.gain_db must"),
        (bass_with(gain_db=-math.inf), r"strips\.bass\.gain_db must"),
        (bass_with(gain_db=-(10**400)), r"strips\.bass\.gain_db must"),
        (bass_with(pan=-1.5), r"strips\.bass\.pan must be a number from -1 to 1"),
        (bass_with(mute=1), r"strips\.bass\.mute must be true or false"),
        (bass_with(width=2.5), r"strips\.bass\.width must be a number from 0 to 2"),
        (bass_with(solo_safe=None), r"strips\.bass\.solo_safe must be true or false"),
        (bass_with(equalizer={"bands": []}), r"strips\.bass\.equalizer\.bands must be an object"),
        (band_with(q=0), r"bands\.peak_1\.q must"),
        (band_with(frequency_hz="250"), r"bands\.peak_1\.frequency_hz must"),
        (band_with(gain_db=25), r"bands\.peak_1\.gain_db must be a number from -24 to 24"),
        (band_with(slope_db_per_octave=18), r"bands\.peak_1\.slope_db_per_octave must be 12 or 24"),
        (band_with(slope_db_per_octave=12.0), r"slope_db_per_octave must be 12 or 24"),
        (band_with(kind="peak"), r"bands\.peak_1\.kind is not a setting"),
        ({"partwise_mix": 2, "limiter": {"ceiling_dbtp": 1}}, r"limiter\.ceiling_dbtp must be a number from -12 to 0"),
        ({"partwise_mix": 2, "links": ["bass"]}, r"links\[0\] must be a list"),
        ({"partwise_mix": 2, "links": [["bass", "flute"]]}, r"links\[0\]\[1\] must be vocals, .* or other"),
        ({"partwise_mix": 2, "links": [["bass", "drums"], ["bass", "piano"]]}, "linked in one group only"),
        ({"partwise_mix": 2, "links": [["bass"]] * 8}, "links must be a list in brackets of at most 7"),
        ({"partwise_mix": 2, "mute_groups": [["bass"]]}, "9 mute groups"),
        ({"partwise_mix": 2, "mute_groups": [["bass"] * 8] * 9}, r"mute_groups\[0\] must be a list"),
        (bass_with(activation={"mode": "loud"}), r"strips\.bass\.activation\.mode must"),
        (bass_with(activation={"mode": []}), r"strips\.bass\.activation\.mode must"),
        (bass_with(activation={"threshold": 1}), r"strips\.bass\.activation\.threshold must"),
        (bass_with(activation={"median_frames": 4}), r"strips\.bass\.activation\.median_frames must"),
        (bass_with(activation={"median_frames": 3.0}), r"strips\.bass\.activation\.median_frames must"),
        (bass_with(activation={"hysteresis": 1.5}), r"strips\.bass\.activation\.hysteresis must"),
        (bass_with(activation={"minimum_frames": 0}), r"strips\.bass\.activation\.minimum_frames must"),
    ],
)
def test_the_wrong_key_is_named(tree: object, named: str) -> None:
    with pytest.raises(MixFileError, match=named):
        mix_from_json(tree)


@settings(deadline=None, max_examples=50)
@given(data=st.data(), value=json_values)
def test_any_value_anywhere_is_taken_or_explained(data: st.DataObject, value: object) -> None:
    equalizer = EqualizerSettings().with_band(0, on=True).with_band(4, gain_db=3.0)
    tree: Any = mix_to_json(MixSettings().with_strip("piano", equalizer=equalizer), "song")
    place = tree
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    try:
        mix = mix_from_json(tree)
    except MixFileError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert mix_from_json(mix_to_json(mix)) == mix


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"{'a': 1}", "not JSON.*line 1"),
        (b'{"partwise_mix": 1, "partwise_mix": 1}', "partwise_mix occurs twice"),
        (b'{"partwise_mix": 1, "master_gain_db": -Infinity}', '"-inf"'),
        (b'{"partwise_mix": NaN}', "NaN"),
        (b"[" * 100_000, "not a mix|not JSON"),
        (b'{"partwise_mix": ' + b"9" * 100_000 + b"}", "not a mix"),
        (b" " * 1_000_001, "too large"),
    ],
)
def test_files_that_are_no_mixes(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(MixFileError, match=rf"a\.json.*({reason})"):
        load_mix(tmp_path / "a.json")


def test_what_waits_for_ever_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(MixFileError, match="not a file"):
        load_mix(tmp_path / "pipe.json")


def test_any_song_name_can_be_saved(tmp_path: Path) -> None:
    for name in ("\udce4.mp3", "x" * 10_000, 'a"\n\x00'):
        save_mix(tmp_path / "a.json", MixSettings(), name)
        assert load_mix(tmp_path / "a.json") == MixSettings()
    longest = tmp_path / ("☂" * 83 + ".json")
    save_mix(longest, MixSettings())
    assert load_mix(longest) == MixSettings()


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(MixFileError, match=r"none\.json"):
        load_mix(tmp_path / "none.json")
    with pytest.raises(MixFileError):
        load_mix(tmp_path)
    with pytest.raises(ExportError):
        save_mix(tmp_path / "none" / "a.json", MixSettings())


def test_saving_replaces_only_when_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("precious")
    with pytest.raises(ExportError, match="exists already"):
        save_mix(path, MixSettings(), overwrite=False)
    assert path.read_text() == "precious"
    save_mix(path, MixSettings())
    assert load_mix(path) == MixSettings()
