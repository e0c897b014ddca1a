"""The file of a project, of this version and older ones, and files that only say that they are one."""

import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import PartwiseError, ProjectError
from app.session.document import Document
from app.session.project_bundle import load_stems, write_bundle
from app.session.project_file import (
    PROJECT_ENTRY,
    Project,
    SongReference,
    project_from_json,
    project_to_json,
    read_project,
    reference,
    write_project,
)
from app.session.view_state import ViewState
from app.session.zip_archive import LARGEST_DIRECTORY_BYTES
from app.song.song import Song
from models.instruments import STEMS
from tests.songs import separated_song

FIXTURES = Path(__file__).parent / "fixtures"
SONG = SongReference("/music/song.wav", "song.wav", "0" * 64, "Song", 44100, 1_000_000)
VIEW = ViewState().moved("drums", 0).with_height("bass", 120).with_collapsed("piano", True)
PROJECT = Project(SONG, Document(loop=(5, 500)), VIEW, 77, "iass-six")


def never() -> bool:
    return False


def ignore(fraction: float) -> None:
    pass


def archive_of(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def tree(**changes: Any) -> bytes:
    return json.dumps({**project_to_json(PROJECT), **changes}).encode()


def refusal(path: Path) -> str:
    with pytest.raises(ProjectError) as caught:
        read_project(path)
    sentence = str(caught.value)
    assert sentence.startswith("Cannot open the project “")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


def test_a_project_comes_back_and_the_same_project_is_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.partwise", tmp_path / "two.partwise"
    write_project(one, PROJECT)
    write_project(two, PROJECT)
    assert read_project(one) == PROJECT
    assert one.read_bytes() == two.read_bytes()


def test_names_that_are_no_text_and_long_ones_survive(tmp_path: Path) -> None:
    song = replace(SONG, path="/music/\udcff\U0001f3b8é" + "x" * 4000 + ".wav", title="a" * 1000)
    write_project(tmp_path / "one.partwise", replace(PROJECT, song=song))
    assert read_project(tmp_path / "one.partwise").song == song


def test_version_0_is_read() -> None:
    project = read_project(FIXTURES / "project-0.partwise")
    assert project.song == SongReference("/music/Sunday Kitchen.wav")
    assert project.document.loop == (44100, 88200)
    vocals, bass = (project.document.mix.strips[STEMS.index(name)] for name in ("vocals", "bass"))
    assert vocals.mute
    assert (bass.gain_db, bass.pan) == (2.5, -0.25)
    assert bass.equalizer.bands[1].gain_db == 3.0


def test_version_1_is_read() -> None:
    """A file that was written once stays readable; this one is not written anew with the program."""
    project = read_project(FIXTURES / "project-1.partwise")
    assert project.song is not None
    assert project.song.file_name == "Sunday Kitchen.wav"
    assert project.song.candidates(Path("/home")) == (
        Path("/home/songs/Sunday Kitchen.wav"),
        Path("C:\\Music\\Sunday Kitchen.wav"),
    )
    assert (project.model, project.position) == ("iass-six", 123456)
    assert (project.speed, project.transpose_semitones) == (1.0, 0.0), "which it did not know yet"
    document = project.document
    assert document.practice == ("without", "bass")
    assert document.tempo is not None
    assert document.tempo.found == (11, 27000)
    assert document.sides[0].side == "B"
    assert document.mix.limiter.on
    assert document.snapshots == (document.mix, None, None, None)


def test_a_newer_version_says_so(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "new.partwise", {PROJECT_ENTRY: b'{"partwise_project": 9, "colour": 3}'})
    assert "newer Partwise (format 9); update Partwise" in refusal(path)


def test_a_song_below_the_project_is_also_kept_relative(tmp_path: Path) -> None:
    song = tmp_path / "a" / "song.wav"
    assert reference(song, tmp_path) == (str(song), "a/song.wav")
    assert reference(song, tmp_path / "b") == (str(song), "")


@pytest.mark.parametrize("path", ["../song.wav", "/etc/passwd", "a/../../b", "a\\..\\b", "C:/x.wav", "C:x.wav"])
def test_a_relative_path_cannot_lead_out_of_the_folder(path: str) -> None:
    value = json.loads(tree(song={"path": "/music/song.wav", "relative": path}))
    song = project_from_json(value).song
    assert song is not None
    assert song.candidates(Path("/home")) == (Path("/music/song.wav"),)


@pytest.mark.parametrize("path", ["\\\\server\\share\\song.wav", "//server/share/song.wav"])
def test_no_server_is_asked_for_a_song(path: str) -> None:
    song = project_from_json(json.loads(tree(song={"path": path, "relative": "song.wav"}))).song
    assert song is not None
    assert song.path == ""


@pytest.mark.parametrize(
    ("song", "sentence"),
    [
        ({"relative": "", "path": ""}, "song.path is missing"),
        ({"path": "a\0b"}, "song.path must be a path"),
        ({"path": "a", "content_hash": "xyz"}, "64 hexadecimal digits"),
        ({"path": "a", "frames": -1}, "song.frames must be"),
        ({"path": ["a"]}, "song.path must be a path"),
        ("song.wav", "song must be an object"),
    ],
)
def test_a_song_that_makes_no_sense(tmp_path: Path, song: object, sentence: str) -> None:
    assert sentence in refusal(archive_of(tmp_path / "x.partwise", {PROJECT_ENTRY: tree(song=song)}))


HOSTILE: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: path.write_bytes(b""),
    "noise": lambda path: path.write_bytes(random.Random(1).randbytes(5000)),
    "no archive": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(500)),
    "a folder": lambda path: path.mkdir(),
    "bomb": lambda path: archive_of(path, {PROJECT_ENTRY: bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
    "large": lambda path: archive_of(path, {PROJECT_ENTRY: b" " * 16_000_001}),
    "no project": lambda path: archive_of(path, {}),
    "path": lambda path: archive_of(path, {PROJECT_ENTRY: tree(), "../../outside": b"x"}),
    "song path": lambda path: archive_of(path, {PROJECT_ENTRY: tree(), "song/../../outside": b"x"}),
    "absolute": lambda path: archive_of(path, {PROJECT_ENTRY: tree(), "/etc/outside": b"x"}),
    "many": lambda path: archive_of(path, {PROJECT_ENTRY: tree(), **{f"song/{n}": b"" for n in range(3000)}}),
    "pickle": lambda path: archive_of(path, {PROJECT_ENTRY: tree(), "stems.pkl": b"cos\nsystem\n(S'x'\ntR."}),
    "no stems": lambda path: archive_of(
        path, {PROJECT_ENTRY: tree(bundle={"song": "song/a.wav", "rate": 44100, "frames": 10})}
    ),
    "bundle path": lambda path: archive_of(
        path, {PROJECT_ENTRY: tree(bundle={"song": "../a.wav", "rate": 44100, "frames": 10})}
    ),
    "deep": lambda path: archive_of(path, {PROJECT_ENTRY: b"[" * 100_000}),
    "twice": lambda path: archive_of(path, {PROJECT_ENTRY: b'{"partwise_project": 1, "partwise_project": 1}'}),
    "NaN": lambda path: archive_of(path, {PROJECT_ENTRY: tree(position=float("nan"))}),
    "not UTF-8": lambda path: archive_of(path, {PROJECT_ENTRY: b"\xff\xfe"}),
    "other JSON": lambda path: path.write_bytes(b'{"name": "something"}'),
    "view": lambda path: archive_of(path, {PROJECT_ENTRY: tree(view={"order": ["x" * 100_000]})}),
    "view of lists": lambda path: archive_of(path, {PROJECT_ENTRY: tree(view={"heights": {"bass": []}})}),
    "list": lambda path: path.write_bytes(b"[]"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_answered_by_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.partwise"
    HOSTILE[name](path)
    refusal(path)
    assert [item.name for item in tmp_path.iterdir()] == ["hostile.partwise"]
    assert not (tmp_path.parent / "outside").exists()


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """As in D. Fifield, "A better zip bomb", WOOT 2019."""
    path = archive_of(tmp_path / "x.partwise", {PROJECT_ENTRY: tree(), "song/a": b"x" * 100})
    raw = bytearray(path.read_bytes())
    directory = raw.rindex(b"PK\x01\x02")
    raw[directory + 42 : directory + 46] = struct.pack("<L", 0)  # the second lies where the first does
    path.write_bytes(raw)
    assert "share their bytes" in refusal(path)


def test_a_directory_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "x.partwise", {PROJECT_ENTRY: tree()})
    raw = bytearray(path.read_bytes())
    raw[-10:-6] = struct.pack("<L", LARGEST_DIRECTORY_BYTES + 1)
    path.write_bytes(raw)
    assert "too many entries" in refusal(path)


@pytest.fixture
def song(tmp_path: Path) -> Iterator[Song]:
    (tmp_path / "music").mkdir()
    song = separated_song(tmp_path / "music", 3000)
    yield song
    song.close()


def take_in(path: Path, song: Song) -> None:
    project = read_project(path)
    if project.bundle is not None:
        load_stems(path, project.bundle, song, ignore, never)


def test_damaged_files_are_answered_by_a_sentence_or_read(tmp_path: Path, song: Song) -> None:
    """Bits flipped and ends cut off at fixed random places of a project with stems."""
    whole, path = tmp_path / "whole.partwise", tmp_path / "damaged.partwise"
    write_bundle(whole, PROJECT, song, ignore, never)
    take_in(whole, song)
    raw, chance, refused = whole.read_bytes(), random.Random(7), 0
    directory = raw.rindex(PROJECT_ENTRY.encode()) - 2500
    for index in range(150):
        damaged = bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(directory if index % 2 else 0, len(raw))
            damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged[: chance.randrange(len(raw))] if index % 10 == 0 else damaged)
        try:
            take_in(path, song)
        except PartwiseError as error:
            refused += 1
            assert "\n" not in str(error)  # noqa: PT017
    assert refused > 140, "the checksums tell nearly all"


def test_stems_of_another_length_or_with_undefined_samples_are_refused(tmp_path: Path, song: Song) -> None:
    path = tmp_path / "whole.partwise"
    write_bundle(path, PROJECT, song, ignore, never)
    bundle = read_project(path).bundle
    assert bundle is not None
    with pytest.raises(ProjectError, match="do not fit the song"):
        load_stems(path, replace(bundle, frames=2999), song, ignore, never)
    song.stems[2, 1000] = float("nan")
    write_bundle(path, PROJECT, song, ignore, never)
    with pytest.raises(ProjectError, match="damaged"):
        load_stems(path, bundle, song, ignore, never)
