"""Spleeter with its published weights gives what the original program gave, at any rate, in any order."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.blocks import BlockSeparator, Cut
from models.instruments import INSTRUMENTS
from models.networks.spleeter import SpleeterUnet
from models.separator import Separator, load_separator
from models.separators.spleeter import SEGMENT, SpleeterBlock, fade_in, plan
from models.target_weights import load_target
from tests.models.published import REFERENCE

Audio = NDArray[np.float32]

TOLERANCE = 0.02
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the original program's output is not here")


def read(name: str) -> Audio:
    audio: Audio = soundfile.read(REFERENCE / f"{name}.flac", dtype="float32")[0]
    return audio


def separated(
    separator: Separator, mix: NDArray[np.float32], rate: int = 44100, position: int = 0
) -> NDArray[np.float32]:
    stems = np.full((6, *mix.shape), np.nan, np.float32)
    for span in separator.separate(mix, rate, position=position):
        piece = stems[:, span.start : span.start + span.stems.shape[1]]
        assert np.isnan(piece).all()
        piece[:] = span.stems
    assert np.isfinite(stems).all()
    return stems


def distance(found: Audio, expected: Audio) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@needs_reference
def test_both_stems_are_the_original_programs(spleeter_models: Path) -> None:
    """Ten times closer than asked for. The accompaniment is no lane of ours; here it borrows the piano's."""
    folder = spleeter_models / "spleeter-2stems"
    targets = ("vocals", "accompaniment")
    networks = {target: SpleeterUnet() for target in targets}
    for target, network in networks.items():
        load_target(network, folder, target)
    block = SpleeterBlock(networks, targets, softmax=False)
    cut = Cut(plan, longest=1, fade_in=fade_in)
    separator = BlockSeparator("both", block, None, lanes={"accompaniment": ("piano",)}, cut=cut)
    stems = separated(separator, read("input"))
    assert distance(stems[0], read("vocals")) < TOLERANCE / 10
    assert distance(stems[INSTRUMENTS.index("piano")], read("accompaniment")) < TOLERANCE / 10


@needs_reference
def test_as_it_is_loaded(spleeter_models: Path) -> None:
    """Vocals as above; below 11 kHz, where the networks hear, Other is the accompaniment."""
    mix, accompaniment = read("input"), read("accompaniment")
    stems = separated(load_separator("spleeter-2stems", root=spleeter_models), mix, position=len(mix) - 1)
    assert distance(stems[0], read("vocals")) < TOLERANCE / 10
    assert not stems[1:].any()
    other = np.fft.rfft(mix - stems[0], axis=0)
    other[np.fft.rfftfreq(len(mix), 1 / 44100) > 1023.5 * 44100 / 4096] = 0
    heard = np.fft.irfft(other, len(mix), axis=0).astype(np.float32)
    assert distance(heard, accompaniment) < TOLERANCE


@needs_reference
def test_at_another_rate(spleeter_models: Path) -> None:
    mix = soxr.resample(read("input"), 44100, 48000)
    stems = separated(load_separator("spleeter-2stems", root=spleeter_models), mix, 48000)
    back = soxr.resample(stems[0], 48000, 44100)
    vocals = read("vocals")
    assert distance(back[: len(vocals)], vocals[: len(back)]) < TOLERANCE


class Sharing(SpleeterUnet):
    """Gives each stem the same logit, so that a mask is a half everywhere: what comes must be half of what went in."""

    def forward(self, magnitude: Tensor) -> Tensor:
        return torch.zeros_like(magnitude)


@pytest.mark.parametrize("rate", [44100, 48000, 96000, 8000, 44101])
def test_segments_join_without_a_seam(rate: int) -> None:
    frames = rate * 30 + 17
    time = np.arange(frames) / rate
    mix = (0.2 * np.sin(2 * np.pi * np.array([440.0, 1000.0]) * time[:, None])).astype(np.float32)
    block = SpleeterBlock({"vocals": Sharing(), "rest": Sharing()}, ("vocals",), softmax=False)
    separator = BlockSeparator("half", block, None, cut=Cut(plan, longest=1, fade_in=fade_in))
    stems = separated(separator, mix, rate, position=frames // 2)
    edge = int(0.02 * rate)
    assert np.abs(stems[0] - mix / 2)[edge:-edge].max() < (2e-5 if rate == 44100 else 1e-3)


def test_cells_are_the_original_programs_segments() -> None:
    """Frames 512 k to 512 k + 511 of an STFT that begins a window before the song."""
    cells = plan(44100 * 60, 44100)
    weights = fade_in(cells)
    window = np.hanning(4097)[:-1] ** 2
    ours = np.zeros(4096 * 2)
    for hop in range(4):
        ours[hop * 1024 : hop * 1024 + 4096] += window
    np.testing.assert_allclose(weights, ours[: cells.fade] / 1.5, atol=1e-6)
    for cell in range(1, cells.count):
        assert cells.start(cell) - cells.fade // 2 == cell * SEGMENT - 4096
