"""Prints the median seconds of a training step of `iass-six`: 4 excerpts of 6 s of noise, forward to update."""

import os
import statistics
import time
from pathlib import Path

import torch

from models.losses import LossSettings
from models.networks.iass_six import IassSix
from models.train import Run, TrainingSettings, losses

BATCH, FRAMES, STEPS = 4, 259, 6


def main() -> None:
    """Time the steps after a warm-up."""
    torch.set_num_threads(os.cpu_count() or 1)
    network = IassSix().train()
    run = Run(Path(os.devnull), TrainingSettings(), LossSettings(), network)
    bins = network.config.bins
    batch = (
        torch.randn(BATCH, 2, FRAMES, bins, dtype=torch.complex64),
        torch.rand(BATCH, 7, 2, FRAMES, bins).bfloat16(),
        torch.rand(BATCH, 6, FRAMES).round(),
    )
    seconds = []
    for _ in range(STEPS + 2):
        started = time.perf_counter()
        separation, activation, _, _ = losses(network, batch, run.loss)
        torch.autograd.backward(separation + activation)
        run.optimizer.step()
        run.optimizer.zero_grad(set_to_none=True)
        run.update_average()
        seconds.append(time.perf_counter() - started)
    print(statistics.median(seconds[2:]))


if __name__ == "__main__":
    main()
