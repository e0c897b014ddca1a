"""How the audio code is compiled: without the GIL, with C's arithmetic, kept on the disk until a source changes."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from numba import config as _numba_config
from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])

_ROOT: Final = Path(__file__).parents[2]
_KEPT: Final = Path(__file__).parent / "__pycache__"
_KEPT_UNUSED_S: Final = 14 * 86400

SOURCES: Final = (
    "app/mixing/compiled", "app/mixing/duck_kernel", "app/mixing/equalizer", "app/mixing/glide", "app/mixing/kernel",
    "app/mixing/kernel_layout", "app/mixing/limiter_kernel", "app/mixing/loudness_kernel", "app/mixing/master_kernel",
    "app/mixing/settings", "app/mixing/true_peak", "app/mixing/weights",
    "app/playback/callback", "app/playback/compare", "app/playback/history", "app/playback/layout",
    "app/playback/memory", "app/playback/metronome", "app/playback/mixing_kernels", "app/playback/rings",
    "app/playback/stretch", "app/playback/transport",
    "models/instruments",
)  # fmt: skip
"""All files with compiled code, and all from which it has a constant."""


def _fingerprint() -> str:
    """A number for what the sources of the compiled code say."""
    hashed = hashlib.sha256()
    for name in SOURCES:
        hashed.update((_ROOT / f"{name}.py").read_bytes())
    return hashed.hexdigest()[:16]


def _keep_compiled_code_apart() -> None:
    """Give every state of the sources a folder of its own.

    numba compiles a function anew when its own file has changed, but not when another has that it calls.
    """
    config: Any = _numba_config  # its options are attributes that it makes while it is imported
    try:
        folder = Path(config.CACHE_DIR or _KEPT) / f"compiled-{_fingerprint()}"  # the user may have chosen a place
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
    except OSError:
        return  # no sources, or not ours to write: numba finds a place in the user's cache
    config.CACHE_DIR = str(folder)
    _remove_unused(folder)


def _remove_unused(used: Path) -> None:
    """Delete what older sources were compiled to, once no program has started with it for a while."""
    for folder in used.parent.glob("compiled-" + "[0-9a-f]" * 16):
        with suppress(OSError):
            if folder != used and folder.stat().st_mtime < time.time() - _KEPT_UNUSED_S:
                shutil.rmtree(folder)


_keep_compiled_code_apart()


def inner(function: _Function) -> _Function:
    """Compile when something compiled needs it; it is kept as a part of that."""
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    return cast(_Function, compiled)


def entry(signature: Any) -> Callable[[_Function], _Function]:
    """Compile for these types when the function's file is imported, or load what was compiled before."""
    compile_for: Any = njit(signature, nogil=True, cache=True, error_model="numpy")
    return cast(Callable[[_Function], _Function], compile_for)
