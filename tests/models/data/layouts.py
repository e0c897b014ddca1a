"""Writes tiny datasets in exactly the layouts that the real ones have on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

Audio = NDArray[np.float64]


def tone(seconds: float, level: float = 0.5, hz: float = 350.0, rate: int = 44100) -> Audio:
    """A sine."""
    return level * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def write_wavs(folder: Path, stems: Mapping[str, Audio], rate: int = 44100) -> Path:
    """`<folder>/<name>.wav` in stereo, 16 bit."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, audio in stems.items():
        soundfile.write(folder / f"{name}.wav", np.stack([audio, audio], 1) if audio.ndim == 1 else audio, rate)
    return folder


def write_musdb_hq(root: Path, songs: Sequence[str] = ("train/A - One", "test/B - Two"), seconds: float = 1.0) -> Path:
    """MUSDB18-HQ: `train|test/<song>/{mixture,vocals,drums,bass,other}.wav`."""
    names = ("vocals", "drums", "bass", "other")
    for song in songs:
        stems = {name: tone(seconds, 0.2, 200.0 * (k + 1)) for k, name in enumerate(names)}
        write_wavs(root / song, {"mixture": sum(stems.values(), np.zeros(1)), **stems})
    return root


def write_stem_mp4(path: Path, streams: Sequence[Audio]) -> Path:
    """An MP4 with one stereo AAC stream each, as MUSDB18 has them: mixture, drums, bass, other, vocals."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as container:
        made = [container.add_stream("aac", rate=44100, layout="stereo", bit_rate=256_000) for _ in streams]
        for stream, audio in zip(made, streams, strict=True):
            stereo = np.ascontiguousarray(np.stack([audio, audio]).astype(np.float32))
            for start in range(0, stereo.shape[1], 1024):
                piece = np.ascontiguousarray(stereo[:, start : start + 1024])
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = 44100, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


METADATA = """album: ''
artist: {artist}
composer:
- Somebody
excerpt: 'no'
genre: Rock
has_bleed: 'no'
instrumental: 'no'
mix_filename: {song}_MIX.wav
origin: A room
producer: []
raw_dir: {song}_RAW
stem_dir: {song}_STEMS
stems:
{stems}title: A title
version: 1.2
website: []
"""
STEM = """  S{number:02d}:
    component: {component}
    filename: {song}_STEM_{number:02d}.wav
    instrument: {instrument}
    raw:
      R01:
        filename: {song}_RAW_{number:02d}_01.wav
        instrument: {instrument}
"""


def write_medleydb_song(audio_root: Path, song: str, instruments: Sequence[str], seconds: float = 1.0) -> Path:
    """`<song>/{<song>_STEMS/<song>_STEM_01.wav, <song>_METADATA.yaml, <song>_MIX.wav}`; stem k has the level 0.1 k."""
    folder = audio_root / song
    stems = {f"{song}_STEM_{k:02d}": tone(seconds, 0.1 * k) for k in range(1, len(instruments) + 1)}
    write_wavs(folder / f"{song}_STEMS", stems)
    write_wavs(folder, {f"{song}_MIX": sum(stems.values(), np.zeros(1))})
    listed = "".join(
        STEM.format(number=k, song=song, instrument=label, component="melody" if k == 1 else "''")
        for k, label in enumerate(instruments, 1)
    )
    text = METADATA.format(artist=song.split("_")[0], song=song, stems=listed)
    (folder / f"{song}_METADATA.yaml").write_text(text, encoding="utf-8")
    return folder
