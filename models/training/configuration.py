"""What a training run is like: frozen settings, read from the TOML files in `models/configs` or from a person's own."""

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from models.data.remix import RemixSettings
from models.instruments import INSTRUMENTS, STEMS
from models.losses import LossSettings
from models.networks.iass_six import IassSixConfig

CONFIGS: Final = Path(__file__).parents[1] / "configs"
SPECTROGRAM_BINS: Final = 2049


class ConfigurationError(Exception):
    """A configuration that cannot be used; one sentence that says what is wrong with it."""


@dataclass(frozen=True)
class OptimizerSettings:
    """Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019). `clip_norm` 0 does not clip gradients.

    `norms` says by what batch norms standardise in training: `batch` is each batch's own statistics, `kept` those of
    the weights that training began with. Statistics of four excerpts hide from the activations what is the same in all
    four, so weights that have learnt are better trained on with theirs.
    """

    kind: Literal["adam", "adamw"] = "adamw"
    rate: float = 1.5e-3
    weight_decay: float = 1e-2
    betas: tuple[float, ...] = (0.9, 0.98)
    clip_norm: float = 2.0
    average_decay: float = 0.999
    norms: Literal["batch", "kept"] = "batch"

    def __post_init__(self) -> None:
        if not 0 <= self.average_decay < 1:
            raise ConfigurationError(f"optimizer.average_decay must be 0 (none) or below 1, not {self.average_decay}.")


@dataclass(frozen=True)
class ScheduleSettings:
    """How the learning rate goes.

    Attributes:
        kind: `cosine` falls to `final_rate` over the run, by minutes if they are limited, else by steps, and starts
            again at the top in each of `cycles` (SGDR, Loshchilov & Hutter 2017). `plateau` is multiplied by `factor`
            after more than `patience` validations without improvement, as published. `constant` stays.
        warmup_steps: linear rise at the start.
        cooldown: validations after a drop in which nothing is counted.
    """

    kind: Literal["cosine", "plateau", "constant"] = "cosine"
    warmup_steps: int = 200
    final_rate: float = 2e-5
    cycles: int = 1
    factor: float = 0.3
    patience: int = 80
    cooldown: int = 10


@dataclass(frozen=True)
class DurationSettings:
    """When training ends: at the first limit that is reached; 0 is no limit.

    `patience` is early stopping: validations without improvement. With several targets each stops on its own.
    """

    minutes: float = 60.0
    steps: int = 0
    patience: int = 0


@dataclass(frozen=True)
class ValidationSettings:
    """Every `steps` steps, on `excerpts` excerpts that are the same each time."""

    steps: int = 1000
    excerpts: int = 32


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that determines a run except the songs.

    Attributes:
        model: the kind of network.
        network: its sizes, if they are not the usual ones.
        targets: for networks of one target each, which are trained, side by side on the same excerpts.
        batch: excerpts in a step, on each device.
        seed: of the weights, the excerpts and dropout.
        precision: Lightning's; `bf16-mixed` computes the network in bfloat16.
        save_minutes: how often the run is saved between validations.
        report_steps: how often a line is printed.
        exported: which weights `models.export` takes: the moving average or the best at validation.
    """

    model: Literal["iass-six", "iass", "open-unmix"] = "iass-six"
    network: dict[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = INSTRUMENTS
    batch: int = 4
    seed: int = 0
    precision: Literal["bf16-mixed", "32-true"] = "bf16-mixed"
    save_minutes: float = 5.0
    report_steps: int = 50
    exported: Literal["average", "best"] = "average"
    excerpts: RemixSettings = field(default_factory=RemixSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    optimizer: OptimizerSettings = OptimizerSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    duration: DurationSettings = DurationSettings()
    validation: ValidationSettings = ValidationSettings()

    def __post_init__(self) -> None:
        if unknown := [target for target in self.targets if target not in STEMS]:
            raise ConfigurationError(f"There is no target “{unknown[0]}”; there are: {', '.join(STEMS)}.")
        if self.batch < 1 or self.validation.steps < 1 or self.report_steps < 1:
            raise ConfigurationError("batch, validation.steps and report_steps must be at least 1.")

    @property
    def remix(self) -> RemixSettings:
        """The excerpts with the bins and channels that the model needs; the excerpts are the same for every model."""
        values = {entry.name: getattr(self.excerpts, entry.name) for entry in fields(self.excerpts)}
        bins = IassSixConfig(**self.network).bins if self.model == "iass-six" else SPECTROGRAM_BINS
        return RemixSettings(**(values | {"bins": bins, "mono": self.model == "iass"}))

    def to_dict(self) -> dict[str, Any]:
        """As it stands in `run.json`; `from_dict` takes it back."""
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "TrainingConfig":
        """Settings from nested tables. Raises ConfigurationError if a name or a type is wrong."""
        config: TrainingConfig = _build(TrainingConfig, values, "")
        return config


def load_config(name: str, changes: Iterable[str] = ()) -> TrainingConfig:
    """Read a configuration.

    Args:
        name: of a file in `models/configs`, without its suffix, or the path of a TOML file. A file may say
            `base = "NAME"` to change another.
        changes: such as `loss.activation=0.2` or `targets=["vocals", "bass"]`, values written as in TOML.

    Raises:
        ConfigurationError: with a sentence.
    """
    values = _read(name)
    for change in changes:
        _merge(values, _parse_change(change))
    return TrainingConfig.from_dict(values)


def _read(name: str) -> dict[str, Any]:
    path = CONFIGS / f"{name}.toml" if (CONFIGS / f"{name}.toml").is_file() else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.toml")))
        raise ConfigurationError(f"There is no configuration “{name}”; give a TOML file or one of: {known}.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    if base := values.pop("base", None):
        values = _merge(_read(str(base)), values)
    return values


def _parse_change(change: str) -> dict[str, Any]:
    name, _, text = change.partition("=")
    try:
        return tomllib.loads(f"{name} = {text}")
    except ValueError:
        pass
    try:  # a bare word is a string
        return tomllib.loads(f"{name} = '{text}'")
    except ValueError as error:
        raise ConfigurationError(f"“{change}” is not of the form NAME=VALUE.") from error


def _merge(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Put `changes` over `values`, table by table."""
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(values.get(name), dict):
            _merge(values[name], value)
        else:
            values[name] = value
    return values


def _build(kind: Any, values: dict[str, Any], where: str) -> Any:
    """A dataclass from a table, its fields checked against their annotations."""
    hints = get_type_hints(kind)
    known = [entry.name for entry in fields(kind)]
    if unknown := [name for name in values if name not in known]:
        raise ConfigurationError(f"There is no setting “{where}{unknown[0]}”; there are: {', '.join(known)}.")
    return kind(**{name: _convert(hints[name], value, where + name) for name, value in values.items()})


def _convert(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, f"{where}.")
    if get_origin(hint) is Literal and value in get_args(hint):
        return value
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return tuple(_convert(get_args(hint)[0], item, where) for item in value)
    if get_origin(hint) is dict and isinstance(value, dict):
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    wanted = " or ".join(map(repr, get_args(hint))) if get_origin(hint) is Literal else getattr(hint, "__name__", hint)
    raise ConfigurationError(f"The setting “{where}” must be {wanted}, not {value!r}.")
