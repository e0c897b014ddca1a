"""BSS Eval version 4, as `museval` computes it, for many estimates of the same sources at once.

SDR, ISR, SIR and SAR compare an estimate with what filters of 512 taps can make of the true source and of all true
sources (Vincent et al. 2006; version 4, with one filter for the whole song: Stöter, Liutkus & Ito 2018). Finding the
filters means solving a system that depends on the true sources alone. `museval` solves it anew for every estimate of
every model; here it is factorised once a song, which makes the comparison of several models some fifty times faster.
The numbers are those of `museval` (tests compare them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.fft
import scipy.linalg
from numpy.typing import NDArray

Audio = NDArray[np.float32]
Doubles = NDArray[np.float64]
Scores = dict[str, Doubles]

METRICS: Final = ("SDR", "SIR", "SAR", "ISR")
TAPS: Final = 512


@dataclass(frozen=True)
class Reference:
    """The true sources of a song `(sources, samples, channels)`, float64, and what is computed from them alone."""

    sources: Doubles
    window: int
    spectra: NDArray[np.complex128]
    joint: tuple[Doubles, bool]
    single: tuple[tuple[Doubles, bool], ...]

    @staticmethod
    def of(sources: Doubles, window: int) -> "Reference":
        """Prepare. `window` is the length of a frame in samples; frames do not overlap.

        Raises numpy.linalg.LinAlgError if a source is silent or two are the same.
        """
        count, samples, channels = sources.shape
        size = scipy.fft.next_fast_len(samples + TAPS - 1, real=True)
        spectra = scipy.fft.rfft(sources.transpose(0, 2, 1).reshape(count * channels, samples), size)
        system = _correlations(spectra, size)
        block = channels * TAPS
        single = tuple(
            scipy.linalg.cho_factor(system[at : at + block, at : at + block], lower=True)
            for at in range(0, count * block, block)
        )
        # Transposed it is the same matrix in the order that LAPACK can overwrite: there is no second one in memory.
        joint = scipy.linalg.cho_factor(system.T, lower=True, overwrite_a=True, check_finite=False)
        return Reference(sources, min(window, samples), spectra, joint, single)


def bss_eval(reference: Reference, estimates: Mapping[int, Doubles]) -> dict[int, Scores]:
    """Score estimates.

    Args:
        reference: of the true sources.
        estimates: `(samples, channels)` by the index of the source that it is an estimate of.

    Returns:
        By the same index, each metric in dB per frame.
    """
    return {source: _score(reference, source, estimate) for source, estimate in estimates.items()}


def _correlations(spectra: NDArray[np.complex128], size: int) -> Doubles:
    """The Gram matrix `(signals * TAPS, signals * TAPS)` of all signals at delays of 0..TAPS-1."""
    signals = len(spectra)
    system = np.empty((signals * TAPS, signals * TAPS))
    for row in range(signals):
        for column in range(row + 1):
            lags = scipy.fft.irfft(spectra[row] * spectra[column].conj(), size)
            # Delayed by i and j, the two signals correlate as at lag j - i.
            block = scipy.linalg.toeplitz(np.concatenate((lags[:1], lags[:-TAPS:-1])), lags[:TAPS])
            system[row * TAPS : (row + 1) * TAPS, column * TAPS : (column + 1) * TAPS] = block
            system[column * TAPS : (column + 1) * TAPS, row * TAPS : (row + 1) * TAPS] = block.T
    system[np.diag_indices_from(system)] += np.finfo(float).eps
    return system


def _score(reference: Reference, source: int, estimate: Doubles) -> Scores:
    sources, window = reference.sources, reference.window
    count, samples, channels = sources.shape
    size = scipy.fft.next_fast_len(samples + TAPS - 1, real=True)
    estimated = scipy.fft.rfft(estimate.T, size)
    # Correlations of the estimate with each delayed signal: (signals * TAPS, channels).
    products = reference.spectra[:, None].conj() * estimated[None]
    right = scipy.fft.irfft(products, size)[..., :TAPS].transpose(0, 2, 1).reshape(-1, channels)
    own = slice(source * channels * TAPS, (source + 1) * channels * TAPS)
    of_all = scipy.linalg.cho_solve(reference.joint, right)
    of_own = scipy.linalg.cho_solve(reference.single[source], right[own])

    frame_size = scipy.fft.next_fast_len(window + TAPS - 1, real=True)
    all_filters = _filter_spectra(of_all, channels, frame_size)
    own_filters = _filter_spectra(of_own, channels, frame_size)
    frames = max(1, samples // window)
    scores = np.empty((4, frames))
    for frame in range(frames):
        part = slice(frame * window, (frame + 1) * window)
        true = np.zeros((window + TAPS - 1, channels))
        true[:window] = sources[source, part]
        spectra = scipy.fft.rfft(sources[:, part].transpose(0, 2, 1).reshape(count * channels, -1), frame_size)
        own_spectra = spectra[source * channels : (source + 1) * channels]
        spatial = _project(own_spectra, own_filters, frame_size, len(true)) - true
        interference = _project(spectra, all_filters, frame_size, len(true)) - true - spatial
        artefacts = -true - spatial - interference
        artefacts[:window] += estimate[part]
        scores[:, frame] = _ratios(true, spatial, interference, artefacts)
    return dict(zip(METRICS, scores, strict=True))


def _filter_spectra(filters: Doubles, channels: int, size: int) -> NDArray[np.complex128]:
    """`(signals * TAPS, channels)` to spectra `(signals, channels, bins)`."""
    return scipy.fft.rfft(filters.reshape(-1, TAPS, channels).transpose(0, 2, 1), size)


def _project(spectra: NDArray[np.complex128], filters: NDArray[np.complex128], size: int, length: int) -> Doubles:
    """Filter signals and sum them: `(length, channels)`."""
    projected: Doubles = scipy.fft.irfft(np.einsum("sb,scb->cb", spectra, filters), size)
    return projected[:, :length].T


def _ratios(true: Doubles, spatial: Doubles, interference: Doubles, artefacts: Doubles) -> tuple[float, ...]:
    """In the order of `METRICS`."""
    filtered = true + spatial
    return (
        _db(true, spatial + interference + artefacts),
        _db(filtered, interference),
        _db(filtered + interference, artefacts),
        _db(true, spatial),
    )


def _db(signal: Doubles, error: Doubles) -> float:
    """Ratio of energies; infinite where there is no error."""
    wanted, wrong = float(np.vdot(signal, signal)), float(np.vdot(error, error))
    if wrong == 0:
        return np.inf
    return 10 * float(np.log10(wanted / wrong)) if wanted > 0 else -np.inf
