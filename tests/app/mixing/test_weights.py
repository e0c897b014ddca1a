"""Weights follow the rule in every span by itself and are nothing outside."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mixing.weights import stem_weights
from models.activation import ActivationSettings, activation_weights

rules = st.builds(
    ActivationSettings,
    mode=st.sampled_from(["off", "soft", "hard"]),
    threshold=st.floats(0.05, 0.95),
    median_frames=st.sampled_from([1, 3, 21, 101]),
)


@settings(deadline=None, max_examples=50)
@given(rules=st.tuples(*[rules] * 6), cut=st.tuples(st.integers(0, 200), st.integers(0, 200)), seed=st.integers(0, 9))
def test_spans_by_themselves(rules: tuple[ActivationSettings, ...], cut: tuple[int, int], seed: int) -> None:
    probabilities = np.random.default_rng(seed).random((6, 400)).astype(np.float32)
    start, stop = cut[0], cut[0] + cut[1]
    weights = stem_weights(probabilities, ((start, stop),) if start < stop else (), rules)
    assert weights.shape == (400, 8)
    assert weights.dtype == np.float32
    outside = np.ones(400, bool)
    outside[start:stop] = False
    assert not weights[outside].any()
    assert not weights[:, 6:].any()
    for index, rule in enumerate(rules):
        np.testing.assert_array_equal(
            weights[start:stop, index], activation_weights(probabilities[index, start:stop], rule)
        )
