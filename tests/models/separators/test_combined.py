"""Hybrids and lent activations: what is taken from whom, whatever the order, and that lanes add up to their stem."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.blocks import BlockSeparator
from models.combined import Hybrid, WithActivations, split
from models.instruments import INSTRUMENTS
from models.pieces import Pieces
from models.registry import LANES, find_model, list_models
from models.separator import Samples, Separator, Span, load_separator

Audio = NDArray[np.float32]
RATE = 8000


class Shares:
    """A block that gives each of its stems a share of what it hears, and as probability the level of the left."""

    def __init__(self, shares: dict[str, float], has_activations: bool = False) -> None:
        self.instruments = tuple(shares)
        self.has_activations = has_activations
        self._shares = torch.tensor(tuple(shares.values()))[:, None, None]
        self.calls = 0

    def __call__(self, audio: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        self.calls += 1
        around = 8 * 1024  # less than a chunk hears beyond what is kept of it
        levels = torch.nn.functional.pad(audio[:1].abs(), (around, around))[None]
        frames = torch.nn.functional.avg_pool1d(levels, 2 * around, 1024)[0, 0, : audio.shape[1] // 1024 + 1]
        return self._shares * audio, frames.expand(len(self.instruments), -1) if self.has_activations else None


def song(seconds: float, rate: int = RATE) -> Audio:
    """Noise below the rates' limits, louder and softer."""
    random = np.random.default_rng(0)
    frames = int(seconds * rate)
    time = np.arange(frames) / rate
    tones = sum(np.sin(2 * np.pi * hertz * time + random.uniform(0, 6)) for hertz in (110, 247, 561))
    audio = (0.1 * tones * (1.1 + np.sin(time)))[:, None].repeat(2, 1)
    return audio.astype(np.float32)


def assemble(spans: Any, frames: int, rate: int = RATE) -> tuple[Audio, Audio]:
    stems = np.full((6, frames, 2), np.nan, np.float32)
    activations = np.full((6, activation_frame_count(frames, rate)), np.nan, np.float32)
    for span in spans:
        stop, last = span.start + span.stems.shape[1], span.first_activation + span.activations.shape[1]
        assert np.isnan(stems[:, span.start : stop]).all()
        stems[:, span.start : stop] = span.stems
        activations[:, span.first_activation : last] = span.activations
    assert np.isfinite(stems).all()
    assert np.isfinite(activations).all()
    return stems, activations


def separator(shares: dict[str, float], has_activations: bool = False, **more: Any) -> BlockSeparator:
    return BlockSeparator("shares", Shares(shares, has_activations), None, **more)


ALL = dict.fromkeys(INSTRUMENTS, 0.125) | {"vocals": 0.5, "bass": 0.25}


@pytest.mark.parametrize("position", [0, RATE * 31])
def test_hybrid_takes_vocals_from_the_first_and_the_rest_of_what_they_leave(position: int) -> None:
    mix = song(50)
    hybrid = Hybrid("a+b", separator({"vocals": 0.25, "bass": 1.0}), separator(ALL, has_activations=True))
    assert hybrid.instruments == INSTRUMENTS
    stems, activations = assemble(hybrid.separate(mix, RATE, position=position), len(mix))
    inner = slice(2000, -2000)  # the conversion of the rate rings at the ends of these tones
    np.testing.assert_allclose(stems[0][inner], 0.25 * mix[inner], atol=2e-3)
    np.testing.assert_allclose(stems[4][inner], 0.25 * 0.75 * mix[inner], atol=2e-3)
    np.testing.assert_allclose(stems[5][inner], 0.125 * 0.75 * mix[inner], atol=2e-3)
    _, in_mix = assemble(separator(ALL, has_activations=True).separate(mix, RATE), len(mix))
    np.testing.assert_allclose(activations[0], in_mix[0], atol=2e-3, err_msg="vocals: in the mix")
    np.testing.assert_allclose(activations[4][9:-9], 0.75 * in_mix[4][9:-9], atol=4e-3, err_msg="others: in the rest")


def test_hybrid_separates_nothing_twice_while_it_goes_on() -> None:
    mix = song(37)
    first, second = Shares({"vocals": 0.5}), Shares(ALL, has_activations=True)
    hybrid = Hybrid("a+b", BlockSeparator("a", first), BlockSeparator("b", second))
    assemble(hybrid.separate(mix, RATE), len(mix))
    alone = Shares({"vocals": 0.5})
    list(BlockSeparator("a", alone).separate(mix, RATE))
    assert first.calls <= alone.calls + 1
    assert second.calls <= 2 * alone.calls + 1, "once for the rest, once for when the vocals play"


def test_lent_activations_are_the_lenders() -> None:
    mix = song(40)
    lent = WithActivations(separator({"drums": 0.5}), separator(ALL, has_activations=True), {})
    assert lent.has_activations
    assert lent.instruments == ("drums",)
    stems, activations = assemble(lent.separate(mix, RATE, position=RATE * 20), len(mix))
    _, expected = assemble(separator(ALL, has_activations=True).separate(mix, RATE), len(mix))
    np.testing.assert_allclose(activations[5], expected[5], atol=2e-3)
    assert not activations[:5].any(), "an instrument that the separator does not know never plays"
    np.testing.assert_allclose(stems[5][2000:-2000], 0.5 * mix[2000:-2000], atol=2e-3)


