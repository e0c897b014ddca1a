"""Gain, limiter and meters of an export: whatever the blocks, nothing late, nothing above the ceiling."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.encode import EncodeSettings
from app.audio.levels import peak_dbfs
from app.mixing.export import ExportRequest, export
from app.mixing.export_levels import MOST_CORRECTION_DB, MOST_GAIN_DB, Levels, LevelSettings, Measurement
from app.mixing.settings import MixSettings
from models.instruments import STEMS
from tests.app.mixing.exports import FLOAT, MakeSong, Samples, heard, read, some_mix
from tests.app.mixing.reference_levels import integrated_lufs, true_peak_dbtp

LIMIT = LevelSettings("limit", ceiling_dbtp=-3.0)


def noise(frames: int, level: float, seed: int = 0) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal((frames, 2))).astype(np.float32)


def run(levels: Levels, samples: Samples, lengths: list[int]) -> Samples:
    blocks = [levels.process([block])[0] for block in np.split(samples, np.cumsum(lengths)) if len(block)]
    return np.concatenate([*blocks, *levels.flush()])


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([8_000, 44_100, 96_000, 192_000]),
    st.floats(-12.0, 0.0),
    st.floats(0.01, 3.0),
    st.integers(1, 20_000),
)
def test_the_ceiling_holds_from_the_first_frame_on(rate: int, ceiling_dbtp: float, level: float, frames: int) -> None:
    levels = Levels(rate, 1, LevelSettings("limit", ceiling_dbtp), 0.0)
    got = run(levels, noise(frames, level), [])
    assert got.shape == (frames, 2)
    assert levels.measured.true_peaks_dbtp[0] <= ceiling_dbtp + 0.05
    assert true_peak_dbtp(got) <= ceiling_dbtp + 0.6  # of white noise, up to the Nyquist frequency


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 6000), min_size=1, max_size=9), st.sampled_from([0.0, 5.0]))
def test_blocks_do_not_matter(lengths: list[int], gain_db: float) -> None:
    samples = noise(20_000, 0.5)
    one, many = Levels(44_100, 1, LIMIT, gain_db), Levels(44_100, 1, LIMIT, gain_db)
    np.testing.assert_array_equal(run(many, samples, lengths), run(one, samples, []))
    assert many.measured.true_peaks_dbtp == one.measured.true_peaks_dbtp
    assert many.measured.loudness_lufs == pytest.approx(one.measured.loudness_lufs, abs=1e-9)


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    samples = noise(10_000, 0.5)
    np.testing.assert_array_equal(run(Levels(44_100, 1, LevelSettings(), 0.0), samples, [777]), samples)
    quiet = np.clip(noise(10_000, 0.05), -0.2, 0.2)
    np.testing.assert_array_equal(run(Levels(44_100, 1, LIMIT, 0.0), quiet, [777]), quiet)


def test_what_is_measured() -> None:
    one, other = noise(96_000, 0.1), noise(96_000, 0.2, seed=1)
    measured = Measurement(48_000, 2)
    for start in range(0, 96_000, 5000):
        measured.add([one[start : start + 5000], other[start : start + 5000]])
    assert measured.true_peaks_dbtp == pytest.approx([true_peak_dbtp(one), true_peak_dbtp(other)], abs=0.4)
    assert measured.loudness_lufs == pytest.approx(integrated_lufs(one + other, 48_000), abs=0.02)
    again = measured.true_peaks_dbtp, measured.loudness_lufs
    assert (measured.true_peaks_dbtp, measured.loudness_lufs) == again, "looking changes nothing"


def test_a_peak_after_the_last_sample_counts() -> None:
    samples = np.zeros((500, 2), np.float32)
    samples[-2:] = 0.9
    measured = Measurement(48_000, 1)
    measured.add([samples])
    assert measured.true_peaks_dbtp[0] > 20 * math.log10(0.9) + 1.0


def measured_noise(level: float) -> Measurement:
    measured = Measurement(48_000, 1)
    measured.add([noise(48_000, level)])
    return measured


def test_gains() -> None:
    quiet, silent = measured_noise(0.01), measured_noise(0.0)
    headroom_db = -1.0 - quiet.true_peaks_dbtp[0]
    assert LevelSettings("scale").gain_db(quiet) == pytest.approx(headroom_db)
    assert LevelSettings("none", loudness_lufs=-14.0).gain_db(quiet) == pytest.approx(-14.0 - quiet.loudness_lufs)
    assert LevelSettings("scale", loudness_lufs=-5.0).gain_db(quiet) == pytest.approx(headroom_db)
    assert LevelSettings("scale").gain_db(measured_noise(1e-6)) == MOST_GAIN_DB
    for levels in (LevelSettings("scale"), LevelSettings("limit", loudness_lufs=-14.0)):
        assert levels.gain_db(silent) == 0.0
        assert levels.corrected_gain_db(3.0, silent) == 3.0
    limit = LevelSettings("limit", loudness_lufs=quiet.loudness_lufs + 2.0)
    assert limit.corrected_gain_db(3.0, quiet) == pytest.approx(5.0)
    assert LevelSettings("limit", loudness_lufs=-5.0).corrected_gain_db(3.0, quiet) == 3.0 + MOST_CORRECTION_DB


def test_how_often_it_has_to_be_heard() -> None:
    passes = {
        (level, target): LevelSettings(level, loudness_lufs=target).measuring_passes
        for level in ("none", "scale", "limit")
        for target in (None, -14.0)
    }
    assert list(passes.values()) == [0, 1, 1, 1, 0, 2]


@pytest.mark.parametrize("gain_db", [-20.0, 11.0])
@pytest.mark.parametrize("ceiling_dbtp", [0.0, -1.0, -9.0])
def test_scaling_brings_the_true_peak_to_the_ceiling(
    make_song: MakeSong, tmp_path: Path, gain_db: float, ceiling_dbtp: float
) -> None:
    song = make_song(30_000)
    mix = replace(some_mix(), master_gain_db=gain_db)
    request = ExportRequest(tmp_path / "a.wav", encode=FLOAT, level="scale", ceiling_dbtp=ceiling_dbtp)
    result = export(song, mix, request)
    got, plain = read(tmp_path / "a.wav"), heard(song, mix)
    assert true_peak_dbtp(got) == pytest.approx(ceiling_dbtp, abs=0.3)
    assert result.true_peak_dbtp == pytest.approx(ceiling_dbtp, abs=0.01)
    np.testing.assert_allclose(got, plain * 10 ** (result.gain_db / 20), rtol=1e-6, atol=1e-9)


def test_stems_share_one_gain(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(30_000, 48_000)
    request = ExportRequest(tmp_path, "stems", encode=FLOAT, level="scale", ceiling_dbtp=-3.0)
    result = export(song, some_mix(), request)
    total = np.sum([read(path).astype(np.float64) for path in result.paths], axis=0)
    assert peak_dbfs(total - song.mix * 10 ** (result.gain_db / 20)) <= -110.0
    assert max(file.true_peak_dbtp for file in result.files) == pytest.approx(-3.0, abs=0.01)
    assert result.loudness_lufs == pytest.approx(integrated_lufs(total.astype(np.float32), 48_000), abs=0.01)


@pytest.mark.parametrize("target_lufs", [-14.0, -23.0])
def test_a_loudness_target(make_song: MakeSong, tmp_path: Path, target_lufs: float) -> None:
    song = make_song(60_000, 48_000)
    request = ExportRequest(tmp_path / "a.wav", encode=FLOAT, loudness_lufs=target_lufs)
    result = export(song, some_mix(), request)
    assert integrated_lufs(read(tmp_path / "a.wav"), 48_000) == pytest.approx(target_lufs, abs=0.02)
    assert result.loudness_lufs == pytest.approx(target_lufs, abs=0.02)


def test_scaling_keeps_a_loudness_target_below_the_ceiling(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(60_000)
    loud = ExportRequest(tmp_path / "a.wav", encode=FLOAT, level="scale", loudness_lufs=-5.0)
    result = export(song, some_mix(), loud)
    assert result.true_peak_dbtp == pytest.approx(-1.0, abs=0.01)
    assert result.loudness_lufs < -5.5
    quiet = replace(loud, target=tmp_path / "b.wav", loudness_lufs=-30.0)
    result = export(song, some_mix(), quiet)
    assert result.loudness_lufs == pytest.approx(-30.0, abs=0.02)
    assert result.true_peak_dbtp < -6.0


@pytest.mark.parametrize("levels", [{"level": "scale"}, {"loudness_lufs": -14.0}, {"level": "limit"}])
def test_silence_stays_silent(make_song: MakeSong, tmp_path: Path, levels: dict[str, Any]) -> None:
    song = make_song(30_000)
    request = ExportRequest(tmp_path / "a.wav", encode=EncodeSettings("wav", "PCM_16"), **levels)
    result = export(song, replace(MixSettings(), master_gain_db=-math.inf), request)
    assert not read(tmp_path / "a.wav").any()
    assert (result.gain_db, result.peak_dbfs, result.loudness_lufs) == (0.0, -math.inf, -math.inf)
    assert result.sentence == "silent"


def test_limiting_holds_the_ceiling_and_what_lies_below_stays(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(60_000)
    song.mix *= np.float32(0.1)
    song.mix[30_000:30_020] *= np.float32(15.0)
    request = ExportRequest(tmp_path / "a.wav", encode=FLOAT, level="limit", ceiling_dbtp=-3.0)
    result = export(song, MixSettings(), request)
    got = read(tmp_path / "a.wav")
    assert got.shape == song.mix.shape
    assert true_peak_dbtp(got) <= -3.0 + 0.1
    assert result.true_peak_dbtp <= -3.0 + 0.1
    np.testing.assert_allclose(got[:25_000], song.mix[:25_000], atol=1e-6)
    assert np.abs(got[30_000:30_020]).max() > 0.5
    before = np.abs(song.mix[30_000:30_020]).argmax()
    assert np.abs(got[30_000:30_020]).argmax() == before, "no delay"


def test_limiting_after_a_loudness_target(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(60_000)
    song.mix *= np.float32(0.1)
    song.mix[::9000] *= np.float32(10.0)
    request = ExportRequest(tmp_path / "a.wav", encode=FLOAT, level="limit", loudness_lufs=-8.0)
    result = export(song, MixSettings(), request)
    assert true_peak_dbtp(read(tmp_path / "a.wav")) <= -1.0 + 0.1
    assert result.gain_db > 6.0
    assert result.loudness_lufs == pytest.approx(-8.0, abs=1.0)
    assert "turned up by" in result.sentence


def test_clipping_is_counted_in_pcm_and_said(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    song.mix[:] = 0.25
    song.mix[100:110, 0] = 0.9
    loud = MixSettings(master_gain_db=6.0)
    request = ExportRequest(tmp_path / "a.wav", encode=EncodeSettings("wav", "PCM_16"))
    result = export(song, loud, request)
    assert result.clipped_samples == 10
    assert result.sentence.endswith("10 samples clipped")
    assert result.peak_dbfs == pytest.approx(6.0 + 20 * np.log10(0.9), abs=1e-4)
    assert soundfile.read(tmp_path / "a.wav")[0].max() == 1 - 2.0**-15
    assert export(song, loud, replace(request, target=tmp_path / "b.wav", encode=FLOAT)).clipped_samples == 0


def test_stems_at_16_bit_have_noise_of_their_own(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(30_000)
    song.stems *= np.float32(0.1)  # nothing clips
    dithered = ExportRequest(tmp_path / "a", "stems", encode=EncodeSettings("wav", "PCM_16"))
    exact = replace(dithered, target=tmp_path / "b", encode=FLOAT)
    errors = [
        (read(one) - read(other))[:, 0]
        for one, other in zip(
            export(song, MixSettings(), dithered).paths, export(song, MixSettings(), exact).paths, strict=True
        )
    ]
    correlation = np.corrcoef(errors) - np.eye(len(STEMS))
    assert np.abs(correlation).max() < 5 / math.sqrt(song.frames)
