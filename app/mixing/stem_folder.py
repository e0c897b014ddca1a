"""A song's seven stems and its activations as a folder of files, which appears whole or not at all."""

import contextlib
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.atomic_file import reason, sync_folder, write_bytes
from app.audio.encode import AtomicAudioWriter, EncodeSettings
from app.audio.tags import Tags
from app.errors import Cancelled, ExportError
from app.process import is_running
from models.activation import ActivationSettings
from models.instruments import STEMS

if TYPE_CHECKING:
    from app.song.song import Song

ACTIVATIONS_FILE: Final = "activations.csv"

_BLOCK_FRAMES: Final = 1 << 16
_COMPUTER: Final = blake2b(platform.node().encode(errors="replace"), digest_size=4).hexdigest()
_LEFTOVER: Final = re.compile(rf"\.partwise-{_COMPUTER}-(\d{{1,10}})-[0-9a-f]{{12}}\.part")


def stem_file_names(encode: EncodeSettings) -> tuple[str, ...]:
    """The files in a folder, in the order of `STEMS`, the activations last."""
    return (*(f"{stem}{encode.suffix}" for stem in STEMS), ACTIVATIONS_FILE)


def is_complete(folder: Path, names: tuple[str, ...]) -> bool:
    """Whether a folder has all these files. Since they come together, they are whole."""
    return all((folder / name).is_file() for name in names)


@contextmanager
def folder_in_the_making(target: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """A hidden folder beside the target, to write these files into; at the end they are where they belong.

    If the block raises, nothing is left of it, and the target's parents go if they were made for nothing. A target that
    is new appears in one step; in one that exists, these files are replaced one by one. What a killed process of this
    computer has left beside it is removed first.

    Raises:
        ExportError: the folder cannot be made.
    """
    made = [parent for parent in target.parents if not parent.exists()]
    folder = target.with_name(f".partwise-{_COMPUTER}-{os.getpid()}-{secrets.token_hex(6)}.part")
    remove_leftover_folders(target.parent)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ExportError(target.parent, reason(error)) from None
    try:
        yield folder
        _publish(folder, target, names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):  # it holds something now, as it should
                parent.rmdir()


def remove_leftover_folders(parent: Path) -> None:
    """Delete the hidden folders of this computer's processes that have ended without doing so."""
    with contextlib.suppress(OSError):
        for item in list(parent.glob(".partwise-*.part")):
            match = _LEFTOVER.fullmatch(item.name)
            if match and item.is_dir() and not is_running(int(match[1])):
                shutil.rmtree(item, ignore_errors=True)


def stem_weighting(model: str) -> ActivationSettings | None:
    """How the stems of a separator are weighted in files: those of one that is only lent activations are not.

    None, as in a new mix, for a separator with activations of its own, or one that another loader made.
    """
    from models.registry import ModelError, find_model

    try:
        return None if find_model(model).has_activations else ActivationSettings(mode="off")
    except ModelError:
        return None


def write_stems(
    song: "Song",
    folder: Path,
    encode: EncodeSettings,
    tags: Tags,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool] = lambda: False,
    activation: ActivationSettings | None = None,
) -> int:
    """Write the seven weighted stems of a song, mono if the song is, with the song's tags if it has any.

    Args:
        song: separated as far as its stems are to sound.
        folder: exists.
        encode: how.
        tags: of the song.
        progress: called with 0..1.
        cancelled: asked after every block.
        activation: how the stems are weighted; as in a new mix if None.

    Returns:
        How many samples were clipped.

    Raises:
        ExportError: the disk does not take them.
        Cancelled: `cancelled` said so.
    """
    from app.mixing.export_names import stem_label
    from app.mixing.mixer import Mixer
    from app.mixing.settings import MixSettings, StripSettings

    channels = min(2, song.source_channels)
    strip = StripSettings(activation=activation or ActivationSettings())
    mixer = Mixer(song, MixSettings(strips=(strip,) * len(STEMS)))
    with ExitStack() as open_files:
        writers = [
            open_files.enter_context(
                AtomicAudioWriter(
                    folder / f"{stem}{encode.suffix}",
                    song.rate,
                    channels,
                    encode,
                    expected_frames=song.frames,
                    tags=tags.with_texts(title=f"{song.title} ({stem_label(stem)})") if tags else tags,
                    seed=seed,
                )
            )
            for seed, stem in enumerate(STEMS)
        ]
        for start in range(0, song.frames, _BLOCK_FRAMES):
            if cancelled():
                raise Cancelled
            stop = min(start + _BLOCK_FRAMES, song.frames)
            stems = mixer.render_stems(start, stop - start, first=start == 0)
            for writer, stem in zip(writers, stems, strict=True):
                writer.write(stem[:, :channels])
            song.release_memory(max(0, start - _BLOCK_FRAMES), stop)
            progress(stop / song.frames)
    return sum(writer.clipped_samples for writer in writers)


def write_activations(song: "Song", path: Path) -> None:
    """Write the probabilities as CSV, see `csv_text`. Raises ExportError."""
    from app.song.activation_files import csv_text

    try:
        write_bytes(path, csv_text(song.activations).encode())
    except OSError as error:
        raise ExportError(path, reason(error)) from None


def _publish(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """Move the finished files to where they belong."""
    try:
        sync_folder(folder)
        if not target.exists():
            with contextlib.suppress(OSError):  # somebody has made it just now
                os.rename(folder, target)
                sync_folder(target.parent)
                return
        for name in names:
            os.replace(folder / name, target / name)
        sync_folder(target)
    except OSError as error:
        raise ExportError(target, reason(error)) from None
