"""A server, and a user's folder of models that is the test's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.registry import FOLDER_VARIABLE
from tests.models.manager.model_server import ModelServer, served


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server on this machine."""
    with served() as server:
        yield server


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of models."""
    folder = tmp_path / "models"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder
