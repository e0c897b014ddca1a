"""A batch of training excerpts."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor
from torch.utils.data import default_collate

from models.data.remix import Excerpt


class Batch(NamedTuple):
    """Excerpts (`models.data.remix.Excerpt`) with a first axis more; `problems` are those of all of them."""

    mix: Tensor
    targets: Tensor
    activity: Tensor
    known: Tensor
    problems: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of excerpts."""
        return len(self.mix)


def collate(excerpts: Sequence[Excerpt]) -> Batch:
    """Stack excerpts, in a data worker straight into the memory that it shares with the trainer."""
    return Batch(
        default_collate([excerpt.mix for excerpt in excerpts]),
        default_collate([excerpt.targets for excerpt in excerpts]),
        default_collate([excerpt.activity for excerpt in excerpts]),
        default_collate([excerpt.known for excerpt in excerpts]),
        tuple(problem for excerpt in excerpts for problem in excerpt.problems),
    )
