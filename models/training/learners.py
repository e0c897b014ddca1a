"""What is learnt from a batch: networks of each kind, their losses, and how their answers are judged.

A learner has one or more *parts*, networks that are trained side by side on the same batches and share nothing:
`iass-six` has one, `iass` and `open-unmix` one for each target. All see the same excerpts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from models.instruments import INSTRUMENTS, OTHER, STEMS
from models.losses import LossSettings, activation_loss, magnitude_loss, separation_loss
from models.networks.iass import Iass
from models.networks.iass_six import IassSix, IassSixConfig
from models.networks.open_unmix import OpenUnmix
from models.training.batch import Batch
from models.training.configuration import ConfigurationError, TrainingConfig

JOINT: Final = "all"
"""The one part of `iass-six`."""


class Answer(NamedTuple):
    """What a network says: of `iass-six` log masks and logits, else magnitudes and, of `iass`, logits.

    Shapes: log masks `(batch, 7, 2, frames, groups)`, magnitudes `(batch, channels, frames, bins)`, logits
    `(batch, instruments, frames)`.
    """

    separation: Tensor
    logits: Tensor | None


class Terms(NamedTuple):
    """Losses of one part, scalars, and their weighted sum."""

    total: Tensor
    separation: Tensor
    activation: Tensor


class Learner(nn.Module, ABC):
    """Networks by part, in `networks`."""

    def __init__(self, networks: dict[str, nn.Module], loss: LossSettings) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(networks)
        self.loss = loss

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts."""
        return tuple(self.networks)

    @abstractmethod
    def stems(self, part: str) -> tuple[str, ...]:
        """Which of `STEMS` a part separates."""

    def known(self, part: str, batch: Batch) -> Tensor:
        """Which sources of which excerpts the songs tell apart, `(batch, stems of the part)`, 1 or 0."""
        return batch.known[:, [STEMS.index(stem) for stem in self.stems(part)]]

    @abstractmethod
    def prepare(self, batch: Batch) -> Tensor:
        """What every part sees of the mix; made once a batch."""

    @abstractmethod
    def answer(self, part: str, seen: Tensor) -> Answer:
        """Ask the network of a part."""

    @abstractmethod
    def terms(self, part: str, answer: Answer, batch: Batch) -> Terms:
        """How wrong an answer is."""

    @abstractmethod
    def estimates(self, part: str, answer: Answer, batch: Batch) -> Tensor:
        """Estimated magnitudes `(batch, stems of the part, channels, frames, bins)`."""

    @abstractmethod
    def measure(self, batches: Iterable[Batch]) -> None:
        """Set the standardisation of each bin from batches of the training set."""

    @abstractmethod
    def network_settings(self) -> dict[str, Any]:
        """Sizes of the networks, as they stand in `model.json`."""

    @torch.no_grad()
    def judge(self, batch: Batch) -> dict[str, Tensor]:
        """Sums over the excerpts of a batch, which add up over batches and devices; see `summarise`."""
        seen, size = self.prepare(batch), batch.size
        magnitude = batch.mix.abs()[:, None]
        losses = torch.zeros(3, len(self.parts))
        before, after = torch.zeros(len(STEMS)), torch.zeros(len(STEMS))
        correct = torch.zeros(len(STEMS))
        for number, part in enumerate(self.parts):
            answer = self.answer(part, seen)
            losses[:, number] = torch.stack(self.terms(part, answer, batch)).cpu() * size
            estimates = self.estimates(part, answer, batch)
            rows = [STEMS.index(stem) for stem in self.stems(part)]
            source = batch.targets[:, rows].float().square()
            known = self.known(part, batch)[..., None, None, None]
            before[rows] = (known * (magnitude - source).square()).sum((0, 2, 3, 4)).cpu()
            after[rows] = (known * (estimates - source).square()).sum((0, 2, 3, 4)).cpu()
            if answer.logits is not None:
                labelled = rows[: answer.logits.shape[1]]
                right = (answer.logits > 0) == (batch.activity[:, labelled] > 0.5)
                correct[labelled] = right.float().mean(2).sum(0).cpu()
        total, separation, activation = losses
        return {
            "excerpts": torch.tensor(float(size)),
            "total": total,
            "separation": separation,
            "activation": activation,
            "before": before,
            "after": after,
            "correct": correct,
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, Any]:
        """A validation in numbers.

        `total`, `separation` and `activation` are mean losses over the parts, `loss` is the total of each part.
        `improvement_db` is 10 log10 of sum (|mix| - |source|)^2 over sum (|estimate| - |source|)^2, `accuracy` the
        share of frames whose activation is right.
        """
        count = sums["excerpts"].item()
        gains = 10 * torch.log10((sums["before"] + 1e-12) / (sums["after"] + 1e-12))
        separated = [stem for part in self.parts for stem in self.stems(part)]
        values: dict[str, Any] = {
            name: round(sums[name].mean().item() / count, 5) for name in ("total", "separation", "activation")
        }
        values["loss"] = {part: sums["total"][number].item() / count for number, part in enumerate(self.parts)}
        values["improvement_db"] = {stem: round(gains[STEMS.index(stem)].item(), 2) for stem in separated}
        if sums["correct"].any():
            rows = {stem: sums["correct"][STEMS.index(stem)].item() / count for stem in separated if stem != OTHER}
            values["accuracy"] = {stem: round(share, 3) for stem, share in rows.items()}
        return values