class Lender:
    """Electric guitar in the first half of the song, acoustic guitar in the second, for sure."""

    name, rate, instruments, has_activations = "lender", 44100, INSTRUMENTS, True

    def separate(
        self, mix: Samples, rate: int, *, position: int | Callable[[], int] = 0, done: tuple[tuple[int, int], ...] = ()
    ) -> Generator[Span, None, None]:
        frames = mix.shape[0]
        count = activation_frame_count(frames, rate)
        plays = np.arange(count) < count // 2
        activations = np.zeros((6, count), np.float32)
        activations[1], activations[2] = plays, ~plays
        for start, stop in ((0, frames // 3), (frames // 3, frames)):
            first, last = (int(np.ceil(frame / rate * ACTIVATION_RATE_HZ)) for frame in (start, stop))
            last = count if stop == frames else last
            stems = np.zeros((6, stop - start, 2), np.float32)
            yield Span(start, stems, first, activations[:, first:last])


def test_a_guitar_is_split_in_time_and_adds_up() -> None:
    mix = song(30)
    guitar = separator({"guitar": 0.5, "bass": 0.25}, lanes=LANES)
    assert guitar.instruments == ("electric_guitar", "acoustic_guitar", "bass")
    whole, _ = assemble(guitar.separate(mix, RATE), len(mix))
    np.testing.assert_allclose(whole[1][2000:-2000], 0.5 * mix[2000:-2000], atol=2e-3)
    assert not whole[2].any(), "without activations all of it lies in the first lane"
    stems, _ = assemble(WithActivations(guitar, Lender(), LANES).separate(mix, RATE), len(mix))
    np.testing.assert_allclose(stems[1] + stems[2], whole[1], atol=1e-6)
    np.testing.assert_array_equal(stems[4], whole[4])
    middle, around = len(mix) // 2, RATE // 2
    share = 1.05 / 1.1
    np.testing.assert_allclose(stems[1][: middle - around], share * whole[1][: middle - around], atol=1e-5)
    np.testing.assert_allclose(stems[2][middle + around :], share * whole[1][middle + around :], atol=1e-5)


def test_split_is_the_same_however_the_song_is_cut() -> None:
    random = np.random.default_rng(0)
    stems = random.normal(size=(6, 3 * RATE, 2)).astype(np.float32)
    probabilities = random.uniform(size=(6, activation_frame_count(3 * RATE, RATE))).astype(np.float32)
    whole = split(stems, 0, RATE, 0, probabilities, [[1, 2]])
    np.testing.assert_allclose(whole[1] + whole[2], stems[1] + stems[2], atol=1e-5)
    first = int(1.2 * ACTIVATION_RATE_HZ)
    part = split(stems[:, 2 * RATE :], 2 * RATE, RATE, first, probabilities[:, first:], [[1, 2]])
    np.testing.assert_allclose(part, whole[:, 2 * RATE :], atol=1e-6)
    silent = split(stems, 0, RATE, 0, np.zeros_like(probabilities), [[1, 2]])
    np.testing.assert_allclose(silent[1], silent[2], err_msg="equally while neither plays")


@pytest.mark.parametrize("seed", range(2))
def test_pieces_are_those_of_the_whole(seed: int) -> None:
    """In whatever order they are asked for, and though only a minute is kept."""
    mix = song(100)
    block = Shares({"vocals": 0.5, "piano": 0.25}, has_activations=True)
    whole, activations = assemble(BlockSeparator("a", block).separate(mix, RATE), len(mix))
    pieces = Pieces(BlockSeparator("a", block), mix, RATE)
    random = np.random.default_rng(seed)
    for _ in range(12):
        start, stop = sorted(int(frame) for frame in random.integers(0, len(mix), 2))
        stop = min(stop, start + 9 * RATE) + 1
        np.testing.assert_allclose(pieces.stems(start, stop), whole[:, start:stop], atol=1e-5)
        first, values = pieces.activations(start, stop)
        assert first == int(np.ceil(start / RATE * ACTIVATION_RATE_HZ))
        np.testing.assert_allclose(values, activations[:, first : first + values.shape[1]], atol=1e-3)
    assert pieces.kept_frames <= 61 * RATE
    pieces.close()


def test_a_block_that_cannot_listen_alone_lends_its_activations_all_the_same() -> None:
    drums = separator(ALL, has_activations=True)
    assert drums.listener() is drums


def test_the_published_hybrid(spleeter_models: Path, tiny_model: Path, tmp_path: Path) -> None:
    """By its name in the registry: its vocals are Spleeter's to the bit, and it tells its licences and weights."""
    root = tmp_path / "both"
    root.mkdir()
    (root / "spleeter-2stems").symlink_to(spleeter_models / "spleeter-2stems")
    (root / "iass-six").symlink_to(tiny_model / "tiny")
    assert [model.name for model in list_models(root)] == ["iass-six", "spleeter+iass-six", "spleeter-2stems"]
    info = find_model("spleeter+iass-six", root)
    assert info.instruments == INSTRUMENTS
    assert info.ready
    assert len(info.weights) == len(info.descriptions) == 2
    assert info.size_bytes == sum(path.stat().st_size for path in info.weights)
    mix = song(14, 44100)
    alone, weights = assemble(load_separator("spleeter-2stems", root=root).separate(mix, 44100), len(mix), 44100)
    hybrid: Separator = load_separator("spleeter-2stems+iass-six", root=root)
    stems, activations = assemble(hybrid.separate(mix, 44100), len(mix), 44100)
    np.testing.assert_array_equal(stems[0], alone[0])
    np.testing.assert_allclose(activations[0], weights[0], atol=1e-6)
    assert not weights[1:].any()
    assert stems[1:].any((1, 2)).all()
