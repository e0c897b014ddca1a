"""The sample loops, compiled. All of them work on float32 and add no allocation per sample."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]

CONTROL_FRAMES = 64
"""Pitch curves are given once every so many output frames."""


@njit(cache=True, fastmath=True, nogil=True)
def mix_note(
    out: F32, source: F32, first: int, ratios: F32, gain_left: float, gain_right: float, attack: int, hold: int,
    release: int, brightness: float,
) -> None:  # fmt: skip
    """Add a note to `out` `(frames, 2)`, read from `source` `(n, 1 or 2)` at a varying speed.

    Cubic (Hermite) interpolation. `ratios` holds the reading speed every `CONTROL_FRAMES` frames. The envelope rises
    over `attack` frames, holds until `hold` and falls as a square over `release` frames. `brightness` is the
    coefficient of a one-pole low-pass (1: open).
    """
    last = source.shape[0] - 3
    right_channel = source.shape[1] - 1
    position = 1.0
    low_left, low_right = 0.0, 0.0
    total = min(hold + release, out.shape[0] - first)
    points = ratios.shape[0]
    for n in range(total):
        whole = int(position)
        if whole > last:
            break
        if n < hold:
            level = (n + 1.0) / attack if n < attack else 1.0
        else:
            left_over = 1.0 - (n - hold) / release
            level = left_over * left_over
            if hold < attack:
                level *= (hold + 1.0) / attack
        part = np.float32(position - whole)
        value = 0.0
        for channel in range(right_channel + 1):
            a, b = source[whole - 1, channel], source[whole, channel]
            c, d = source[whole + 1, channel], source[whole + 2, channel]
            slope = np.float32(0.5) * (c - a)
            second = a - np.float32(2.5) * b + np.float32(2.0) * c - np.float32(0.5) * d
            third = np.float32(0.5) * (d - a) + np.float32(1.5) * (b - c)
            value = ((third * part + second) * part + slope) * part + b
            if channel == 0:
                low_left += brightness * (value - low_left)
            else:
                low_right += brightness * (value - low_right)
        if n + first >= 0:
            out[first + n, 0] += low_left * level * gain_left
            out[first + n, 1] += (low_left if right_channel == 0 else low_right) * level * gain_right
        place = n // CONTROL_FRAMES
        if place + 1 < points:
            along = (n - place * CONTROL_FRAMES) / CONTROL_FRAMES
            position += ratios[place] + along * (ratios[place + 1] - ratios[place])
        else:
            position += ratios[points - 1]


@njit(cache=True, fastmath=True, nogil=True)
def biquads(audio: F32, coefficients: NDArray[np.float64]) -> None:
    """Filter `(frames, channels)` in place by second-order sections `(sections, 5)`: b0 b1 b2 a1 a2."""
    sections, channels = coefficients.shape[0], audio.shape[1]
    state = np.zeros((sections, channels, 2))
    for n in range(audio.shape[0]):
        for channel in range(channels):
            x = float(audio[n, channel])
            for k in range(sections):
                y = coefficients[k, 0] * x + state[k, channel, 0]
                state[k, channel, 0] = coefficients[k, 1] * x - coefficients[k, 3] * y + state[k, channel, 1]
                state[k, channel, 1] = coefficients[k, 2] * x - coefficients[k, 4] * y
                x = y
            audio[n, channel] = x


@njit(cache=True, fastmath=True, nogil=True)
def compression_gain(audio: F32, threshold: float, ratio: float, attack: float, release: float, hop: int) -> F32:
    """Gain of a stereo-linked peak compressor, one value every `hop` frames.

    `threshold` is linear; `attack` and `release` are one-pole coefficients per hop; gain above the threshold follows
    `level ** (1 / ratio - 1)`.
    """
    count = (audio.shape[0] + hop - 1) // hop
    gains = np.ones(count + 1, dtype=np.float32)
    level = 0.0
    for k in range(count):
        peak = 0.0
        for n in range(k * hop, min((k + 1) * hop, audio.shape[0])):
            for channel in range(audio.shape[1]):
                value = abs(audio[n, channel])
                if value > peak:
                    peak = value
        coefficient = attack if peak > level else release
        level += coefficient * (peak - level)
        if level > threshold:
            gains[k + 1] = (level / threshold) ** (1.0 / ratio - 1.0)
    gains[0] = gains[1]
    return gains


@njit(cache=True, fastmath=True, nogil=True)
def apply_gain(audio: F32, gains: F32, hop: int) -> None:
    """Multiply `(frames, channels)` in place by gains given every `hop` frames, linear in between."""
    last = gains.shape[0] - 1
    for n in range(audio.shape[0]):
        place = min(n // hop, last)
        after = min(place + 1, last)
        along = (n - place * hop) / hop
        gain = gains[place] + along * (gains[after] - gains[place])
        for channel in range(audio.shape[1]):
            audio[n, channel] *= gain


@njit(cache=True, fastmath=True, nogil=True)
def lookahead_gain(peaks: F32, ceiling: float, ahead: int, release: float) -> F32:
    """Gain of a limiter per hop: reaches its goal `ahead` hops early and recovers with a one-pole `release`."""
    count = peaks.shape[0]
    gains = np.ones(count, dtype=np.float32)
    gain = 1.0
    for k in range(count):
        goal = 1.0
        for j in range(max(0, k - 1), min(count, k + ahead + 1)):
            if peaks[j] * goal > ceiling:
                goal = ceiling / peaks[j]
        gain = goal if goal < gain else gain + release * (goal - gain)
        gains[k] = gain
    return gains


@njit(cache=True, fastmath=True, nogil=True)
def feedback_delay(audio: F32, delay_left: int, delay_right: int, feedback: float, damping: float, cross: float) -> F32:
    """Echoes only (wet) of `(frames, 2)`: two delays that feed back, damped, and feed each other by `cross`."""
    frames = audio.shape[0]
    out = np.zeros_like(audio)
    low_left, low_right = 0.0, 0.0
    for n in range(frames):
        left, right = 0.0, 0.0
        if n >= delay_left:
            left = audio[n - delay_left, 0] + feedback * (
                (1 - cross) * out[n - delay_left, 0] + cross * out[n - delay_left, 1]
            )
        if n >= delay_right:
            right = audio[n - delay_right, 1] + feedback * (
                (1 - cross) * out[n - delay_right, 1] + cross * out[n - delay_right, 0]
            )
        low_left += damping * (left - low_left)
        low_right += damping * (right - low_right)
        out[n, 0], out[n, 1] = low_left, low_right
    return out


@njit(cache=True, fastmath=True, nogil=True)
def modulated_delay(
    audio: F32, base: float, depth: float, rate: float, phase: float, mix: float, feedback: float
) -> None:
    """Chorus or flanger in place on `(frames, 2)`: a sine-modulated delay line, the right channel a quarter ahead.

    `base` and `depth` are frames, `rate` cycles per frame. `base - depth` must be at least 2, `base + depth` below
    4000.
    """
    size = 4096
    line = np.zeros((size, 2), dtype=np.float32)
    delays = np.zeros(2)
    steps = np.zeros(2)
    for channel in range(2):
        delays[channel] = base + depth * np.sin(2 * np.pi * phase + channel * np.pi / 2)
    for n in range(audio.shape[0]):
        if n % 32 == 0:
            for channel in range(2):
                goal = base + depth * np.sin(2 * np.pi * (rate * (n + 32) + phase) + channel * np.pi / 2)
                steps[channel] = (goal - delays[channel]) / 32
        for channel in range(2):
            delays[channel] += steps[channel]
            read = n - delays[channel] + 2 * size
            whole = int(read)
            part = read - whole
            first, second = line[whole % size, channel], line[(whole + 1) % size, channel]
            wet = first + part * (second - first)
            dry = audio[n, channel]
            line[n % size, channel] = dry + feedback * wet
            audio[n, channel] = dry + mix * wet


@njit(cache=True, fastmath=True, nogil=True)
def soft_clip(audio: F32, drive: float, bias: float) -> None:
    """Waveshape in place: a rational tanh of `drive * x + bias`, without the offset that the bias causes."""
    offset = bias * (27 + bias * bias) / (27 + 9 * bias * bias)
    flat = audio.reshape(-1)
    for n in range(flat.size):
        x = drive * flat[n] + bias
        x = min(3.0, max(-3.0, x))
        flat[n] = x * (27 + x * x) / (27 + 9 * x * x) - offset


@njit(cache=True, fastmath=True, nogil=True)
def hop_peaks(audio: F32, hop: int) -> F32:
    """Largest magnitude of each hop of `(frames, channels)`."""
    count = (audio.shape[0] + hop - 1) // hop
    peaks = np.zeros(count, dtype=np.float32)
    for k in range(count):
        for n in range(k * hop, min((k + 1) * hop, audio.shape[0])):
            for channel in range(audio.shape[1]):
                value = abs(audio[n, channel])
                if value > peaks[k]:
                    peaks[k] = value
    return peaks
