import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mixing.settings import (
    DEFAULT_BANDS,
    DEFAULT_MUTE_GROUPS,
    EqualizerSettings,
    LimiterSettings,
    MixSettings,
    StripSettings,
)
from app.session.commands import (
    Command,
    Link,
    Practice,
    RecallSnapshot,
    ReplaceMix,
    ResetMix,
    ResetStrip,
    SetActivation,
    SetBand,
    SetEqualizer,
    SetGain,
    SetLimiter,
    SetLinks,
    SetLoop,
    SetMasterGain,
    SetMute,
    SetMuteGroup,
    SetPan,
    SetPolarity,
    SetSolo,
    SetSoloSafe,
    SetTempo,
    SetWidth,
    StoreSnapshot,
    SwapEqualizer,
    ToggleMuteGroup,
    Unlink,
    practice_in_force,
)
from app.session.document import Document, EqualizerSides, PracticeKind
from app.song.tempo import Tempo
from models.activation import ActivationSettings
from models.instruments import STEMS
from tests.app.session.documents import commands
from tests.mixes import mixes, strip_names

BAND = replace(DEFAULT_BANDS[3], gain_db=-6.0)
EQUALIZER = EqualizerSettings().with_band(3, gain_db=-6.0)
PRACTICE: list[PracticeKind] = ["without", "only", "quieter", "with"]


def after(*steps: Command, document: Document | None = None) -> Document:
    document = document or Document()
    for step in steps:
        document = step.apply(document)
    return document


def gains_of(document: Document, *names: str) -> list[float]:
    return [document.mix.strip(name).gain_db for name in names]


def muted(document: Document) -> set[str]:
    return {name for name in STEMS if document.mix.strip(name).mute}


def audible(document: Document) -> set[str]:
    return {name for name, heard in zip(STEMS, document.mix.audible, strict=True) if heard}


@pytest.mark.parametrize(
    ("command", "strip", "name"),
    [
        (SetGain("bass", -math.inf), StripSettings(gain_db=-math.inf), "Bass gain"),
        (SetPan("bass", -0.5), StripSettings(pan=-0.5), "Bass pan"),
        (SetWidth("bass", 0.5), StripSettings(width=0.5), "Bass width"),
        (SetPolarity("bass", True), StripSettings(invert_polarity=True), "Bass polarity"),
        (SetMute("bass", True), StripSettings(mute=True), "Mute bass"),
        (SetSolo("bass", True), StripSettings(solo=True), "Solo bass"),
        (SetSoloSafe("bass", True), StripSettings(solo_safe=True), "Bass safe from solo"),
        (SetEqualizer("bass", EQUALIZER), StripSettings(equalizer=EQUALIZER), "Bass equalizer"),
        (SetEqualizer("bass", EQUALIZER, "Bass Punch"), StripSettings(equalizer=EQUALIZER), "Bass Punch"),
        (SetBand("bass", 3, BAND), StripSettings(equalizer=EQUALIZER), "Bass peak 2"),
        (
            SetBand("bass", 0, replace(DEFAULT_BANDS[0], on=True)),
            StripSettings(equalizer=EqualizerSettings().with_band(0, on=True)),
            "Bass high pass",
        ),
        (SetActivation("hard", "bass"), StripSettings(activation=ActivationSettings("hard")), "Bass activation hard"),
        (
            SetActivation(strip="bass", threshold=0.25),
            StripSettings(activation=ActivationSettings(threshold=0.25)),
            "Bass activation threshold",
        ),
    ],
)
def test_a_command_changes_its_strip_and_no_other(command: Command, strip: StripSettings, name: str) -> None:
    document = command.apply(Document())
    assert document == Document(MixSettings().with_strip("bass", **vars(strip)))
    assert command.name == name
    assert ResetStrip("bass").apply(document) == Document()


def test_whole_desk_commands() -> None:
    mix = MixSettings(master_gain_db=-6.0)
    assert SetMasterGain(-6.0).apply(Document()).mix == mix
    assert ReplaceMix(mix, "Load mix").apply(Document()).mix == mix
    every = after(SetMasterGain(-6.0), SetActivation("off")).mix
    assert {strip.activation.mode for strip in every.strips} == {"off"}
    assert SetActivation("off").name == "Activation off"
    assert after(SetLimiter(LimiterSettings(True, -2.0))).mix == MixSettings(limiter=LimiterSettings(True, -2.0))


