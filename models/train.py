"""Training of `iass-six`: `python -m models.train --data POOL --validation POOL --output RUN --minutes 60`.

A run is a folder: `run.json` (settings and progress), `network.safetensors` (last), `average.safetensors` (moving
average of the weights, what is exported), `optimizer.safetensors`, `log.jsonl` (a line per report). Called again
with the same folder it goes on where it stopped; the learning rate follows the share of the time that is used up.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.checkpoint import optimizer_tensors, restore_optimizer, save_json, save_tensors
from models.data.multitrack import usable
from models.data.remix import Remixer, RemixSettings, RemixStream
from models.instruments import INSTRUMENTS, STEMS
from models.losses import LossSettings, activation_loss, separation_loss
from models.networks.iass_six import IassSix, IassSixConfig

Batch = tuple[Tensor, Tensor, Tensor]
Network = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to learn."""

    minutes: float = 60.0
    batch: int = 4
    learning_rate: float = 1.5e-3
    final_rate: float = 2e-5
    warmup_steps: int = 200
    weight_decay: float = 1e-2
    average_decay: float = 0.999
    report_steps: int = 50
    save_minutes: float = 10.0


class Run:
    """Network, optimizer and progress of one run folder."""

    def __init__(self, folder: Path, settings: TrainingSettings, loss: LossSettings, network: IassSix) -> None:
        self.folder, self.settings, self.loss = folder, settings, loss
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = {name: value.detach().clone().float() for name, value in network.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
        )
        self.step = 0
        self.seconds = 0.0

    def restore(self) -> bool:
        """Go on from the folder if it holds a run; False if it does not."""
        if not (self.folder / "run.json").is_file():
            return False
        progress = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        self.network.load_state_dict(load_file(self.folder / "network.safetensors"))
        self.average = load_file(self.folder / "average.safetensors")
        restore_optimizer(self.optimizer, self.folder / "optimizer.safetensors")
        self.step, self.seconds = progress["step"], progress["seconds"]
        return True

    def save(self) -> None:
        """Write everything that `restore` needs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        save_tensors(self.folder / "network.safetensors", self.network.state_dict())
        save_tensors(self.folder / "average.safetensors", self.average)
        save_tensors(self.folder / "optimizer.safetensors", optimizer_tensors(self.optimizer))
        progress = {"step": self.step, "seconds": round(self.seconds, 1), "batch": self.settings.batch}
        config = {"network": self.network.config.to_dict(), "loss": self.loss.to_dict()}
        save_json(self.folder / "run.json", progress | config)

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine over the time of the run."""
        settings = self.settings
        share = min(1.0, self.seconds / (settings.minutes * 60))
        cosine = 0.5 * (1 + math.cos(math.pi * share))
        rate = settings.final_rate + (settings.learning_rate - settings.final_rate) * cosine
        return rate * min(1.0, (self.step + 1) / settings.warmup_steps)

    def update_average(self) -> None:
        """Move the averaged weights towards the current ones; faster at first, and statistics of norms at once."""
        decay = min(self.settings.average_decay, (1 + self.step) / (10 + self.step))
        parameters = dict(self.network.named_parameters())
        for name, value in self.network.state_dict().items():
            if name in parameters:
                self.average[name].lerp_(value.float(), 1 - decay)
            else:
                self.average[name].copy_(value)

    def averaged_network(self) -> IassSix:
        """A network with the averaged weights, for validation."""
        network = IassSix(self.network.config)
        network.load_state_dict({k: v.to(network.state_dict()[k].dtype) for k, v in self.average.items()})
        return network.eval()


