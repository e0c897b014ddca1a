import json

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.mixing.mix_file import mix_from_json, mix_to_json
from app.session.commands import Command, SetGain, SetLinks, SetLoop, SetMute
from app.session.document import Document
from app.session.document_json import document_to_json
from app.session.history import History
from tests.app.session.documents import commands

steps = st.lists(st.tuples(commands, st.booleans()), max_size=20)


def written(document: Document) -> str:
    """All its mixes as text, as they are saved."""
    snapshots = [mix and mix_to_json(mix) for mix in document.snapshots]
    return json.dumps([mix_to_json(document.mix), snapshots], allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(steps=steps)
def test_undo_goes_back_to_the_start_and_redo_to_the_end(steps: list[tuple[Command, bool]]) -> None:
    history = History()
    for command, let_go in steps:
        before = history.document
        changed = history.do(command)
        assert changed == (history.document != before)
        if let_go:
            history.end_gesture()
    last = history.document
    documents = [last]
    while history.undo():
        assert history.document != documents[-1], "no step changes nothing"
        documents.append(history.document)
    assert documents[-1] == Document()
    assert written(documents[-1]) == written(Document())
    assert not history.can_undo
    for document in documents[-2::-1]:
        assert history.redo()
        assert history.document == document
    assert history.document == last
    assert written(history.document) == written(last)
    assert history.redo() is None


@settings(deadline=None, max_examples=60)
@given(steps=steps)
def test_steps_that_are_let_go_are_the_commands_one_by_one(steps: list[tuple[Command, bool]]) -> None:
    history, document = History(), Document()
    for command, _ in steps:
        document = command.apply(document)
        history.do(command)
        history.end_gesture()
        assert history.document == document
        assert mix_from_json(json.loads(json.dumps(mix_to_json(document.mix)))) == document.mix


def test_a_drag_is_one_step() -> None:
    history = History()
    for gain_db in (-1.0, -2.0, -3.0):
        history.do(SetGain("bass", gain_db))
    history.end_gesture()
    history.do(SetGain("bass", -4.0))
    assert history.undo_name == "Bass gain"
    history.undo()
    assert history.document.mix.strip("bass").gain_db == -3.0  # noqa: B005
    history.undo()
    assert history.document == Document()
    assert not history.can_undo
    assert history.redo_name == "Bass gain"


def test_a_drag_back_to_its_beginning_is_no_step() -> None:
    history = History()
    history.do(SetGain("bass", -1.0))
    history.do(SetGain("bass", 0.0))
    assert not history.can_undo
    assert history.undo_name == ""


def test_a_drag_of_linked_strips_finds_back_to_its_distances() -> None:
    history = History()
    history.do(SetLinks((("bass", "drums"),)))
    history.do(SetGain("drums", 5.0, alone=True))
    history.end_gesture()
    start = history.document
    for gain_db in (-3.0, 12.0, -float("inf"), -50.0, 2.0):
        history.do(SetGain("bass", gain_db))
    gains = [history.document.mix.strip(name).gain_db for name in ("bass", "drums")]
    assert gains == [2.0, 7.0]
    history.undo()
    assert history.document == start


def test_after_undo_a_drag_is_a_new_step_and_nothing_can_be_redone() -> None:
    history = History()
    history.do(SetGain("bass", -1.0))
    history.do(SetMute("bass", True))
    assert history.undo() == SetMute("bass", True)
    history.do(SetGain("bass", -2.0))
    assert not history.can_redo
    history.undo()
    assert history.document.mix.strip("bass").gain_db == -1.0  # noqa: B005


def test_what_changes_nothing_and_what_is_wrong_leave_no_trace() -> None:
    history = History()
    assert not history.do(SetGain("bass", 0.0))
    for nonsense in (SetGain("bass", 100.0), SetLoop((5, 5)), SetLoop((-1, 5))):
        with pytest.raises(ValueError):
            history.do(nonsense)
    assert not history.can_undo
    assert history.undo() is None
    assert history.redo() is None


def random_commands(count: int) -> list[Command]:
    """The same at every call."""
    drawn: list[Command] = []

    @seed(1000)
    @settings(deadline=None, max_examples=count // 8, database=None, phases=[Phase.generate])
    @given(some=st.lists(commands, min_size=10, max_size=10))
    def draw(some: list[Command]) -> None:
        drawn.extend(some)

    draw()
    return drawn[-count:]


def test_a_thousand_commands_are_undone_and_redone_exactly() -> None:
    history = History()
    first = json.dumps(document_to_json(history.document))
    steps = random_commands(1000)
    assert len(steps) == 1000
    for command in steps:
        history.do(command)
        history.end_gesture()
    last = json.dumps(document_to_json(history.document))
    assert len(history) > 500, "nearly all of them change something"
    while history.undo():
        pass
    assert json.dumps(document_to_json(history.document)) == first
    while history.redo():
        pass
    assert json.dumps(document_to_json(history.document)) == last


def test_going_to_a_step_is_undoing_or_redoing_up_to_it() -> None:
    history = History()
    documents = [history.document]
    for gain_db in (-1.0, -2.0, -3.0):
        history.do(SetGain("bass", gain_db))
        history.end_gesture()
        documents.append(history.document)
    assert [history.name_of(index) for index in range(len(history))] == ["Bass gain"] * 3
    for count in (1, 3, 0, 2):
        history.go_to(count)
        assert history.document is documents[count]
        assert history.position == count
        assert len(history) == 3
    with pytest.raises(ValueError, match="there are 3 steps, not 4"):
        history.go_to(4)


def test_the_oldest_steps_are_forgotten_beyond_the_limit() -> None:
    history = History(limit=10)
    for index in range(25):
        history.do(SetMute("bass", index % 2 == 0))
    assert len(history) == 10
    while history.undo():
        pass
    assert history.document.mix.strips[4].mute == (14 % 2 == 0)
