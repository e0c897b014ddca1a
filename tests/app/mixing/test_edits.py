"""What edits and activation settings do to the samples: heard at once, and the rest lies in Other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.levels import rms_dbfs
from app.mixing.mixer import SLEW_S, Mixer
from app.mixing.settings import MixSettings, StripSettings
from app.mixing.weights import Rule, StemWeights, stem_weights
from app.song.activation_edits import ActivationEdit, Edits
from models.activation import ACTIVATION_RATE_HZ, ActivationMode, ActivationSettings, activation_weights
from models.instruments import INSTRUMENTS, STEMS
from tests import mixes

MakeSong = Callable[..., Any]
Samples = NDArray[np.float32]

some_edits = st.lists(mixes.edits, max_size=6).map(tuple)
rules = st.tuples(*[mixes.activations] * 6)


def weighed(rules: tuple[ActivationSettings, ...]) -> MixSettings:
    return MixSettings(strips=(*(StripSettings(activation=rule) for rule in rules), StripSettings()))


def hops(frame: float, rate: int = 44100) -> int:
    """The song frame at which an activation frame lies."""
    return round(frame * rate / ACTIVATION_RATE_HZ)


def _early(edit: ActivationEdit) -> ActivationEdit:
    start = edit.start % 80
    return replace(edit, start=start, stop=start + edit.stop - edit.start)


@pytest.fixture(scope="module")
def two_seconds(make_song: MakeSong) -> Any:
    return make_song(16_000, rate=8000)


@settings(deadline=None, max_examples=200)
@given(
    rules=rules, edits=st.lists(mixes.edits.map(_early), max_size=6).map(tuple), seed=st.integers(0, 999),
    span=st.one_of(st.none(), st.tuples(st.integers(0, 60), st.integers(1, 40))),
)  # fmt: skip
def test_null_at_any_weights_and_edits(
    two_seconds: Any, rules: tuple[ActivationSettings, ...], edits: Edits, seed: int, span: tuple[int, int] | None
) -> None:
    """The desk at unity gives the song back, and the seven stems sum to it, whatever the activations do."""
    song = two_seconds
    count = song.activations.shape[1]
    song.activations[:] = np.random.default_rng(seed).random((6, 1 + count // 5)).repeat(5, axis=1)[:, :count]
    start, length = span or (0, count)
    song.covered.clear()
    song.covered.add(start, min(start + length, count))
    mixer = Mixer(song, weighed(rules), edits)
    assert rms_dbfs(mixer.render(0, song.frames) - song.mix) <= -120.0
    stems = mixer.render_stems(0, song.frames, True)
    assert rms_dbfs(stems.sum(axis=0, dtype=np.float64) - song.mix) <= -120.0


def test_forced_off_goes_to_other_and_forced_on_comes_back(make_song: MakeSong) -> None:
    song = make_song(60_000)
    song.activations[:] = 0.9
    bass = STEMS.index("bass")
    start, stop = 10, 40
    mixer = Mixer(song, MixSettings().with_strip("bass", solo=True), (ActivationEdit("bass", start, stop, "off"),))
    alone = mixer.render(0, song.frames)
    inside, outside = slice(hops(start), hops(stop - 1)), slice(hops(stop) + 1000, song.frames)
    assert not alone[hops(start) + round(SLEW_S * 44100) : inside.stop].any()
    np.testing.assert_allclose(alone[outside], song.stems[bass, outside], atol=1e-6)
    other = Mixer(song, MixSettings().with_strip("other", solo=True), mixer.edits).render(0, song.frames)
    rest = song.mix - song.stems.sum(axis=0)
    middle = slice(hops(start) + 1000, inside.stop)
    np.testing.assert_allclose(other[middle], (rest + song.stems[bass])[middle], atol=1e-5)
    song.activations[:] = 0.0
    mixer = Mixer(song, MixSettings().with_strip("bass", solo=True), (ActivationEdit("bass", start, stop, "on"),))
    alone = mixer.render(0, song.frames)
    np.testing.assert_allclose(alone[middle], song.stems[bass, middle], atol=1e-6)
    assert not alone[outside].any()


def test_a_drawn_level_is_heard_as_it_is_drawn(make_song: MakeSong) -> None:
    song = make_song(60_000)
    song.stems[:] = 0.5
    edit = ActivationEdit("piano", 10, 31, "level", (0.2, 0.8))
    out = Mixer(song, MixSettings().with_strip("piano", solo=True), (edit,)).render(0, song.frames)
    for place in range(10, 31):
        assert out[hops(place), 0] == pytest.approx(0.5 * (0.2 + 0.03 * (place - 10)), abs=1e-3)


def test_a_change_is_heard_in_the_next_block_and_without_a_step(make_song: MakeSong) -> None:
    song = make_song(30_000)
    song.stems[:], song.activations[:] = 0.5, 0.9
    mixer = Mixer(song, MixSettings().with_strip("drums", solo=True))
    before = mixer.render(0, 8192)
    mixer.edits = (ActivationEdit("drums", 0, 100, "off"),)
    after = mixer.render(8192, 8192)
    slew = round(SLEW_S * 44100)
    assert before[-1, 0] == 0.5
    assert not after[slew:].any()
    assert np.abs(np.diff(np.concatenate((before, after))[:, 0])).max() < 0.51 / slew
    mixer.settings = mixer.settings.with_strip("drums", activation=ActivationSettings("off"))
    assert not mixer.render(16_384, 1000).any(), "an edit holds whatever the settings are"
    mixer.edits = ()
    assert mixer.render(17_384, 2000)[-1, 0] == 0.5


class Source:
    """Probabilities of which some are known."""

    def __init__(self, frames: int, seed: int = 0) -> None:
        self.activations: Samples = np.random.default_rng(seed).random((6, frames)).astype(np.float32)
        self.activation_coverage: tuple[tuple[int, int], ...] = ((0, frames),)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(rules, some_edits), min_size=2, max_size=4),
    st.sampled_from([((0, 700),), ((40, 300), (350, 600))]),
)
def test_what_is_computed_anew_is_what_would_be(
    steps: list[tuple[tuple[ActivationSettings, ...], Edits]], spans: tuple[tuple[int, int], ...]
) -> None:
    source = Source(700)
    source.activation_coverage = spans
    weights = StemWeights(source, Rule(*steps[0]))
    for chosen, edits in steps:
        before = weights.weights
        changed = weights.follow(Rule(chosen, edits))
        np.testing.assert_array_equal(weights.weights, stem_weights(source.activations, spans, chosen, edits))
        assert (weights.weights is not before) == changed
        assert not weights.weights.flags.writeable
        outside = np.ones(700, bool)
        for start, stop in spans:
            outside[start:stop] = False
        assert not weights.weights[outside].any(), "what is not separated has no weight, whatever an edit says"


def test_what_an_edit_or_a_setting_does_not_touch_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stroke of the pencil costs no median over an hour of music; what it does cost, `tests.bench` tells."""
    looked_at: list[int] = []

    def counted(probabilities: Samples, rule: ActivationSettings) -> Samples:
        looked_at.append(int(probabilities[0]))
        return activation_weights(probabilities, rule)

    source = Source(700)
    source.activations[:, 0] = np.arange(6)
    weights = StemWeights(source, Rule((ActivationSettings(),) * 6))
    monkeypatch.setattr("app.mixing.weights.activation_weights", counted)
    stroke = ActivationEdit("vocals", 300, 302, "level", (0.25, 0.5))
    weights.follow(Rule(weights.rule.settings, (stroke,)))
    assert weights.weights[300:302, 0].tolist() == [0.25, 0.5]
    assert looked_at == []
    rules = list(weights.rule.settings)
    rules[INSTRUMENTS.index("bass")] = ActivationSettings(threshold=0.3)
    weights.follow(Rule(tuple(rules), (stroke,)))
    assert looked_at == [INSTRUMENTS.index("bass")]
    assert not weights.follow(Rule(tuple(rules), (stroke,)))


def test_a_separator_without_activations_has_weights_of_one() -> None:
    """It says 1 everywhere, which no threshold is above."""
    source = Source(300)
    source.activations[:] = 1.0
    modes: tuple[ActivationMode, ...] = ("off", "soft", "hard")
    for mode in modes:
        rule = ActivationSettings(mode, 0.99, hysteresis=0.5, minimum_frames=50, fade_frames=9)
        assert (StemWeights(source, Rule((rule,) * 6)).weights[:, :6] == 1.0).all()


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_each_instrument_has_its_own_column(make_song: MakeSong, instrument: str) -> None:
    song = make_song(20_000)
    mixer = Mixer(song, MixSettings())
    before = mixer.weights.copy()
    mixer.edits = (ActivationEdit(instrument, 3, 9, "on"),)
    changed = np.flatnonzero((mixer.weights != before).any(axis=0))
    assert set(changed) <= {INSTRUMENTS.index(instrument)}
    assert (mixer.weights[3:9, INSTRUMENTS.index(instrument)] == 1.0).all()
