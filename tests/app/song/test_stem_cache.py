"""Songs come back from the cache as they were; what is damaged, locked or too large is not trusted or touched."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.errors import PartwiseError
from app.json_file import write_json
from app.mixing.mixer import Mixer
from app.song import stem_cache, stores
from app.song.cache_entry import CHECK_FRAMES, MANIFEST, Manifest, SongFacts, manifest_to_json, read_manifest
from app.song.file_lock import FileLock
from app.song.song import Song, open_song
from app.song.stem_cache import StemCache
from models.activation import activation_frame_count
from tests.songs import noise, write_wav

RATE = 8000
FRAMES = 30 * RATE + 17
SEPARATION = "5e" * 20
ROOT = Path(__file__).parents[3]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[StemCache]:
    cache = StemCache(tmp_path / "cache")
    yield cache
    assert cache.wait(10.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "song.wav", noise(FRAMES), RATE)


def opened(path: Path, cache: StemCache, separation: str = SEPARATION) -> Song:
    return open_song(path, cache=cache, separation=separation)


def separate(song: Song, start: int = 0, stop: int | None = None) -> None:
    """Fill a part with noise that a test can make again."""
    stop = song.frames if stop is None else stop
    first, last = (frame * song.activations.shape[1] // song.frames for frame in (start, stop))
    song.add_span(start, stems_of(song.frames)[:, start:stop], first, np.full((6, last - first), 0.7, np.float32))


def stems_of(frames: int) -> np.ndarray:
    return noise(6 * frames, seed=3, level=0.02).reshape(6, frames, 2)


def close(song: Song, cache: StemCache) -> None:
    song.close()
    assert cache.wait(10.0)


def make_entry(path: Path, cache: StemCache, separation: str = SEPARATION) -> Path:
    """A separated song in the cache; returns its folder."""
    song = opened(path, cache, separation)
    separate(song)
    close(song, cache)
    return next(entry.folder for entry in cache.songs() if entry.folder.name.endswith(separation[:20]))


def test_a_known_song_comes_back_bit_for_bit_and_nulls(path: Path, cache: StemCache) -> None:
    song = opened(path, cache)
    assert song.coverage.spans == ()
    separate(song)
    before = Mixer(song).render_stems(0, song.frames, first=True).copy()
    outlines = [peaks.envelope(0, song.frames, 77) for peaks in (song.mix_peaks, *song.stem_peaks)]
    close(song, cache)
    path.rename(path.with_name("moved.wav"))  # it is known by what is in it
    again = opened(path.with_name("moved.wav"), cache)
    assert (again.rate, again.frames, again.source_channels) == (RATE, FRAMES, 2)
    assert again.content_hash == song.content_hash
    assert again.coverage.spans == ((0, FRAMES),)
    np.testing.assert_array_equal(again.mix, noise(FRAMES))
    np.testing.assert_array_equal(again.stems, stems_of(FRAMES))
    assert np.all(again.activations == np.float32(0.7))
    assert again.activation_coverage == ((0, again.activations.shape[1]),)
    for (low, high), peaks in zip(outlines, (again.mix_peaks, *again.stem_peaks), strict=True):
        np.testing.assert_array_equal(peaks.envelope(0, FRAMES, 77), (low, high))
    after = Mixer(again).render_stems(0, FRAMES, first=True)
    np.testing.assert_array_equal(after, before)
    np.testing.assert_allclose(after.sum(axis=0), again.mix, atol=1e-6)
    close(again, cache)


def test_a_partly_separated_song_goes_on(path: Path, cache: StemCache) -> None:
    song = opened(path, cache)
    separate(song, 1000, 100_000)
    close(song, cache)
    assert 0.3 < cache.songs()[0].fraction < 0.5
    again = opened(path, cache)
    assert again.coverage.spans == ((1000, 100_000),)
    np.testing.assert_array_equal(again.stems[:, 1000:100_000], stems_of(FRAMES)[:, 1000:100_000])
    separate(again, 100_000)
    separate(again, 0, 1000)
    close(again, cache)
    assert cache.songs()[0].fraction == 1.0


def test_another_model_or_another_song_is_another_entry(path: Path, cache: StemCache, tmp_path: Path) -> None:
    make_entry(path, cache)
    song = opened(path, cache, "a1" * 20)
    assert song.coverage.spans == ()
    other = opened(write_wav(tmp_path / "other.wav", noise(FRAMES, seed=9), RATE), cache)
    assert other.coverage.spans == ()
    close(song, cache)
    close(other, cache)
    assert len(cache.songs()) == 3


def test_two_songs_of_one_process_share_the_entry(path: Path, cache: StemCache) -> None:
    first = opened(path, cache)
    separate(first, 0, 50_000)
    second = opened(path, cache)
    assert second.coverage.spans == ((0, 50_000),)
    close_first = first.stems_path
    first.close()
    separate(second, 50_000)
    assert second.stems_path == close_first
    close(second, cache)
    assert opened(path, cache).coverage.spans == ((0, FRAMES),)


def spoil_size(folder: Path) -> None:
    os.truncate(folder / "stems.f32", 1000)


def spoil_stems(folder: Path) -> None:
    stems = np.memmap(folder / "stems.f32", np.float32, "r+")
    stems[100:200] = 7.0


def spoil_activations(folder: Path) -> None:
    np.memmap(folder / "activations.f32", np.float32, "r+")[5] = np.nan


def spoil_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:-20])


def change_spans(folder: Path) -> None:
    tree = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**tree, "spans": [[5, 1 << 39]]}))


def change_song(folder: Path) -> None:
    tree = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**tree, "song": "0" * 64}))


def lose_mix(folder: Path) -> None:
    (folder / "mix.f32").unlink()


@pytest.mark.parametrize(
    "spoil",
    [spoil_size, spoil_stems, spoil_activations, spoil_manifest, change_spans, change_song, lose_mix],
    ids=lambda spoil: spoil.__name__,
)
def test_a_damaged_entry_is_dropped_with_a_line_in_the_log(
    path: Path, cache: StemCache, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    spoil(make_entry(path, cache))
    with caplog.at_level(logging.WARNING):
        song = opened(path, cache)
    assert sum("damaged" in record.message for record in caplog.records) == 1
    assert song.coverage.spans == ()
    assert not song.stems.any()
    np.testing.assert_array_equal(song.mix, noise(FRAMES))
    separate(song)
    close(song, cache)
    again = opened(path, cache)
    assert again.coverage.spans == ((0, FRAMES),)
    close(again, cache)


def test_the_least_recently_used_goes_first_and_never_what_is_open(cache: StemCache, tmp_path: Path) -> None:
    songs = [write_wav(tmp_path / f"{n}.wav", noise(RATE * 5, seed=n), RATE) for n in range(4)]
    folders = []
    for n, song in enumerate(songs[:3]):
        folders.append(make_entry(song, cache, f"{n}" * 40))
        os.utime(folders[-1] / MANIFEST, (1000.0 + n, 1000.0 + n))
    size = cache.songs()[0].size_bytes
    held = opened(songs[0], cache, "0" * 40)
    os.utime(folders[0] / MANIFEST, (1000.0, 1000.0))  # the oldest, but it is open
    cache.limit_bytes = round(3.5 * size)
    newest = opened(songs[3], cache, "3" * 40)
    assert [folder.exists() for folder in folders] == [True, False, True]
    assert cache.clear() == pytest.approx(size, rel=1e-3)
    assert [folder.exists() for folder in folders] == [True, False, False]
    close(held, cache)
    close(newest, cache)
    assert cache.clear() == pytest.approx(2 * size, rel=1e-3)
    assert list(cache.folder.iterdir()) == []


def test_a_song_larger_than_the_cache_is_not_kept_but_plays(path: Path, cache: StemCache) -> None:
    cache.limit_bytes = 1_000_000
    song = opened(path, cache)
    separate(song)
    assert song.stems.any()
    close(song, cache)
    assert cache.songs() == ()
    assert list(cache.folder.iterdir()) == []


HOLDER = """
import sys
from pathlib import Path
from app.song.song import open_song
from app.song.stem_cache import StemCache
song = open_song(Path(sys.argv[1]), cache=StemCache(Path(sys.argv[2])), separation=sys.argv[3])
print(song.coverage.spans, flush=True)
sys.stdin.read()
"""


def test_another_process_reads_a_complete_song_and_leaves_an_unfinished_one_alone(
    path: Path, cache: StemCache, tmp_path: Path
) -> None:
    folder = make_entry(path, cache)
    command = [sys.executable, "-c", HOLDER, str(path), str(cache.folder)]
    with subprocess.Popen(
        [*command, SEPARATION], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == f"((0, {FRAMES}),)"
        both = opened(path, cache)
        assert both.coverage.spans == ((0, FRAMES),)
        close(both, cache)
        assert cache.clear() == 0, "the other process has it open"
        assert not cache.make_room(1)
        child.kill()
    with subprocess.Popen(
        [*command, "b2" * 20], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        private = opened(path, cache, "b2" * 20)  # it is separated there, and played here
        assert not private.mix_path.is_relative_to(cache.folder)
        private.close()
        child.kill()
    after_the_kill = opened(path, cache, "b2" * 20)
    assert after_the_kill.mix_path.is_relative_to(cache.folder)
    close(after_the_kill, cache)
    assert folder.exists()


def test_a_file_that_changes_while_it_is_decoded_is_not_kept(path: Path, cache: StemCache) -> None:
    song = open_song(path, cache=cache, separation=SEPARATION, progress=lambda fraction: os.utime(path, (1.0, 1.0)))
    close(song, cache)
    assert cache.songs() == ()


def test_a_full_disk_takes_old_songs_before_it_refuses(
    path: Path, cache: StemCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_entry(write_wav(tmp_path / "old.wav", noise(RATE), RATE), cache, "0" * 40)
    reserve = stores._reserve

    def full_while_the_old_is_there(descriptor: int, size: int, folder: Path) -> None:
        if old.exists():
            raise OSError(28, "No space left on device")
        reserve(descriptor, size, folder)

    monkeypatch.setattr(stores, "_reserve", full_while_the_old_is_there)
    song = opened(path, cache)
    assert not old.exists()
    close(song, cache)

    def full(descriptor: int, size: int, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stores, "_reserve", full)
    with pytest.raises(PartwiseError, match="has no room for the song"):
        opened(write_wav(tmp_path / "new.wav", noise(RATE, seed=5), RATE), cache)
    monkeypatch.setattr(stores, "_reserve", reserve)
    after_space_was_made = opened(tmp_path / "new.wav", cache)
    close(after_space_was_made, cache)


def test_a_manifest_that_cannot_be_written_is_written_later(
    path: Path, cache: StemCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from app.song import cache_entry

    def full(path: Path, tree: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_entry, "write_json", full)
    song = opened(path, cache)
    separate(song, 0, 60_000)
    second = opened(path, cache)  # still shared, whatever the disk says
    assert second.coverage.spans == ((0, 60_000),)
    second.close()
    monkeypatch.setattr(cache_entry, "write_json", write_json)
    separate(song, 60_000)
    close(song, cache)
    again = opened(path, cache)
    assert again.coverage.spans == ((0, FRAMES),)
    close(again, cache)


def test_a_folder_that_cannot_be_used_costs_nothing_but_the_cache(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    song = opened(path, StemCache(tmp_path / "file" / "cache"))
    separate(song)
    song.close()
    assert "cannot be used" in caplog.text


def test_moving_takes_along_what_is_not_open(path: Path, cache: StemCache, tmp_path: Path) -> None:
    make_entry(path, cache, "1" * 40)
    make_entry(path, cache, "2" * 40)
    held = opened(path, cache, "2" * 40)
    assert cache.move(tmp_path / "elsewhere") == 1
    assert cache.folder == tmp_path / "elsewhere"
    moved = opened(path, cache, "1" * 40)
    assert moved.coverage.spans == ((0, FRAMES),)
    assert moved.mix_path.is_relative_to(tmp_path / "elsewhere")
    close(moved, cache)
    close(held, cache)
    (tmp_path / "file").touch()
    with pytest.raises(PartwiseError, match="choose another folder"):
        cache.move(tmp_path / "file")
    assert cache.folder == tmp_path / "elsewhere"


def test_what_a_kill_left_is_cleaned_up(cache: StemCache) -> None:
    for name in (".gone-123", f"{'a' * 40}-{'b' * 20}"):
        (cache.folder / name).mkdir(parents=True)
        (cache.folder / name / "stems.f32").write_bytes(b"\0" * 1000)
    cache.trim()
    assert list(cache.folder.iterdir()) == []


def test_checksums_say_where_the_stems_are_whole(path: Path, cache: StemCache) -> None:
    song = opened(path, cache)
    separate(song, 1, 3 * CHECK_FRAMES)
    close(song, cache)
    manifest = read_manifest(cache.songs()[0].folder)
    assert [bool(check) for check in manifest.checks] == [False, True, True, False]


def test_a_manifest_says_what_it_was_given(tmp_path: Path) -> None:
    facts = SongFacts(44_100, 200_000, 6)
    checks = np.array([0, 1, 2**32 - 1, 77], np.uint32)
    last = activation_frame_count(200_000, 44_100)
    manifest = Manifest("a" * 64, "b" * 40, "ü “x”.mp3", facts, ((0, 5), (7, 200_000)), ((3, last),), checks)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest_to_json(manifest)))
    read = read_manifest(tmp_path)
    np.testing.assert_array_equal(read.checks, checks)
    assert (read.facts, read.spans, read.activation_spans, read.name) == (
        facts, manifest.spans, manifest.activation_spans, "ü “x”.mp3",
    )  # fmt: skip


def test_a_lock_excludes_and_can_be_shared(tmp_path: Path) -> None:
    lock = FileLock.acquire(tmp_path / "lock")
    assert lock is not None
    assert FileLock.acquire(tmp_path / "lock") is None
    assert FileLock.acquire(tmp_path / "lock", shared=True) is None
    lock.release()
    lock.release()
    one, two = (FileLock.acquire(tmp_path / "lock", shared=True) for _ in range(2))
    assert FileLock.acquire(tmp_path / "lock") is None
    for holder in (one, two):
        assert holder is not None
        holder.release()
    assert FileLock.acquire(tmp_path / "lock") is not None


def test_the_cache_lies_in_the_platforms_folder() -> None:
    assert StemCache().folder == stem_cache.default_stem_folder()
    assert StemCache().folder.is_relative_to(os.environ["PARTWISE_CACHE"])
