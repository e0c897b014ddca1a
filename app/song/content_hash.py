"""What a song's file is, whatever it is called and wherever it lies: a hash of its bytes."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.errors import AudioFileError, Cancelled

_BLOCK_BYTES: Final = 1 << 20
_DIGEST_BYTES: Final = 32
_PATTERN: Final = re.compile(r"[0-9a-f]{64}")


def content_hash(
    path: Path | str,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> str:
    """BLAKE2b (RFC 7693) of a file's bytes, 256 bits as 64 hexadecimal digits; about a gigabyte a second.

    The same file gives the same hash on every machine and in every version. A changed tag changes it.

    Args:
        path: the file, read block by block.
        progress: called with 0..1.
        cancelled: asked before every megabyte.

    Raises:
        AudioFileError: it cannot be read.
        Cancelled: `cancelled` said so.
    """
    path = Path(path)
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    try:
        if not path.is_file():  # a pipe would be waited for
            raise AudioFileError(path, "it is not a file" if path.exists() else "there is no such file")
        with path.open("rb", buffering=0) as file:
            size, read = path.stat().st_size, 0
            block = bytearray(_BLOCK_BYTES)
            while True:
                if cancelled is not None and cancelled():
                    raise Cancelled
                count = file.readinto(block)
                if not count:
                    return digest.hexdigest()
                digest.update(memoryview(block)[:count])
                read += count
                if progress is not None:
                    progress(min(1.0, read / max(size, 1)))
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioFileError(path, getattr(error, "strerror", None) or str(error)) from None


def is_content_hash(text: str) -> bool:
    """Whether a text has the form of what `content_hash` returns."""
    return _PATTERN.fullmatch(text) is not None
