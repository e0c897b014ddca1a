"""What a separator is, and how to get one: song samples in, a stream of finished spans of stems and activations out.

The border between the app's arrays, float32 `(frames, channels)`, and torch's tensors lies behind this contract.
*Frames* are sample frames of the song unless called activation frames.
"""

import pkgutil
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

import models.separators
from models.memory import keep_freed_memory
from models.registry import DEFAULT, ModelError, ModelInfo, find_lender, find_model, load_description


class Samples(Protocol):
    """The song: float32 `(frames, 2)`, sliced lazily, so a memory map will do."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(frames, 2)`."""

    def __getitem__(self, key: Any, /) -> Any: ...


@dataclass(frozen=True)
class Span:
    """A finished piece of a song.

    `stems` is float32 `(6, frames, 2)` before activation weighting, in the order of `models.instruments.INSTRUMENTS`;
    an instrument that the separator does not know is silent, which leaves it in `other`. `activations` are float32
    `(6, n)` probabilities; all 1, the weight that changes nothing, if the separator has none.
    """

    start: int
    stems: NDArray[np.float32]
    first_activation: int
    activations: NDArray[np.float32]


class Separator(Protocol):
    """Takes songs of any rate apart."""

    @property
    def name(self) -> str:
        """As in the registry."""

    @property
    def instruments(self) -> tuple[str, ...]:
        """Which of `models.instruments.INSTRUMENTS` it separates."""

    @property
    def rate(self) -> int:
        """The sample rate that it works at, in Hz; songs of another rate are converted there and back."""

    @property
    def has_activations(self) -> bool:
        """True if it estimates when each instrument plays."""

    def separate(
        self, mix: Samples, rate: int, *, position: int | Callable[[], int] = 0, done: tuple[tuple[int, int], ...] = ()
    ) -> Generator[Span, None, None]:
        """Separate a song.

        Args:
            mix: float32 `(frames, 2)`.
            rate: its sample rate in Hz.
            position: the frame to start from. A function is asked before each piece of work, so that the order follows
                playback: always what is missing at or after the position first, then what is missing from the start.
            done: half-open spans `(start, stop)` that need not be separated again.

        Yields:
            Finished spans. Together they cover the song once. Closing the generator cancels.
        """


def load_separator(name: str = DEFAULT, threads: int | None = None, root: Path | None = None) -> Separator:
    """Load a separator by name, with activations lent by the default one if it has none.

    Args:
        name: as in the registry.
        threads: given by a process that does nothing but separate: torch computes with so many, and memory that was
            freed is kept for the next chunk.
        root: the only folder where models lie; by default what is shipped and the user's.

    Raises:
        ModelError: with a sentence.
    """
    if threads is not None:
        torch.set_num_threads(threads)
        keep_freed_memory()
    return load_model(find_model(name, root))


def load_model(info: ModelInfo) -> Separator:
    """Load a separator. Raises ModelError with a sentence."""
    separator = _load_parts(info)
    lender = None if separator.has_activations else find_lender(info)
    if lender is None:
        return separator
    from models.combined import WithActivations

    return WithActivations(separator, _load_kind(lender), info.lanes)


def _load_parts(info: ModelInfo) -> Separator:
    if not info.parts:
        return _load_kind(info)
    from models.combined import Hybrid

    first, second = (_load_kind(part) for part in info.parts)
    return Hybrid(info.name, first, second)


def _load_kind(info: ModelInfo) -> Separator:
    """What the file of its kind makes of a model's folder."""
    name, module = info.name, info.kind.replace("-", "_")
    if module not in {kind.name for kind in pkgutil.iter_modules(models.separators.__path__)}:
        raise ModelError(f"The model “{name}” is of a kind that is not known here, “{info.kind}”; update Partwise.")
    if not info.ready:
        raise ModelError(f"The model “{name}” has no weights; train it or put its weights into {info.folder}.")
    description = load_description(info.folder)
    try:
        separator: Separator = import_module(f"models.separators.{module}").load(info, description)
    except ModelError:
        raise
    except Exception as error:
        # Names, shapes and bytes can be wrong in many ways; each has the same remedy.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The weights of the model “{name}” cannot be used ({reason}); install them again.") from error
    return separator
