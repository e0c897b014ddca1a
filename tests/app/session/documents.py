"""Hypothesis strategies for everything a user can do to a document."""

from hypothesis import strategies as st

from app.session.commands import (
    AddEdit,
    AddMarker,
    ClearEdits,
    Command,
    Link,
    Practice,
    RecallSnapshot,
    ReplaceMix,
    ResetMix,
    ResetStrip,
    SetActivation,
    SetBand,
    SetDuck,
    SetEqualizer,
    SetFollow,
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
)
from app.session.document import PRACTICE_KINDS
from app.song.markers import Marker
from app.song.tempo import Tempo
from models.activation import LONGEST_FADE_FRAMES
from tests.mixes import (
    activations,
    band,
    ducks,
    edits,
    equalizers,
    follows,
    gains,
    groups,
    instruments,
    limiters,
    links,
    mixes,
    strip_names,
)

indexes = st.integers(0, 3)
numbers = st.integers(1, 9)
loops = st.tuples(st.integers(0, 10**7), st.integers(1, 10**6)).map(lambda range_: (range_[0], sum(range_)))
tempos = st.builds(Tempo, st.floats(40.0, 250.0), st.integers(0, 10**6), st.integers(2, 7))

commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(SetGain, strip_names, gains, st.booleans()),
    st.builds(SetPan, strip_names, st.floats(-1.0, 1.0)),
    st.builds(SetWidth, strip_names, st.floats(0.0, 2.0)),
    st.builds(SetPolarity, strip_names, st.booleans()),
    st.builds(SetMute, strip_names, st.booleans()),
    st.builds(SetSolo, strip_names, st.booleans(), st.booleans()),
    st.builds(SetSoloSafe, strip_names, st.booleans()),
    st.builds(SetEqualizer, strip_names, equalizers, st.sampled_from(["", "Preset"])),
    st.integers(0, 7).flatmap(lambda index: st.builds(SetBand, strip_names, st.just(index), band(index))),
    st.builds(SwapEqualizer, strip_names),
    st.builds(
        SetActivation,
        st.one_of(st.none(), st.sampled_from(["off", "soft", "hard"])),
        st.one_of(st.none(), strip_names),
        st.one_of(st.none(), activations.map(lambda activation: activation.threshold)),
        st.one_of(st.none(), st.floats(0.0, 1.0)),
        st.one_of(st.none(), activations.map(lambda activation: activation.median_frames)),
        st.one_of(st.none(), st.integers(1, 501)),
        st.one_of(st.none(), st.integers(0, LONGEST_FADE_FRAMES)),
    ),
    st.builds(SetDuck, ducks),
    st.builds(SetFollow, follows),
    st.builds(AddEdit, edits),
    st.builds(ClearEdits, st.one_of(st.none(), instruments)),
    st.builds(AddMarker, st.builds(Marker, st.integers(0, 10**7), st.sampled_from(["Verse", "Refrain"]))),
    st.builds(ResetStrip, strip_names),
    st.builds(SetMasterGain, gains),
    st.builds(SetLimiter, limiters),
    st.builds(SetLinks, links),
    st.builds(Link, strip_names, strip_names),
    st.builds(Unlink, strip_names),
    st.builds(SetMuteGroup, numbers, groups),
    st.builds(ToggleMuteGroup, numbers),
    st.builds(ReplaceMix, mixes, st.just("Load mix")),
    st.builds(ResetMix),
    st.builds(StoreSnapshot, indexes),
    st.builds(RecallSnapshot, indexes),
    st.builds(Practice, st.sampled_from(PRACTICE_KINDS), strip_names),
    st.builds(SetLoop, st.one_of(st.none(), loops)),
    st.builds(SetTempo, st.one_of(st.none(), tempos)),
)