def test_loop_and_tempo_are_no_part_of_the_mix() -> None:
    document = after(SetLoop((10, 20)), SetTempo(Tempo(120.0, 5, 3)))
    assert document == Document(loop=(10, 20), tempo=Tempo(120.0, 5, 3))
    assert after(SetLoop(None), SetTempo(None), document=document) == Document()


def test_exclusive_solo_takes_the_others() -> None:
    document = after(SetSolo("bass", True), SetSolo("drums", True))
    assert sum(strip.solo for strip in document.mix.strips) == 2
    document = SetSolo("electric_guitar", True, exclusive=True).apply(document)
    assert audible(document) == {"electric_guitar"}
    assert SetSolo("electric_guitar", False).name == "Unsolo electric guitar"


def test_a_solo_safe_strip_is_heard_with_every_solo() -> None:
    document = after(SetSoloSafe("drums", True), SetSolo("bass", True, exclusive=True))
    assert audible(document) == {"bass", "drums"}
    assert audible(after(SetMute("drums", True), document=document)) == {"bass"}


def test_reset_keeps_how_the_desk_is_arranged() -> None:
    document = after(
        SetLinks((("bass", "drums"),)),
        SetMuteGroup(1, ("piano",)),
        StoreSnapshot(0),
        SetLoop((1, 5)),
        SetGain("bass", -3.0),
        SetMasterGain(2.0),
        SetLimiter(LimiterSettings(True)),
        Practice("only", "bass"),
        ResetMix(),
    )
    groups = (("piano",), *DEFAULT_MUTE_GROUPS[1:])
    assert document.mix == MixSettings(links=(("bass", "drums"),), mute_groups=groups)
    assert document.practice is None
    assert document.loop == (1, 5)
    assert document.snapshots[0] is not None


# links


def test_linked_strips_keep_their_distance() -> None:
    document = after(SetGain("drums", -4.0), SetLinks((("drums", "bass"), ("piano",))))
    assert document.mix.links == (("bass", "drums"),), "in the order of the desk, no group of one"
    document = SetGain("bass", 3.0).apply(document)
    assert gains_of(document, "bass", "drums", "piano") == [3.0, -1.0, 0.0]
    document = SetGain("bass", 5.0, alone=True).apply(document)
    assert gains_of(document, "bass", "drums") == [5.0, -1.0]


def test_strips_are_linked_one_by_one() -> None:
    document = after(Link("drums", "bass"), Link("vocals", "piano"))
    assert document.mix.links == (("vocals", "piano"), ("bass", "drums"))
    assert Link("drums", "bass").apply(document) == document
    joined = after(Link("bass", "vocals"), document=document)
    assert joined.mix.links == (("vocals", "piano", "bass", "drums"),)
    assert after(Unlink("piano"), document=joined).mix.links == (("vocals", "bass", "drums"),)
    assert after(Unlink("piano"), document=document).mix.links == (("bass", "drums"),), "no group of one"
    assert Link("bass", "bass").apply(Document()) == Document()


def test_linked_strips_stop_together() -> None:
    document = after(SetGain("drums", 8.0), SetLinks((("bass", "drums"),)), SetGain("bass", 12.0))
    assert gains_of(document, "bass", "drums") == [4.0, 12.0]


def test_linked_strips_fall_silent_and_come_back_together() -> None:
    document = after(
        SetGain("drums", -5.0), SetLinks((("bass", "drums", "piano"),)), SetGain("piano", -math.inf, alone=True)
    )
    assert gains_of(SetGain("bass", -3.0).apply(document), "bass", "drums", "piano") == [-3.0, -8.0, -math.inf]
    assert gains_of(SetGain("piano", -9.0).apply(document), "bass", "drums", "piano") == [0.0, -5.0, -9.0]
    silent = SetGain("drums", -math.inf).apply(document)
    assert gains_of(silent, "bass", "drums", "piano") == [-math.inf] * 3
    assert gains_of(SetGain("bass", -6.0).apply(silent), "bass", "drums", "piano") == [-6.0] * 3


