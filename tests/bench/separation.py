"""How fast songs come apart: the shipped network against Open-Unmix's four targets, on the same 60 s."""

import os
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from models.networks.open_unmix import OpenUnmix
from models.separator import bfloat16_is_fast, load_separator
from models.spectrogram import SpectrogramSettings, istft, stft
from tests.bench.table import Row, against_peer

SECONDS = 60.0
REAL_SONG = Path(__file__).parents[3] / "shared" / "songs" / "francium"
DEMO_SONG = Path(__file__).parents[2] / "resources" / "demo" / "demo.ogg"


def song(seconds: float) -> NDArray[np.float32]:
    """`(frames, 2)` at 44.1 kHz of a real song, or of the demo song where there is none; repeated if it is short."""
    files = sorted(REAL_SONG.glob("*.ogg")) or [DEMO_SONG]
    mix = sum(soundfile.read(path, dtype="float32", always_2d=True)[0] for path in files)
    frames = int(seconds * 44100)
    return np.resize(mix, (frames, 2)).astype(np.float32) if len(mix) < frames else mix[-frames:]


def open_unmix(mix: NDArray[np.float32], targets: list[OpenUnmix]) -> None:
    """Four targets of stereo audio without Wiener filtering, in the precision that our own network uses here."""
    settings = SpectrogramSettings()
    with torch.inference_mode():
        spectrum = stft(torch.from_numpy(np.ascontiguousarray(mix.T)), settings)
        magnitude = spectrum.abs()
        for target in targets:
            with torch.autocast("cpu", torch.bfloat16) if bfloat16_is_fast() else nullcontext():
                estimate = target(magnitude.mT[None])[0].float().mT
            istft(spectrum * (estimate / magnitude.clamp(min=1e-8)), len(mix), settings)


def separate_row() -> Row:
    """Real-time factor (time / length) of separating 60 s."""
    torch.set_num_threads(os.cpu_count() or 1)
    mix = song(SECONDS)
    separator = load_separator()
    targets = [OpenUnmix().eval() for _ in range(4)]

    def ours() -> float:
        started = time.perf_counter()
        for _ in separator.separate(mix, 44100):
            pass
        return (time.perf_counter() - started) / SECONDS

    def theirs() -> float:
        started = time.perf_counter()
        open_unmix(mix, targets)
        return (time.perf_counter() - started) / SECONDS

    return against_peer("separate", "time / song length", ours, "open-unmix", theirs)
