"""Mixes on disk: what is written comes back, what is wrong is named."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ExportError, MixFileError
from app.mixing.mix_file import example_mix, load_mix, mix_from_json, mix_to_json, save_mix
from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from models.activation import ActivationSettings
from models.instruments import STEMS

gains = st.one_of(st.just(-math.inf), st.floats(max_value=12.0, allow_infinity=False))
band_gains = st.floats(-24.0, 12.0)
frequencies = st.floats(20.0, 20_000.0)
strips = st.builds(
    StripSettings,
    gain_db=gains,
    pan=st.floats(-1.0, 1.0),
    mute=st.booleans(),
    solo=st.booleans(),
    equalizer=st.builds(
        EqualizerSettings,
        band_gains,
        band_gains,
        band_gains,
        frequencies,
        frequencies,
        st.floats(0.1, 10.0),
        frequencies,
        st.booleans(),
    ),
    activation=st.builds(
        ActivationSettings,
        mode=st.sampled_from(["off", "soft", "hard"]),
        threshold=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True),
        median_frames=st.integers(0, 250).map(lambda half: 2 * half + 1),
    ),
)
mixes = st.builds(MixSettings, strips=st.tuples(*[strips] * 7), master_gain_db=gains)

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
    assert mix_from_json({"partwise_mix": 1}) == MixSettings()
    mix = mix_from_json({"partwise_mix": 1, "strips": {"bass": {"gain_db": -3, "equalizer": {"low_gain_db": 6}}}})
    assert mix == MixSettings().with_strip("bass", gain_db=-3.0, equalizer=EqualizerSettings(low_gain_db=6.0))


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
    assert bass.equalizer.low_gain_db == 3.0
    abouts = [line for line in example_mix().splitlines() if '"about"' in line]
    assert len(abouts) == 4
    explained = " ".join(abouts)
    for key in mix_to_json(mix)["strips"]["vocals"]:
        assert key in explained or key in ("mute", "equalizer", "activation")


def bass_with(**keys: Any) -> dict[str, Any]:
    return {"partwise_mix": 1, "strips": {"bass": keys}}


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ([], "no partwise_mix"),
        ({}, "no partwise_mix"),
        ({"partwise_mix": 2}, "newer Partwise"),
        ({"partwise_mix": True}, "partwise_mix must be 1"),
        ({"partwise_mix": "1"}, "partwise_mix must be 1"),
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
        (bass_with(equalizer={"mid_q": 0}), r"strips\.bass\.equalizer\.mid_q must"),
        (bass_with(equalizer={"low_cutoff_hz": "250"}), r"strips\.bass\.equalizer\.low_cutoff_hz must"),
        (bass_with(activation={"mode": "loud"}), r"strips\.bass\.activation\.mode must"),
        (bass_with(activation={"mode": []}), r"strips\.bass\.activation\.mode must"),
        (bass_with(activation={"threshold": 1}), r"strips\.bass\.activation\.threshold must"),
        (bass_with(activation={"median_frames": 4}), r"strips\.bass\.activation\.median_frames must"),
        (bass_with(activation={"median_frames": 3.0}), r"strips\.bass\.activation\.median_frames must"),
    ],
)
def test_the_wrong_key_is_named(tree: object, named: str) -> None:
    with pytest.raises(MixFileError, match=named):
        mix_from_json(tree)


@settings(deadline=None, max_examples=50)
@given(data=st.data(), value=json_values)
def test_any_value_anywhere_is_taken_or_explained(data: st.DataObject, value: object) -> None:
    tree: Any = mix_to_json(MixSettings(), "song")
    place = tree
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
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