@settings(deadline=None, max_examples=100)
@given(
    gains=st.lists(st.floats(-90.0, 12.0), min_size=7, max_size=7),
    strip=strip_names,
    gain_db=st.floats(-90.0, 12.0),
    group=st.lists(strip_names, unique=True, min_size=2),
)
def test_any_move_of_linked_strips(gains: list[float], strip: str, gain_db: float, group: list[str]) -> None:
    mix = MixSettings(links=(tuple(group),))
    for name, start_db in zip(STEMS, gains, strict=True):
        mix = mix.with_strip(name, gain_db=start_db)
    moved = SetGain(strip, gain_db).apply(Document(mix)).mix
    changes = [moved.strip(name).gain_db - mix.strip(name).gain_db for name in group]
    assert max(changes) - min(changes) < 1e-9
    highest = max(moved.strip(name).gain_db for name in group)
    assert moved.strip(strip).gain_db == gain_db or (strip in group and highest == pytest.approx(12.0, abs=1e-9))
    assert all(moved.strip(name) == mix.strip(name) for name in STEMS if name not in group and name != strip)


# mute groups


def test_a_number_mutes_its_group_and_unmutes_it() -> None:
    document = after(ToggleMuteGroup(8))
    assert muted(document) == {"electric_guitar", "acoustic_guitar"}
    assert ToggleMuteGroup(8).apply(document) == Document()
    partly = after(SetMute("bass", True), ToggleMuteGroup(9))
    assert muted(partly) == set(STEMS) - {"vocals"}, "one was open: all are muted first"
    assert muted(after(ToggleMuteGroup(9), document=partly)) == set()


def test_a_mute_group_can_be_changed_and_emptied() -> None:
    document = after(SetMuteGroup(3, ("drums", "vocals", "drums")), ToggleMuteGroup(3))
    assert document.mix.mute_groups[2] == ("vocals", "drums")
    assert muted(document) == {"vocals", "drums"}
    empty = after(SetMuteGroup(3, ()))
    assert ToggleMuteGroup(3).apply(empty) == empty


# snapshots


def test_snapshots_remember_whole_mixes() -> None:
    document = after(SetGain("bass", -3.0), StoreSnapshot(1), ResetMix(), StoreSnapshot(3), SetPan("bass", 1.0))
    recalled = RecallSnapshot(1).apply(document)
    assert recalled.mix == after(SetGain("bass", -3.0)).mix
    assert recalled.snapshots == document.snapshots
    assert RecallSnapshot(3).apply(recalled).mix == MixSettings()
    assert RecallSnapshot(0).apply(recalled) == recalled, "nothing is stored there"
    assert RecallSnapshot(1).glide_s == 0.5
    assert RecallSnapshot(1).name == "Recall snapshot B"
    assert StoreSnapshot(3).name == "Store snapshot D"


# practice mixes


def test_practice_mixes() -> None:
    mine = SetGain("bass", 2.5)
    assert audible(after(Practice("without", "bass"))) == set(STEMS) - {"bass"}
    assert audible(after(Practice("only", "bass"))) == {"bass"}
    assert gains_of(after(mine, Practice("quieter", "bass")), "bass") == [-3.5]
    names = [Practice(kind, "electric_guitar").name for kind in PRACTICE]
    assert names == [
        "Without electric guitar",
        "Only electric guitar",
        "Electric guitar quieter",
        "With electric guitar",
    ]


@settings(deadline=None, max_examples=60)
@given(mix=mixes, kinds=st.lists(st.tuples(st.sampled_from(PRACTICE), strip_names), min_size=1, max_size=5))
def test_each_practice_mix_takes_the_one_before_back(mix: MixSettings, kinds: list[tuple[PracticeKind, str]]) -> None:
    start = Document(mix)
    document = start
    for kind, strip in kinds:
        document = Practice(kind, strip).apply(document)
        assert practice_in_force(document, strip) == kind
    kind, strip = kinds[-1]
    practised = {strip for _, strip in kinds}
    for name in set(STEMS) - practised:
        assert document.mix.strip(name) == replace(start.mix.strip(name), solo=False)
    ended = Practice("with", strip).apply(document)
    assert not any(strip.solo for strip in ended.mix.strips)
    assert muted(ended) <= muted(start) - {strip}
    for name in practised:
        before_db, after_db = start.mix.strip(name).gain_db, ended.mix.strip(name).gain_db
        assert after_db == before_db or after_db == pytest.approx(before_db, abs=1e-8)


def test_a_practice_mix_that_was_changed_by_hand_is_none() -> None:
    document = after(Practice("without", "bass"))
    assert practice_in_force(document, "bass") == "without"
    assert practice_in_force(document, "drums") is None
    assert practice_in_force(after(SetMute("bass", False), document=document), "bass") is None
    assert practice_in_force(after(SetPan("drums", 1.0), document=document), "bass") == "without"
    assert practice_in_force(after(ResetMix(), document=document), "bass") is None