class JointLearner(Learner):
    """`iass-six`: all sources at once; the loss is on square-rooted magnitudes."""

    def __init__(self, network: IassSix, loss: LossSettings) -> None:
        super().__init__({JOINT: network.to(memory_format=torch.channels_last)}, loss)  # type: ignore[call-overload]
        if len(loss.sources) != len(STEMS):
            raise ConfigurationError(f"loss.sources must be {len(STEMS)} weights: {', '.join(STEMS)}.")
        self.weights = torch.tensor(loss.sources)
        # A plain attribute in a tuple: a compiled module would register itself and its weights a second time.
        self._forward: tuple[Callable[[Tensor], tuple[Tensor, Tensor]]] = (network,)

    @property
    def network(self) -> IassSix:
        """The one network."""
        network = self.networks[JOINT]
        assert isinstance(network, IassSix)
        return network

    def compile_network(self) -> None:
        """Fuse the network with `torch.compile`, which needs a C++ compiler."""
        self._forward = (torch.compile(self.network),)

    def stems(self, part: str) -> tuple[str, ...]:
        """All."""
        return STEMS

    def prepare(self, batch: Batch) -> Tensor:
        """The complex spectrogram."""
        return batch.mix

    def answer(self, part: str, seen: Tensor) -> Answer:
        """Log masks and six logits."""
        return Answer(*self._forward[0](seen))

    def terms(self, part: str, answer: Answer, batch: Batch) -> Terms:
        """See `models.losses`."""
        assert answer.logits is not None
        loss, instruments = self.loss, len(INSTRUMENTS)
        with torch.autocast(batch.mix.device.type, enabled=False):
            separation = separation_loss(
                answer.separation,
                batch.mix.abs().sqrt_(),
                batch.targets,
                self.network.groups,
                loss.magnitude,
                batch.known * self.weights.to(batch.known.device),
            )
            activation = activation_loss(
                answer.logits, batch.activity[:, :instruments], loss.label_smoothing, batch.known[:, :instruments]
            )
        return Terms(separation + loss.activation * activation, separation.detach(), activation.detach())

    def estimates(self, part: str, answer: Answer, batch: Batch) -> Tensor:
        """Masks times mix."""
        return self.network.groups.expand(answer.separation.float().exp()) * batch.mix.abs()[:, None]

    def measure(self, batches: Iterable[Batch]) -> None:
        """Mean and deviation of the square-rooted magnitudes, per group of bins."""
        roots = (self.network.groups.mean(batch.mix.abs().sqrt()) for batch in batches)
        mean, deviation = _moments(roots)
        self.network.feature_mean.copy_(mean)
        self.network.feature_scale.copy_(deviation.clamp(min=1e-2))

    def network_settings(self) -> dict[str, Any]:
        """The fields of `IassSixConfig`."""
        return self.network.config.to_dict()


