"""Command line: writes a pool of synthetic songs."""

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from models.data.datasets import default_pool
from models.data.synthetic.bank import default_bank_folder, open_font
from models.data.synthetic.generate import generate_split
from models.data.synthetic.soundfont import SoundFontError

FIRST_SEEDS = {"train": 1, "validation": 9_000_001, "test": 9_500_001, "all": 1}
"""Seeds of the first songs unless told otherwise: no two splits share a composition."""


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.data.synthetic", description=__doc__)
    parser.add_argument("--output", type=Path, help="folder that receives one folder a song (default: POOL/SPLIT)")
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--seed", type=int, help="seed of the first song; the following ones count up")
    parser.add_argument(
        "--split", choices=tuple(FIRST_SEEDS), default="train",
        help="train: without the held-out sources; validation, test: only with them",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--length", "--seconds", type=float, default=45.0, help="about how long a song is, in seconds")
    parser.add_argument("--samples", type=Path, default=default_bank_folder(), help="folder of the sample bank")
    parser.add_argument(
        "--soundfont", type=Path, nargs="+", default=(), metavar="PATH",
        help="SoundFonts (.sf2, .sf3) and folders of Gravis Ultrasound patches that join the bank",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parse(arguments)
    began = time.monotonic()
    try:
        for path in options.soundfont:  # before the processes start
            open_font(path).close()
    except SoundFontError as error:
        print(error, file=sys.stderr)
        return 1
    output = options.output or default_pool() / options.split
    first = options.seed if options.seed is not None else FIRST_SEEDS[options.split]
    share = [range(first + job, first + options.songs, options.jobs) for job in range(options.jobs)]
    fixed = (options.split, options.length, options.samples, tuple(options.soundfont))
    if options.jobs == 1:
        written = generate_split(output, share[0], *fixed)
    else:
        # not forked: OpenMP, with which FluidSynth reads files, does not survive a fork
        with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
            jobs = [pool.submit(generate_split, output, seeds, *fixed) for seeds in share]
            written = sum(job.result() for job in jobs)
    print(f"{written} songs in {time.monotonic() - began:.0f} s, in {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
