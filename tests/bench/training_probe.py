"""Prints the median seconds of a training step of `iass-six`: 4 excerpts of 6 s of noise, forward to update."""

import os
import statistics
import time

import torch
from torch import nn

from models.training.average import WeightAverage
from models.training.batch import Batch
from models.training.configuration import load_config
from models.training.learners import JOINT, make_learner

BATCH, STEPS = 4, 6


def main() -> None:
    """Time the steps after a warm-up."""
    torch.set_num_threads(os.cpu_count() or 1)
    config = load_config("iass-six", [f"batch={BATCH}"])
    learner = make_learner(config).train()
    average = WeightAverage(learner.networks, config.optimizer.average_decay)
    optimizer = torch.optim.AdamW(learner.parameters(), 1e-4, fused=True)
    frames, bins = config.remix.frames, config.remix.bins
    batch = Batch(
        torch.randn(BATCH, 2, frames, bins, dtype=torch.complex64),
        torch.rand(BATCH, 7, 2, frames, bins).bfloat16(),
        torch.rand(BATCH, 7, frames).round(),
        torch.ones(BATCH, 7),
    )
    seconds = []
    for step in range(STEPS + 2):
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            answer = learner.answer(JOINT, learner.prepare(batch))
        torch.autograd.backward(learner.terms(JOINT, answer, batch).total)
        nn.utils.clip_grad_norm_(learner.parameters(), config.optimizer.clip_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(step)
        seconds.append(time.perf_counter() - started)
    print(statistics.median(seconds[2:]))


if __name__ == "__main__":
    main()
