"""Opening songs of every shape, taking in spans, and leaving nothing behind."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.errors import AudioFileError, Cancelled, SeparationError
from app.song.song import Song, open_song, to_stereo
from app.song.stores import SongStores
from models.activation import ACTIVATION_RATE_HZ, activation_frame_count

Samples = NDArray[np.float32]


def write(path: Path, samples: Samples, rate: int = 44100) -> Path:
    soundfile.write(path, samples, rate, "FLOAT")
    return path


def noise(frames: int, channels: int = 2) -> Samples:
    return (np.random.default_rng(0).random((frames, channels)) - 0.5).astype(np.float32)


def silent_song(folder: Path, frames: int, rate: int = 44100) -> Song:
    stores = SongStores(folder)
    stores.create("mix", (frames, 2))
    return Song(Path("song.wav"), rate, frames, 2, stores)


@pytest.mark.parametrize("rate", [8000, 44100, 96000, 192000])
@pytest.mark.parametrize("frames", [1, 2, 12_345, 200_001])
def test_a_stereo_file_is_taken_as_it_is(tmp_path: Path, frames: int, rate: int) -> None:
    samples = noise(frames)
    progress: list[float] = []
    song = open_song(write(tmp_path / "My song.wav", samples, rate), folder=tmp_path / "c", progress=progress.append)
    assert (song.title, song.rate, song.frames, song.source_channels) == ("My song", rate, frames, 2)
    assert song.duration_s == frames / rate
    assert song.path == tmp_path / "My song.wav"
    np.testing.assert_array_equal(song.mix, samples)
    assert song.stems.shape == (6, frames, 2)
    assert song.activations.shape == (6, activation_frame_count(frames, rate))
    assert song.coverage.spans == ()
    assert progress[-1] == 1.0
    assert progress == sorted(progress)
    low, high = song.mix_peaks.envelope(0, frames, 1)
    assert low[0] == min(0, samples.min())
    assert high[0] == max(0, samples.max())
    song.close()


@pytest.mark.parametrize("channels", [1, 3, 6, 16])
def test_other_numbers_of_channels_become_two(tmp_path: Path, channels: int) -> None:
    samples = noise(1000, channels)
    song = open_song(write(tmp_path / "a.wav", samples), folder=tmp_path / "c")
    assert song.source_channels == channels
    assert song.mix.shape == (1000, 2)
    if channels == 1:
        np.testing.assert_array_equal(song.mix, np.repeat(samples, 2, axis=1))
    song.close()


@settings(deadline=None, max_examples=50)
@given(channels=st.integers(3, 32), seed=st.integers(0, 100))
def test_folding_down_cannot_clip_and_keeps_the_sides(channels: int, seed: int) -> None:
    samples = np.random.default_rng(seed).choice([-1.0, 1.0], (50, channels)).astype(np.float32)
    folded = to_stereo(samples)
    assert np.abs(folded).max() <= 1.0 + 1e-6
    one = np.zeros((1, channels), np.float32)
    one[0, 0] = 1.0
    assert to_stereo(one)[0, 0] > 0.0
    assert to_stereo(one)[0, 1] == 0.0
    other = np.zeros((1, channels), np.float32)
    other[0, 2] = 1.0
    assert to_stereo(other)[0, 0] == to_stereo(other)[0, 1]
    assert to_stereo(other)[0, 0] / to_stereo(one)[0, 0] == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize(
    ("value", "reason"), [(np.nan, "not numbers"), (np.inf, "infinite"), (-np.inf, "infinite"), (1e30, "beyond full")]
)
def test_samples_that_are_no_music_are_refused(tmp_path: Path, value: float, reason: str) -> None:
    samples = noise(200_000)
    samples[150_000, 1] = value
    with pytest.raises(AudioFileError, match=rf"a\.wav.*{reason}"):
        open_song(write(tmp_path / "a.wav", samples), folder=tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []


def test_a_cancelled_opening_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(300_000))
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        open_song(path, folder=tmp_path / "c", cancelled=lambda: next(answers))
    assert list((tmp_path / "c").iterdir()) == []


def test_bad_files_leave_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), 44100)
    with pytest.raises(AudioFileError, match="no audio"):
        open_song(tmp_path / "a.wav", folder=tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []


def test_closing_deletes_the_folder_and_is_forgiving(tmp_path: Path) -> None:
    song = open_song(write(tmp_path / "a.wav", noise(1000)), folder=tmp_path / "c")
    held = song.mix
    song.close()
    song.close()
    assert list((tmp_path / "c").iterdir()) == []
    assert held.shape == (1000, 2)
    assert np.isfinite(held.sum())  # who still holds the map may read it
    song.add_span(0, np.zeros((6, 10, 2), np.float32), 0, np.zeros((6, 1), np.float32))  # a late result
    assert song.coverage.spans == ()


def test_spans_are_written_marked_and_told(tmp_path: Path) -> None:
    song = silent_song(tmp_path, 50_000)
    told: list[tuple[int, int]] = []
    song.span_added.subscribe(lambda start, stop: told.append((start, stop)))
    stems = np.random.default_rng(0).random((6, 20_000, 2)).astype(np.float32)
    probabilities = np.full((6, 20), 0.75, np.float32)
    song.add_span(10_000, stems, 10, probabilities)
    assert told == [(10_000, 30_000)]
    assert song.coverage.spans == ((10_000, 30_000),)
    np.testing.assert_array_equal(song.stems[:, 10_000:30_000], stems)
    assert not song.stems[:, :10_000].any()
    assert not song.stems[:, 30_000:].any()
    assert np.all(song.activations[:, 10:30] == 0.75)
    assert np.count_nonzero(song.activations) == 6 * 20
    assert song.stem_peaks[2].envelope(0, 50_000, 1)[1][0] == stems[2].max()
    song.close()


def test_a_span_written_by_another_process(tmp_path: Path) -> None:
    song = silent_song(tmp_path, 50_000)
    elsewhere = np.memmap(song.stems_path, np.float32, "r+", shape=(6, 50_000, 2))
    elsewhere[4, 100:200] = 0.5
    song.add_span(100, None, 0, np.ones((6, 1), np.float32), stop=200)
    assert np.all(song.stems[4, 100:200] == 0.5)
    assert song.coverage.spans == ((100, 200),)
    assert song.stem_peaks[4].envelope(0, 1000, 1)[1][0] == 0.5
    song.close()


def test_spans_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    song = silent_song(tmp_path, 5000)
    stems, activations = np.zeros((6, 100, 2), np.float32), np.zeros((6, 1), np.float32)
    for start, first, message in [(4950, 0, "does not lie"), (-1, 0, "does not lie"), (0, 9, "activations")]:
        with pytest.raises(ValueError, match=message):
            song.add_span(start, stems, first, activations)
    with pytest.raises(ValueError, match="shape"):
        song.add_span(0, stems[:5], 0, activations)
    with pytest.raises(ValueError, match="needs its stop"):
        song.add_span(0, None, 0, activations)
    assert song.coverage.spans == ()
    song.close()


def test_undefined_stems_are_left_out(tmp_path: Path) -> None:
    song = silent_song(tmp_path, 5000)
    stems = np.zeros((6, 100, 2), np.float32)
    stems[3, 50, 1] = np.nan
    with pytest.raises(SeparationError, match="not numbers"):
        song.add_span(0, stems, 0, np.zeros((6, 1), np.float32))
    assert song.coverage.spans == ()
    assert not np.isnan(song.stems).any()
    song.close()


@settings(deadline=None, max_examples=50)
@given(
    frames=st.integers(1, 60_000),
    rate=st.sampled_from([8000, 44100, 48000]),
    spans=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4),
)
def test_weights_have_faded_where_the_stems_end(
    tmp_path_factory: pytest.TempPathFactory, frames: int, rate: int, spans: list[tuple[float, float]]
) -> None:
    song = silent_song(tmp_path_factory.mktemp("song"), frames, rate)
    count = song.activations.shape[1]
    for a, b in spans:
        start, stop = sorted((int(a * frames), int(b * frames)))
        if start < stop:
            every = np.ones((6, count), np.float32)
            song.add_span(start, np.ones((6, stop - start, 2), np.float32), 0, every)
    usable = np.zeros(count)
    for start, stop in song.activation_coverage:
        assert 0 <= start < stop <= count
        usable[start:stop] = 1.0
    weight = np.interp(np.arange(frames) * ACTIVATION_RATE_HZ / rate, np.arange(count), usable)
    assert np.all(weight[song.stems[0, :, 0] == 0.0] == 0.0)
    if song.coverage.covers(0, frames):
        assert usable.all()
    song.close()


def test_memory_does_not_grow_with_the_song(tmp_path: Path) -> None:
    """Opening half a minute, 10 MB of samples and 63 MB of stems, allocates a few blocks."""
    song_frames = 30 * 44100
    with soundfile.SoundFile(tmp_path / "a.wav", "w", 44100, 2, "PCM_16") as file:
        for _ in range(30):
            file.write(noise(44100))
    open_song(tmp_path / "a.wav", folder=tmp_path / "c").close()  # what is loaded once does not count
    tracemalloc.start()
    song = open_song(tmp_path / "a.wav", folder=tmp_path / "c")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert song.frames == song_frames
    song.close()
    assert peak < 4_000_000
