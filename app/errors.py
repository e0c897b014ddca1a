"""Errors that reach a person. Each is one sentence that names what failed, why, and where it helps, what to do."""

from pathlib import Path


class PartwiseError(Exception):
    """Base of all errors whose text is shown to the user as it is."""


class AudioFileError(PartwiseError):
    """A song cannot be opened or decoded."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"Cannot open “{Path(path).name}”: {reason.rstrip('.')}.")


class ExportError(PartwiseError):
    """A file cannot be written."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"Cannot write “{Path(path).name}”: {reason.rstrip('.')}.")


class MixFileError(PartwiseError):
    """A saved mix is not one."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"Cannot use the mix “{Path(path).name}”: {reason.rstrip('.')}.")


class PresetError(PartwiseError):
    """A preset is none, or cannot be kept."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Cannot use the preset “{name}”: {reason.rstrip('.')}.")


class ProjectError(PartwiseError):
    """A project cannot be opened or saved."""

    def __init__(self, path: Path | str, reason: str, doing: str = "open") -> None:
        super().__init__(f"Cannot {doing} the project “{Path(path).name}”: {reason.rstrip('.')}.")


class DeviceError(PartwiseError):
    """An audio device cannot be used."""


class SeparationError(PartwiseError):
    """The separator failed."""


class Cancelled(Exception):  # noqa: N818 (it is no error)
    """Raised inside work that its owner has cancelled; never shown as an error."""
