"""Separation in a child process of its own, so that neither playback nor the window ever competes with torch.

The child is started once and stays warm. It reads the mix from the song's mapped file and writes the stems into the
song's mapped file; only small messages go over the pipe. Two numbers are shared: where playback is, which the child
asks for before each chunk, and which job is cancelled, which it looks at after each chunk.
"""

import inspect
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from app.errors import Cancelled, SeparationError
from app.session.cache import separation_identity
from models.instruments import INSTRUMENTS
from models.mapped_pages import release_pages
from models.memory import give_back_freed_memory
from models.registry import DEFAULT, ModelError

if TYPE_CHECKING:
    from app.song.song import Song

DEFAULT_FACTORY: Final = "models.separator:load_separator"
NICENESS: Final = 10

_POLL_S: Final = 0.05
_EXIT_WAIT_S: Final = 2.0
_POSITION, _CANCELLED_JOBS = 0, 1  # in the shared array; all jobs up to that number are cancelled


@dataclass(frozen=True)
class SpanDone:
    """A stretch of the song whose stems are in its file now.

    `start` and `stop` are sample frames; `activations` is float32 `(6, n)` from activation frame `first_activation`.
    """

    job: int
    start: int
    stop: int
    first_activation: int
    activations: NDArray[np.float32]


class SeparatorDiedError(SeparationError):
    """The child process ended by itself; what it was doing may be tried again."""


@dataclass(frozen=True)
class _Request:
    job: int
    mix_path: Path
    stems_path: Path
    frames: int
    rate: int
    done: tuple[tuple[int, int], ...]
    small_chunks: bool


@dataclass(frozen=True)
class _Loaded:
    """The model is there."""


@dataclass(frozen=True)
class _Started:
    """The child works on this job."""

    job: int


@dataclass(frozen=True)
class _Ended:
    """The child is through with a job: it finished, was cancelled, or failed for a reason (a sentence or a phrase)."""

    job: int
    reason: str | None = None
    trace: str = ""
    is_sentence: bool = False


@dataclass(frozen=True)
class _Child:
    process: Any
    connection: Connection


