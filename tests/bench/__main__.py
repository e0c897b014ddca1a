"""`python -m tests.bench`: all rows, printed and written to bench.json."""

from pathlib import Path

from tests.bench.application import first_sound_row, window_row
from tests.bench.separation import separate_row
from tests.bench.table import write
from tests.bench.training import training_row

if __name__ == "__main__":
    # The child process that separates imports this file again.
    write([separate_row(), training_row(), first_sound_row(), window_row()], Path("bench.json"))
