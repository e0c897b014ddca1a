"""The stream of excerpts: the same whatever the workers and restarts; who validates on what."""

from itertools import islice
from pathlib import Path

import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from models.data.multitrack import MultitrackError
from models.training.batch import collate
from models.training.configuration import TrainingConfig
from models.training.data import ConsecutiveBatches, ExcerptDataset, SongData, Songs, _start_worker, open_songs


@settings(deadline=None)
@given(first=st.integers(0, 1000), batch=st.integers(1, 5), devices=st.integers(1, 4), steps=st.integers(1, 5))
def test_devices_share_the_stream_without_gap_or_overlap(first: int, batch: int, devices: int, steps: int) -> None:
    samplers = [ConsecutiveBatches(first, batch, device, devices) for device in range(devices)]
    taken = [index for sampler in samplers for indices in islice(sampler, steps) for index in indices]
    start = first * batch * devices
    assert sorted(taken) == list(range(start, start + steps * batch * devices))


def test_workers_change_nothing(training_songs: Songs, tiny_training: TrainingConfig) -> None:
    dataset = ExcerptDataset(training_songs.train, (), tiny_training.remix, seed=3)
    sampler = ConsecutiveBatches(2, 2)
    loader = DataLoader(
        dataset,
        batch_sampler=sampler,
        collate_fn=collate,
        num_workers=2,
        worker_init_fn=_start_worker,
    )
    for batch, indices in zip(islice(loader, 3), sampler, strict=False):
        expected = collate([dataset[index] for index in indices])
        for one, two in zip(batch[:4], expected[:4], strict=True):
            assert torch.equal(one, two)


def test_a_datasets_own_validation_songs_are_used(training_songs: Songs) -> None:
    assert [song.folder.parent.name for song in training_songs.train] == ["train"] * 3
    assert [song.folder.parent.name for song in training_songs.validation] == ["validation"]


def test_otherwise_every_tenth_song_is_kept(tmp_path: Path) -> None:
    for number in range(11):
        (tmp_path / f"song {number}").mkdir()
        soundfile.write(tmp_path / f"song {number}" / "bass.wav", torch.ones(9000).numpy() / 2, 44100)
    songs = open_songs(f"folder:{tmp_path}")
    assert (len(songs.train), len(songs.validation)) == (10, 1)
    assert not {song.folder for song in songs.train} & {song.folder for song in songs.validation}


def test_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(MultitrackError, match="no songs of the split train"):
        open_songs(f"folder:{tmp_path}")


def test_validation_is_the_same_every_time(training_songs: Songs, tiny_training: TrainingConfig) -> None:
    one, two = (SongData(tiny_training, training_songs).validation_batches() for _ in range(2))
    assert len(one) == 2
    for first, second in zip(one, two, strict=True):
        assert torch.equal(first.mix, second.mix)
    shares = [SongData(tiny_training, training_songs).validation_batches(device, 2) for device in range(2)]
    assert torch.equal(shares[0][0].mix, one[0].mix)
    assert torch.equal(shares[1][0].mix, one[1].mix)
