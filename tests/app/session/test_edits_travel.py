"""An edit goes from the document to the player, to exports and to the file of activations, and back with undo."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.encode import EncodeSettings
from app.mixing.export import ExportRequest
from app.mixing.mixer import Mixer
from app.mixing.smart_listening import DuckSettings
from app.session.activation_export import ActivationRequest
from app.session.commands import AddEdit, AddMarker, SetDuck
from app.session.jobs import Job
from app.song.activation_edits import ActivationEdit
from app.song.activation_files import ActivationFormat
from app.song.markers import Marker
from app.song.regions import find_regions, read_labels
from models.instruments import INSTRUMENTS
from tests.app.session.studio import Studio
from tests.app.ui.desk import write_song

EDIT = ActivationEdit("piano", 20, 60, "level", (0.3,))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path / "data")
    studio.open(write_song(tmp_path, 4.0))
    yield studio
    studio.session.close()


def heard(studio: Studio) -> float:
    """The weight of the piano in the middle of the edit."""
    weights = studio.session.player.weights
    assert weights is not None
    return float(weights[40, INSTRUMENTS.index("piano")])


def has_ended(job: Job) -> bool:
    return not job.running


def test_done_undone_and_done_again(studio: Studio) -> None:
    session, before = studio.session, heard(studio)
    mix_changes: list[None] = []
    session.mix_changed.subscribe(lambda: mix_changes.append(None))
    session.do(AddEdit(EDIT))
    assert heard(studio) == np.float32(0.3)
    session.undo()
    assert heard(studio) == before
    session.redo()
    assert heard(studio) == np.float32(0.3)
    session.do(AddMarker(Marker(100, "Verse")))
    assert mix_changes == [], "the desk has not changed"


def test_another_song_begins_without(studio: Studio, tmp_path: Path) -> None:
    studio.session.do(AddEdit(EDIT))
    (tmp_path / "more").mkdir()
    studio.open(write_song(tmp_path / "more", 4.0))
    assert studio.session.document.edits == ()
    assert studio.session.player.edits == ()
    assert heard(studio) != np.float32(0.3)


def test_exports_have_the_edits(studio: Studio, tmp_path: Path) -> None:
    session = studio.session
    session.do(AddEdit(EDIT))
    session.do(SetDuck(DuckSettings(True, "vocals", 12.0)))
    target = tmp_path / "out.wav"
    session.export(ExportRequest(target, encode=EncodeSettings("wav", "FLOAT"), copy_tags=False))
    studio.settle()
    written, _ = soundfile.read(target, dtype="float32")
    played = Mixer(studio.song, session.mix, session.document.edits).render(0, studio.song.frames)
    np.testing.assert_array_equal(written, played)
    assert np.abs(played - Mixer(studio.song).render(0, studio.song.frames)).max() > 0.01
    formats: dict[str, ActivationFormat] = {"regions.txt": "labels", "regions.json": "json"}
    for name, file_format in formats.items():
        job = session.activations.start(ActivationRequest(tmp_path / name, file_format))
        assert job is not None
        studio.loop.run_until(partial(has_ended, job))
    settings = {stem: session.mix.strip(stem).activation for stem in INSTRUMENTS}
    regions = find_regions(studio.song.activations, settings, studio.song.duration_s, session.document.edits)
    assert read_labels((tmp_path / "regions.txt").read_text()) == regions
    tree = json.loads((tmp_path / "regions.json").read_text())
    assert [edit["levels"] for edit in tree["instruments"]["piano"]["edits"]] == [[0.3]]