class TargetLearner(Learner):
    """A network for each target, trained on plain magnitudes as published."""

    def stems(self, part: str) -> tuple[str, ...]:
        """The target."""
        return (part,)

    def known(self, part: str, batch: Batch) -> Tensor:
        """What a dataset calls `other` is what a network for it should learn, whatever that is made of."""
        return torch.ones_like(batch.known[:, :1]) if part == OTHER else super().known(part, batch)

    def prepare(self, batch: Batch) -> Tensor:
        """Magnitudes `(batch, channels, bins, frames)`."""
        return batch.mix.abs().transpose(-1, -2)

    def terms(self, part: str, answer: Answer, batch: Batch) -> Terms:
        """Squared error on magnitudes, and the activation's if the network has one."""
        row = STEMS.index(part)
        known = self.known(part, batch)
        with torch.autocast(batch.mix.device.type, enabled=False):
            separation = magnitude_loss(answer.separation, batch.targets[:, row].float().square(), known[:, 0])
            if answer.logits is None:
                return Terms(separation, separation.detach(), torch.zeros_like(separation))
            activation = activation_loss(answer.logits, batch.activity[:, row, None], self.loss.label_smoothing, known)
        return Terms(separation + self.loss.activation * activation, separation.detach(), activation.detach())

    def estimates(self, part: str, answer: Answer, batch: Batch) -> Tensor:
        """The magnitudes that the network gives."""
        return answer.separation.float()[:, None]


class IassLearner(TargetLearner):
    """`iass` as published: mono, an activation for each target."""

    def __init__(self, targets: Iterable[str], loss: LossSettings) -> None:
        super().__init__({target: Iass() for target in targets}, loss)

    def answer(self, part: str, seen: Tensor) -> Answer:
        """Mask times magnitude, and logits."""
        mix = seen[:, 0]
        mask, logits = self.networks[part](mix)
        return Answer((mask * mix).transpose(-1, -2)[:, None], logits[:, None])

    def measure(self, batches: Iterable[Batch]) -> None:
        """Mean and deviation of each bin's magnitude."""
        mean, deviation = _moments(batch.mix.abs() for batch in batches)
        for network in self.networks.values():
            assert isinstance(network, Iass)
            network.mean.copy_(mean[: len(network.mean)])
            network.scale.copy_(_floored(deviation)[: len(network.scale)])

    def network_settings(self) -> dict[str, Any]:
        """It has no sizes to choose."""
        return {}


class OpenUnmixLearner(TargetLearner):
    """Open-Unmix as published: stereo, no activations."""

    def __init__(self, targets: Iterable[str], loss: LossSettings, hidden: int = 512) -> None:
        self._hidden = hidden
        super().__init__({target: OpenUnmix(hidden) for target in targets}, loss)

    def answer(self, part: str, seen: Tensor) -> Answer:
        """Estimated magnitudes."""
        return Answer(self.networks[part](seen).transpose(-1, -2), None)

    def measure(self, batches: Iterable[Batch]) -> None:
        """The negative mean and one over the deviation, which is how Open-Unmix keeps them."""
        mean, deviation = _moments(batch.mix.abs() for batch in batches)
        for network in self.networks.values():
            assert isinstance(network, OpenUnmix)
            network.input_mean.data.copy_(-mean[: network.bins_seen])
            network.input_scale.data.copy_(1 / _floored(deviation)[: network.bins_seen])

    def network_settings(self) -> dict[str, Any]:
        """Its width."""
        return {"hidden": self._hidden}


def make_learner(config: TrainingConfig) -> Learner:
    """The learner that a configuration asks for, its weights drawn from the configuration's seed."""
    torch.manual_seed(config.seed)
    try:
        if config.model == "iass-six":
            return JointLearner(IassSix(IassSixConfig(**config.network)), config.loss)
        kind = IassLearner if config.model == "iass" else OpenUnmixLearner
        return kind(config.targets, config.loss, **config.network)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"The sizes in “network” cannot be used: {error}.") from error


def _moments(views: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over all axes but the last."""
    total: Tensor | float = 0.0
    square: Tensor | float = 0.0
    count = 0
    for view in views:
        rows = view.double().flatten(0, -2)
        total, square, count = total + rows.sum(0), square + rows.square().sum(0), count + len(rows)
    mean = torch.as_tensor(total / count)
    return mean, (torch.as_tensor(square / count) - mean.square()).clamp(min=0).sqrt()


def _floored(deviation: Tensor) -> Tensor:
    """No bin's deviation below a ten-thousandth of the largest, as Open-Unmix does it."""
    return deviation.clamp(min=1e-4 * float(deviation.max()))
