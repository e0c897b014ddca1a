"""The training step, for Lightning.

Optimisation is by hand because the parts of a learner go through forward and backward one after the other: that needs
the memory of one network, whatever the number of targets, and is one optimizer step a batch.
"""

import time
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn

from models.training.average import WeightAverage
from models.training.batch import Batch
from models.training.configuration import TrainingConfig
from models.training.learners import JOINT, Learner
from models.training.schedule import Plateau, scheduled_rate, used_share


class TrainingModule(pl.LightningModule):
    """A learner in training.

    Attributes:
        average: of the learner's weights.
        best: the averaged weights of each part at its best validation, by `part.name`.
        plateaus: what validations have shown, per part.
        seconds: of training so far, over all restarts, without validations.
        validation: the values of the last one.
        problems: sentences about songs that could not be read, each once.
    """

    def __init__(self, config: TrainingConfig, learner: Learner) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.config, self.learner = config, learner
        self.average = WeightAverage(learner.networks, config.optimizer.average_decay)
        self.best: dict[str, Tensor] = {}
        self.plateaus = {part: Plateau() for part in learner.parts}
        self.seconds = 0.0
        self.validation: dict[str, Any] = {}
        self.problems: dict[str, None] = {}
        self._sums: dict[str, Tensor] = {}
        self._since = time.monotonic()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """One optimizer with a group of parameters for each part."""
        settings = self.config.optimizer
        groups = [
            {"params": list(network.parameters()), "part": part} for part, network in self.learner.networks.items()
        ]
        kind = torch.optim.AdamW if settings.kind == "adamw" else torch.optim.Adam
        first, second = settings.betas
        # Fused: a quarter of the time of a loop over tensors.
        return kind(groups, settings.rate, betas=(first, second), weight_decay=settings.weight_decay, fused=True)

    def train(self, mode: bool = True) -> "TrainingModule":
        """As in torch, but batch norms whose statistics are kept stay in evaluation."""
        super().train(mode)
        if self.config.optimizer.norms == "kept":
            for part in self.modules():
                if isinstance(part, nn.modules.batchnorm._BatchNorm):
                    part.eval()
        return self

    @property
    def step(self) -> int:
        """Steps made, over all restarts."""
        return int(self.trainer.global_step)

    @property
    def share(self) -> float:
        """How much of the run is used up, 0..1."""
        return used_share(self.config.duration, self.step, self.seconds)

    @property
    def active_parts(self) -> tuple[str, ...]:
        """The parts that early stopping has not stopped."""
        return tuple(part for part, seen in self.plateaus.items() if not seen.exhausted(self.config.duration))

    def rate(self, part: str) -> float:
        """The learning rate of a part in the next step."""
        rate = scheduled_rate(self.config.optimizer.rate, self.config.schedule, self.step, self.share)
        return rate * self.plateaus[part].factor

    def on_fit_start(self) -> None:
        """The network is on its device now: the average has to be there as well."""
        stored = self.average.tensors
        self.average.load(stored)
        self._since = time.monotonic()

    def on_train_start(self) -> None:
        """Lightning leaves modes as they are."""
        self.train()

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout depends on seed, step and device only, so that no generator's state needs to be kept."""
        place = [self.config.seed, self.step, self.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(place).generate_state(1)[0]))

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """Forward and backward of each part, then one step of the optimizer. Gives the losses, means over parts."""
        optimizer = self.optimizers()
        assert isinstance(optimizer, LightningOptimizer)
        for group in optimizer.param_groups:
            group["lr"] = self.rate(group["part"])
        parts = self.active_parts
        seen = self.learner.prepare(batch)
        losses = torch.zeros(3, device=batch.mix.device)
        for part in parts:
            terms = self.learner.terms(part, self.learner.answer(part, seen), batch)
            self.manual_backward(terms.total)
            if self.config.optimizer.clip_norm:
                nn.utils.clip_grad_norm_(self.learner.networks[part].parameters(), self.config.optimizer.clip_norm)
            losses += torch.stack([term.detach() for term in terms])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        self.average.update(self.step)
        self._finish_step(batch)
        total, separation, activation = losses / max(len(parts), 1)
        return {"total": total, "separation": separation, "activation": activation}

    def _finish_step(self, batch: Batch) -> None:
        """Count the time; end the run if a limit is reached. Callbacks of the step see it."""
        now = time.monotonic()
        self.seconds = self._agreed(self.seconds + now - self._since)
        self._since = now
        self.problems |= dict.fromkeys(batch.problems)
        if self.share >= 1 or not self.active_parts:
            self.trainer.should_stop = True

    def on_validation_start(self) -> None:
        """Validate the averaged weights."""
        self.average.refresh()
        self.average.exchange()
        self._sums = {}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Judge a batch."""
        sums = self.learner.judge(batch)
        self._sums = {name: self._sums.get(name, 0) + value for name, value in sums.items()}

    def on_validation_epoch_end(self) -> None:
        """Sum up; keep what is best so far. The learner still has the averaged weights."""
        reduce = self.trainer.strategy.reduce
        sums = {name: reduce(value.to(self.device), reduce_op="sum").cpu() for name, value in self._sums.items()}
        self.validation = self.learner.summarise(sums)
        for part, seen in self.plateaus.items():
            if part in self.active_parts and seen.observe(self.validation["loss"][part], self.config.schedule):
                self.best |= {
                    f"{part}.{name}": value.detach().cpu().clone()
                    for name, value in self.learner.networks[part].state_dict().items()
                }
        if not self.active_parts:
            self.trainer.should_stop = True

    def on_validation_end(self) -> None:
        """Back to the weights that learn; the time does not count."""
        self.average.exchange()
        self._since = time.monotonic()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what Lightning does not know."""
        self.average.refresh()
        checkpoint["training"] = {
            "average": self.average.tensors,
            "best": self.best,
            "plateaus": {part: seen.to_dict() for part, seen in self.plateaus.items()},
            "seconds": self.seconds,
            "validation": self.validation,
            "problems": list(self.problems),
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take it back."""
        state = checkpoint["training"]
        self.average.load(state["average"])
        self.best = state["best"]
        self.plateaus = {part: Plateau(**seen) for part, seen in state["plateaus"].items()}
        self.seconds = state["seconds"]
        self.validation = state["validation"]
        self.problems = dict.fromkeys(state["problems"])

    def weights(self, kind: str) -> dict[str, Tensor]:
        """`average` or `best` weights by `part.name`; of a single part by the network's own names."""
        tensors = self.average.tensors if kind == "average" or not self.best else self.best
        if self.learner.parts != (JOINT,):
            return tensors
        return {name.removeprefix(f"{JOINT}."): value for name, value in tensors.items()}

    def _agreed(self, seconds: float) -> float:
        """The mean over devices: the learning rate and the end follow the clock and must be the same on all."""
        if self.trainer.world_size == 1:
            return seconds
        value = torch.tensor(seconds, dtype=torch.float64, device=self.device)
        return float(self.trainer.strategy.reduce(value, reduce_op="mean"))