class SeparationProcess:
    """Owns the child. One separation runs at a time; a second one waits for its turn on its own thread."""

    def __init__(self, model: str = DEFAULT, factory: str = DEFAULT_FACTORY, threads: int | None = None) -> None:
        """Nothing is started yet.

        Args:
            model: name of the separator, as in `models.registry.list_models`.
            factory: `module:function` that loads it, called as `function(model, threads=...)` in the child.
            threads: how many the child computes with; all cores but one by default.
        """
        self._model = model
        self._factory = factory
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._context = multiprocessing.get_context("spawn")
        self._shared = self._context.RawArray("q", 2)
        self._child: _Child | None = None
        self._loaded = False
        self._jobs = 0
        self._busy = threading.Lock()
        self._starting = threading.Lock()
        self._closed = False
        self._identity: str | None = None
        self.small_chunks = False
        """Whether songs are separated in the smallest pieces, which takes longer and less memory."""

    @property
    def model(self) -> str:
        """The name of the separator."""
        return self._model

    def identity(self) -> str | None:
        """What its stems depend on besides the song, as a hash; None if the model is not there. Any thread."""
        if self._identity is None:
            factory = None if self._factory == DEFAULT_FACTORY else self._factory
            self._identity = separation_identity(self._model, factory)
        return self._identity

    @property
    def pid(self) -> int | None:
        """The child's process id, None before `start`."""
        return self._child.process.pid if self._child else None

    def start(self) -> None:
        """Start the child unless it runs; it begins to load the model. Returns at once. Any thread."""
        with self._starting:
            if self._closed:
                raise Cancelled
            if self._child is not None and self._child.process.is_alive():
                return
            if self._child is not None:
                self._discard(self._child)
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_child_main,
                args=(theirs, self._shared, self._factory, self._model, self._threads),
                name="partwise-separation",
                daemon=True,
            )
            with _interrupts_blocked():
                process.start()
            theirs.close()
            self._child = _Child(process, ours)

    def wait_until_loaded(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Start the child and wait for its model. Raises SeparationError, Cancelled."""
        with self._turn(cancelled):
            self.start()
            while not self._loaded:
                if cancelled():
                    raise Cancelled
                self._receive("load the separator")

    def separate(
        self,
        song: "Song",
        position: Callable[[], int] = int,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Generator[SpanDone, None, None]:
        """Separate what the song's coverage lacks, beginning at `position`, which is asked again and again.

        Each yielded span is in the song's stem file already; hand it to `Song.add_span` with `stems=None`.
        Closing the iterator cancels; it and `cancelled` take effect after the chunk that is being computed.

        Raises:
            SeparationError: the separator failed, or its process died (`SeparatorDiedError`); the next call starts a
                new one.
            Cancelled: `cancelled` said so.
        """
        what = f"separate “{song.path.name}”"
        with self._turn(cancelled):
            self.start()
            self._jobs += 1
            job = self._jobs
            self._shared[_POSITION] = position()
            self._send(
                _Request(
                    job, song.mix_path, song.stems_path, song.frames, song.rate, song.coverage.spans, self.small_chunks
                ),
                what,
            )
            started = ended = False
            try:
                while not ended:
                    self._shared[_POSITION] = position()
                    if cancelled():
                        raise Cancelled
                    message = self._receive(what)
                    started = started or message == _Started(job)
                    if isinstance(message, SpanDone) and message.job == job:
                        yield message
                    elif isinstance(message, _Ended) and message.job == job:
                        ended = True
                        if message.reason is not None:
                            raise _error(what, message)
            except (KeyboardInterrupt, SystemExit):
                ended = True  # the program ends, and `close` ends the child: no need to wait for it
                raise
            finally:
                if not ended:
                    self._cancel(job, started, what)

    def close(self) -> None:
        """End the child. Idempotent; a separation that runs fails with `Cancelled`."""
        with self._starting:
            self._closed = True
            child = self._child
        if child is not None:
            child.process.terminate()
            if self._busy.acquire(timeout=_EXIT_WAIT_S):  # else a job's thread finds it dead and cleans up
                self._discard(child)
                self._busy.release()

    @contextmanager
    def _turn(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        while not self._busy.acquire(timeout=_POLL_S):
            if cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._busy.release()

    def _cancel(self, job: int, started: bool, what: str) -> None:
        """Have the child give up this job; if it works on it, wait until it has let go of the song's files."""
        self._shared[_CANCELLED_JOBS] = job
        while started and self._child is not None:
            try:
                message = self._receive(what)
            except (SeparationError, Cancelled):
                return
            started = not (isinstance(message, _Ended) and message.job == job)

    def _send(self, request: _Request, what: str) -> None:
        child = self._child
        if child is None:
            raise self._died(what, None)
        try:
            child.connection.send(request)
        except OSError:
            raise self._died(what, child) from None

    def _receive(self, what: str) -> object:
        """The child's next message, None after a short while without one."""
        child = self._child
        if child is None:
            raise self._died(what, None)
        try:
            if not child.connection.poll(_POLL_S):
                return None
            message = child.connection.recv()
        except (EOFError, OSError):
            raise self._died(what, child) from None
        if isinstance(message, _Loaded):
            self._loaded = True
        elif isinstance(message, _Ended) and message.job == 0:  # the model could not be loaded; the child ends
            self._discard(child)
            raise _error(what, message)
        return message

    def _died(self, what: str, child: _Child | None) -> Exception:
        """Clean up after a dead child and say what is known of its end."""
        if self._closed:
            return Cancelled()
        code = self._discard(child) if child is not None else None
        if code is not None and code < 0:
            how = f"was ended by signal {-code}" + (", perhaps for lack of memory" if code == -9 else "")
        else:
            how = f"ended with status {code}"
        advice = "try again" if self.small_chunks else "try again with smaller chunks"
        return SeparatorDiedError(f"Cannot {what}: the separation process {how}; {advice}.")

    def _discard(self, child: _Child) -> int | None:
        """Let go of a child; returns its exit status."""
        if self._child is child:
            self._child, self._loaded = None, False
        child.process.join(_EXIT_WAIT_S)
        if child.process.is_alive():
            child.process.kill()
            child.process.join()
        child.connection.close()
        code: int | None = child.process.exitcode
        return code


def _error(what: str, ended: _Ended) -> SeparationError:
    reason = ended.reason or "the reason is unknown"
    error = SeparationError(reason if ended.is_sentence else f"Cannot {what}: {reason.rstrip('.')}.")
    error.add_note(ended.trace)
    return error


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Ctrl-C goes to the whole process group; a child that inherits this mask leaves it to its parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


# The child's side


def _child_main(connection: Connection, shared: Any, factory: str, model: str, threads: int) -> None:
    """Load the separator, then serve requests until the pipe closes, which it does when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        try:
            module, _, function = factory.partition(":")
            separator = getattr(import_module(module), function)(model, threads=threads)
        except Exception as error:
            connection.send(_failure(0, error))
            return
        connection.send(_Loaded())
        while True:
            _serve(connection, connection.recv(), separator, shared)
    except (EOFError, OSError):
        return  # the parent is gone


def _serve(connection: Connection, request: _Request, separator: Any, shared: Any) -> None:
    """One request. Raises EOFError or OSError when the parent has gone."""
    if request.job <= shared[_CANCELLED_JOBS]:  # given up while it waited in the pipe
        connection.send(_Ended(request.job))
        return
    connection.send(_Started(request.job))
    try:
        mix = np.memmap(request.mix_path, np.float32, "r", shape=(request.frames, 2))
        stems = np.memmap(request.stems_path, np.float32, "r+", shape=(len(INSTRUMENTS), request.frames, 2))
        spans = separator.separate(
            mix, request.rate, position=lambda: int(shared[_POSITION]), done=request.done, **_chunks(separator, request)
        )
        for span in spans:
            stop = span.start + span.stems.shape[1]
            stems[:, span.start : stop] = span.stems
            release_pages(stems, span.start, stop)
            release_pages(mix, 0, request.frames)
            activations = np.ascontiguousarray(span.activations, np.float32)
            connection.send(SpanDone(request.job, span.start, stop, span.first_activation, activations))
            if request.job <= shared[_CANCELLED_JOBS]:
                spans.close()
                break
    except (EOFError, BrokenPipeError, ConnectionError):
        raise
    except Exception as error:
        connection.send(_failure(request.job, error))
    else:
        connection.send(_Ended(request.job))
    give_back_freed_memory()


def _chunks(separator: Any, request: _Request) -> dict[str, int]:
    """What makes chunks small, if the separator can."""
    if request.small_chunks and "longest" in inspect.signature(separator.separate).parameters:
        return {"longest": 1}
    return {}


def _failure(job: int, error: Exception) -> _Ended:
    if isinstance(error, MemoryError):
        return _Ended(job, "there is not enough memory")
    reason = " ".join(str(error).split()) or type(error).__name__
    return _Ended(job, reason, traceback.format_exc(), is_sentence=isinstance(error, ModelError))
