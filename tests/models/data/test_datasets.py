"""Loaders of real datasets, on tiny folders in exactly the layouts that they have on disk."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.data.__main__ import main
from models.data.datasets import MUSDB_VALIDATION, SPLITS, Dataset, open_dataset
from models.data.instrument_labels import CONTENT_UNKNOWN, STEM_OF_LABEL
from models.data.multitrack import MultitrackError
from models.instruments import INSTRUMENTS, STEMS
from tests.models.data.layouts import tone, write_medleydb_song, write_musdb_hq, write_stem_mp4, write_wavs


def names(dataset: Dataset) -> list[str]:
    return [song.folder.name for song in dataset.songs]


def test_musdb_hq_has_its_splits_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    kept = sorted(MUSDB_VALIDATION)[0]
    write_musdb_hq(tmp_path, ("train/A - One", f"train/{kept}", "test/B - Two"))
    spec = f"musdb:{tmp_path}"
    assert names(open_dataset(spec, "train")) == ["A - One"]
    assert names(open_dataset(spec, "validation")) == [kept]
    assert names(open_dataset(spec, "test")) == ["B - Two"]
    dataset = open_dataset(spec)
    assert len(dataset.songs) == 3
    assert not dataset.problems
    song = dataset.songs[0]
    assert set(song.files) == {"vocals", "bass", "drums", "other"}
    assert song.unlabelled == {"electric_guitar", "acoustic_guitar", "piano"}
    np.testing.assert_allclose(song.read("drums", 0, 44100)[:, 0], tone(1.0, 0.2, 400.0), atol=1e-4)
    total = sum(song.read(stem, 0, 44100) for stem in song.files)
    mixture, _ = soundfile.read(song.folder / "mixture.wav", dtype="float32")
    np.testing.assert_allclose(total, mixture, atol=2e-4)


def test_musdb_stem_files_without_their_mixture_stream(tmp_path: Path) -> None:
    levels = {"mixture": 0.9, "drums": 0.4, "bass": 0.3, "other": 0.2, "vocals": 0.1}
    for split in ("train", "test"):
        write_stem_mp4(tmp_path / split / f"{split} song.stem.mp4", [tone(1.0, level) for level in levels.values()])
    dataset = open_dataset(f"musdb-stems:{tmp_path}", "test")
    assert names(dataset) == ["test song.stem.mp4"]
    song = dataset.songs[0]
    assert set(song.files) == {"vocals", "bass", "drums", "other"}
    assert song.unlabelled == {"electric_guitar", "acoustic_guitar", "piano"}
    for stem in song.files:
        peak = np.abs(song.read(stem, 10_000, 20_000)).max()
        assert peak == pytest.approx(levels[stem], rel=0.05)
        assert song.active(stem)[5:40].all()


@pytest.mark.parametrize(("kind", "place"), [("medleydb", "Audio"), ("medleydb", "V2"), ("mixing-secrets", "Audio")])
def test_medleydb_sums_the_stems_of_an_instrument(tmp_path: Path, kind: str, place: str) -> None:
    labels = ["female singer", "Distorted Electric Guitar", "vocalists", "violin", "clean electric guitar"]
    write_medleydb_song(tmp_path / place, "Artist_Song", labels)
    dataset = open_dataset(f"{kind}:{tmp_path}")
    assert not dataset.problems
    song = dataset.songs[0]
    assert list(song.files) == ["vocals", "electric_guitar", "other"]
    assert not song.unlabelled, "what has no stem is absent, not unknown"
    np.testing.assert_allclose(song.read("vocals", 7, 900)[:, 0], tone(1.0, 0.1 + 0.3)[7:907], atol=2e-4)
    np.testing.assert_allclose(song.read("electric_guitar", 0, 44100)[:, 1], tone(1.0, 0.2 + 0.5), atol=2e-4)
    assert not song.read("piano", 0, 100).any()


def test_medleydb_deals_each_artist_to_one_split(tmp_path: Path) -> None:
    for artist in range(30):
        for song in "xy":
            write_medleydb_song(tmp_path / "Audio", f"Artist{artist}_{song}", ["piano"], 0.05)
    found = [names(open_dataset(f"medleydb:{tmp_path}", split)) for split in SPLITS]
    assert sorted(name for songs in found for name in songs) == names(open_dataset(f"medleydb:{tmp_path}"))
    artists = [{name.split("_")[0] for name in songs} for songs in found]
    assert sum(len(some) for some in artists) == 30
    assert len(artists[0]) > 15


def test_every_label_maps_to_a_stem() -> None:
    assert set(STEM_OF_LABEL.values()) == set(STEMS)
    assert not CONTENT_UNKNOWN & set(STEM_OF_LABEL)
    assert all(label == label.lower() for label in STEM_OF_LABEL)


def test_broken_songs_are_left_out_and_each_has_a_sentence(tmp_path: Path) -> None:
    root = tmp_path / "Audio"
    write_medleydb_song(root, "A_Good", ["piano"])
    (write_medleydb_song(root, "B_Gone", ["piano", "violin"]) / "B_Gone_STEMS" / "B_Gone_STEM_02.wav").unlink()
    write_medleydb_song(root, "C_Room", ["piano", "Main System"])
    write_medleydb_song(root, "D_New", ["nose flute"])
    (write_medleydb_song(root, "E_NoYaml", ["piano"]) / "E_NoYaml_METADATA.yaml").unlink()
    (write_medleydb_song(root, "F_BadYaml", ["piano"]) / "F_BadYaml_METADATA.yaml").write_text("stems: [unclosed")
    longer = write_medleydb_song(root, "G_Longer", ["piano", "violin"]) / "G_Longer_STEMS" / "G_Longer_STEM_02.wav"
    soundfile.write(longer, tone(2.0), 44100)
    corrupt = write_medleydb_song(root, "H_Corrupt", ["piano"]) / "H_Corrupt_STEMS" / "H_Corrupt_STEM_01.wav"
    corrupt.write_bytes(b"no audio at all")
    (root / "I_Empty").mkdir()
    dataset = open_dataset(f"medleydb:{tmp_path}")
    assert names(dataset) == ["A_Good"]
    expected = (
        ("B_Gone_STEM_02.wav", "is missing"),
        ("C_Room_STEM_02.wav", "not one instrument"),
        ("D_New_STEM_01.wav", "'nose flute'"),
        ("E_NoYaml_METADATA.yaml", "is missing"),
        ("F_BadYaml_METADATA.yaml", "cannot be read"),
        ("G_Longer_STEM_02.wav", "unequal length"),
        ("H_Corrupt_STEM_01.wav", "cannot be read"),
        ("I_Empty_METADATA.yaml", "is missing"),
    )
    assert len(dataset.problems) == len(expected)
    for problem, (file, words) in zip(dataset.problems, expected, strict=True):
        assert file in str(problem)
        assert words in str(problem)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("tape:{}", "names no dataset"),
        ("musdb", "says no folder"),
        ("musdb:{}/nowhere", "is not a folder"),
        ("musdb:{}", "train is missing"),
        ("medleydb:{}", "has no songs in the layout"),
        ("folder:{}", "has no songs in the layout"),
    ],
)
def test_what_is_no_dataset_is_refused_with_a_sentence(tmp_path: Path, spec: str, words: str) -> None:
    with pytest.raises(MultitrackError, match=words):
        open_dataset(spec.format(tmp_path))


def test_plain_folders_with_and_without_splits(tmp_path: Path) -> None:
    write_wavs(tmp_path / "a" / "song", {"piano": tone(0.5)})
    assert names(open_dataset(f"folder:{tmp_path / 'a'}", "train")) == ["song"]
    write_wavs(tmp_path / "b" / "train" / "one", {"piano": tone(0.5)})
    write_wavs(tmp_path / "b" / "test" / "two", {"piano": tone(0.5)})
    assert names(open_dataset(f"synthetic:{tmp_path / 'b'}", "test")) == ["two"]
    assert names(open_dataset(f"folder:{tmp_path / 'b'}")) == ["one", "two"]


def test_all_broken_is_an_error_only_for_who_needs_songs(tmp_path: Path) -> None:
    (tmp_path / "song").mkdir()
    dataset = open_dataset(f"folder:{tmp_path}")
    assert not dataset.songs
    with pytest.raises(MultitrackError, match="has no stems"):
        dataset.require_songs()


def test_the_check_counts_songs_and_hours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_musdb_hq(tmp_path, ("train/A", "train/B", "test/C"), seconds=36.0)
    for folder in ("A", "B"):
        vocals = tone(36.0, 0.2)
        vocals[: len(vocals) // 2] = 0
        write_wavs(tmp_path / "train" / folder, {"vocals": vocals})
    (tmp_path / "test" / "C" / "bass.wav").unlink()
    assert main(["check", f"musdb:{tmp_path}"]) == 0
    text = capsys.readouterr().out
    assert "2 of 3 songs usable, 0.02 h" in text
    rows = {line.split()[0]: line for line in text.splitlines() if line.split() and line.split()[0] in STEMS}
    assert rows["vocals"].split() == ["vocals", "2", "0.01", "h", "-"]
    assert rows["piano"].split() == ["piano", "0", "0.00", "h", "2", "songs"]
    assert "bass.wav is missing" in text
    assert main(["check", f"musdb:{tmp_path}/nowhere"]) == 1
    assert "is not a folder" in capsys.readouterr().err


def test_converting_keeps_samples_and_what_is_known(tmp_path: Path) -> None:
    write_musdb_hq(tmp_path / "in")
    shutil.rmtree(tmp_path / "in" / "test" / "B - Two")
    write_wavs(
        tmp_path / "in" / "test" / "C",
        {n: tone(1.0, 0.3, rate=48000) for n in ("vocals", "bass", "drums", "other")},
        48000,
    )
    assert main(["convert", f"musdb:{tmp_path / 'in'}", str(tmp_path / "out")]) == 0
    before, after = open_dataset(f"musdb:{tmp_path / 'in'}"), open_dataset(f"folder:{tmp_path / 'out'}")
    assert names(before) == names(after)
    for one, two in zip(before.songs, after.songs, strict=True):
        assert one.samples == two.samples == 44100
        assert one.labelled == two.labelled != frozenset(INSTRUMENTS)
        np.testing.assert_allclose(one.read("vocals", 0, 44100), two.read("vocals", 0, 44100), atol=5e-5)
        for path in two.folder.glob("*.wav"):
            assert soundfile.info(path).samplerate == 44100
