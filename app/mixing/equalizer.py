"""Design of the equalizer's bands, and what they do to each frequency.

The analogue prototypes, with `s = j f / f0` and `A = 10^(gain_db / 40)`, are those of R. Bristow-Johnson, "Cookbook
formulae for audio EQ biquad filter coefficients":

    peak        (s^2 + s A/Q + 1) / (s^2 + s/(A Q) + 1)
    low shelf   A (s^2 + s sqrt(A)/Q + A) / (A s^2 + s sqrt(A)/Q + 1)
    high shelf  A (A s^2 + s sqrt(A)/Q + 1) / (s^2 + s sqrt(A)/Q + A)
    high-pass   s^2 / (s^2 + s/Q + 1)
    low-pass    1 / (s^2 + s/Q + 1)

A pass of 24 dB per octave is two of them in a row, with Butterworth's two Qs, the larger scaled by Q sqrt(2): at the
cutoff a pass has the gain Q whatever its slope, -3 dB at the default.

The bilinear transform would squeeze them towards the Nyquist frequency: at 44.1 kHz a peak at 10 kHz comes out a third
too narrow. So they are matched in magnitude, after M. Vicanek, "Matched second order digital filters" (2016): of
numerator and denominator, the one with the lower (or more resonant) root is matched by impulse invariance, which
places that root exactly. The squared magnitude of the other is a polynomial of second order in `u = tan^2(pi f / rate)`
whose three coefficients Vicanek takes from three frequencies; here they are the weighted least squares fit, of the
relative error, over the whole band. Up to 10 kHz all bands come within 0.1 dB of the prototype at 44.1 kHz and above.

That holds because two kinds do not get all the Q that the settings allow, see `effective_q`: a shelf has at most 2 (it
overshoots by 3 to 6 dB then; with more it is a peak and a dip with a step between them), and a high-pass from 4 kHz on
has less and less, down to 2 at 8 kHz, where a sharp resonance cannot be matched together with its slope.

The filters are state variable filters in the trapezoidal form, from Andrew Simper, "Solving the continuous SVF
equations using trapezoidal integration and equivalent currents" (Cytomic, 2013). With `s = j tan(pi f / rate) / g` a
section's response is

    H(s) = m0 + (m1 s + m2) / (s^2 + k s + 1)

which is any filter of second order, and it stays stable while `g`, `k` and the `m`s move, which is what lets the mixer
glide between settings.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.mixing.settings import DEFAULT_BANDS, BandKind, BandSettings, EqualizerSettings

SPARE: Final = 2
SECTIONS: Final = len(DEFAULT_BANDS) + 2 + 2 * SPARE
"""One for each band, and a second one for each pass of 24 dB per octave: the first and the last four are the passes'.

