"""A PortAudio stream whose callback is a compiled function: the one place that uses sounddevice's base class.

Its documentation offers a function pointer as the callback when `wrap_callback` is None, but not as a stable interface,
so the version of sounddevice is pinned. python-rtmixer, by the same authors, does likewise.
"""

from collections.abc import Callable
from typing import Any


def open_stream(
    sounddevice: Any,
    *,
    callback: int,
    user_data: int,
    device: int,
    channels: int,
    rate: int,
    block_frames: int,
    latency_s: float,
    finished: Callable[[], None],
) -> Any:
    """A stream that is not started yet, with sounddevice's `start`, `close`, `latency` and `time`.

    Args:
        sounddevice: the module.
        callback: address of a PaStreamCallback.
        user_data: address that it is given.
        device: PortAudio's index.
        channels: how many.
        rate: in Hz.
        block_frames: length of the blocks.
        latency_s: what is asked for; the stream tells what it got.
        finished: called on a thread of PortAudio when the stream has ended.

    Raises:
        sounddevice.PortAudioError, ValueError: it cannot be opened.
    """
    foreign = sounddevice._ffi
    return sounddevice._StreamBase(
        kind="output",
        samplerate=rate,
        blocksize=block_frames,
        device=device,
        channels=channels,
        dtype="float32",
        latency=latency_s,
        callback=foreign.cast("void *", callback),
        finished_callback=finished,
        userdata=foreign.cast("void *", user_data),
        wrap_callback=None,
    )
