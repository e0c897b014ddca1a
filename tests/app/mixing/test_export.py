"""What is exported is what is heard; nothing is half written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.audio.encode import EncodeSettings
from app.audio.levels import peak_dbfs
from app.errors import Cancelled, ExportError
from app.mixing.export import ExportRequest, export, export_remix, export_stems, stem_file_name
from app.mixing.mixer import Mixer
from app.mixing.settings import EqualizerSettings, MixSettings
from app.song.song import open_song
from models.instruments import STEMS

MakeSong = Callable[..., Any]
FLOAT = EncodeSettings("wav", "FLOAT")


def some_mix() -> MixSettings:
    mix = MixSettings(master_gain_db=-3.0).with_strip("vocals", mute=True).with_strip("bass", pan=0.4, gain_db=2.0)
    return mix.with_strip("other", equalizer=EqualizerSettings(5.0, -8.0, 3.0))


def test_the_remix_is_what_playback_renders(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(100_001, 48_000)
    progress: list[float] = []
    result = export_remix(song, some_mix(), tmp_path / "a.wav", FLOAT, progress=progress.append)
    got, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert rate == 48_000
    mixer = Mixer(song, some_mix())
    heard = np.concatenate([mixer.render(s, min(512, 100_001 - s)) for s in range(0, 100_001, 512)])
    np.testing.assert_array_equal(got, heard)
    assert result.paths == (tmp_path / "a.wav",)
    assert result.peak_dbfs == pytest.approx(peak_dbfs(got))
    assert result.clipped_samples == 0
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("encode", [EncodeSettings("wav", "PCM_16"), EncodeSettings("flac", "PCM_24")])
def test_a_pcm_song_comes_back_bit_for_bit(tmp_path: Path, encode: EncodeSettings) -> None:
    steps = 32768 if encode.subtype == "PCM_16" else 1 << 23
    original = np.random.default_rng(0).integers(-steps, steps, (50_000, 2)).astype(np.float64) / steps
    soundfile.write(tmp_path / "in.wav", original, 44100, encode.subtype)
    before = soundfile.read(tmp_path / "in.wav", dtype="int32")[0]
    song = open_song(tmp_path / "in.wav", folder=tmp_path / "cache")
    stems = (0.2 * np.random.default_rng(1).standard_normal((6, 30_000, 2))).astype(np.float32)
    song.add_span(5000, stems, 0, np.full(song.activations.shape, 0.9, np.float32))
    target = tmp_path / f"out{encode.suffix}"
    result = export_remix(song, MixSettings(), target, encode)
    song.close()
    np.testing.assert_array_equal(soundfile.read(target, dtype="int32")[0], before)
    assert result.clipped_samples == 0


def test_the_stems_sum_to_the_song(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(70_001)
    result = export_stems(song, some_mix(), tmp_path / "stems", FLOAT)
    assert [path.name for path in result.paths] == [stem_file_name("song", stem, FLOAT) for stem in STEMS]
    files = [soundfile.read(path, dtype="float64")[0] for path in result.paths]
    assert peak_dbfs(sum(files) - song.mix) <= -120.0
    weighted = Mixer(song, some_mix()).render_stems(0, song.frames, first=True)
    for got, expected in zip(files, weighted, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert result.peak_dbfs == pytest.approx(max(peak_dbfs(got) for got in files))
    assert sorted(path.name for path in (tmp_path / "stems").iterdir()) == sorted(p.name for p in result.paths)


def test_some_stems_in_their_order(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    result = export_stems(song, MixSettings(), tmp_path, EncodeSettings("flac"), stems=("drums", "electric_guitar"))
    assert [path.name for path in result.paths] == ["song - Drums.flac", "song - Electric guitar.flac"]
    for wrong in ((), ("kazoo",)):
        with pytest.raises(ValueError, match="stems must be some of"):
            export_stems(song, MixSettings(), tmp_path, FLOAT, stems=wrong)


def test_clipping_is_counted_in_pcm(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    song.mix[:] = 0.25
    song.mix[100:110, 0] = 0.9
    loud = MixSettings(master_gain_db=6.0)
    result = export_remix(song, loud, tmp_path / "a.wav", EncodeSettings("wav", "PCM_16"))
    assert result.clipped_samples == 10
    assert result.peak_dbfs == pytest.approx(6.0 + 20 * np.log10(0.9), abs=1e-4)
    assert soundfile.read(tmp_path / "a.wav")[0].max() == 1 - 2.0**-15
    assert export_remix(song, loud, tmp_path / "b.wav", FLOAT).clipped_samples == 0


def cancel_after(looks: int) -> Callable[[], bool]:
    count = iter(range(10**6))
    return lambda: next(count) >= looks


@pytest.mark.parametrize("looks", [0, 1, 3, 4])
def test_cancelling_leaves_nothing(make_song: MakeSong, tmp_path: Path, looks: int) -> None:
    song = make_song(100_000)  # four blocks, and one look at the end
    with pytest.raises(Cancelled):
        export_remix(song, MixSettings(), tmp_path / "a.wav", FLOAT, cancelled=cancel_after(looks))
    with pytest.raises(Cancelled):
        export_stems(song, MixSettings(), tmp_path / "stems", FLOAT, cancelled=cancel_after(looks))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    (tmp_path / "a.wav").write_bytes(b"precious")
    with pytest.raises(ExportError, match="exists already"):
        export_remix(song, MixSettings(), tmp_path / "a.wav", FLOAT)
    bass = tmp_path / stem_file_name("song", "bass", FLOAT)
    bass.write_bytes(b"precious")
    with pytest.raises(ExportError, match=r"song - Bass\.wav.*exists already"):
        export_stems(song, MixSettings(), tmp_path, FLOAT)
    assert (tmp_path / "a.wav").read_bytes() == bass.read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 2
    export_stems(song, MixSettings(), tmp_path, FLOAT, overwrite=True)
    assert soundfile.info(bass).frames == 1000
    assert len(list(tmp_path.iterdir())) == 8


def test_a_file_that_appears_during_the_export_stops_all_of_it(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    late = tmp_path / stem_file_name("song", "drums", FLOAT)

    def appear(fraction: float) -> None:
        late.write_bytes(b"precious")

    with pytest.raises(ExportError, match="Drums"):
        export_stems(song, MixSettings(), tmp_path, FLOAT, progress=appear)
    assert list(tmp_path.iterdir()) == [late]
    assert late.read_bytes() == b"precious"


def test_the_open_song_is_never_replaced(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    song.path = tmp_path / "song - Bass.wav"
    song.path.write_bytes(b"precious")
    with pytest.raises(ExportError, match="the song that is open"):
        export_remix(song, MixSettings(), tmp_path / "." / song.path.name, FLOAT, overwrite=True)
    with pytest.raises(ExportError, match="the song that is open"):
        export_stems(song, MixSettings(), tmp_path, FLOAT, overwrite=True)
    assert song.path.read_bytes() == b"precious"


def test_a_folder_that_cannot_be_made(make_song: MakeSong, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="file"):
        export_stems(make_song(10), MixSettings(), tmp_path / "file", FLOAT)


def test_requests(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(500)
    assert export(song, MixSettings(), ExportRequest(tmp_path / "a.wav")).paths == (tmp_path / "a.wav",)
    result = export(song, MixSettings(), ExportRequest(tmp_path / "s", FLOAT, ("piano",)))
    assert result.paths == (tmp_path / "s" / "song - Piano.wav",)


def test_names_that_a_file_system_forbids() -> None:
    assert stem_file_name('AC/DC: "Live"?', "acoustic_guitar", FLOAT) == "AC_DC_ _Live__ - Acoustic guitar.wav"