# equalizers


def test_two_equalizers_are_compared() -> None:
    document = after(SetBand("bass", 3, BAND), SwapEqualizer("bass"))
    assert document.mix.strip("bass").equalizer == EQUALIZER, "B begins as a copy of A"  # noqa: B005
    assert document.sides[4] == EqualizerSides("B", EQUALIZER)
    document = after(SetEqualizer("bass", EqualizerSettings()), SwapEqualizer("bass"), document=document)
    assert document.mix.strip("bass").equalizer == EQUALIZER  # noqa: B005
    assert document.sides[4] == EqualizerSides("A", EqualizerSettings())
    assert document.sides[:4] == Document().sides[:4]
    document = SwapEqualizer("bass").apply(document)
    assert document.mix.strip("bass").equalizer == EqualizerSettings()  # noqa: B005
    assert SwapEqualizer("bass").name == "Compare bass equalizers"


@pytest.mark.parametrize(
    "command",
    [
        SetGain("flute", 0.0),
        SetGain("bass", 99.0),
        SetGain("bass", math.nan),
        SetPan("bass", 2.0),
        SetWidth("bass", -0.1),
        ResetStrip(""),
        SetBand("bass", 8, BAND),
        SetBand("bass", -1, BAND),
        SetBand("bass", 0, BAND),
        SwapEqualizer("flute"),
        SetLinks((("bass", "drums"), ("bass", "piano"))),
        SetLinks((("bass", "flute"),)),
        Link("bass", "flute"),
        SetMuteGroup(0, ()),
        SetMuteGroup(10, ()),
        SetMuteGroup(1, ("flute",)),
        ToggleMuteGroup(0),
        StoreSnapshot(4),
        StoreSnapshot(-1),
        RecallSnapshot(-1),
        Practice("loud", "bass"),  # type: ignore[arg-type]
        Practice("only", "flute"),
        SetLoop((5, 5)),
        SetLoop((-1, 5)),
    ],
)
def test_nonsense_is_refused(command: Command) -> None:
    document = Document(MixSettings(links=(("bass", "piano"),)))
    with pytest.raises(ValueError):
        command.apply(document)


@pytest.mark.parametrize(
    ("first", "second", "merge"),
    [
        (SetGain("bass", 1.0), SetGain("bass", 2.0), True),
        (SetGain("bass", 1.0), SetGain("drums", 2.0), False),
        (SetGain("bass", 1.0), SetGain("bass", 2.0, alone=True), False),
        (SetGain("bass", 1.0), SetPan("bass", 0.5), False),
        (SetWidth("bass", 1.0), SetWidth("bass", 0.5), True),
        (SetMasterGain(1.0), SetMasterGain(2.0), True),
        (SetLimiter(LimiterSettings(True, -1.0)), SetLimiter(LimiterSettings(True, -2.0)), True),
        (SetLimiter(LimiterSettings(False)), SetLimiter(LimiterSettings(True)), False),
        (SetEqualizer("bass", EqualizerSettings()), SetEqualizer("bass", EQUALIZER), True),
        (SetEqualizer("bass", EqualizerSettings(), "X"), SetEqualizer("bass", EQUALIZER), False),
        (SetBand("bass", 3, DEFAULT_BANDS[3]), SetBand("bass", 3, BAND), True),
        (SetBand("bass", 2, DEFAULT_BANDS[2]), SetBand("bass", 3, BAND), False),
        (SetMute("bass", True), SetMute("bass", False), False),
        (SetActivation(strip="bass", threshold=0.1), SetActivation(strip="bass", threshold=0.2), True),
        (SetActivation("hard", "bass"), SetActivation("off", "bass"), False),
        (SetLoop((1, 2)), SetLoop((1, 3)), True),
        (SetLoop((1, 2)), SetLoop(None), False),
        (RecallSnapshot(0), RecallSnapshot(0), False),
    ],
)
def test_only_moments_of_one_drag_merge(first: Command, second: Command, merge: bool) -> None:
    assert second.merges_with(first) is merge


@settings(deadline=None, max_examples=100)
@given(command=commands)
def test_every_command_has_a_name_that_starts_a_menu_item(command: Command) -> None:
    assert command.name[0].isupper()
    assert "_" not in command.name
    assert command.glide_s >= 0.0
