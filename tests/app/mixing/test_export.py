"""What is exported is what is heard; nothing is half written."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.encode import AtomicAudioWriter, AudioFormat, EncodeSettings
from app.audio.levels import peak_dbfs
from app.audio.tags import Cover, Tags, read_tags
from app.errors import Cancelled, ExportError
from app.mixing.export import ExportRequest, export, export_paths
from app.mixing.mixer import Mixer
from app.mixing.settings import LimiterSettings, MixSettings
from app.song.song import open_song
from models.instruments import STEMS
from tests.app.mixing.exports import FLOAT, MakeSong, heard, read, some_mix
from tests.app.mixing.reference_levels import integrated_lufs, true_peak_dbtp
from tests.pictures import picture
from tests.songs import noise


def test_the_remix_is_what_playback_renders(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(100_001, 48_000)
    progress: list[float] = []
    result = export(song, some_mix(), ExportRequest(tmp_path / "a.wav", encode=FLOAT), progress=progress.append)
    assert soundfile.info(tmp_path / "a.wav").samplerate == 48_000
    expected = heard(song, some_mix())
    np.testing.assert_array_equal(read(tmp_path / "a.wav"), expected)
    assert result.paths == (tmp_path / "a.wav",)
    assert result.peak_dbfs == pytest.approx(peak_dbfs(expected))
    assert result.true_peak_dbtp == pytest.approx(true_peak_dbtp(expected), abs=0.2)  # what BS.1770 allows
    assert result.loudness_lufs == pytest.approx(integrated_lufs(expected, 48_000), abs=0.01)
    assert (result.gain_db, result.clipped_samples) == (0.0, 0)
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_any_span_is_what_playback_renders_after_a_jump_there(
    make_song: MakeSong, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    song = make_song(20_000)
    start = data.draw(st.integers(0, 19_999))
    stop = data.draw(st.integers(start + 1, 20_000))
    target = tmp_path_factory.mktemp("span") / "a.wav"
    export(song, some_mix(), ExportRequest(target, span=(start, stop), encode=FLOAT))
    np.testing.assert_array_equal(read(target), heard(song, some_mix(), start, stop))


@pytest.mark.parametrize("span", [None, (0, 30_000), (7_000, 40_001), (39_990, 40_001)])
def test_the_limiter_of_the_mix_does_not_delay_the_file(
    make_song: MakeSong, tmp_path: Path, span: tuple[int, int] | None
) -> None:
    song = make_song(40_001)
    mix = replace(some_mix(), master_gain_db=3.0, limiter=LimiterSettings(on=True, ceiling_dbtp=-6.0))
    export(song, mix, ExportRequest(tmp_path / "a.wav", span=span, encode=FLOAT))
    start, stop = span or (0, 40_001)
    mixer = Mixer(song, mix)
    late = mixer.latency_frames
    assert late > 0
    played = np.concatenate([mixer.render(at, 100) for at in range(start, stop + late, 100)])
    np.testing.assert_array_equal(read(tmp_path / "a.wav"), played[late : late + stop - start])
    unlimited = heard(song, replace(mix, limiter=LimiterSettings()), start, stop)
    if span is None:
        assert np.corrcoef(unlimited[:, 0], read(tmp_path / "a.wav")[:, 0])[0, 1] > 0.95


def test_a_span_beyond_the_end(make_song: MakeSong, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not lie within the song"):
        export(make_song(1000), MixSettings(), ExportRequest(tmp_path / "a.wav", span=(10, 1001)))
    assert list(tmp_path.iterdir()) == []


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
    result = export(song, MixSettings(), ExportRequest(target, encode=encode))
    song.close()
    np.testing.assert_array_equal(soundfile.read(target, dtype="int32")[0], before)
    assert result.clipped_samples == 0


def test_the_stems_sum_to_the_song(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(70_001)
    result = export(song, some_mix(), ExportRequest(tmp_path / "deep" / "stems", "stems", encode=FLOAT))
    names = ["Vocals", "Electric guitar", "Acoustic guitar", "Piano", "Bass", "Drums", "Other"]
    assert [path.name for path in result.paths] == [f"song - {name}.wav" for name in names]
    files = [read(path) for path in result.paths]
    assert peak_dbfs(sum(file.astype(np.float64) for file in files) - song.mix) <= -120.0
    weighted = Mixer(song, some_mix()).render_stems(0, song.frames, first=True)
    for got, expected in zip(files, weighted, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert result.peak_dbfs == pytest.approx(max(peak_dbfs(got) for got in files))
    assert sorted(path.name for path in (tmp_path / "deep" / "stems").iterdir()) == sorted(p.name for p in result.paths)


def test_the_stems_through_their_strips_sum_to_the_remix_before_the_master(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(40_001)
    mix = replace(some_mix(), limiter=LimiterSettings(on=True, ceiling_dbtp=-6.0)).with_strip("piano", solo_safe=True)
    for number, change in enumerate(({}, {"solo": True})):
        soloed = mix.with_strip("bass", **change)
        request = ExportRequest(tmp_path / str(number), "stems_through_strips", encode=FLOAT)
        files = dict(zip(STEMS, [read(path) for path in export(song, soloed, request).paths], strict=True))
        before_master = replace(soloed, master_gain_db=0.0, limiter=LimiterSettings())
        total = sum(file.astype(np.float64) for file in files.values())
        assert peak_dbfs(total - heard(song, before_master)) <= -120.0
        assert {stem for stem, file in files.items() if not file.any()} == {
            stem
            for stem, audible, strip in zip(STEMS, soloed.audible, soloed.strips, strict=True)
            if not audible or strip.gain_db == -math.inf
        }
        alone = mix.with_strip("bass", mute=False, solo=False)
        for stem in STEMS:
            alone = alone.with_strip(stem, mute=stem != "bass", solo=False)
        np.testing.assert_array_equal(
            files["bass"], heard(song, replace(alone, master_gain_db=0.0, limiter=LimiterSettings()))
        )


def test_some_stems_in_their_order(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    request = ExportRequest(tmp_path, "stems", ("drums", "electric_guitar"), encode=EncodeSettings("flac"))
    assert [path.name for path in export(song, MixSettings(), request).paths] == [
        "song - Drums.flac",
        "song - Electric guitar.flac",
    ]
    for wrong in ((), ("kazoo",), ("bass", "bass")):
        with pytest.raises(ValueError, match="stems must be some of"):
            replace(request, stems=wrong)


def cancel_after(looks: int) -> Callable[[], bool]:
    count = iter(range(10**6))
    return lambda: next(count) >= looks


@pytest.mark.parametrize("levels", [{}, {"level": "scale"}])
@pytest.mark.parametrize("looks", [0, 1, 3, 4, 5])
def test_cancelling_leaves_nothing(make_song: MakeSong, tmp_path: Path, looks: int, levels: dict[str, Any]) -> None:
    song = make_song(100_000)  # four blocks, and looks at the end
    for request in (
        ExportRequest(tmp_path / "a.wav", **levels),
        ExportRequest(tmp_path / "b" / "c", "stems", **levels),
    ):
        with pytest.raises(Cancelled):
            export(song, MixSettings(), request, cancelled=cancel_after(looks))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    (tmp_path / "a.wav").write_bytes(b"precious")
    with pytest.raises(ExportError, match="exists already"):
        export(song, MixSettings(), ExportRequest(tmp_path / "a.wav"))
    stems = ExportRequest(tmp_path, "stems")
    bass = export_paths(song, stems)[4]
    bass.write_bytes(b"precious")
    with pytest.raises(ExportError, match=r"song - Bass\.wav.*exists already"):
        export(song, MixSettings(), stems)
    assert (tmp_path / "a.wav").read_bytes() == bass.read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 2
    export(song, MixSettings(), replace(stems, overwrite=True))
    assert soundfile.info(bass).frames == 1000
    assert len(list(tmp_path.iterdir())) == 8


def test_a_file_that_appears_during_the_export_stops_all_of_it(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    late = tmp_path / "song - Drums.wav"

    def appear(fraction: float) -> None:
        late.write_bytes(b"precious")

    with pytest.raises(ExportError, match="Drums"):
        export(song, MixSettings(), ExportRequest(tmp_path, "stems"), progress=appear)
    assert list(tmp_path.iterdir()) == [late]
    assert late.read_bytes() == b"precious"


def test_the_open_song_is_never_replaced(make_song: MakeSong, tmp_path: Path) -> None:
    song = make_song(1000)
    song.path = tmp_path / "song - Bass.wav"
    song.path.write_bytes(b"precious")
    for request in (ExportRequest(tmp_path / "." / song.path.name), ExportRequest(tmp_path, "stems")):
        with pytest.raises(ExportError, match="the song that is open"):
            export(song, MixSettings(), replace(request, overwrite=True))
    assert song.path.read_bytes() == b"precious"


def test_a_folder_that_cannot_be_made(make_song: MakeSong, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="file"):
        export(make_song(10), MixSettings(), ExportRequest(tmp_path / "file", "stems"))


def test_a_full_disk_leaves_no_stem(make_song: MakeSong, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="has no limit of file sizes to stand for a full disk")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ExportError, match=r"disk is full.*free some space"):
            export(make_song(100_000), MixSettings(), ExportRequest(tmp_path / "stems", "stems"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("audio_format", ["wav", "flac", "ogg", "mp3"])
def test_tags_and_cover_are_copied(tmp_path: Path, audio_format: AudioFormat) -> None:
    image = Cover(picture(), "image/jpeg", 48, 48)
    texts = {"title": "A/B Song", "artist": "Artist", "date": "1999-05-01", "track": "3/12"}
    with AtomicAudioWriter(
        tmp_path / "in.flac", 44100, 2, EncodeSettings("flac"), tags=Tags(MappingProxyType(texts), image)
    ) as writer:
        writer.write(noise(5000))
    song = open_song(tmp_path / "in.flac", folder=tmp_path / "cache")
    assert song.title == "A/B Song"
    (tmp_path / "out").mkdir()
    request = ExportRequest(
        tmp_path / "out",
        encode=EncodeSettings(audio_format),
        pattern="{track} {artist} - {title} ({year}, {tempo} bpm) {stem}",
        tempo_bpm=119.6,
    )
    (path,) = export(song, MixSettings(), request).paths
    assert path == tmp_path / "out" / f"03 Artist - A_B Song (1999, 120 bpm) Remix.{audio_format}"
    copied = Tags(MappingProxyType({**texts, "title": "A/B Song (Remix)"}), None if audio_format == "wav" else image)
    assert read_tags(path) == copied
    stems = replace(request, what="stems", stems=("bass",))
    (path,) = export(song, MixSettings(), stems).paths
    assert read_tags(path).get("title") == "A/B Song (Bass)"
    (path,) = export(song, MixSettings(), replace(stems, copy_tags=False, stems=("drums",))).paths
    assert not read_tags(path)
    song.close()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"what": "everything"}, "what must be one of"),
        ({"span": (5, 5)}, "must end after it starts"),
        ({"pattern": "{title} {mood}"}, r"no field \{mood\}"),
        ({"level": "louder"}, "level must be"),
        ({"ceiling_dbtp": 3.0}, "ceiling_dbtp must lie between"),
        ({"loudness_lufs": math.nan}, "loudness_lufs must lie between"),
    ],
)
def test_requests_that_make_no_sense(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ExportRequest(tmp_path, **changes)
