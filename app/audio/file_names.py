"""File names that every system takes: Windows, macOS and Linux, and sticks formatted by any of them."""

import re
import unicodedata
from typing import Final

LONGEST_BYTES: Final = 200
"""Of a name in UTF-8, its ending included. File systems take 255 (bytes on ext4, UTF-16 units on NTFS and APFS)."""

_FORBIDDEN: Final = '<>:"/\\|?*'  # on Windows, and / everywhere
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, direction marks, half characters
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=$|\.)", re.IGNORECASE)
_EMPTY: Final = "Untitled"


def safe_file_name(text: str, suffix: str = "") -> str:
    """A file name that is as close to `text` as can be.

    Characters that some system forbids become `_`; those that cannot be seen are dropped; spaces and dots at the ends
    go; a name that Windows keeps for a device gets a `_`; a long one is cut. It is one name, never a path: it cannot
    lead out of a folder.

    Args:
        text: what the file should be called, without its ending.
        suffix: the ending with its dot; taken as it is.
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if character.isspace() else character for character in text)
    text = "".join(character for character in text if unicodedata.category(character) not in _NOT_SHOWN)
    text = "".join("_" if character in _FORBIDDEN else character for character in text)
    text = _cut(re.sub(r" {2,}", " ", text).strip(" ."), LONGEST_BYTES - len(suffix.encode())).strip(" .")
    if _DEVICE.match(text):
        text = f"_{text}"
    return (text or _EMPTY) + suffix


def _cut(text: str, longest_bytes: int) -> str:
    return text.encode()[:longest_bytes].decode(errors="ignore")
