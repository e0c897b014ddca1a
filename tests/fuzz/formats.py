"""What can be opened from outside, with whole files to damage, and what opening one may raise."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from app.audio.decode import decode_blocks
from app.audio.tags import read_tags
from app.errors import AudioFileError, MixFileError, PresetError, ProjectError
from app.json_file import InvalidError, json_text
from app.mixing.mix_file import example_mix, load_mix, save_mix
from app.mixing.presets import default_presets, load_preset, preset_to_json
from app.mixing.settings import MixSettings
from app.session.preferences import Preferences, load_preferences, save_preferences
from app.session.project_file import read_project
from app.song.regions import labels_text, read_labels
from models.conversion.errors import FormatError
from tests.fuzz.containers import (
    archive_seeds,
    checkpoint_seeds,
    manifest_seeds,
    project_seeds,
    read_checkpoint,
    read_manifest_file,
    unpack_archive,
)
from tests.fuzz.own_files import queue_seeds, read_queue, read_recovery, read_speeds, recovery_seeds, speed_seeds

_RATE: Final = 44100
_MOST_FRAMES: Final = 10_000_000


@dataclass(frozen=True)
class Format:
    """`seeds(folder)` gives whole files; `attempt(path)` opens one, and may raise `errors` and nothing else.

    Without `errors` it takes what it can read, and goes on.
    """

    suffix: str
    seeds: Callable[[Path], list[bytes]]
    attempt: Callable[[Path], object]
    errors: tuple[type[Exception], ...]
    names_the_file: bool = True
    """Whether the sentence has the file's name in it; a caller adds it where a text and no file is read."""


def formats() -> dict[str, Format]:
    """All of them, by name."""
    audio = {
        name: Format(f".{suffix}", _audio_seeds(suffix, kind, subtypes), _decode, (AudioFileError,))
        for name, suffix, kind, subtypes in (
            ("wav", "wav", "WAV", ("PCM_16", "PCM_24", "FLOAT", "ULAW")),
            ("flac", "flac", "FLAC", ("PCM_16", "PCM_24")),
            ("ogg", "ogg", "OGG", ("VORBIS", "OPUS")),
            ("mp3", "mp3", "MP3", ("MPEG_LAYER_III",)),
            ("aiff", "aiff", "AIFF", ("PCM_16", "FLOAT")),
        )
    }
    return {
        **audio,
        "m4a": Format(".m4a", _m4a_seeds, _decode, (AudioFileError,)),
        "mix": Format(".json", _mix_seeds, load_mix, (MixFileError,)),
        "preset": Format(".json", _preset_seeds, load_preset, (PresetError,)),
        "preferences": Format(".json", _preference_seeds, load_preferences, ()),
        "queue": Format(".json", queue_seeds, read_queue, ()),
        "recovery": Format(".json", recovery_seeds, read_recovery, ()),
        "speeds": Format(".json", speed_seeds, read_speeds, ()),
        "project": Format(".partwise", project_seeds, read_project, (ProjectError,)),
        "manifest": Format(".json", manifest_seeds, read_manifest_file, (InvalidError,), names_the_file=False),
        "archive": Format(".zip", archive_seeds, unpack_archive, (FormatError, OSError), names_the_file=False),
        "checkpoint": Format(".index", checkpoint_seeds, read_checkpoint, (FormatError,), names_the_file=False),
        "labels": Format(".txt", _label_seeds, _read_labels, (ValueError,), names_the_file=False),
        "weights": Format(".safetensors", _weight_seeds, _load_weights, _model_errors(), names_the_file=False),
        "model": Format(".json", _model_seeds, _load_model, _model_errors(), names_the_file=False),
    }


def _decode(path: Path) -> None:
    read_tags(path)
    with decode_blocks(path) as (info, blocks):
        frames = 0
        for block in blocks:
            if block.dtype != np.float32 or block.shape[1] != info.channels:
                raise TypeError(f"a block is {block.dtype} {block.shape}")
            frames += len(block)
            if frames > _MOST_FRAMES:
                break


