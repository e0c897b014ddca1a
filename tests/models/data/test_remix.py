"""Random remixing: excerpts are what they say they are."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from models.data.multitrack import Multitrack, usable
from models.data.remix import Remixer, RemixSettings, RemixStream
from models.instruments import INSTRUMENTS, STEMS

SHORT = RemixSettings(seconds=1.0, bins=512)


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Multitrack]:
    """Two songs of noise bursts, each stem in a band of its own and silent in its second half."""
    root = tmp_path_factory.mktemp("songs")
    random = np.random.default_rng(0)
    for number in range(2):
        (root / str(number)).mkdir()
        for index, stem in enumerate(STEMS):
            time = np.arange(44100 * 4) / 44100
            audio = 0.3 * np.sin(2 * np.pi * 200 * (index + 1) * time) * (time < 2) + random.normal(0, 1e-5, len(time))
            soundfile.write(root / str(number) / f"{stem}.wav", audio, 44100)
    return usable(root)


def test_same_seed_same_excerpts(songs: list[Multitrack]) -> None:
    one, two = Remixer(songs, SHORT, seed=5), Remixer(songs, SHORT, seed=5)
    for _ in range(5):
        first, second = one.excerpt(), two.excerpt()
        assert torch.equal(first.mix, second.mix)
        assert torch.equal(first.targets, second.targets)
        assert torch.equal(first.activity, second.activity)
    assert not torch.equal(Remixer(songs, SHORT, seed=6).excerpt().mix, first.mix)


def test_shapes(songs: list[Multitrack]) -> None:
    excerpt = Remixer(songs, SHORT, seed=1).excerpt()
    assert excerpt.mix.shape == (2, 44, 512)
    assert excerpt.mix.dtype == torch.complex64
    assert excerpt.targets.shape == (7, 2, 44, 512)
    assert excerpt.targets.dtype == torch.bfloat16
    assert excerpt.activity.shape == (6, 44)


def test_mix_is_no_louder_than_its_parts(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, SHORT, seed=2)
    for _ in range(10):
        excerpt = remixer.excerpt()
        parts = excerpt.targets.float().square().sum(0)
        assert (excerpt.mix.abs() <= parts * 1.02 + 1e-3).all()


def test_loudness_is_spread_around_the_expected_level(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, SHORT, seed=3)
    power = [float(remixer.excerpt().mix.abs().square().sum()) for _ in range(40)]
    level_db = 10 * np.log10(np.array(power))
    assert 1.0 < level_db.std() < 12.0


def test_activity_says_where_a_stem_sounds(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, replace(SHORT, room=0.0), seed=4)  # a room rings on
    seen = set()
    for _ in range(30):
        excerpt = remixer.excerpt()
        for index in range(len(INSTRUMENTS)):
            level = excerpt.targets[index].float().pow(4).mean((0, 2)).sqrt()
            active = excerpt.activity[index] > 0.5
            seen.add((index, bool(active.any())))
            # A window reaches two frames beyond the frame it is centred on.
            near = torch.nn.functional.max_pool1d(active.float()[None], 9, 1, 4)[0] > 0
            if active.any() and not near.all():
                assert level[active].mean() > 50 * level[~near].mean()
    assert {index for index, active in seen if active} == set(range(6)), "each instrument is there sometimes"
    assert {index for index, active in seen if not active} == set(range(6)), "and absent sometimes"


def test_stream_goes_on_and_sees_new_songs(songs: list[Multitrack]) -> None:
    threads = torch.get_num_threads()
    stream = iter(RemixStream(songs[0].folder.parent, SHORT, seed=0, rescan=2))
    excerpts = [next(stream) for _ in range(5)]
    torch.set_num_threads(threads)
    assert len({float(mix.abs().sum()) for mix, _, _ in excerpts}) == 5
