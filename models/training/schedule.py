"""The learning rate, and when a plateau is reached: the same rules for every model."""

import math
from dataclasses import dataclass
from typing import Any

from models.training.configuration import DurationSettings, ScheduleSettings

THRESHOLD = 1e-4
"""A validation is better if it is lower than the best by this share."""


@dataclass
class Plateau:
    """What validations of one network have shown so far.

    Attributes:
        best: the lowest validation loss.
        waited: validations since then: early stopping counts these.
        bad: the same since the last drop of the learning rate and its cooldown.
        cooling: validations left in which nothing is counted.
        factor: what the learning rate is multiplied with.
    """

    best: float = math.inf
    waited: int = 0
    bad: int = 0
    cooling: int = 0
    factor: float = 1.0

    def observe(self, loss: float, settings: ScheduleSettings) -> bool:
        """Take note of a validation loss; True if it is the best so far. The rule is torch's plateau schedule."""
        better = loss < self.best * (1 - THRESHOLD) if math.isfinite(self.best) else True
        self.best = loss if better else self.best
        self.waited = 0 if better else self.waited + 1
        self.bad = 0 if better else self.bad + 1
        if self.cooling:
            self.cooling -= 1
            self.bad = 0
        if settings.kind == "plateau" and self.bad > settings.patience:
            self.factor *= settings.factor
            self.cooling, self.bad = settings.cooldown, 0
        return better

    def exhausted(self, duration: DurationSettings) -> bool:
        """True if training of this network should stop."""
        return bool(duration.patience) and self.waited >= duration.patience

    def to_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return vars(self).copy()


def used_share(duration: DurationSettings, step: int, seconds: float) -> float:
    """How much of the run is used up, 0..1; 0 if nothing limits it."""
    shares = [0.0]
    if duration.minutes:
        shares.append(seconds / (duration.minutes * 60))
    if duration.steps:
        shares.append(step / duration.steps)
    return min(1.0, max(shares))


def scheduled_rate(rate: float, settings: ScheduleSettings, step: int, share: float) -> float:
    """The learning rate of a step.

    Args:
        rate: the highest.
        settings: the rule.
        step: of the run, from 0.
        share: how much of the run is used up, 0..1.
    """
    result = rate
    if settings.kind == "cosine":
        place = share * settings.cycles % 1.0 if share < 1 else 1.0
        result = settings.final_rate + (rate - settings.final_rate) * 0.5 * (1 + math.cos(math.pi * place))
    return result * min(1.0, (step + 1) / max(settings.warmup_steps, 1))
