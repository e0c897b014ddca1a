"""How fast a separator is on this machine: its time for a short made-up song, as a share of the song's length."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import numpy as np

from app.json_file import InvalidError, is_number, read_json, write_json

RATE: Final = 44_100
SECONDS: Final = 24.0
"""Longer than the longest chunk, so that its overlaps count."""

_FILE: Final = "speed.json"
_LARGEST_FILE_BYTES: Final = 100_000
_PARTS: Final = ((110.0, 0.2), (440.0, 0.1), (1318.5, 0.05))


def measure_speed(
    model: str,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    root: Path | None = None,
    factory: str | None = None,
    seconds: float = SECONDS,
) -> float:
    """Separate a made-up song in a process of its own, as songs are, and remember how long it took.

    Args:
        model: its name in the registry.
        progress: told how far it is, 0..1.
        cancelled: asked now and then; raises `app.errors.Cancelled`.
        root: where the figure is kept; None for nowhere.
        factory: what loads the separator; for tests.
        seconds: how long the song is.

    Returns:
        the time without loading, over the length of the song.

    Raises:
        SeparationError: it cannot be loaded or fails.
    """
    import soundfile

    from app.session.separation_process import DEFAULT_FACTORY, SeparationProcess
    from app.song.song import open_song

    with tempfile.TemporaryDirectory(prefix="partwise-") as folder:
        path = Path(folder) / "a made-up song.wav"
        soundfile.write(path, _song(seconds), RATE, subtype="FLOAT")
        process = SeparationProcess(model, factory or DEFAULT_FACTORY)
        with closing(process), closing(open_song(path, folder=Path(folder))) as song:
            process.wait_until_loaded(cancelled)
            started_s = time.monotonic()
            with closing(process.separate(song, cancelled=cancelled)) as spans:
                for span in spans:
                    progress(span.stop / song.frames)
            share = (time.monotonic() - started_s) / song.duration_s
    if root is not None:
        with suppress(OSError):
            root.mkdir(parents=True, exist_ok=True)
            write_json(root / _FILE, {**load_speeds(root), model: round(share, 4)})
    return share


def load_speeds(root: Path) -> dict[str, float]:
    """What was measured, by model. A file that is broken is as none."""
    with suppress(InvalidError, json.JSONDecodeError):
        data = read_json(root / _FILE, _LARGEST_FILE_BYTES, "a file of speeds")
        if isinstance(data, dict):
            return {str(name): float(value) for name, value in data.items() if is_number(value) and value > 0}
    return {}


def _song(seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Chords and noise that come and go: float32 `(frames, 2)`. What it is makes no difference to the time."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    tones = sum(level * np.sin(2 * np.pi * hertz * time_s) for hertz, level in _PARTS)
    noise = np.random.default_rng(1).standard_normal((len(time_s), 2)) * np.exp(-8.0 * (time_s % 0.5))[:, None]
    return (np.asarray(tones)[:, None] + 0.1 * noise).astype(np.float32)
