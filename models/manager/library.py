"""The models on this machine: got, imported, verified, removed."""

import hashlib
import importlib.util
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from models.manager.catalogue import Catalogue, CatalogueEntry, Source, load_catalogue
from models.manager.download import PART, Cancelled, Downloader, DownloadError, Progress
from models.registry import PRETRAINED, ModelError, ModelInfo, list_models, user_models

Importer = Callable[[str, Sequence[Path], Path], ModelInfo]
Show = Callable[[Progress], None]
State = Literal["shipped", "installed", "incomplete", "absent"]

ABANDONED_S: Final = 7 * 24 * 3600.0
"""What was not taken up for so long is deleted."""

_DOWNLOADS: Final = ".downloads"
_ROOM: Final = 3  # the download, what is unpacked of it, and the weights that are made of that


class UnverifiedError(ModelError):
    """Files whose hash is not known: nobody has agreed to them yet."""


@dataclass(frozen=True)
class Verified:
    """What was found of a model's files. `checked` is False where no hash was kept, so that they were only read."""

    name: str
    checked: bool


class Library:
    """What is installed and what could be. Methods block; they may be called on any thread, one at a time for a model.

    Downloads lie in a hidden folder below the user's models until they are installed.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        downloader: Callable[[Callable[[], bool]], Downloader] = lambda cancelled: Downloader(cancelled=cancelled),
        importer: Importer | None = None,
    ) -> None:
        """`downloader` is given what to ask whether to stop, `importer` converts published files."""
        self.catalogue = catalogue or load_catalogue()
        self.root = user_models()
        self._downloader = downloader
        self._importer = importer or _convert

    # what there is

    def installed(self) -> dict[str, ModelInfo]:
        """The models that could be run, by name: shipped, the user's, and the hybrids of them."""
        return {model.name: model for model in list_models() if model.ready}

    def state(self, name: str) -> State:
        """How a model stands: a download that was left half done is incomplete."""
        entry = self.catalogue.find(name)
        if (PRETRAINED / name / "model.json").is_file():
            return "shipped"
        if entry.needs:
            whole = all(self.state(part) in ("shipped", "installed") for part in entry.needs)
            return "installed" if whole else "absent"
        if (self.root / name / "model.json").is_file():
            return "installed"
        return "incomplete" if self.fetched_bytes(name) else "absent"

    def missing(self, name: str) -> tuple[CatalogueEntry, ...]:
        """What has to be downloaded for a model, itself or the parts of a hybrid."""
        entry = self.catalogue.find(name)
        parts = [self.catalogue.find(part) for part in entry.needs] or [entry]
        return tuple(part for part in parts if self.state(part.name) in ("absent", "incomplete"))

    def fetched_bytes(self, name: str) -> int:
        """How much of an unfinished download is there."""
        size = 0
        with suppress(OSError):  # the download is ending at this very moment
            for path in self._part_folder(name).glob("*"):
                size += path.stat().st_size if path.suffix != ".json" else 0
        return size

    def runnable(self, entry: CatalogueEntry) -> str:
        """Why it could not be run if it were installed, as a sentence; empty if it could."""
        if entry.package and importlib.util.find_spec(entry.package) is None:
            return (
                f"{entry.title} needs the Python package {entry.package}, which is not installed:"
                f" pip install partwise[{entry.extra}]."
            )
        return ""

    # get and import

    def get(
        self,
        name: str,
        progress: Show = lambda state: None,
        cancelled: Callable[[], bool] = lambda: False,
        *,
        accept_unverified: bool = False,
    ) -> None:
        """Download a model, or what a hybrid lacks, check it, convert it and put it where the registry finds it.

        Args:
            name: of the catalogue.
            progress: told how far it is, over all files of a model.
            cancelled: asked all the time; what has come stays and is taken up by the next call.
            accept_unverified: whether files whose hash is not known are fine; they come from the address that the
                catalogue names, and nothing else is known of them.

        Raises:
            UnverifiedError: they are not, and there are such. Nothing was downloaded.
            ModelError: it did not work, in a sentence; the models that were there work on, and nothing is left.
            Cancelled: `cancelled` said so.
        """
        self.remove_abandoned()
        missing = self.missing(name)
        for entry in missing:
            self._check_before(entry, accept_unverified)
        for entry in missing:
            self._get_one(entry, progress, cancelled)

    def import_files(self, name: str, paths: Sequence[Path], *, accept_unverified: bool = False) -> bool:
        """Install a model from files that were downloaded elsewhere: an archive, a folder or the files themselves.

        Returns:
            whether they are the very files that were published.

        Raises:
            UnverifiedError: they are other files, or it is not known, and nobody has agreed to that.
            ModelError: they are of no use, in a sentence; the model that was there works on.
        """
        entry = self.catalogue.find(name)
        self._check_importable(entry)
        for path in paths:
            if not path.exists():
                raise ModelError(f"There is no file “{path}”; choose another.")
        known = _are_published(entry, paths)
        if not known and not accept_unverified:
            raise UnverifiedError(
                f"{_names(paths)}: this is not the file that was published as {entry.title}, or its hash is not known;"
                " import it only if you trust where it is from."
            )
        self._importer(name, paths, self.root)
        return known

    def verify(self, name: str) -> Verified:
        """Compute the hashes of an installed model's weights anew. Raises ModelError if they are not what they were."""
        from models.conversion.install import CHECKSUM, verify
        from models.registry import load_description

        info = self.installed().get(name)
        if info is None:
            state = self.state(name) if name in self.catalogue else "absent"
            doing = "get it again" if state == "installed" else "get it first"
            raise ModelError(f"The model {name} is not installed, or its weights are missing; {doing}.")
        verify(info)
        parts = info.parts or (info,)
        for part in parts:
            _read_headers(part)
        return Verified(name, all(CHECKSUM in load_description(part.folder) for part in parts))

    def remove(self, name: str) -> int:
        """Delete a model of the user's and what is left of its download; returns the bytes freed.

        Raises ModelError: it is shipped, a hybrid, or not there.
        """
        if (PRETRAINED / name).exists():
            raise ModelError(f"The model {name} came with the program and stays; only downloaded ones can be removed.")
        entry = self.catalogue.find(name) if name in self.catalogue else None
        if entry is not None and entry.needs:
            own = [part for part in entry.needs if not self.catalogue.find(part).shipped]
            raise ModelError(f"{entry.title} has no weights of its own; remove {' or '.join(own)} instead.")
        if _outside(name):
            raise ModelError(f"“{name}” is no model's name.")
        freed = 0
        for folder in (self.root / name, self._part_folder(name)):
            freed += _delete(folder)
        if not freed:
            raise ModelError(f"The model {name} is not installed.")
        return freed

    def abandon(self, name: str) -> None:
        """Delete what has come of an unfinished download."""
        if not _outside(name):
            _delete(self._part_folder(name))

    def remove_abandoned(self, older_than_s: float = ABANDONED_S) -> None:
        """Delete downloads that nobody took up again."""
        for folder in self.root.glob(f"{_DOWNLOADS}/*{PART}"):
            with suppress(OSError):
                newest = max((path.stat().st_mtime for path in folder.iterdir()), default=folder.stat().st_mtime)
                if time.time() - newest >= older_than_s:
                    _delete(folder)

    # inside

    def _check_before(self, entry: CatalogueEntry, accept_unverified: bool) -> None:
        if not entry.sources:
            raise ModelError(
                f"{entry.title} comes with the program, but its files are missing; install Partwise again."
            )
        if not entry.certain and not accept_unverified:
            raise UnverifiedError(
                f"The SHA-256 of {entry.title} is not known in full, so nobody can prove that what {entry.origin} sends"
                " is what was published; get it only if you trust that address."
            )

    def _check_importable(self, entry: CatalogueEntry) -> None:
        if entry.needs:
            raise ModelError(f"{entry.title} is made of {' and '.join(entry.needs)}; import those.")
        if entry.shipped:
            raise ModelError(f"{entry.title} comes with the program; there is nothing to import.")

    def _get_one(self, entry: CatalogueEntry, progress: Show, cancelled: Callable[[], bool]) -> None:
        folder = self._part_folder(entry.name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._check_room(entry)
            paths = self._fetch_any(entry, folder, progress, cancelled)
            if cancelled():
                raise Cancelled
            self._importer(entry.name, paths, self.root)
        except Cancelled:
            raise
        except DownloadError as error:
            _delete(folder)
            raise ModelError(f"{entry.title} could not be downloaded: {error}.") from error
        except OSError as error:
            _delete(folder)
            reason = error.strerror or str(error)
            raise ModelError(f"{entry.title} cannot be kept in {self.root}: {reason}.") from error
        except ModelError:
            _delete(folder)
            raise
        _delete(folder)

    def _fetch_any(
        self, entry: CatalogueEntry, folder: Path, progress: Show, cancelled: Callable[[], bool]
    ) -> list[Path]:
        """The files of the first source that has them all. Raises DownloadError of the first, Cancelled, OSError."""
        first: DownloadError | None = None
        for source in entry.sources:
            try:
                return self._fetch_all(source, folder, progress, cancelled)
            except DownloadError as error:
                first = first or error
        assert first is not None
        raise first

    def _fetch_all(self, source: Source, folder: Path, progress: Show, cancelled: Callable[[], bool]) -> list[Path]:
        downloader, paths, before = self._downloader(cancelled), [], 0
        for file in source.files:

            def show(state: Progress, before: int = before) -> None:
                progress(replace(state, done_bytes=before + state.done_bytes, total_bytes=source.size_bytes))

            paths.append(downloader.fetch(file, folder, show))
            before += file.expected_bytes
        return paths

    def _check_room(self, entry: CatalogueEntry) -> None:
        free, wanted = shutil.disk_usage(self.root).free, _ROOM * entry.size_bytes
        if free < wanted:
            raise ModelError(
                f"{entry.title} needs {wanted / 1e6:.0f} MB in {self.root}, of which {free / 1e6:.0f} are free;"
                " free some space."
            )

    def _part_folder(self, name: str) -> Path:
        return self.root / _DOWNLOADS / f"{name}{PART}"


def _convert(name: str, paths: Sequence[Path], root: Path) -> ModelInfo:
    """Published files as a model of ours; torch is loaded only where they are torch's."""
    from models.conversion.install import install

    return install(name, paths, root)


def _are_published(entry: CatalogueEntry, paths: Sequence[Path]) -> bool:
    """Whether these are all files of one of its sources, by hashes that are known in full."""
    if any(path.is_dir() for path in paths):
        return False
    found = [_sha256(path) for path in paths]
    return any(
        source.certain
        and len(found) == len(source.files)
        and all(any(file.matches(sha256) for sha256 in found) for file in source.files)
        for source in entry.sources
    )


def _read_headers(info: ModelInfo) -> None:
    """Look whether the weights are safetensors at all: their index is at their start."""
    from safetensors import SafetensorError, safe_open

    for path in info.weights:
        try:
            with safe_open(str(path), framework="numpy") as file:
                if not list(file.keys()):
                    raise ModelError(f"The weights of the model “{info.name}” are empty; install it again.")
        except (SafetensorError, OSError) as error:
            raise ModelError(f"The weights of the model “{info.name}” are damaged; install it again.") from error


def _names(paths: Sequence[Path]) -> str:
    return " and ".join(f"“{path.name}”" for path in paths) or "No file"


def _outside(name: str) -> bool:
    return not name or name.startswith(".") or Path(name).name != name


def _delete(folder: Path) -> int:
    """Delete a folder with files; returns their bytes. What cannot be deleted stays."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        if folder.parent.name == _DOWNLOADS:
            folder.parent.rmdir()  # only if it is empty
    return size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
