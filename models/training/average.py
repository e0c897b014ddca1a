"""A moving average of the weights: what is validated and exported."""

import torch
from torch import Tensor, nn


class WeightAverage:
    """An exponential average of a module's parameters; its other state (statistics, counters) is as it is.

    The average is faster at first: `min(decay, (1 + step) / (10 + step))`. Without decay it is the module itself.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._module, self._decay = module, decay
        self._pairs: list[tuple[Tensor, Tensor, bool]] = []
        self.restart()

    def restart(self) -> None:
        """Begin at the module's weights as they are now, on their device."""
        parameters = {name for name, _ in self._module.named_parameters()}
        state = self._module.state_dict()
        self.tensors = {name: value.detach().clone() for name, value in state.items()}
        self._pairs = [(self.tensors[name], value, name in parameters) for name, value in state.items()]

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from a stored average."""
        self.restart()
        for name, value in self.tensors.items():
            value.copy_(tensors[name])

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the module's weights after step number `step`, from 1."""
        if not self._decay:
            return
        decay = min(self._decay, (1 + step) / (10 + step))
        for average, value, learnt in self._pairs:
            if learnt:
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)

    @torch.no_grad()
    def refresh(self) -> None:
        """Without decay, take over the weights; the average is valid after it in any case."""
        if not self._decay:
            for average, value, _ in self._pairs:
                average.copy_(value)

    @torch.no_grad()
    def exchange(self) -> None:
        """Swap the module's weights and the average; twice is not at all."""
        for average, value, _ in self._pairs:
            kept = value.clone()
            value.copy_(average)
            average.copy_(kept)