def _tone(frames: int, channels: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    time = np.arange(frames, dtype=np.float32) / _RATE
    return np.stack([0.3 * np.sin(440 * (1 + channel) * time) for channel in range(channels)], 1).astype(np.float32)


def _audio_seeds(suffix: str, kind: str, subtypes: tuple[str, ...]) -> Callable[[Path], list[bytes]]:
    def seeds(folder: Path) -> list[bytes]:
        files = []
        for subtype in subtypes:
            rate = 48000 if subtype == "OPUS" else _RATE
            for channels in (1, 2):
                buffer = io.BytesIO()
                soundfile.write(buffer, _tone(6000, channels), rate, format=kind, subtype=subtype)
                files.append(buffer.getvalue())
        return files

    return seeds


def _m4a_seeds(folder: Path) -> list[bytes]:
    import av

    files = []
    for codec in ("aac", "alac"):
        path = folder / f"seed-{codec}.m4a"
        with av.open(str(path), "w", format="ipod") as container:
            stream = container.add_stream(codec, rate=_RATE, layout="stereo")
            frame = av.AudioFrame.from_ndarray(_tone(8192, 2).T.copy(), format="fltp", layout="stereo")
            frame.sample_rate = _RATE
            resampler = av.AudioResampler(format=stream.codec_context.format.name, layout="stereo", rate=_RATE)
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
            container.mux(stream.encode(None))
        files.append(path.read_bytes())
    return files


def _mix_seeds(folder: Path) -> list[bytes]:
    path = folder / "seed-mix.json"
    save_mix(path, MixSettings(), "Song")
    return [path.read_bytes(), example_mix().encode()]


def _preset_seeds(folder: Path) -> list[bytes]:
    return [json_text(preset_to_json(preset)).encode() for preset in default_presets().for_stem("vocals")]


def _preference_seeds(folder: Path) -> list[bytes]:
    path = folder / "seed-preferences.json"
    save_preferences(Preferences(recent=(Path("/a/song.flac"),), geometry="AAAA"), path)
    return [path.read_bytes()]


def _label_seeds(folder: Path) -> list[bytes]:
    text = "0.000000\t1.500000\tvocals\n\\\t100\t200\n2.000000\t3.250000\tdrums\n"
    return [text.encode(), labels_text(read_labels(text)).encode()]


def _read_labels(path: Path) -> object:
    return read_labels(path.read_bytes().decode("utf-8", "replace"))


def _model_errors() -> tuple[type[Exception], ...]:
    from models.registry import ModelError

    return (ModelError,)


def tiny_model() -> tuple[bytes, bytes]:
    """`model.json` and weights of a network of a few thousand numbers."""
    from safetensors.torch import save

    from models.networks.iass_six import IassSix, IassSixConfig

    config = IassSixConfig(segments=((64, 1),), bands=2, channels=(8, 8), recurrent=8)
    description = {
        "title": "Tiny",
        "licence": "MIT",
        "kind": "iass-six",
        "sample_rate": 44100,
        "spectrogram": {"window_samples": 4096, "hop_samples": 1024},
        "network": config.to_dict(),
    }
    return json.dumps(description).encode(), save(IassSix(config).state_dict())


def _weight_seeds(folder: Path) -> list[bytes]:
    return [tiny_model()[1]]


def _model_seeds(folder: Path) -> list[bytes]:
    return [tiny_model()[0]]


def _load(path: Path, description: bytes, weights: bytes) -> None:
    from models.separator import load_separator

    folder = path.parent / "models" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_bytes(description)
    (folder / "weights.safetensors").write_bytes(weights)
    load_separator("tiny", root=folder.parent)


def _load_weights(path: Path) -> None:
    _load(path, tiny_model()[0], path.read_bytes())


def _load_model(path: Path) -> None:
    _load(path, path.read_bytes(), tiny_model()[1])
