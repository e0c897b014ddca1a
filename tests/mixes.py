"""Hypothesis strategies for everything a mix can be."""

import math
from dataclasses import replace

from hypothesis import strategies as st

from app.mixing.settings import (
    DEFAULT_BANDS,
    BandSettings,
    EqualizerSettings,
    LimiterSettings,
    MixSettings,
    StripSettings,
)
from app.mixing.smart_listening import (
    ATTACK_RANGE_MS,
    DEPTH_RANGE_DB,
    RELEASE_RANGE_MS,
    DuckSettings,
    FollowSettings,
)
from app.song.activation_edits import EDIT_KINDS, ActivationEdit, EditKind
from models.activation import LONGEST_FADE_FRAMES, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS

strip_names = st.sampled_from(STEMS)
gains = st.one_of(st.just(-math.inf), st.floats(-1e6, 12.0))


def band(index: int) -> st.SearchStrategy[BandSettings]:
    """A band for that place of an equalizer."""
    return st.builds(
        replace,
        st.just(DEFAULT_BANDS[index]),
        on=st.booleans(),
        frequency_hz=st.floats(20.0, 20_000.0),
        gain_db=st.floats(-24.0, 24.0),
        q=st.floats(0.1, 18.0),
        slope_db_per_octave=st.sampled_from([12, 24]),
    )


bands = st.tuples(*[st.one_of(st.just(default), band(index)) for index, default in enumerate(DEFAULT_BANDS)])
equalizers = st.builds(EqualizerSettings, bands, st.booleans())
activations = st.builds(
    ActivationSettings,
    mode=st.sampled_from(["off", "soft", "hard"]),
    threshold=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True),
    median_frames=st.integers(0, 250).map(lambda half: 2 * half + 1),
    hysteresis=st.floats(0.0, 1.0),
    minimum_frames=st.integers(1, 501),
    fade_frames=st.integers(0, LONGEST_FADE_FRAMES),
)
strips = st.builds(
    StripSettings,
    gain_db=gains,
    pan=st.floats(-1.0, 1.0),
    width=st.floats(0.0, 2.0),
    invert_polarity=st.booleans(),
    mute=st.booleans(),
    solo=st.booleans(),
    solo_safe=st.booleans(),
    equalizer=equalizers,
    activation=activations,
)
instruments = st.sampled_from(INSTRUMENTS)
ducks = st.builds(
    DuckSettings,
    on=st.booleans(),
    instrument=instruments,
    depth_db=st.floats(*DEPTH_RANGE_DB),
    attack_ms=st.floats(*ATTACK_RANGE_MS),
    release_ms=st.floats(*RELEASE_RANGE_MS),
)
follows = st.builds(FollowSettings, st.booleans(), st.lists(instruments, unique=True).map(tuple))
limiters = st.builds(LimiterSettings, st.booleans(), st.floats(-12.0, 0.0))
groups = st.lists(strip_names, unique=True, max_size=7).map(tuple)
links = st.permutations(STEMS).flatmap(
    lambda order: st.integers(0, 7).map(lambda cut: tuple(g for g in (tuple(order[:cut]), tuple(order[cut:])) if g))
)
mixes = st.builds(
    MixSettings,
    strips=st.tuples(*[st.one_of(st.just(StripSettings()), strips)] * len(STEMS)),
    master_gain_db=gains,
    limiter=limiters,
    links=links,
    mute_groups=st.tuples(*[groups] * 9),
    duck=ducks,
    follow=follows,
)


def _edit(instrument: str, start: int, levels: list[float], more: int, kind: EditKind) -> ActivationEdit:
    stop = start + max(1, len(levels) + more)
    return ActivationEdit(instrument, start, stop, kind, tuple(levels or (0.5,)) if kind == "level" else ())


edits = st.builds(
    _edit,
    instruments,
    st.integers(0, 900),
    st.lists(st.floats(0.0, 1.0), max_size=12),
    st.one_of(st.just(0), st.integers(0, 300)),
    st.sampled_from(EDIT_KINDS),
)
"""Edits of the first half minute of a song."""
