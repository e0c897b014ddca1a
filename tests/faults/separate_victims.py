"""`python -m tests.faults.separate_victims FOLDER VICTIMS SEED`: batches of songs that are killed; prints a report."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile

import app.headless.batch
import app.song.cache_entry
from app.headless.arguments import SeparateArguments, parse
from app.headless.batch import separate_all
from app.headless.encoding import encode_settings
from app.mixing.stem_folder import stem_file_names
from app.session.batch import plan_batch
from app.session.separation_process import SeparationProcess, SpanDone
from app.song.cache_entry import read_manifest
from app.song.content_hash import content_hash
from app.song.song import Song, open_song
from app.song.stem_cache import StemCache, StemKey
from tests.fake_separator import SHARES, FakeSeparator
from tests.faults.killing import kill_at_random_moments
from tests.songs import noise, write_wav

RATE = 8000
SECONDS = (1, 3)


class HereSeparation(SeparationProcess):
    """Separates in this process, which is forked and must not wait for another to start."""

    def wait_until_loaded(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Nothing to load."""

    def separate(
        self, song: Song, position: Callable[[], int] = int, cancelled: Callable[[], bool] = lambda: False
    ) -> Generator[SpanDone, None, None]:
        """As a child would, into the song's file."""
        stems = np.memmap(song.stems_path, np.float32, "r+", shape=song.stems.shape)
        spans = FakeSeparator(0.03).separate(song.mix, song.rate, position=position, done=song.coverage.spans)
        for span in spans:
            stop = span.start + span.stems.shape[1]
            stems[:, span.start : stop] = span.stems
            yield SpanDone(1, span.start, stop, span.first_activation, span.activations)


@contextmanager
def separation_here(model: str | None, separator: str | None) -> Iterator[SeparationProcess]:
    """In place of `app.headless.separated.separation_process`."""
    yield HereSeparation("fake", "tests.fake_separator:load")


def main() -> None:
    """Kill them, look at what they leave."""
    folder, victims, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.environ["PARTWISE_CACHE"] = str(folder / "cache")
    music, out = folder / "music", folder / "out"
    music.mkdir()
    songs = [write_wav(music / f"{n}.wav", noise(s * RATE, seed=n), RATE) for n, s in enumerate(SECONDS)]
    arguments = parse(["separate", str(music), "--output", str(out)])
    setattr(app.headless.batch, "separation_process", separation_here)  # noqa: B010 - it is imported there
    app.song.cache_entry._WRITE_PERIOD_S = 0.03  # songs are short here
    assert isinstance(arguments, SeparateArguments)
    names = stem_file_names(encode_settings(arguments.encoding))
    identity = HereSeparation("fake", "tests.fake_separator:load").identity() or ""
    kept: set[str] = set()

    def work() -> None:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - this process ends by a kill
        if separate_all(arguments):
            raise RuntimeError("a song failed")

    def start_again() -> None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(folder / "cache", ignore_errors=True)

    def check() -> None:
        for item in plan_batch([music], out):
            if item.target.exists():
                check_files(item.target, item.source, names)
        cache = StemCache(folder / "cache" / "stems")
        for path in songs:
            entry = cache.folder / StemKey(content_hash(path), identity).folder_name
            if not (entry / "entry.json").exists():
                continue
            song = open_song(path, cache=cache, separation=identity)
            assert song.coverage.spans == read_manifest(entry).spans
            for start, stop in song.coverage.spans:
                expected = SHARES[:, None, None] * song.mix[start:stop]
                np.testing.assert_array_equal(song.stems[:, start:stop], expected)
                kept.add(f"{path.name} {stop}")
            song.close()
            assert cache.wait(10)

    work_in_a_fork_is_warm(songs[0], folder)
    killed = kill_at_random_moments(work, check, start_again, victims=victims, seed=seed)
    left = sorted(path.name for path in out.rglob("*") if path.name.startswith("."))
    print(json.dumps({**asdict(killed), "left": left, "parts_kept": len(kept)}))


def check_files(target: Path, source: Path, names: tuple[str, ...]) -> None:
    """All files of a song are whole, and sum to it."""
    assert sorted(path.name for path in target.iterdir()) == sorted(names), target
    samples = soundfile.read(source, dtype="float32")[0]
    total = sum(soundfile.read(target / name, dtype="float32")[0] for name in names[:-1])
    np.testing.assert_allclose(total, samples, atol=1e-6)


def work_in_a_fork_is_warm(path: Path, folder: Path) -> None:
    """Load here what every victim would load, without leaving a thread behind."""
    from app.mixing.mixer import Mixer

    song = open_song(path, folder=folder / "warm")
    Mixer(song).render_stems(0, 100, first=True)
    song.close()


if __name__ == "__main__":
    main()
