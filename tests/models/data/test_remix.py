"""Random remixing: excerpts are what they say they are."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from models.data.multitrack import Multitrack, MultitrackError, usable
from models.data.remix import Remixer, RemixSettings
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
    """Whatever was made before: a restarted run and any number of workers see the same."""
    one, two = Remixer(songs, SHORT, seed=5), Remixer(songs, SHORT, seed=5)
    forwards = [one.excerpt(index) for index in range(5)]
    backwards = [two.excerpt(index) for index in reversed(range(5))]
    for first, second in zip(forwards, reversed(backwards), strict=True):
        assert torch.equal(first.mix, second.mix)
        assert torch.equal(first.targets, second.targets)
        assert torch.equal(first.activity, second.activity)
    assert len({float(excerpt.mix.abs().sum()) for excerpt in forwards}) == 5
    assert not torch.equal(Remixer(songs, SHORT, seed=6).excerpt(0).mix, forwards[0].mix)


def test_shapes(songs: list[Multitrack]) -> None:
    excerpt = Remixer(songs, SHORT, seed=1).excerpt(0)
    assert excerpt.mix.shape == (2, 44, 512)
    assert excerpt.mix.dtype == torch.complex64
    assert excerpt.targets.shape == (7, 2, 44, 512)
    assert excerpt.targets.dtype == torch.bfloat16
    assert excerpt.activity.shape == (7, 44)
    assert excerpt.known.tolist() == [1.0] * 7


def test_mix_is_no_louder_than_its_parts(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, SHORT, seed=2)
    for number in range(10):
        excerpt = remixer.excerpt(number)
        parts = excerpt.targets.float().square().sum(0)
        assert (excerpt.mix.abs() <= parts * 1.02 + 1e-3).all()


def test_loudness_is_spread_around_the_expected_level(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, SHORT, seed=3)
    power = [float(remixer.excerpt(number).mix.abs().square().sum()) for number in range(40)]
    level_db = 10 * np.log10(np.array(power))
    assert 1.0 < level_db.std() < 12.0


def test_activity_says_where_a_stem_sounds(songs: list[Multitrack]) -> None:
    remixer = Remixer(songs, replace(SHORT, room=0.0), seed=4)  # a room rings on
    seen = set()
    for number in range(30):
        excerpt = remixer.excerpt(number)
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


def test_a_song_that_breaks_is_replaced_and_told(songs: list[Multitrack], monkeypatch: pytest.MonkeyPatch) -> None:
    original = Multitrack.read

    def read(self: Multitrack, stem: str, start: int, samples: int) -> np.ndarray:
        if self.folder == songs[0].folder:
            raise MultitrackError(f"{self.folder} cannot be read.")
        return original(self, stem, start, samples)

    healthy = [Remixer(songs, SHORT, seed=8).excerpt(index) for index in range(12)]
    monkeypatch.setattr(Multitrack, "read", read)
    remixer = Remixer(songs, SHORT, seed=8)
    broken = [remixer.excerpt(index) for index in range(12)]
    assert {problem for excerpt in broken for problem in excerpt.problems} == {f"{songs[0].folder} cannot be read."}
    for before, after in zip(healthy, broken, strict=True):
        assert torch.equal(before.mix, after.mix) == (not after.problems), "the others stay as they were"
    with pytest.raises(MultitrackError, match="Hardly any song can be read"):
        Remixer(songs[:1], SHORT, seed=8).excerpt(0)


def test_an_other_that_may_hold_instruments_makes_them_unknown(songs: list[Multitrack]) -> None:
    labelled = frozenset({"vocals", "bass", "drums"})
    remixer = Remixer([replace(song, labelled=labelled) for song in songs], SHORT, seed=9)
    for number in range(10):
        excerpt = remixer.excerpt(number)
        has_other = bool(excerpt.targets[-1].any())
        unknown = [stem for stem, known in zip(STEMS, excerpt.known.tolist(), strict=True) if not known]
        assert unknown == (["electric_guitar", "acoustic_guitar", "piano", "other"] if has_other else [])


def test_speed_spread_bounds_the_pitch(songs: list[Multitrack]) -> None:
    """The drums' tone of 1,200 Hz moves, and by no more than the spread."""
    settings = replace(SHORT, coherent=0.0, speed=1.0, speed_spread=0.3, room=0.0)
    remixer, drums = Remixer(songs, settings, seed=5), STEMS.index("drums")
    excerpts = [remixer.excerpt(number) for number in range(30)]
    sounding = [excerpt.targets[drums, 0].float().sum(0) for excerpt in excerpts if excerpt.activity[drums].sum() > 10]
    ratios = np.log(np.array([float(peak.argmax()) * 44100 / 4096 for peak in sounding]) / 1200)
    assert np.abs(ratios).max() < 0.3 + 0.01  # the width of a bin
    assert np.abs(ratios).max() > 0.15


def test_equalizer_depth(songs: list[Multitrack]) -> None:
    """At a depth of 0 nothing is coloured; twice as deep is twice as many decibels."""

    def stems(depth: float) -> torch.Tensor:
        """Logarithms of a stem's magnitudes."""
        settings = replace(SHORT, coherent=1.0, room=0.0, equalizer=depth)
        return Remixer(songs, settings, seed=6).excerpt(0).targets[0].float().clamp_min(1e-6).log()

    flat, usual, deep = stems(0.0), stems(1.0), stems(2.0)
    colour, deeper = (usual - flat).mean((0, 1)), (deep - flat).mean((0, 1))
    assert float(colour.std()) > 0.05
    # The mix is scaled to one level, so that curves are known but for a constant.
    torch.testing.assert_close(deeper - deeper.mean(), 2 * (colour - colour.mean()), atol=0.02, rtol=0.02)