def losses(network: Network, batch: Batch, settings: LossSettings) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Separation and activation loss of one batch of `models.data.remix`, and the log masks and logits they are of."""
    mix, targets, activity = batch
    with torch.autocast(mix.device.type, torch.bfloat16):
        log_masks, logits = network(mix)
        root = mix.abs().sqrt().to(targets.dtype)
        separation = separation_loss(log_masks, root, targets, settings.magnitude)
    return separation, activation_loss(logits, activity, settings.label_smoothing), log_masks, logits


def measure_features(network: IassSix, stream: RemixStream, excerpts: int = 64) -> None:
    """Set the standardisation of each bin from the first excerpts of the training set."""
    total = torch.zeros(network.config.bins, dtype=torch.float64)
    square = torch.zeros_like(total)
    views = 0
    for _, (mix, _, _) in zip(range(excerpts), stream, strict=False):
        roots = mix.abs().sqrt().double().reshape(-1, network.config.bins)
        total += roots.sum(0)
        square += roots.square().sum(0)
        views += len(roots)
    mean = total / views
    network.feature_mean.copy_(mean)
    network.feature_scale.copy_((square / views - mean.square()).clamp(min=0).sqrt().clamp(min=1e-2))


@torch.no_grad()
def validate(network: IassSix, batches: list[Batch], loss: LossSettings) -> dict[str, Any]:
    """Losses, and per instrument the gain over the mix in dB of magnitudes (higher is better) and activation accuracy.

    `improvement_db` is 10 log10 of sum (|mix| - |source|)^2 over sum (mask |mix| - |source|)^2.
    """
    separation = activation = 0.0
    before, after = torch.zeros(len(STEMS)), torch.zeros(len(STEMS))
    correct = torch.zeros(len(INSTRUMENTS))
    for batch in batches:
        mix, targets, activity = batch
        one, two, log_masks, logits = losses(network, batch, loss)
        separation, activation = separation + one.item(), activation + two.item()
        magnitude, source = mix.abs()[:, None], targets.float().square()
        after += (log_masks.float().exp() * magnitude - source).square().sum((0, 2, 3, 4))
        before += (magnitude - source).square().sum((0, 2, 3, 4))
        correct += ((logits > 0) == (activity > 0.5)).float().mean((0, 2))
    gains = 10 * torch.log10(before / after)
    return {
        "separation": round(separation / len(batches), 5),
        "activation": round(activation / len(batches), 5),
        "improvement_db": {stem: round(gains[i].item(), 2) for i, stem in enumerate(STEMS)},
        "accuracy": {name: round(correct[i].item() / len(batches), 3) for i, name in enumerate(INSTRUMENTS)},
    }


def validation_batches(root: Path, settings: RemixSettings, count: int, batch: int) -> list[Batch]:
    """The same excerpts every time, from songs that training never sees."""
    remixer = Remixer(usable(root), settings, seed=20_000)
    excerpts = [remixer.excerpt() for _ in range(count * batch)]
    return [
        (
            torch.stack([e.mix for e in excerpts[i : i + batch]]),
            torch.stack([e.targets for e in excerpts[i : i + batch]]),
            torch.stack([e.activity for e in excerpts[i : i + batch]]),
        )
        for i in range(0, len(excerpts), batch)
    ]


def train(run: Run, loader: DataLoader[Any], validation: list[Batch], compiled: bool) -> None:
    """Learn until the minutes are used up; reports to standard output and `log.jsonl`, saves now and then."""
    forward: Network = torch.compile(run.network) if compiled else run.network
    sums, count, saved = torch.zeros(2), 0, time.monotonic()
    last = time.monotonic()
    run.network.train()
    for batch in loader:
        for group in run.optimizer.param_groups:
            group["lr"] = run.learning_rate()
        separation, activation, _, _ = losses(forward, batch, run.loss)
        torch.autograd.backward(separation + run.loss.activation * activation)
        nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
        run.optimizer.step()
        run.optimizer.zero_grad(set_to_none=True)
        run.update_average()
        run.step += 1
        sums += torch.tensor([separation.item(), activation.item()])
        count += 1
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        finished = run.seconds >= run.settings.minutes * 60
        if count == run.settings.report_steps or finished:
            report(run, {"separation": sums[0].item() / count, "activation": sums[1].item() / count})
            sums, count = torch.zeros(2), 0
        if now - saved > run.settings.save_minutes * 60 or finished:
            report(
                run,
                {"validation": validate(run.averaged_network(), validation, run.loss)} if validation else {},
            )
            run.save()
            saved = last = time.monotonic()
        if finished:
            return


def report(run: Run, values: dict[str, Any]) -> None:
    """One line for people and one for the curves."""
    line = {
        "step": run.step,
        "minutes": round(run.seconds / 60, 2),
        "rate": round(run.learning_rate(), 6),
    } | values
    print(json.dumps(line), flush=True)
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models.train", description="Train iass-six on multitrack folders.", epilog=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of song folders, may grow meanwhile")
    parser.add_argument("--real", type=Path, help="folder of real songs, mixed in now and then")
    parser.add_argument("--validation", type=Path, help="folder of song folders from held-out sources")
    parser.add_argument("--output", type=Path, required=True, help="run folder; an existing run goes on")
    parser.add_argument("--weights", type=Path, help="start from these weights (safetensors)")
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the whole run")
    parser.add_argument("--rate", type=float, default=TrainingSettings.learning_rate, help="highest learning rate")
    parser.add_argument("--magnitude", type=float, default=0.0, help="weight of the error on plain magnitudes")
    parser.add_argument("--activation", type=float, default=0.1, help="weight of the activation term (alpha)")
    parser.add_argument("--batch", type=int, default=4, help="excerpts in a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="fuse the network with torch.compile (needs g++)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Start or resume a run."""
    options = parse(arguments)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    settings = TrainingSettings(minutes=options.minutes, batch=options.batch, learning_rate=options.rate)
    config, excerpts = IassSixConfig(), RemixSettings()
    run = Run(options.output, settings, LossSettings(options.activation, options.magnitude), IassSix(config))
    resumed = run.restore()
    stream = RemixStream(options.data, excerpts, options.seed + 31 * run.step, options.real)
    if not resumed and options.weights:
        run.network.load_state_dict({k: v.float() for k, v in load_file(options.weights).items()}, strict=True)
        run.average = {name: value.detach().clone().float() for name, value in run.network.state_dict().items()}
    elif not resumed:
        measure_features(run.network, stream)
    validation = validation_batches(options.validation, excerpts, 8, settings.batch) if options.validation else []
    loader: DataLoader[Any] = DataLoader(stream, settings.batch, num_workers=1, prefetch_factor=3)
    train(run, loader, validation, options.compile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