Of these four, the first two are neutral: with them the mixer brings a pass from one frequency to another.
"""

PASS_SECTIONS: Final = (2, 3, SECTIONS - 2, SECTIONS - 1)
"""What filters for the passes; the spare section of each comes `SPARE` sections before it."""

COEFFICIENTS: Final = 5
"""Per section, in this order: g, k, m0, m1, m2."""

NEUTRAL: Final = (1.0, 0.0, 0.0)
"""m0, m1, m2 of a section that passes samples unchanged."""

HIGHEST_FREQUENCY: Final = 0.46
"""Band frequencies are limited to this share of the sample rate: 20 kHz at 44.1 kHz."""

MOST_SHELF_Q: Final = 2.0
_MOST_HIGH_PASS_Q: Final = 2.0  # at that frequency and above; below, it falls with the cube of the frequency
_HIGH_PASS_HZ: Final = 8000.0
_BUTTERWORTH_QS: Final = (0.5 / math.cos(math.pi / 8), 0.5 / math.cos(3 * math.pi / 8))
_MATCHED_HZ: Final = 10_500.0  # the fit holds up to here, or to these shares of the sample rate
_MATCHED_SHARES: Final = (0.238, 0.4)
_EVERYWHERE: Final = np.geomspace(1e-3, 1.0, 30)  # frequencies of the fit, as shares of what it is about
_AROUND: Final = np.geomspace(0.6, 1.7, 11)
_ABOVE: Final = np.arange(1, 12) / 11
_WEIGHTS: Final = np.concatenate(  # of the errors; at the band's own frequency and at almost 0 Hz they are kept out
    [np.ones(len(_EVERYWHERE) + 2 * len(_AROUND)), [30.0, 30.0], np.full(len(_ABOVE), 0.02)]
)
_LEAST_DAMPING: Final = 0.2  # 1/Q; less if the prototype has less
_LEAST_AT_NYQUIST: Final = 0.25  # of the prototype's power there

Floats = NDArray[np.float64]
_Polynomial = tuple[float, float, float]  # coefficients of s^0, s^1, s^2


def design(settings: EqualizerSettings, rate: int) -> Floats:
    """The coefficients of all sections at `rate` Hz.

    Returns:
        float64 `(14, 5)`: for each section g, k, m0, m1, m2. The sections of a band that is off or has 0 dB, and all
        while bypassed, have m = (1, 0, 0) exactly and so pass samples unchanged.
    """
    rows: list[tuple[float, ...]] = []
    for band in settings.bands:
        if band.kind.is_pass:
            rows += [(1.0, 1.0, *NEUTRAL)] * SPARE
        rows += design_band(band, rate)
    coefficients = np.array(rows)
    if settings.bypass:
        coefficients[:, 2:] = NEUTRAL
    return coefficients


def effective_q(band: BandSettings) -> float:
    """The Q that a band is designed with: its own, or the most that its kind can have at its frequency."""
    if band.kind in (BandKind.LOW_SHELF, BandKind.HIGH_SHELF):
        return min(band.q, MOST_SHELF_Q)
    if band.kind == BandKind.HIGH_PASS:
        return min(band.q, _MOST_HIGH_PASS_Q * max(1.0, (_HIGH_PASS_HZ / band.frequency_hz) ** 3))
    return band.q


def _pass_qs(band: BandSettings) -> tuple[float, float]:
    """Of the two sections of a pass; one of 12 dB per octave uses the first alone."""
    q = effective_q(band)
    return (q, q) if band.slope_db_per_octave == 12 else (_BUTTERWORTH_QS[0], _BUTTERWORTH_QS[1] * q * math.sqrt(2.0))


@lru_cache(maxsize=1024)  # of all the bands of a mix, one moves at a time
def design_band(band: BandSettings, rate: int) -> tuple[tuple[float, ...], ...]:
    """g, k, m0, m1, m2 of the sections of one band: two for a pass, one for the others."""
    frequency = min(band.frequency_hz / rate, HIGHEST_FREQUENCY)
    if not band.kind.is_pass:
        section = _section(
            *_prototype(band.kind, abs(band.gain_db), effective_q(band)), frequency, rate, band.gain_db < 0.0
        )
        return ((*section[:2], *NEUTRAL) if band.is_flat else section,)
    first, second = (_section(*_prototype(band.kind, 0.0, q), frequency, rate, False) for q in _pass_qs(band))
    if band.is_flat:
        first = *first[:2], *NEUTRAL
    if band.is_flat or band.slope_db_per_octave == 12:
        second = *second[:2], *NEUTRAL
    return first, second


def response_db(settings: EqualizerSettings, rate: int, frequency_hz: NDArray[np.floating]) -> Floats:
    """The equalizer's gain at each frequency.

    Args:
        settings: the equalizer; 0 dB everywhere if it is bypassed.
        rate: sample rate in Hz.
        frequency_hz: any shape, 0 up to (not including) half of `rate`; higher ones give NaN.

    Returns:
        float64 of the same shape, in dB, -inf where nothing passes. It is exactly what the digital filters do.
    """
    frequency = np.asarray(frequency_hz, np.float64)
    below = frequency < rate / 2
    warped = np.tan(np.pi * np.where(below, frequency, 0.0) / rate)
    response = np.ones(frequency.shape, np.complex128)
    for g, k, m0, m1, m2 in design(settings, rate).tolist():
        if (m0, m1, m2) != NEUTRAL:
            s = 1j * warped / g
            response *= (m0 * s * s + (m0 * k + m1) * s + (m0 + m2)) / (s * s + k * s + 1.0)
    with np.errstate(divide="ignore"):
        decibels: Floats = np.where(below, 20.0 * np.log10(np.abs(response)), np.nan)
    return decibels


def prototype_response_db(settings: EqualizerSettings, frequency_hz: NDArray[np.floating]) -> Floats:
    """What the analogue prototypes do: `response_db` at an infinite sample rate. float64 of the same shape."""
    frequency = np.asarray(frequency_hz, np.float64)
    decibels = np.zeros(frequency.shape)
    for band in settings.bands:
        if band.is_flat or settings.bypass:
            continue
        qs: tuple[float, ...] = (effective_q(band),)
        if band.kind.is_pass and band.slope_db_per_octave == 24:
            qs = _pass_qs(band)
        for q in qs:
            numerator, denominator = _prototype(band.kind, abs(band.gain_db), q)
            ratio = frequency / band.frequency_hz
            with np.errstate(divide="ignore"):
                gain_db = 10.0 * np.log10(_power(numerator, ratio) / _power(denominator, ratio))
            decibels += -gain_db if band.gain_db < 0.0 and not band.kind.is_pass else gain_db
    return decibels


def _prototype(kind: BandKind, boost_db: float, q: float) -> tuple[_Polynomial, _Polynomial]:
    """Numerator and denominator of the analogue filter that boosts; a cut is its inverse."""
    a = 10.0 ** (boost_db / 40.0)
    root = math.sqrt(a) / q
    match kind:
        case BandKind.PEAK:
            return (1.0, a / q, 1.0), (1.0, 1.0 / (a * q), 1.0)
        case BandKind.LOW_SHELF:
            return (a * a, a * root, a), (1.0, root, a)
        case BandKind.HIGH_SHELF:
            return (a, a * root, a * a), (a, root, 1.0)
        case BandKind.HIGH_PASS:
            return (0.0, 0.0, 1.0), (1.0, 1.0 / q, 1.0)
        case BandKind.LOW_PASS:
            return (1.0, 0.0, 0.0), (1.0, 1.0 / q, 1.0)


def _section(
    numerator: _Polynomial, denominator: _Polynomial, frequency: float, rate: int, inverse: bool
) -> tuple[float, ...]:
    """g, k, m0, m1, m2 of the digital filter; `frequency` is a share of the rate.

    `inverse` turns numerator and denominator round. Both are polynomials in sigma = j tan(pi f / rate).
    """
    w0 = 2.0 * math.pi * frequency
    if _root(numerator) < _root(denominator):
        n = _matched_root(numerator, w0)
        d = _fitted(denominator, numerator, n, w0, rate)
    else:
        d = _matched_root(denominator, w0)
        n = _fitted(numerator, denominator, d, w0, rate)
    if inverse:
        n, d = d, n
    a, b, c = (value / d[0] for value in n)
    g = math.sqrt(d[0] / d[2])
    k = d[1] / d[0] * g
    m0 = c * g * g
    return g, k, m0, b * g - m0 * k, a - m0


def _root(polynomial: _Polynomial) -> float:
    """The natural frequency of its two roots, 1 being the band's frequency."""
    return math.sqrt(polynomial[0] / polynomial[2]) if polynomial[2] > 0.0 else math.inf


