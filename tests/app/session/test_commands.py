import math

import pytest

from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from app.session.commands import (
    Command,
    ReplaceMix,
    ResetStrip,
    SetActivation,
    SetEqualizer,
    SetGain,
    SetMasterGain,
    SetMute,
    SetPan,
    SetSolo,
)
from models.activation import ActivationSettings
from models.instruments import STEMS

EQUALIZER = EqualizerSettings(low_gain_db=3.0)


@pytest.mark.parametrize(
    ("command", "strip", "name"),
    [
        (SetGain("bass", -math.inf), StripSettings(gain_db=-math.inf), "Bass gain"),
        (SetPan("bass", -0.5), StripSettings(pan=-0.5), "Bass pan"),
        (SetMute("bass", True), StripSettings(mute=True), "Mute bass"),
        (SetSolo("bass", True), StripSettings(solo=True), "Solo bass"),
        (SetEqualizer("bass", EQUALIZER), StripSettings(equalizer=EQUALIZER), "Bass equalizer"),
        (
            SetActivation("hard", "bass"),
            StripSettings(activation=ActivationSettings("hard")),
            "Bass activation hard",
        ),
        (
            SetActivation(strip="bass", threshold=0.25),
            StripSettings(activation=ActivationSettings(threshold=0.25)),
            "Bass activation threshold",
        ),
    ],
)
def test_a_command_changes_its_strip_and_no_other(command: Command, strip: StripSettings, name: str) -> None:
    mix = command.apply(MixSettings())
    assert mix.strip("bass") == strip  # noqa: B005
    assert all(mix.strip(other) == StripSettings() for other in STEMS if other != "bass")
    assert command.name == name
    assert ResetStrip("bass").apply(mix) == MixSettings()


def test_whole_desk_commands() -> None:
    mix = MixSettings(master_gain_db=-6.0)
    assert SetMasterGain(-6.0).apply(MixSettings()) == mix
    assert ReplaceMix(mix, "Load mix").apply(MixSettings()) == mix
    every = SetActivation("off").apply(mix)
    assert {strip.activation.mode for strip in every.strips} == {"off"}
    assert SetActivation("off").name == "Activation off"


def test_exclusive_solo_takes_the_others() -> None:
    mix = SetSolo("drums", True).apply(SetSolo("bass", True).apply(MixSettings()))
    assert sum(strip.solo for strip in mix.strips) == 2
    mix = SetSolo("electric_guitar", True, exclusive=True).apply(mix)
    assert [name for name in STEMS if mix.strip(name).solo] == ["electric_guitar"]
    assert SetSolo("electric_guitar", False).name == "Unsolo electric guitar"


@pytest.mark.parametrize("command", [SetGain("flute", 0.0), SetGain("bass", 99.0), SetPan("bass", 2.0), ResetStrip("")])
def test_nonsense_is_refused(command: Command) -> None:
    with pytest.raises(ValueError):
        command.apply(MixSettings())


@pytest.mark.parametrize(
    ("first", "second", "merge"),
    [
        (SetGain("bass", 1.0), SetGain("bass", 2.0), True),
        (SetGain("bass", 1.0), SetGain("drums", 2.0), False),
        (SetGain("bass", 1.0), SetPan("bass", 0.5), False),
        (SetMasterGain(1.0), SetMasterGain(2.0), True),
        (SetEqualizer("bass", EqualizerSettings()), SetEqualizer("bass", EQUALIZER), True),
        (SetMute("bass", True), SetMute("bass", False), False),
        (SetActivation(strip="bass", threshold=0.1), SetActivation(strip="bass", threshold=0.2), True),
        (SetActivation("hard", "bass"), SetActivation("off", "bass"), False),
    ],
)
def test_only_moments_of_one_drag_merge(first: Command, second: Command, merge: bool) -> None:
    assert second.merges_with(first) is merge
