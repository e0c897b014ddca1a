import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.data.synthetic.__main__ import main
from models.data.synthetic.arranger import arrange
from models.data.synthetic.bank import HELD_OUT_SOURCES, SAME_PERFORMANCE, Bank
from models.data.synthetic.demo import truth
from models.data.synthetic.generate import Song, render_song, song_name, write_song
from models.data.synthetic.players.singer import VoiceLibrary
from models.instruments import STEMS

SECONDS = 8.0


@pytest.fixture(scope="module")
def full_song(train_bank: Bank) -> Song:
    return render_song(arrange(12, SECONDS, "pop", full=True), train_bank)


def test_the_same_seed_gives_the_same_samples(full_song: Song, train_bank: Bank) -> None:
    again = render_song(arrange(12, SECONDS, "pop", full=True), train_bank)
    assert full_song.sources == again.sources
    for stem, audio in full_song.stems.items():
        np.testing.assert_array_equal(audio, again.stems[stem])


def test_every_stem_sounds_and_nothing_clips(full_song: Song) -> None:
    assert set(full_song.stems) == set(STEMS)
    for audio in full_song.stems.values():
        assert audio.dtype == np.float32
        assert audio.shape == (full_song.frames, 2)
        assert np.isfinite(audio).all()
        assert 1e-3 < np.abs(audio).max() <= 0.98
    assert np.abs(full_song.mix()).max() <= 0.98


def test_files_sum_to_the_mix(full_song: Song, tmp_path: Path) -> None:
    folder = tmp_path / song_name("train", 12)
    write_song(full_song, folder, "train")
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    stems = [soundfile.read(folder / f"{stem}.wav", dtype="float32")[0] for stem in full_song.stems]
    assert np.abs(np.sum(stems, axis=0) - full_song.mix()).max() < len(stems) / 32768
    described = json.loads((folder / "song.json").read_text(encoding="utf-8"))
    assert described["frames"] == full_song.frames
    assert set(described["sources"]) == set(full_song.stems)


def test_a_stem_is_silent_before_it_enters(train_bank: Bank) -> None:
    scores = (arrange(seed, 14.0, full=True) for seed in range(100))
    score = next(
        score
        for score in scores
        if score.sections[0].end_s > 4 and {"drums", "piano"}.isdisjoint(score.sections[0].stems)
    )
    song = render_song(score, train_bank)
    stop = int((score.sections[0].end_s - 0.5) * 44100)
    for stem in ("drums", "piano"):
        assert np.abs(song.stems[stem][:stop]).max() < 1e-4
        assert np.abs(song.stems[stem][stop:]).max() > 1e-2


@pytest.mark.parametrize("split", ["train", "test"])
def test_songs_keep_to_their_split(split: str, train_bank: Bank, held_out_bank: Bank) -> None:
    bank = train_bank if split == "train" else held_out_bank
    voices = VoiceLibrary(bank)
    for seed in range(3):
        song = render_song(arrange(seed, 6.0, full=True), bank, voices)
        used = {source for sources in song.sources.values() for source in sources}
        assert used
        assert used <= HELD_OUT_SOURCES if split == "test" else used.isdisjoint(HELD_OUT_SOURCES)
        assert len(used & SAME_PERFORMANCE) <= 1


def test_only_training_songs_have_modelled_pianos(train_bank: Bank, held_out_bank: Bank) -> None:
    """Recorded notes have sources, models have none; what a network is measured on is recorded."""
    recorded: dict[str, list[bool]] = {}
    for bank in (train_bank, held_out_bank):
        voices = VoiceLibrary(bank)
        songs = (render_song(arrange(seed, 6.0, full=True), bank, voices) for seed in range(6))
        recorded[bank.split] = [bool(song.sources["piano"]) for song in songs]
    assert all(recorded["test"])
    assert any(recorded["train"])
    assert not all(recorded["train"])


def test_the_command_writes_songs_once(train_bank: Bank, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--output", str(tmp_path), "--songs", "1", "--seed", "77", "--seconds", "6"]
    assert main([*arguments, "--samples", str(train_bank.folder)]) == 0
    assert capsys.readouterr().out.startswith("1 songs")
    assert (tmp_path / "train-0000077" / "song.json").is_file()
    assert main([*arguments, "--samples", str(train_bank.folder)]) == 0
    assert capsys.readouterr().out.startswith("0 songs")


def test_truth_tells_when_stems_play() -> None:
    tone = np.zeros((441000, 2), np.float32)
    tone[100 * 1024 : 200 * 1024] = 0.1
    told = truth({"piano": tone})
    assert told["frames"] == 441000
    ((first, stop),) = told["stems"]["piano"]["active"]
    assert abs(first - 100) <= 2
    assert abs(stop - 200) <= 2
    assert told["stems"]["drums"]["active"] == []
    assert told["stems"]["piano"]["levels_dbfs"][40] == -20
