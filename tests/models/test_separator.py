"""Songs of any rate and length come apart into spans that cover them once, aligned to the sample."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.activation import activation_frame_count
from models.blocks import BlockSeparator
from models.chunks import LONGEST_CHUNK, ChunkPlan
from models.networks.iass_six import IassSix, IassSixConfig
from models.registry import ModelError, list_models
from models.separator import Separator, Span, load_separator
from models.separators.iass_six import IassSixBlock
from models.spectrogram import SpectrogramSettings
from tests.models.conftest import TINY


class Everything(IassSix):
    """Gives the whole mix to the first instrument, so that what comes out must be what went in."""

    def __init__(self) -> None:
        super().__init__(IassSixConfig(segments=((1536, 1),), bands=2, channels=(8, 8)))

    def estimate(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        frames = features.shape[-2]
        log_masks = torch.full((1, 7, 2, frames, 1536), -torch.inf)
        log_masks[:, 0] = 0.0
        logits = torch.full((1, 6, frames), -3.0)
        magnitudes = features[:, :2].square()  # left and right
        logits[:, 1] = (magnitudes.sum((1, 3)) > 1.0).float() * 6 - 3
        return log_masks, logits


@pytest.fixture
def passing() -> Separator:
    return BlockSeparator("passing", IassSixBlock(Everything(), SpectrogramSettings()))


def noise(frames: int, rate: int) -> NDArray[np.float32]:
    """Noise below 3 kHz that fades in and out, which survives any conversion of the rate."""
    random = np.random.default_rng(frames)
    spectrum = np.fft.rfft(random.standard_normal((frames, 2)), axis=0)
    spectrum[np.fft.rfftfreq(frames, 1 / rate) > 3000] = 0
    audio = np.fft.irfft(spectrum, frames, axis=0)
    edge = np.minimum(np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (0.05 * rate), 1.0)
    return (0.1 * audio * np.sin(edge * np.pi / 2)[:, None] ** 2 / max(audio.std(), 1e-9)).astype(np.float32)


def assemble(spans: list[Span], frames: int, rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    stems = np.full((6, frames, 2), np.nan, np.float32)
    activations = np.full((6, activation_frame_count(frames, rate)), np.nan, np.float32)
    for span in spans:
        for target, first, part in (
            (stems, span.start, span.stems),
            (activations, span.first_activation, span.activations),
        ):
            piece = target[:, first : first + part.shape[1]]
            assert piece.shape == part.shape, "a span reaches beyond the song"
            assert np.isnan(piece).all(), "a frame was given twice"
            piece[:] = part
    assert not np.isnan(stems).any()
    assert not np.isnan(activations).any()
    return stems, activations


@pytest.mark.parametrize(
    ("frames", "rate"), [(44100 * 13 + 17, 44100), (48000 * 13 + 5, 48000), (8000 * 13 + 1, 8000), (44101 * 8, 44101)]
)
def test_length_and_alignment_are_exact(passing: Separator, frames: int, rate: int) -> None:
    song = noise(frames, rate)
    stems, _ = assemble(list(passing.separate(song, rate, position=frames // 2)), frames, rate)
    error = np.abs(stems[0] - song).max()
    assert error < (2e-5 if rate == 44100 else 2e-3)
    assert np.abs(stems[1:]).max() < 1e-6


@pytest.mark.parametrize(("frames", "rate"), [(1, 44100), (2, 8000), (1000, 192000), (4097, 44100)])
def test_tiny_songs(passing: Separator, frames: int, rate: int) -> None:
    song = np.full((frames, 2), 0.25, np.float32)
    assemble(list(passing.separate(song, rate)), frames, rate)


def test_silence_stays_silence(passing: Separator) -> None:
    stems, _ = assemble(list(passing.separate(np.zeros((60_000, 2), np.float32), 44100)), 60_000, 44100)
    assert np.abs(stems).max() == 0


@pytest.mark.parametrize("rate", [44100, 48000, 22050])
def test_activation_frames_lie_where_the_sound_is(passing: Separator, rate: int) -> None:
    frames, start_s, stop_s = rate * 16, 5.0, 9.0
    song = np.zeros((frames, 2), np.float32)
    song[int(start_s * rate) : int(stop_s * rate)] = noise(int(stop_s * rate) - int(start_s * rate), rate)
    _, activations = assemble(list(passing.separate(song, rate)), frames, rate)
    active_s = np.flatnonzero(activations[1] > 0.5) * 1024 / 44100
    assert active_s[0] == pytest.approx(start_s, abs=0.06)
    assert active_s[-1] == pytest.approx(stop_s, abs=0.06)


def test_spans_start_at_the_position_and_follow_it(passing: Separator) -> None:
    rate, frames = 44100, 44100 * 40
    song, length = noise(frames, rate), ChunkPlan.of(frames, rate).length
    places = iter([3 * length, 0, 5 * length, 0, 0, 0, 0])
    starts = [span.start for span in passing.separate(song, rate, position=lambda: next(places))]
    assert 3 * length <= starts[0] < 4 * length
    assert starts[1] < length
    assert 5 * length <= starts[2] < 6 * length


def test_the_first_piece_is_short_and_later_ones_are_long(passing: Separator) -> None:
    frames = 44100 * 40
    length = ChunkPlan.of(frames, 44100).length
    lengths = [span.stems.shape[1] for span in passing.separate(noise(frames, 44100), 44100)]
    assert lengths[0] < length
    assert max(lengths) > (LONGEST_CHUNK - 0.5) * length


def test_what_is_done_is_not_separated_again(passing: Separator) -> None:
    frames = 44100 * 30
    half = frames // 2
    spans = list(passing.separate(noise(frames, 44100), 44100, done=((0, half),)))
    assert min(span.start for span in spans) > half - 7 * 44100
    assert sum(span.stems.shape[1] for span in spans) < 0.8 * frames


def test_closing_cancels(passing: Separator) -> None:
    stream = passing.separate(noise(44100 * 30, 44100), 44100)
    next(stream)
    stream.close()
    assert list(stream) == []


def test_seams_are_not_measurable() -> None:
    """With a real network, stems near a border equal those of a song that has no border there."""
    torch.manual_seed(3)
    separator = BlockSeparator("tiny", IassSixBlock(IassSix(TINY), SpectrogramSettings(), fast=False))
    song = noise(44100 * 12, 44100)
    whole, _ = assemble(list(separator.separate(song, 44100)), len(song), 44100)
    # Silence in front moves every border; its level must not change what the network hears.
    pause = np.zeros((44100 * 3, 2), np.float32)
    louder = np.concatenate((pause, song)).astype(np.float32)
    gain = np.sqrt(len(louder) / len(song))
    moved, _ = assemble(list(separator.separate(louder * np.float32(gain), 44100)), len(louder), 44100)
    difference = moved[:, 44100 * 3 + 8192 :] / gain - whole[:, 8192:]
    assert 20 * np.log10(np.abs(difference).max() / np.abs(song).max()) < -30


def test_a_listener_has_the_same_activations_and_silent_stems() -> None:
    mix = np.random.default_rng(0).normal(0, 0.1, (44100 * 14, 2)).astype(np.float32)
    torch.manual_seed(0)
    separator = BlockSeparator("tiny", IassSixBlock(IassSix(TINY), SpectrogramSettings(), fast=False))
    for whole, heard in zip(separator.separate(mix, 44100), separator.listener().separate(mix, 44100), strict=True):
        assert (heard.start, heard.first_activation) == (whole.start, whole.first_activation)
        np.testing.assert_allclose(heard.activations, whole.activations, atol=1e-6)
        assert heard.stems.shape == whole.stems.shape
        assert whole.stems.any()
        assert not heard.stems.any()


def test_what_cannot_be_loaded_is_said_in_a_sentence(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no model “x”; there are: tiny\."):
        load_separator("x", root=tiny_model)
    weights = tiny_model / "tiny" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"The weights of the model “tiny” cannot be used"):
        load_separator("tiny", root=tiny_model)
    weights.unlink()
    assert not list_models(tiny_model)[0].ready
    with pytest.raises(ModelError, match="has no weights"):
        load_separator("tiny", root=tiny_model)
