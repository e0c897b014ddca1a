"""The version of Partwise, which pyproject.toml takes from here: this file is there without an installation too."""

from typing import Final

VERSION: Final = "0.1.0"
