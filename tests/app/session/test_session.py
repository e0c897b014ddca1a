import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest
from app.mixing.mix_file import save_mix
from app.mixing.settings import DEFAULT_BANDS, MixSettings
from app.playback.output import OutputSettings
from app.session.commands import (
    SetBand,
    SetGain,
    SetLinks,
    SetLoop,
    SetMasterGain,
    SetMute,
    SetPan,
    SetTempo,
    StoreSnapshot,
    SwapEqualizer,
)
from app.session.preferences import Preferences, load_preferences
from app.song.tempo import Tempo
from models.instruments import STEMS
from tests.app.session.separating_studio import Studio
from tests.fake_separator import SHARES
from tests.songs import noise, write_wav

RATE = 8000
FLOAT = EncodeSettings("wav", "FLOAT")

MakeStudio = Callable[[str], Studio]


@pytest.fixture
def make_studio(tmp_path: Path) -> Iterator[MakeStudio]:
    studios = []

    def make(function: str = "load") -> Studio:
        studios.append(Studio(tmp_path, function))
        return studios[-1]

    yield make
    for studio in studios:
        studio.session.close()


def remix_to(target: Path) -> ExportRequest:
    return ExportRequest(target, encode=FLOAT)


def wav(tmp_path: Path, name: str = "song.wav", seconds: int = 4, seed: int = 0) -> Path:
    return write_wav(tmp_path / name, noise(seconds * RATE, seed=seed), RATE)


