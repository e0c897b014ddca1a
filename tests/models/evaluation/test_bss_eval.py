"""The figures are those of museval."""

import museval
import numpy as np
import pytest

from models.evaluation.bss_eval import METRICS, Reference, bss_eval

RATE = 2000
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")


@pytest.mark.parametrize(
    ("sources", "channels", "samples"), [(2, 2, 2 * RATE + 5), (2, 1, 2 * RATE), (2, 1, RATE // 2)]
)
def test_same_as_museval(sources: int, channels: int, samples: int) -> None:
    random = np.random.default_rng(samples)
    truth = random.normal(0, 0.1, (sources, samples, channels))
    truth[0] *= np.linspace(0.1, 1, samples)[:, None]
    # Leakage, a delay, a channel turned down, noise: something for every metric.
    guess = truth + 0.3 * np.roll(truth, 1, axis=0) + random.normal(0, 0.01, truth.shape)
    guess[1, 5:] += 0.2 * truth[1, :-5]
    guess[0, :, 0] *= 0.8
    sdr, isr, sir, sar, _ = museval.metrics.bss_eval(truth, guess, window=RATE, hop=RATE, compute_permutation=False)
    theirs = {"SDR": sdr, "ISR": isr, "SIR": sir, "SAR": sar}
    ours = bss_eval(Reference.of(truth, RATE), dict(enumerate(guess)))
    for source in range(sources):
        for metric in METRICS:
            np.testing.assert_allclose(ours[source][metric], theirs[metric][source], atol=1e-9)


def test_estimates_do_not_disturb_each_other() -> None:
    truth = np.random.default_rng(0).normal(0, 0.1, (2, RATE, 2))
    reference = Reference.of(truth, RATE)
    both = bss_eval(reference, {0: 0.5 * truth[0], 1: truth[0] + truth[1]})
    alone = bss_eval(reference, {1: truth[0] + truth[1]})
    for metric in METRICS:
        np.testing.assert_array_equal(both[1][metric], alone[1][metric])
    assert both[0]["SDR"] == pytest.approx(20 * np.log10(2), abs=1e-6)
