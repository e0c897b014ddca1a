"""Learners: unknown sources do not count, parts share nothing, every model sees the same excerpts."""

from typing import Any

import pytest
import torch

from models.instruments import STEMS
from models.training.batch import Batch
from models.training.configuration import TrainingConfig
from models.training.data import SongData, Songs
from models.training.learners import Answer, Learner, make_learner


def make(tiny: TrainingConfig, model: str, **changes: Any) -> tuple[Learner, TrainingConfig]:
    network = {"hidden": 8} if model == "open-unmix" else {} if model == "iass" else tiny.network
    values = tiny.to_dict() | {"model": model, "network": network, "targets": ["vocals", "bass"]} | changes
    config = TrainingConfig.from_dict(values)
    return make_learner(config), config


def batch_of(config: TrainingConfig, songs: Songs) -> Batch:
    return SongData(config, songs).validation_batches()[0]


def answer(learner: Learner, part: str, batch: Batch) -> Answer:
    return learner.answer(part, learner.prepare(batch))


@pytest.mark.parametrize("model", ["iass-six", "iass", "open-unmix"])
def test_answers_have_the_shapes_of_the_targets(
    model: str, tiny_training: TrainingConfig, training_songs: Songs
) -> None:
    learner, config = make(tiny_training, model)
    batch = batch_of(config, training_songs)
    for part in learner.parts:
        given = answer(learner, part, batch)
        channels, frames, bins = batch.mix.shape[1:]
        assert learner.estimates(part, given, batch).shape == (2, len(learner.stems(part)), channels, frames, bins)
        if given.logits is not None:
            assert given.logits.shape == (2, 6 if model == "iass-six" else 1, frames)
        terms = learner.terms(part, given, batch)
        expected = terms.separation + config.loss.activation * terms.activation
        torch.testing.assert_close(terms.total.detach(), expected)


@pytest.mark.parametrize("model", ["iass", "open-unmix"])
def test_parts_share_nothing(model: str, tiny_training: TrainingConfig, training_songs: Songs) -> None:
    learner, config = make(tiny_training, model)
    batch = batch_of(config, training_songs)
    torch.autograd.backward(learner.terms("vocals", answer(learner, "vocals", batch), batch).total)
    assert all(parameter.grad is None for parameter in learner.networks["bass"].parameters())
    assert any(p.grad is not None and p.grad.any() for p in learner.networks["vocals"].parameters())


def test_mono_is_the_mean_of_the_channels(tiny_training: TrainingConfig, training_songs: Songs) -> None:
    stereo, mono = (batch_of(make(tiny_training, model)[1], training_songs) for model in ("open-unmix", "iass"))
    torch.testing.assert_close(mono.mix, stereo.mix.mean(1, keepdim=True), atol=1e-3, rtol=1e-4)
    assert mono.targets.shape[2] == 1
    # The mix is no louder than its sources together.
    assert (mono.mix.abs() <= mono.targets.float().square().sum(1) * 1.03 + 1e-3).all()


def test_same_excerpts_in_every_model(tiny_training: TrainingConfig, training_songs: Songs) -> None:
    ours = batch_of(make(tiny_training, "iass-six")[1], training_songs)
    theirs = batch_of(make(tiny_training, "open-unmix")[1], training_songs)
    bins = ours.mix.shape[-1]
    torch.testing.assert_close(ours.mix, theirs.mix[..., :bins])
    torch.testing.assert_close(ours.targets, theirs.targets[..., :bins])
    assert torch.equal(ours.activity, theirs.activity)


def test_unknown_sources_do_not_count(tiny_training: TrainingConfig, training_songs: Songs) -> None:
    """Songs of MUSDB18 do not say what of their Other is a guitar."""
    learner, config = make(tiny_training, "iass-six")
    batch = batch_of(config, training_songs)
    known = torch.ones_like(batch.known)
    hidden = [STEMS.index(stem) for stem in ("piano", "other")]
    known[:, hidden] = 0
    targets, activity = batch.targets.clone(), batch.activity.clone()
    targets[:, hidden] = 9
    activity[:, hidden] = 1
    losses = [
        learner.terms("all", answer(learner, "all", changed), changed).total.item()
        for changed in (
            batch._replace(known=known),
            batch._replace(known=known, targets=targets, activity=activity),
            batch._replace(targets=targets, activity=activity),
        )
    ]
    assert losses[0] == losses[1]
    assert losses[2] > losses[1]


def test_a_network_for_other_learns_what_the_dataset_calls_so(
    tiny_training: TrainingConfig, training_songs: Songs
) -> None:
    learner, config = make(tiny_training, "open-unmix", targets=["piano", "other"])
    batch = batch_of(config, training_songs)
    unknown = batch._replace(known=torch.zeros_like(batch.known), targets=batch.targets + 1)
    assert learner.terms("piano", answer(learner, "piano", unknown), unknown).total == 0
    assert learner.terms("other", answer(learner, "other", unknown), unknown).total > 0


def test_judging_adds_up_over_batches(tiny_training: TrainingConfig, training_songs: Songs) -> None:
    learner, config = make(tiny_training, "iass-six")
    learner.eval()
    batches = SongData(config, training_songs).validation_batches()
    whole = Batch(*(torch.cat([batch[field] for batch in batches]) for field in range(4)))  # type: ignore[arg-type, misc]
    together = learner.summarise(learner.judge(whole))
    parts = [learner.judge(batch) for batch in batches]
    apart = learner.summarise({name: torch.stack([part[name] for part in parts]).sum(0) for name in parts[0]})
    assert together["separation"] == pytest.approx(apart["separation"], rel=1e-3)
    assert together["improvement_db"] == pytest.approx(apart["improvement_db"], abs=0.02)
    assert set(together["accuracy"]) == set(STEMS) - {"other"}


@pytest.mark.parametrize("model", ["iass-six", "iass", "open-unmix"])
def test_what_networks_see_is_standardised(model: str, tiny_training: TrainingConfig, training_songs: Songs) -> None:
    learner, config = make(tiny_training, model, targets=["vocals"])
    batches = list(SongData(config, training_songs).first_batches(12))
    learner.measure(batches)
    network: Any = learner.networks[learner.parts[0]]
    mixes = torch.cat([batch.mix for batch in batches])
    if model == "iass-six":
        seen = network.features(mixes)[:, :2]
    elif model == "iass":
        seen = (mixes.abs()[..., :1487] - network.mean) / network.scale
    else:
        seen = (mixes.abs()[..., :1487] + network.input_mean) * network.input_scale
    loudest = seen.detach().flatten(0, -2)[:, 5:20]  # where the songs have sound
    torch.testing.assert_close(loudest.mean(0), torch.zeros(15), atol=1e-2, rtol=0)
    torch.testing.assert_close(loudest.std(0), torch.ones(15), atol=2e-2, rtol=0)


def test_the_learner_holds_each_weight_once(tiny_training: TrainingConfig) -> None:
    learner, _ = make(tiny_training, "iass-six")
    assert len(learner.state_dict()) == len(learner.networks["all"].state_dict())