def _matched_root(polynomial: _Polynomial, w0: float) -> _Polynomial:
    """The polynomial in sigma whose roots z are those of the analogue one: z = exp(s w0)."""
    if polynomial[0] == 0.0:
        return (0.0, 0.0, 1.0)
    w = w0 * _root(polynomial)
    damping = 0.5 * polynomial[1] / math.sqrt(polynomial[0] * polynomial[2])
    decay = math.exp(-damping * w)
    turn = w * math.sqrt(abs(1.0 - damping * damping))
    # 1 + a1 + a2 and 1 - a1 + a2 of the denominator 1 + a1/z + a2/z^2, without cancellation at low frequencies.
    half = math.sin(turn / 2) if damping <= 1.0 else math.sinh(turn / 2)
    sign = 1.0 if damping <= 1.0 else -1.0
    at_zero = math.expm1(-damping * w) ** 2 + sign * 4.0 * decay * half * half
    at_nyquist = (1.0 + decay) ** 2 - sign * 4.0 * decay * half * half
    return at_zero, -2.0 * math.expm1(-2.0 * damping * w), at_nyquist


def _fitted(
    polynomial: _Polynomial, other: _Polynomial, other_matched: _Polynomial, w0: float, rate: int
) -> _Polynomial:
    """The polynomial in sigma for which the ratio to `other_matched` is that of the analogue two."""
    low_share, high_share = _MATCHED_SHARES
    limit = 2.0 * math.pi * min(max(_MATCHED_HZ / rate, low_share), high_share)
    own = w0 * min(_root(polynomial), math.pi / w0)
    w = np.concatenate(
        [
            limit * _EVERYWHERE,
            np.minimum(w0 * _AROUND, limit),
            np.minimum(own * _AROUND, limit),
            [min(w0, limit), 1e-4 * w0],
            limit + (0.98 * math.pi - limit) * _ABOVE,
        ]
    )
    scale = min(w0, 0.9 * math.pi)  # keeps the columns alike whatever the frequency
    u = (np.tan(w / 2) / math.tan(scale / 2)) ** 2
    wanted = _power(polynomial, w / w0) / _power(other, w / w0) * _power(other_matched, np.tan(w / 2))
    columns = np.stack([np.ones_like(u), u, u * u], axis=1) * (_WEIGHTS / wanted)[:, np.newaxis]
    c0, c1, c2 = _least_squares(columns, _WEIGHTS)
    least = _LEAST_AT_NYQUIST * wanted[-1] / u[-1] ** 2
    if c2 < least:  # a resonance close to the Nyquist frequency
        (c0, c1), c2 = _least_squares(columns[:, :2], _WEIGHTS - columns[:, 2] * least), least
    # |a + b sigma + c sigma^2|^2 = a^2 + (b^2 - 2 a c) u + c^2 u^2
    a, c = math.sqrt(max(c0, 0.0)), math.sqrt(max(c2, 0.0))
    damping = 0.0 if polynomial[2] == 0.0 else polynomial[1] / math.sqrt(polynomial[0] * polynomial[2])
    b = math.sqrt(max(c1 + 2.0 * a * c, min(damping, _LEAST_DAMPING) ** 2 * a * c))
    unit = math.tan(scale / 2)
    return a, b / unit, c / unit**2


def _least_squares(columns: Floats, values: Floats) -> list[float]:
    size = np.abs(columns).max(axis=0)
    solution: list[float] = (np.linalg.lstsq(columns / size, values, rcond=None)[0] / size).tolist()
    return solution


def _power(polynomial: _Polynomial, frequency: Floats) -> Floats:
    """The squared magnitude at s = j frequency."""
    return (polynomial[0] - polynomial[2] * frequency**2) ** 2 + (polynomial[1] * frequency) ** 2
