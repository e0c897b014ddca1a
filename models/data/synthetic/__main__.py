"""Command line: writes a pool of synthetic songs."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from models.data.synthetic.bank import Bank, default_bank_folder
from models.data.synthetic.generate import generate


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.data.synthetic", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder that receives one folder a song")
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first song; the following ones count up")
    parser.add_argument("--split", choices=("train", "held-out", "all"), default="train")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seconds", type=float, default=45.0, help="about how long a song is")
    parser.add_argument("--samples", type=Path, default=default_bank_folder(), help="folder of the sample bank")
    return parser.parse_args(arguments)


def _work(output: Path, seeds: range, split: str, seconds: float, samples: Path) -> int:
    return generate(output, seeds, Bank(samples, split), seconds)  # type: ignore[arg-type]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parse(arguments)
    began = time.monotonic()
    share = [range(options.seed + job, options.seed + options.songs, options.jobs) for job in range(options.jobs)]
    fixed = (options.split, options.seconds, options.samples)
    if options.jobs == 1:
        written = _work(options.output, share[0], *fixed)
    else:
        with ProcessPoolExecutor(options.jobs) as pool:
            written = sum(
                job.result() for job in [pool.submit(_work, options.output, seeds, *fixed) for seeds in share]
            )
    print(f"{written} songs in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
