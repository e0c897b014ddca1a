"""How fast the network learns, in the environment that `models.train` starts itself in and in the default one."""

import os
import subprocess
import sys
from pathlib import Path

from models.training.environment import ENVIRONMENT
from tests.bench.table import Row, against_peer
from tests.bench.training_probe import BATCH

ROOT = Path(__file__).parents[2]


def training_row() -> Row:
    """Seconds per excerpt of 6 s."""
    return against_peer(
        "training",
        "s / excerpt of 6 s",
        lambda: _step_s(ENVIRONMENT) / BATCH,
        "default environment",
        lambda: _step_s({}) / BATCH,
    )


def _step_s(environment: dict[str, str]) -> float:
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.training_probe"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return float(output)
