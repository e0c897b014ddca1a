import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mixing.settings import MixSettings
from app.session.commands import Command, SetGain, SetMute, SetPan
from app.session.history import History

commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(SetGain, st.sampled_from(["bass", "drums"]), st.sampled_from([0.0, -3.0, -6.0])),
    st.builds(SetPan, st.sampled_from(["bass", "drums"]), st.sampled_from([-1.0, 0.0, 1.0])),
    st.builds(SetMute, st.sampled_from(["bass", "drums"]), st.booleans()),
)


@settings(deadline=None, max_examples=50)
@given(steps=st.lists(st.tuples(commands, st.booleans()), max_size=20))
def test_undo_goes_back_to_the_start_and_redo_to_the_end(steps: list[tuple[Command, bool]]) -> None:
    history = History()
    applied = MixSettings()
    for command, let_go in steps:
        applied = command.apply(applied)
        history.do(command)
        if let_go:
            history.end_gesture()
    assert history.mix == applied
    mixes = [history.mix]
    while history.undo():
        assert history.mix != mixes[-1], "no step changes nothing"
        mixes.append(history.mix)
    assert mixes[-1] == MixSettings()
    assert not history.can_undo
    while history.redo():
        pass
    assert history.mix == applied
    assert not history.can_redo


def test_a_drag_is_one_step() -> None:
    history = History()
    for gain_db in (-1.0, -2.0, -3.0):
        history.do(SetGain("bass", gain_db))
    history.end_gesture()
    history.do(SetGain("bass", -4.0))
    assert history.undo_name == "Bass gain"
    history.undo()
    assert history.mix.strip("bass").gain_db == -3.0  # noqa: B005
    history.undo()
    assert history.mix == MixSettings()
    assert not history.can_undo
    assert history.redo_name == "Bass gain"


def test_a_drag_back_to_its_beginning_is_no_step() -> None:
    history = History()
    history.do(SetGain("bass", -1.0))
    history.do(SetGain("bass", 0.0))
    assert not history.can_undo
    assert history.undo_name == ""


def test_after_undo_a_drag_is_a_new_step_and_nothing_can_be_redone() -> None:
    history = History()
    history.do(SetGain("bass", -1.0))
    history.do(SetMute("bass", True))
    history.undo()
    history.do(SetGain("bass", -2.0))
    assert not history.can_redo
    history.undo()
    assert history.mix.strip("bass").gain_db == -1.0  # noqa: B005


def test_what_changes_nothing_and_what_is_wrong_leave_no_trace() -> None:
    history = History()
    assert not history.do(SetGain("bass", 0.0))
    with pytest.raises(ValueError):
        history.do(SetGain("bass", 100.0))
    assert not history.can_undo
    assert not history.undo()
    assert not history.redo()
