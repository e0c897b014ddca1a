"""Groups of bins: means, sums and their adjoint."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.bin_groups import BinGroups

WIDTHS = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([1, 2, 3, 4, 8])), min_size=1, max_size=4)
GROUPS = WIDTHS.map(lambda parts: BinGroups(tuple((groups * width, width) for groups, width in parts)))


def values(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


@settings(deadline=None, max_examples=50)
@given(groups=GROUPS)
def test_sum_is_the_adjoint_of_expand(groups: BinGroups) -> None:
    coarse, fine = values(3, groups.count), values(3, groups.bins)
    torch.testing.assert_close((groups.expand(coarse) * fine).sum(), (coarse * groups.sum(fine)).sum())


@settings(deadline=None, max_examples=50)
@given(groups=GROUPS)
def test_expanding_keeps_means(groups: BinGroups) -> None:
    coarse = values(2, 5, groups.count)
    assert groups.expand(coarse).shape == (2, 5, groups.bins)
    torch.testing.assert_close(groups.mean(groups.expand(coarse)), coarse)
    assert groups.sum(torch.ones(groups.bins)).sum() == groups.bins


def test_each_bin_gets_the_value_of_its_group() -> None:
    groups = BinGroups(((2, 1), (4, 2), (4, 4)))
    expected = torch.tensor([0.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0])
    assert torch.equal(groups.expand(torch.arange(5.0)), expected)
    assert torch.equal(groups.mean(torch.arange(10.0)), torch.tensor([0.0, 1.0, 2.5, 4.5, 7.5]))


@pytest.mark.parametrize("segment", [(5, 2), (1, 2), (4, 0)])
def test_groups_that_do_not_divide_are_refused(segment: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not divide"):
        BinGroups((segment,))


def test_lists_as_json_has_them_are_the_same_groups() -> None:
    assert BinGroups([[8, 1], [8, 2]]) == BinGroups(((8, 1), (8, 2)))  # type: ignore[arg-type]
