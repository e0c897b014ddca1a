"""Learning rates: the shape of a cosine, its restarts, and torch's plateau rule."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.configuration import DurationSettings, ScheduleSettings
from models.training.schedule import Plateau, scheduled_rate, used_share

COSINE = ScheduleSettings("cosine", warmup_steps=10, final_rate=1e-5)


@settings(deadline=None)
@given(step=st.integers(10, 10**6), share=st.floats(0, 1), cycles=st.integers(1, 4))
def test_cosine_stays_between_its_ends(step: int, share: float, cycles: int) -> None:
    rate = scheduled_rate(1e-3, ScheduleSettings("cosine", 10, 1e-5, cycles), step, share)
    assert 1e-5 * (1 - 1e-9) <= rate <= 1e-3 * (1 + 1e-9)


def test_cosine_falls_from_the_top_to_the_bottom() -> None:
    rates = [scheduled_rate(1e-3, COSINE, 100, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert rates[0] == pytest.approx(1e-3)
    assert rates[2] == pytest.approx((1e-3 + 1e-5) / 2)
    assert rates[4] == pytest.approx(1e-5)
    assert rates == sorted(rates, reverse=True)


def test_warm_restarts_begin_at_the_top() -> None:
    settings = ScheduleSettings("cosine", 0, 1e-5, cycles=2)
    assert scheduled_rate(1e-3, settings, 100, 0.4999) == pytest.approx(1e-5, rel=1e-2)
    assert scheduled_rate(1e-3, settings, 100, 0.5) == pytest.approx(1e-3)
    assert scheduled_rate(1e-3, settings, 100, 1.0) == pytest.approx(1e-5)


def test_warm_up_is_linear() -> None:
    rates = [scheduled_rate(1e-3, COSINE, step, 0.0) for step in range(12)]
    assert rates[:3] == pytest.approx([1e-4, 2e-4, 3e-4])
    assert rates[9:] == pytest.approx([1e-3] * 3)


def test_the_first_limit_that_is_reached_counts() -> None:
    assert used_share(DurationSettings(minutes=10, steps=0), 5, 300) == 0.5
    assert used_share(DurationSettings(minutes=10, steps=100), 75, 300) == 0.75
    assert used_share(DurationSettings(minutes=0, steps=0), 75, 300) == 0
    assert used_share(DurationSettings(minutes=1, steps=0), 75, 300) == 1


@settings(deadline=None, max_examples=50)
@given(
    losses=st.lists(st.integers(1, 6).map(float), min_size=1, max_size=60),
    patience=st.integers(0, 3),
    cooldown=st.integers(0, 3),
)
def test_plateau_is_that_of_torch(losses: list[float], patience: int, cooldown: int) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=patience, cooldown=cooldown)
    settings = ScheduleSettings("plateau", factor=0.5, patience=patience, cooldown=cooldown)
    ours = Plateau()
    for loss in losses:
        ours.observe(loss, settings)
        theirs.step(loss)
        # torch leaves out a change of less than 1e-8.
        assert ours.factor == pytest.approx(optimizer.param_groups[0]["lr"], abs=2e-8)
    assert ours.best == min(losses)


def test_early_stopping_counts_from_the_best() -> None:
    seen, duration = Plateau(), DurationSettings(patience=2)
    exhausted = []
    for loss in (3.0, 2.0, 2.5, 1.0, 1.5, 1.5):
        seen.observe(loss, COSINE)
        exhausted.append(seen.exhausted(duration))
    assert exhausted == [False] * 5 + [True]
    assert not seen.exhausted(DurationSettings(patience=0)), "0 never stops"
    assert seen.factor == 1, "only the plateau schedule drops the rate"
