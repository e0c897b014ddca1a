"""Edits and markers as commands: what they do, what they are called, how a stroke becomes one step."""

import pytest

from app.mixing.smart_listening import DuckSettings, FollowSettings
from app.session.commands import (
    AddEdit,
    AddMarker,
    ClearEdits,
    Command,
    MoveMarker,
    RemoveEdits,
    RemoveMarker,
    RenameMarker,
    ReplaceEdit,
    SetActivation,
    SetDuck,
    SetFollow,
)
from app.session.document import Document
from app.session.history import History
from app.song.activation_edits import ActivationEdit
from app.song.markers import Marker
from models.instruments import STEMS

ON = ActivationEdit("bass", 10, 20, "on")
OFF = ActivationEdit("bass", 15, 40, "off")
PIANO = ActivationEdit("piano", 10, 20, "on")


def after(*commands: Command) -> Document:
    document = Document()
    for command in commands:
        document = command.apply(document)
    return document


def stroke(length: int) -> AddEdit:
    return AddEdit(ActivationEdit("bass", 100, 100 + length, "level", (0.5,) * length))


def test_edits_are_kept_in_their_order() -> None:
    assert after(AddEdit(ON), AddEdit(PIANO), AddEdit(OFF)).edits == (ON, PIANO, OFF)


def test_what_is_hidden_altogether_is_forgotten() -> None:
    """A list of a hundred edits in one place, of which one counts, would help nobody."""
    whole = ActivationEdit("bass", 0, 50, "off")
    assert after(AddEdit(ON), AddEdit(PIANO), AddEdit(whole)).edits == (PIANO, whole)


def test_automatic_where_nothing_is_left_to_undo_is_no_edit() -> None:
    automatic = ActivationEdit("bass", 0, 50, "automatic")
    assert after(AddEdit(automatic)).edits == ()
    assert after(AddEdit(ON), AddEdit(PIANO), AddEdit(automatic)).edits == (PIANO,)
    part = ActivationEdit("bass", 15, 50, "automatic")
    assert after(AddEdit(ON), AddEdit(part)).edits == (ON, part)


def test_a_stroke_is_one_step_and_two_strokes_are_two() -> None:
    history = History()
    for length in (1, 5, 9):
        history.do(stroke(length))
    history.end_gesture()
    history.do(AddEdit(OFF))
    assert [edit.stop for edit in history.document.edits] == [109, 40]
    assert history.position == 2
    assert history.undo_name == "Bass: force off"
    history.undo()
    assert history.undo_name == "Bass: draw weight"
    history.undo()
    assert history.document.edits == ()


def test_an_edge_that_is_dragged_is_one_step() -> None:
    history = History(after(AddEdit(ON), AddEdit(PIANO)))
    for stop in (21, 25, 30):
        history.do(ReplaceEdit(0, ActivationEdit("bass", 10, stop, "on")))
    assert history.document.edits == (ActivationEdit("bass", 10, 30, "on"), PIANO)
    assert history.position == 1


def test_removing() -> None:
    document = after(AddEdit(ON), AddEdit(PIANO), AddEdit(OFF))
    assert RemoveEdits((1,)).apply(document).edits == (ON, OFF)
    assert RemoveEdits((2, 0)).apply(document).edits == document.edits[1:2]
    assert ClearEdits("bass").apply(document).edits == (PIANO,)
    assert ClearEdits().apply(document).edits == ()
    for command in (RemoveEdits((0, 3)), RemoveEdits((-1,)), ReplaceEdit(3, ON)):
        with pytest.raises(ValueError, match="there are 3 edits"):
            command.apply(document)


def test_markers() -> None:
    document = after(AddMarker(Marker(100, "Verse")), AddMarker(Marker(50, "Intro")))
    assert document.markers == (Marker(100, "Verse"), Marker(50, "Intro"))
    assert MoveMarker(0, 70).apply(document).markers[0] == Marker(70, "Verse")
    assert RenameMarker(1, "Count-in").apply(document).markers[1] == Marker(50, "Count-in")
    assert RemoveMarker(0).apply(document).markers == (Marker(50, "Intro"),)
    for command in (MoveMarker(2, 1), RenameMarker(-1, "x"), RemoveMarker(2)):
        with pytest.raises(ValueError, match="there are 2 markers"):
            command.apply(document)
    for nonsense in (MoveMarker(0, -1), RenameMarker(0, "  ")):
        with pytest.raises(ValueError, match="marker"):
            nonsense.apply(document)
    history = History(document)
    for frame in (60, 61, 62):
        history.do(MoveMarker(0, frame))
    history.do(MoveMarker(1, 9))
    assert history.position == 2


def test_every_part_of_the_activation_can_be_set() -> None:
    document = after(
        SetActivation("hard", "bass"), SetActivation(strip="bass", threshold=0.3, hysteresis=0.2, median_frames=5),
        SetActivation(strip="bass", minimum_frames=7, fade_frames=4),
    )  # fmt: skip
    activation = document.mix.strips[STEMS.index("bass")].activation
    values = activation.mode, activation.threshold, activation.hysteresis, activation.median_frames
    assert values == ("hard", 0.3, 0.2, 5)
    assert (activation.minimum_frames, activation.fade_frames) == (7, 4)
    assert document.mix.strip("drums").activation == Document().mix.strip("drums").activation
    assert SetActivation(strip="bass", fade_frames=4).name == "Bass activation fade"
    assert SetActivation("soft").name == "Activation soft"
    history = History()
    for hysteresis in (0.1, 0.2):
        history.do(SetActivation(strip="bass", hysteresis=hysteresis))
    history.do(SetActivation(strip="bass", threshold=0.4))
    assert history.position == 2, "two lines that are dragged one after the other are two steps"


def test_ducking_and_following() -> None:
    duck = DuckSettings(True, "piano", 9.0)
    history = History()
    history.do(SetDuck(duck))
    history.do(SetDuck(DuckSettings(True, "piano", 10.0)))
    assert history.position == 1
    assert history.undo_name == "Duck others under piano"
    history.do(SetDuck(DuckSettings(False, "piano", 10.0)))
    history.do(SetFollow(FollowSettings(True, ("bass", "drums"))))
    assert history.position == 3
    assert history.document.mix.duck == DuckSettings(False, "piano", 10.0)
    assert history.document.mix.follow.follows
