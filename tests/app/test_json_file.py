import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.json_file import InvalidError, choice, gain, gain_to_json, list_of, number, read_json, read_object, write_json

trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@settings(deadline=None, max_examples=50)
@given(tree=trees)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    write_json(path, tree)
    assert read_json(path, 100_000, "a tree") == tree


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="nan"):
        write_json(path, {"a": math.nan})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path, 100, "a tree") == {"a": 1}
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_json(tmp_path / "folder", {})
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.json", "folder"]


@pytest.mark.parametrize("value", [True, "1", None, [], 10**400, math.nan, math.inf, -0.01, 1.01])
def test_numbers_out_of_range_are_named(value: object) -> None:
    with pytest.raises(InvalidError, match=r"^a\.b must be a number from 0 to 1$"):
        read_object({"a": value}, "", {"a": lambda item, key: number(0.0, 1.0)(item, f"{key}.b")})


def test_silence_is_a_text() -> None:
    read = gain(12.0)
    assert [read(gain_to_json(value), "g") for value in (-math.inf, -3.0, 12.0)] == [-math.inf, -3.0, 12.0]
    for value in (-math.inf, "inf", "-INF", 12.5, True):
        with pytest.raises(InvalidError):
            read(value, "g")


def test_lists_and_choices_are_closed() -> None:
    read = list_of(choice("a", "b"), 2)
    assert read(["b", "a"], "x") == ("b", "a")
    for value in (["a"] * 3, "ab", {"a": 1}, [["a"]], [1], ["A"]):
        with pytest.raises(InvalidError, match=r"^x"):
            read(value, "x")
