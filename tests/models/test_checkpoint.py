"""State as data: what is read is what was written, to the bit and to the type; code cannot be written."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from models.checkpoint import load_state, save_state

TENSORS = st.sampled_from([torch.float32, torch.bfloat16, torch.int64, torch.uint8]).flatmap(
    lambda dtype: st.lists(st.integers(0, 3), max_size=3).map(lambda shape: torch.ones(shape, dtype=dtype))
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
STATES = st.recursive(
    SCALARS | TENSORS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.just("$tensor"), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one: Any, two: Any) -> bool:
    if type(one) is not type(two):
        return False
    if isinstance(one, torch.Tensor):
        return one.dtype == two.dtype and torch.equal(one, two)
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


@settings(deadline=None, max_examples=60)
@given(state=STATES)
def test_what_is_read_is_what_was_written(state: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "state.safetensors"
    save_state(path, state)
    assert same(load_state(path), state)


def test_tensors_lie_in_memory_as_before(tmp_path: Path) -> None:
    value = torch.arange(120.0).reshape(2, 3, 4, 5)
    layouts = [value, value.to(memory_format=torch.channels_last), value.clone().permute(3, 1, 0, 2)]
    layouts.append(value.clone()[:, :, :, :1])
    save_state(tmp_path / "state", layouts)
    for before, after in zip(layouts, load_state(tmp_path / "state"), strict=True):
        assert torch.equal(before, after)
        dense = torch.empty_like(before).copy_(before)
        assert [s for s, n in zip(after.stride(), after.shape, strict=True) if n > 1] == [
            s for s, n in zip(dense.stride(), dense.shape, strict=True) if n > 1
        ]


def test_no_number_is_lost(tmp_path: Path) -> None:
    save_state(tmp_path / "state", {"best": math.inf, "rate": 0.1 + 0.2})
    assert load_state(tmp_path / "state") == {"best": math.inf, "rate": 0.1 + 0.2}


@pytest.mark.parametrize("value", [object(), {1, 2}, print, Path("x")])
def test_what_is_no_data_is_refused_and_leaves_nothing(value: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot be stored as data"):
        save_state(tmp_path / "state", {"a": [value]})
    assert not list(tmp_path.iterdir())


def test_a_file_of_weights_is_no_state(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "weights")
    with pytest.raises(ValueError, match="not a training state"):
        load_state(tmp_path / "weights")
