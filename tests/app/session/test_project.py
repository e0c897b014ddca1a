"""Projects: what is saved comes back, wherever the song went."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest
from app.mixing.mix_file import save_mix
from app.mixing.settings import MixSettings
from app.session.commands import SetGain, SetLoop, SetMute, SetTempo, StoreSnapshot
from app.session.document import Document
from app.session.project_file import read_project, write_project
from app.song.tempo import Tempo
from tests.app.session.studio import Studio
from tests.app.ui.desk import write_song

MakeStudio = Callable[[], Studio]


@pytest.fixture
def make_studio(tmp_path: Path) -> Iterator[MakeStudio]:
    """Windows of one user, one after the other or at once."""
    studios: list[Studio] = []

    def make() -> Studio:
        studios.append(Studio(tmp_path / "data"))
        return studios[-1]

    yield make
    for studio in studios:
        studio.session.close()


@pytest.fixture
def song_path(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return write_song(tmp_path / "music", 3.0)


def change(studio: Studio) -> Document:
    """Some of everything."""
    session = studio.session
    session.do(SetGain("bass", -4.5))
    session.do(SetMute("vocals", True))
    session.do(StoreSnapshot(1))
    session.do(SetLoop((4410, 22050)))
    session.do(SetTempo(Tempo(97.25, 11, 3)))
    return session.document


def is_modified(studio: Studio) -> bool:
    return studio.session.project.modified


def export(studio: Studio, path: Path) -> NDArray[np.float32]:
    studio.session.export(ExportRequest(path, encode=EncodeSettings("wav", "FLOAT")))
    studio.settle()
    samples: NDArray[np.float32] = soundfile.read(path, dtype="float32")[0]
    assert np.abs(samples).max() > 0.01
    return samples


def test_a_reopened_project_is_what_was_saved_and_exports_the_same(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    assert not is_modified(studio)
    document = change(studio)
    assert is_modified(studio)
    studio.session.player.seek(12_345)
    view = studio.session.view = studio.session.view.moved("drums", 0).with_collapsed("piano", True)
    before = export(studio, tmp_path / "before.wav")
    studio.session.player.tempo, studio.session.player.transpose_semitones = 0.75, -2.5
    path = tmp_path / "work.partwise"
    studio.session.project.save_as(path)
    assert not studio.session.project.modified
    assert studio.session.project.path == path
    assert studio.said[-1] == "Saved “work.partwise”."
    studio.session.close()

    again = make_studio()
    again.open(path)
    assert again.failures == []
    assert again.session.document == document
    assert again.session.player.loop == document.loop
    assert again.session.player.position == 12_345
    assert (again.session.player.tempo, again.session.player.transpose_semitones) == (0.75, -2.5)
    assert again.session.view == view
    assert again.session.player.mix == document.mix
    assert again.song.path == song_path
    assert not again.session.project.modified
    assert not again.session.history.can_undo
    assert not again.session.player.playing
    assert again.session.preferences.recent[0] == path
    np.testing.assert_array_equal(export(again, tmp_path / "after.wav"), before)


def test_save_goes_to_where_it_was_saved_and_undoing_back_there_is_no_change(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    project, done = studio.session.project, []
    project.save(lambda: done.append("untitled"))
    assert done == []
    project.save_as(tmp_path / "work")  # the ending is added
    studio.session.do(SetGain("bass", -3.0))
    assert is_modified(studio)
    studio.session.undo()
    assert not is_modified(studio)
    studio.session.redo()
    project.save(lambda: done.append("saved"))
    assert done == ["saved"]
    mix = read_project(tmp_path / "work.partwise").document.mix
    assert mix.strip("bass").gain_db == -3.0  # noqa: B005 - a channel strip


def test_project_and_song_moved_together_find_each_other(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    studio.session.project.save_as(song_path.parent / "work.partwise")
    studio.session.close_song()
    moved = tmp_path / "elsewhere"
    song_path.parent.rename(moved)
    studio.open(moved / "work.partwise")
    assert studio.failures == []
    assert studio.missing == []
    assert studio.song.path == moved / song_path.name


def test_a_moved_song_is_located_by_its_content(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    studio = make_studio()
    studio.open(song_path)
    document = change(studio)
    path = tmp_path / "work.partwise"
    studio.session.project.save_as(path)
    studio.session.close_song()
    other, there = tmp_path / "other.wav", tmp_path / "there.wav"
    shutil.move(song_path, there)
    soundfile.write(other, np.zeros((44100, 2)), 44100)

    studio.open(path)
    assert studio.session.song is None
    (opening,) = studio.missing
    assert opening.song is None
    assert opening.song_name == song_path.name
    studio.session.projects.locate(opening, other)
    studio.settle()
    assert studio.session.song is None, "another song is not taken without asking"
    assert studio.missing[-1].song == other
    studio.session.projects.locate(studio.missing[-1], there)
    studio.settle()
    assert studio.song.path == there
    assert studio.session.document == document
    assert studio.session.project.modified, "where the song is now is not saved yet"
    studio.session.project.save()
    studio.session.close_song()
    studio.open(path)
    assert len(studio.missing) == 2
    assert studio.song.path == there


def test_a_song_that_was_changed_is_only_taken_when_confirmed(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    studio.session.do(SetLoop((0, studio.song.frames)))
    studio.session.project.save_as(tmp_path / "work.partwise")
    studio.session.close_song()
    soundfile.write(song_path, np.full((8000, 2), 0.1), 8000)  # shorter than the loop
    studio.open(tmp_path / "work.partwise")
    (opening,) = studio.missing
    assert (opening.song, opening.sure) == (song_path, False)
    studio.session.projects.locate(opening, song_path, confirmed=True)
    studio.settle()
    assert studio.song.frames == 8000
    assert studio.session.project.modified
    assert studio.failures == []


def test_giving_up_lets_others_open_it(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    first, second = make_studio(), make_studio()
    first.open(song_path)
    first.session.project.save_as(tmp_path / "work.partwise")
    first.session.close_song()
    hidden = song_path.rename(tmp_path / "hidden.wav")
    first.open(tmp_path / "work.partwise")
    first.session.projects.give_up(first.missing[0])
    hidden.rename(song_path)
    second.open(tmp_path / "work.partwise")
    assert second.failures == []
    assert second.song.path == song_path


def test_a_self_contained_project_needs_neither_song_nor_separation(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    document = change(studio)
    before = export(studio, tmp_path / "before.wav")
    bundle = tmp_path / "whole.partwise"
    studio.session.project.export_bundle(bundle)
    studio.settle()
    assert studio.failures == []
    assert studio.session.project.path is None, "it is a copy"
    stems, activations = np.array(studio.song.stems), np.array(studio.song.activations)
    studio.session.close_song()
    song_path.unlink()

    again = make_studio()
    again.open(bundle)
    assert again.failures == []
    assert again.missing == []
    assert again.session.separation is None, "nothing was left to separate"
    assert again.song.title == "Sunday Kitchen"
    assert again.session.document == document
    np.testing.assert_array_equal(again.song.stems, stems)
    np.testing.assert_array_equal(again.song.activations, activations)
    np.testing.assert_array_equal(export(again, tmp_path / "after.wav"), before)

    again.session.do(SetGain("piano", -12.0))
    again.session.project.save()  # it stays self-contained
    again.settle()
    assert again.failures == []
    assert not again.session.project.modified
    unpacked = again.song.path.parent
    again.session.close_song()
    assert not unpacked.exists()
    again.open(bundle)
    assert again.session.document.mix.strip("piano").gain_db == -12.0
    np.testing.assert_array_equal(again.song.stems, stems)


def test_unsaved_changes_of_a_self_contained_project_find_its_stems(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    studio.session.close_song()
    song_path.unlink()
    studio.open(tmp_path / "whole.partwise")
    document = change(studio)
    studio.session.close()
    again = make_studio()
    (item,) = again.session.projects.unsaved()
    again.session.projects.restore(item)
    again.settle()
    assert again.failures == []
    assert again.missing == []
    assert again.session.document == document
    assert again.session.separation is None
    again.session.project.save_as(tmp_path / "second.partwise")  # it keeps them
    again.settle()
    assert read_project(tmp_path / "second.partwise").bundle is not None


def test_a_stem_can_be_taken_out_of_the_archive_by_any_program(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    import zipfile

    studio = make_studio()
    studio.open(song_path)
    studio.session.project.export_bundle(tmp_path / "whole.partwise")
    studio.settle()
    with zipfile.ZipFile(tmp_path / "whole.partwise") as archive:
        assert archive.testzip() is None
        archive.extract("stems/bass.wav", tmp_path)
        assert archive.read(f"song/{song_path.name}") == song_path.read_bytes()
    samples, rate = soundfile.read(tmp_path / "stems" / "bass.wav", dtype="float32")
    assert rate == studio.song.rate
    np.testing.assert_array_equal(samples, studio.song.stems[4])


def test_a_mix_file_opens_as_a_project_whose_song_is_to_be_shown(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    mix = MixSettings().with_strip("drums", gain_db=-7.0)
    save_mix(tmp_path / "old.partwise", mix)
    studio.open(tmp_path / "old.partwise")
    (opening,) = studio.missing
    studio.session.projects.locate(opening, song_path)
    studio.settle()
    assert studio.session.mix == mix


def test_a_separator_that_is_not_here_is_told(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    studio = make_studio()
    studio.open(song_path)
    project = studio.session.project.snapshot()
    assert project.model == studio.session.separators.name
    write_project(tmp_path / "work.partwise", replace(project, model="gone"))
    studio.open(tmp_path / "work.partwise")
    assert studio.song.path == song_path
    assert studio.said == ["This project used the separator “gone”, which is not here."]


def test_unsaved_changes_come_back_after_the_program_was_gone(
    make_studio: MakeStudio, song_path: Path, tmp_path: Path
) -> None:
    studio = make_studio()
    studio.open(song_path)
    studio.session.project.save_as(tmp_path / "work.partwise")
    document = change(studio)
    studio.session.close()  # nobody was asked

    again = make_studio()
    (item,) = again.session.projects.unsaved()
    assert item.title == "work"
    assert abs(item.written_s - time.time()) < 60.0
    again.session.projects.restore(item)
    again.settle()
    assert again.failures == []
    assert again.session.document == document
    assert again.session.project.path == tmp_path / "work.partwise"
    assert again.session.project.modified
    third = make_studio()
    assert third.session.projects.unsaved() == (), "what is open here is not offered there"
    again.session.project.save()
    again.session.close()
    assert third.session.projects.unsaved() == ()
    assert read_project(tmp_path / "work.partwise").document == document


def test_what_was_discarded_or_saved_is_not_offered(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    studio = make_studio()
    studio.open(song_path)
    change(studio)
    studio.session.project.tick()
    recovery = tmp_path / "data" / "recovery"
    studio.loop.run_until(lambda: any(recovery.glob("*.recovery")))
    studio.session.project.discard()
    assert list(recovery.iterdir()) == []
    studio.session.close()
    assert make_studio().session.projects.unsaved() == ()


def test_a_second_window_is_told(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    first, second = make_studio(), make_studio()
    first.open(song_path)
    first.session.project.save_as(tmp_path / "work.partwise")
    second.open(tmp_path / "work.partwise")
    assert second.session.song is None
    assert second.failures == [
        "Cannot open the project “work.partwise”: it is open in another window of Partwise; close it there."
    ]
    second.open(song_path)
    second.session.project.save_as(tmp_path / "work.partwise")
    assert "another window" in second.failures[-1]
    first.session.close()
    second.open(tmp_path / "work.partwise")
    assert len(second.failures) == 2
    assert second.session.project.path == tmp_path / "work.partwise"


def test_leaving_asks_only_about_changes(make_studio: MakeStudio, song_path: Path, tmp_path: Path) -> None:
    studio = make_studio()
    asked: list[Callable[[], None]] = []
    studio.session.project.ask = asked.append
    studio.open(song_path)
    assert asked == []
    change(studio)
    (tmp_path / "second").mkdir()
    studio.open(write_song(tmp_path / "second", 2.0, "Other.wav"))
    assert studio.song.path == song_path
    (go,) = asked
    studio.session.project.discard()
    go()
    studio.settle()
    assert studio.song.path.name == "Other.wav"
    assert studio.session.document == Document()
