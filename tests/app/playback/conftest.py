"""One engine for the tests of a file, and a bench with a song on it for each."""

import pytest

from app.playback.engine import Engine
from tests.app.playback.bench import Bench


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)