def test_an_opened_song_plays_at_once_and_is_separated(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load_slow")
    coverages: list[float] = []
    path = wav(tmp_path)
    session = studio.session
    session.coverage_changed.subscribe(
        lambda: coverages.append(session.song.coverage.fraction(session.song.frames) if session.song else -1.0)
    )
    studio.open(path)
    assert session.song is not None
    assert session.player.playing
    assert session.song.coverage.fraction(session.song.frames) == 0.0, "it plays before anything is separated"
    studio.finish_separation()
    assert session.separation is not None
    assert session.separation.state == "done"
    assert session.song.coverage.spans == ((0, session.song.frames),)
    assert coverages == sorted(coverages)
    assert coverages[-1] == 1.0
    np.testing.assert_array_equal(session.song.stems, SHARES[:, None, None] * session.song.mix)
    assert session.preferences.recent == (path.resolve(),)
    assert load_preferences(studio.preferences_path) == session.preferences
    assert studio.failures == []


def test_a_song_that_cannot_be_opened_leaves_the_open_one(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    studio.open(wav(tmp_path))
    song = studio.session.song
    studio.open(tmp_path / "nothing.wav")
    assert studio.session.song is song
    assert len(studio.failures) == 1
    assert "“nothing.wav”" in studio.failures[0]


def test_opening_another_song_drops_the_results_of_the_first(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load_slow")
    session = studio.session
    studio.open(wav(tmp_path, "first.wav", seconds=30))
    first, job = session.song, session.separation
    assert first is not None
    assert job is not None
    studio.loop.run_until(lambda: first.coverage.spans)
    session.do(SetGain("bass", -6.0))
    studio.open(wav(tmp_path, "second.wav", seconds=2, seed=1))
    second = session.song
    assert second is not None
    assert second.path.name == "second.wav"
    assert session.mix == MixSettings()
    assert not session.history.can_undo
    studio.finish_separation()
    assert job.state == "cancelled"
    assert first.closed
    assert not first.mix_path.exists()
    np.testing.assert_array_equal(second.stems, SHARES[:, None, None] * second.mix)
    assert studio.failures == []


def test_the_last_of_two_songs_opened_at_once_wins(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    studio.session.open(wav(tmp_path, "first.wav"))
    first_job = studio.session.opening
    studio.open(wav(tmp_path, "second.wav"))
    assert first_job is not None
    studio.loop.run_until(lambda: not first_job.running)
    assert first_job.state == "cancelled"
    assert studio.session.song is not None
    assert studio.session.song.path.name == "second.wav"
    assert studio.songs == 1


def test_separation_is_cancelled_and_taken_up_again(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load_slow")
    studio.open(wav(tmp_path, seconds=8))
    session, song = studio.session, studio.session.song
    assert song is not None
    studio.loop.run_until(lambda: song.coverage.spans)
    session.cancel_separation()
    studio.finish_separation()
    assert session.separation is not None
    assert session.separation.state == "cancelled"
    there = song.coverage.fraction(song.frames)
    assert 0.0 < there < 1.0
    session.separate()
    again = session.separation
    session.separate()
    assert session.separation is again, "one at a time"
    studio.finish_separation()
    assert again.state == "done"
    session.separate()
    assert session.separation is again, "nothing is left to do"


def test_a_child_that_dies_is_one_sentence_and_another_try_works(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load_slow")
    studio.open(wav(tmp_path))
    session, song = studio.session, studio.session.song
    assert song is not None
    studio.loop.run_until(lambda: song.coverage.spans)
    assert studio.process.pid is not None
    os.kill(studio.process.pid, signal.SIGKILL)
    studio.finish_separation()
    assert len(studio.failures) == 1
    assert studio.failures[0].startswith("Cannot separate “song.wav”: the separation process was ended by signal 9")
    assert session.player.playing or session.player.position == song.frames, "playback does not care"
    session.separate()
    studio.finish_separation()
    assert song.coverage.spans == ((0, song.frames),)


def test_commands_reach_the_player_and_can_be_undone(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    session = studio.session
    studio.open(wav(tmp_path))
    changes: list[MixSettings] = []
    session.mix_changed.subscribe(lambda: changes.append(session.player.mix))
    session.do(SetMute("vocals", True))
    session.do(SetMute("vocals", True))
    session.undo()
    session.redo()
    session.redo()
    muted = MixSettings().with_strip("vocals", mute=True)
    assert changes == [muted, MixSettings(), muted]
    session.end_gesture()
    save_mix(tmp_path / "mix.json", MixSettings(master_gain_db=-9.0))
    session.load_mix(tmp_path / "mix.json")
    assert session.mix.master_gain_db == -9.0
    assert session.history.undo_name == "Load mix “mix.json”"
    session.save_mix(tmp_path / "copy.json")
    assert (tmp_path / "copy.json").is_file()
    session.load_mix(tmp_path / "song.wav")
    assert len(studio.failures) == 1
    assert "“song.wav”" in studio.failures[0]


def test_snapshots_cross_fade_there_and_back(
    make_studio: MakeStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = make_studio("load")
    session = studio.session
    studio.open(wav(tmp_path))
    glides: list[tuple[MixSettings, float]] = []
    monkeypatch.setattr(session.player, "glide_to", lambda mix, seconds: glides.append((mix, seconds)))
    session.recall_snapshot(1)
    assert studio.said == ["Snapshot B is empty: store a mix there first."]
    session.do(SetGain("bass", -6.0))
    quiet = session.mix
    session.do(StoreSnapshot(1))
    session.do(SetGain("bass", 3.0))
    loud = session.mix
    session.recall_snapshot(1)
    assert session.mix == quiet
    session.undo()
    session.redo()
    assert glides == [(quiet, 0.5), (loud, 0.5), (quiet, 0.5)]
    assert session.history.undo_name == "Recall snapshot B"


def test_practice_mixes_are_one_click_and_back(make_studio: MakeStudio) -> None:
    session = make_studio("load").session
    told: list[str] = []
    session.preferences_changed.subscribe(lambda: told.append(session.preferences.my_instrument))
    session.set_preferences(replace(session.preferences, my_instrument="bass"))
    session.set_preferences(session.preferences)
    assert told == ["bass"]
    session.practice("without")
    assert session.mix == MixSettings().with_strip("bass", mute=True)
    session.practice("quieter")
    assert session.mix == MixSettings().with_strip("bass", gain_db=-6.0)
    session.practice("quieter")
    assert session.mix == MixSettings()
    session.practice("only")
    assert session.player.mix == MixSettings().with_strip("bass", solo=True)
    assert session.history.undo_name == "Only bass"


def test_each_change_tells_those_it_concerns(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    session = studio.session
    studio.open(wav(tmp_path))
    told: list[str] = []
    session.document_changed.subscribe(lambda: told.append("document"))
    session.mix_changed.subscribe(lambda: told.append("mix"))
    session.tempo.changed.subscribe(lambda: told.append("tempo"))
    tempo = Tempo(120.0, 0, 4)
    for command, expected in (
        (SetPan("bass", 1.0), ["document", "mix"]),
        (StoreSnapshot(0), ["document", "mix"]),
        (SwapEqualizer("bass"), ["document", "mix"]),
        (SetLoop((RATE, 2 * RATE)), ["document"]),
        (SetTempo(tempo), ["tempo", "document"]),
        (SetTempo(tempo), []),
    ):
        told.clear()
        session.do(command)
        assert told == expected, command
    assert session.player.loop == (RATE, 2 * RATE)
    assert session.player.metronome.beats == tempo
    session.undo()
    session.undo()
    assert session.player.loop is None


def test_equalizers_are_pasted_as_steps_of_their_own(make_studio: MakeStudio) -> None:
    session = make_studio("load").session
    session.do(SetBand("bass", 3, replace(DEFAULT_BANDS[3], gain_db=-6.0)))
    session.equalizers.copy("bass")
    session.equalizers.paste("drums")
    session.equalizers.reset("drums")
    session.equalizers.paste("drums")
    assert session.player.mix.strip("drums").equalizer.bands[3].gain_db == -6.0
    assert len(session.equalizers.presets("drums")) >= 4
    for _ in range(3):
        session.undo()
    assert session.history.undo_name == "Bass peak 2"


def test_exports_are_what_is_heard(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    session = studio.session
    studio.open(wav(tmp_path))
    studio.finish_separation()
    exported: list[Path] = []
    session.exported.subscribe(exported.append)
    session.do(SetMute("drums", True))
    target = tmp_path / "remix.wav"
    job = session.export(remix_to(target))
    assert job is not None
    assert session.export(remix_to(tmp_path / "other.wav")) is None, "one at a time"
    studio.loop.run_until(lambda: not job.running)
    assert job.state == "done"
    assert exported == [target]
    assert session.song is not None
    remix, _ = soundfile.read(target, dtype="float32")
    np.testing.assert_allclose(remix, session.song.mix * (1 - SHARES[5]), atol=1e-6)
    assert studio.said[-1].startswith("Exported “remix.wav” (true peak -")
    session.do(SetMasterGain(12.0))
    session.do(SetLinks((STEMS,)))
    session.do(SetGain("bass", 12.0))
    loop_only = ExportRequest(
        tmp_path, encode=EncodeSettings("wav", "PCM_16"), span=(RATE, 2 * RATE), pattern="{title} at {tempo}"
    )
    session.do(SetTempo(Tempo(121.2)))
    loud = session.export(loop_only)
    assert loud is not None
    studio.loop.run_until(lambda: not loud.running)
    assert exported[-1] == tmp_path / "song at 121.wav"
    assert soundfile.info(exported[-1]).frames == RATE
    assert "samples clipped: turn the master down" in studio.said[-1]
    stems = session.export(ExportRequest(tmp_path / "stems", "stems", encode=FLOAT))
    assert stems is not None
    studio.loop.run_until(lambda: not stems.running)
    assert len(list((tmp_path / "stems").iterdir())) == 7
    assert exported[-1] == tmp_path / "stems"
    refused = session.export(remix_to(target))
    assert refused is not None
    studio.loop.run_until(lambda: not refused.running)
    assert refused.state == "failed"
    assert refused.error == studio.failures[-1]
    assert "exists already" in studio.failures[-1]


def test_an_export_outlives_its_song(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    studio.open(wav(tmp_path))
    studio.finish_separation()
    song = studio.session.song
    job = studio.session.export(remix_to(tmp_path / "remix.wav"))
    studio.session.close_song()
    assert song is not None
    assert not song.closed
    assert job is not None
    studio.loop.run_until(lambda: not job.running)
    assert job.state == "done"
    studio.loop.run_until(lambda: song.closed)


def test_warming_up_a_closed_session_is_quiet(make_studio: MakeStudio) -> None:
    studio = make_studio("load")
    studio.session.close()
    studio.session.warm_up()
    assert studio.process.pid is None


def test_nothing_to_do_without_a_song(make_studio: MakeStudio, tmp_path: Path) -> None:
    session = make_studio("load").session
    session.separate()
    session.cancel_separation()
    session.close_song()
    assert session.export(remix_to(tmp_path / "remix.wav")) is None
    assert session.separation is None


def test_the_sound_stopping_is_told_on_the_sessions_thread(make_studio: MakeStudio) -> None:
    studio = make_studio("load")
    studio.session.player.failed.emit("The sound stopped.")
    assert studio.failures == []
    studio.loop.run_waiting()
    assert studio.failures == ["The sound stopped."]


def test_a_new_output_is_used_and_remembered(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load")
    output = OutputSettings(latency_s=0.093)
    studio.session.set_preferences(Preferences(output=output, theme="dark"))
    assert studio.session.player.output == output
    assert load_preferences(studio.preferences_path).theme == "dark"
    studio.preferences_path.unlink()
    studio.preferences_path.mkdir()
    studio.session.set_preferences(Preferences())
    assert studio.failures[0].startswith("The preferences cannot be saved")


def test_close_in_the_middle_leaves_nothing(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio("load_slow")
    studio.open(wav(tmp_path, seconds=30))
    song = studio.session.song
    assert song is not None
    studio.loop.run_until(lambda: song.coverage.spans)
    studio.session.close()
    studio.session.close()
    assert song.closed
    assert not song.stems_path.exists()
