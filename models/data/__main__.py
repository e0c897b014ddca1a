"""Command line for datasets: what is usable in one, and a copy of it that trains fast."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from models.data.datasets import SPLITS, Dataset, open_dataset
from models.data.multitrack import MultitrackError, write_multitrack
from models.instruments import STEMS


def report(dataset: Dataset) -> str:
    """What is usable, missing or broken, with songs and sounding hours per instrument."""
    found = len(dataset.songs) + len(dataset.problems)
    lines = [f"{dataset.spec}: {len(dataset.songs)} of {found} songs usable, {dataset.hours:.2f} h", ""]
    lines.append(f"{'instrument':<16} {'songs':>6} {'sounding':>10}   unknown in")
    for stem in STEMS:
        unknown = sum(stem in song.unlabelled for song in dataset.songs)
        hours = f"{dataset.active_hours(stem):.2f} h"
        lines.append(f"{stem:<16} {dataset.songs_with(stem):>6} {hours:>10}   {f'{unknown} songs' if unknown else '-'}")
    if dataset.problems:
        lines += ["", f"{len(dataset.problems)} left out:", *(f"  {problem}" for problem in dataset.problems)]
    return "\n".join(lines)


def convert(dataset: Dataset, target: Path) -> int:
    """Write every song that `target` does not hold yet as a plain folder; returns how many were written."""
    written = 0
    for song in tqdm(dataset.songs, desc="converting", unit="song", disable=None):
        folder = target / song.folder.name.removesuffix(".stem.mp4")
        if not folder.exists():
            temporary = folder.with_name(f".{folder.name}")
            write_multitrack(song, temporary)
            temporary.rename(folder)
            written += 1
    return written


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 if at least one song can be used."""
    parser = argparse.ArgumentParser(prog="python -m models.data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="say what of a dataset is usable, missing or broken")
    copy = commands.add_parser(
        "convert", help="copy as plain folders of 16-bit WAV at 44.1 kHz, which are read fastest"
    )
    for command in (check, copy):
        command.add_argument("dataset", metavar="KIND:PATH", help="musdb:PATH, medleydb:PATH, folder:PATH, ...")
        command.add_argument("--split", choices=SPLITS, help="only these songs")
    copy.add_argument("target", type=Path)
    options = parser.parse_args(arguments)
    try:
        with tqdm(desc="reading", unit="song", disable=None) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            dataset = open_dataset(options.dataset, options.split, progress)
        print(report(dataset))
        if options.command == "convert":
            print(f"{convert(dataset, options.target)} songs written to {options.target}")
    except MultitrackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if dataset.songs else 1


if __name__ == "__main__":
    sys.exit(main())
