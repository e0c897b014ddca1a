"""Configurations: every shipped one can be read, changed and written; what is wrong is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.instruments import INSTRUMENTS
from models.training.configuration import CONFIGS, ConfigurationError, TrainingConfig, load_config
from models.training.learners import make_learner

NAMES = sorted(path.stem for path in CONFIGS.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_shipped_configurations_can_be_read_and_written(name: str) -> None:
    config = load_config(name)
    assert TrainingConfig.from_dict(config.to_dict()) == config
    learner = make_learner(replace(config, targets=("bass",)))
    assert learner.parts == (("all",) if config.model == "iass-six" else ("bass",))


def test_published_settings_are_the_published_ones() -> None:
    config = load_config("iass")
    assert (config.optimizer.kind, config.optimizer.rate, config.optimizer.weight_decay) == ("adam", 1e-3, 1e-5)
    assert (config.schedule.kind, config.schedule.factor, config.schedule.patience) == ("plateau", 0.3, 80)
    assert (config.batch, config.excerpts.seconds, config.targets) == (8, 6.0, INSTRUMENTS)
    baseline = load_config("open-unmix")
    assert replace(baseline, model="iass", batch=8, validation=config.validation, precision="32-true") == config


def test_every_model_sees_the_same_excerpts_in_bins_and_channels_of_its_own() -> None:
    remixes = {name: load_config(name).remix for name in ("iass-six", "iass", "open-unmix")}
    assert {name: (remix.bins, remix.mono) for name, remix in remixes.items()} == {
        "iass-six": (1536, False),
        "iass": (2049, True),
        "open-unmix": (2049, False),
    }
    assert len({replace(remix, bins=1, mono=False) for remix in remixes.values()}) == 1


def test_changes_are_written_as_in_toml() -> None:
    changes = ["loss.activation=1", "targets=['bass', 'other']", "schedule.kind=constant", "network.bands=8"]
    config = load_config("iass-six", changes)
    assert config.loss.activation == 1.0
    assert config.targets == ("bass", "other")
    assert config.schedule.kind == "constant"
    assert config.network == {"bands": 8}
    assert config.loss.magnitude == load_config("iass-six").loss.magnitude, "the rest of a table stays"


def test_a_file_of_ones_own_changes_another(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "iass-six"\n[optimizer]\nrate = 1e-4\n')
    config = load_config(str(tmp_path / "mine.toml"))
    expected = load_config("iass-six")
    assert config == replace(expected, optimizer=replace(expected.optimizer, rate=1e-4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("loss.magic=1", "no setting “loss.magic”; there are: activation, magnitude"),
        ("batch=many", "“batch” must be int, not 'many'"),
        ("batch=0", "must be at least 1"),
        ("batch=true", "“batch” must be int"),
        ("model=umx", "“model” must be 'iass-six' or 'iass' or 'open-unmix', not 'umx'"),
        ("targets=['kazoo']", "no target “kazoo”"),
        ("optimizer.average_decay=1.0", "average_decay"),
        ("schedule=3", "“schedule” must be ScheduleSettings"),
        ("= 3", "not of the form NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_said(change: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load_config("iass-six", [change])


@pytest.mark.parametrize("change", ["network.bands=5", "network.magic=1", "loss.sources=[1.0]"])
def test_sizes_that_cannot_be_are_said(change: str) -> None:
    with pytest.raises(ConfigurationError, match=r"“network” cannot be used|loss\.sources must be 7"):
        make_learner(load_config("iass-six", [change]))


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("batch = = 3")
    with pytest.raises(ConfigurationError, match=r"bad\.toml cannot be read"):
        load_config(str(tmp_path / "bad.toml"))
    with pytest.raises(ConfigurationError, match="fine-tune, iass, iass-six, open-unmix"):
        load_config("nothing")
