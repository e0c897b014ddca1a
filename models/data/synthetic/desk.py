"""The mixing desk: strips, rooms, levels, and a master limiter whose gain is the same for all stems."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects import filters
from models.data.synthetic.effects.codec import lossy
from models.data.synthetic.effects.dynamics import apply_limiter, compress, limiter_gain
from models.data.synthetic.effects.kernels import apply_gain, feedback_delay, soft_clip
from models.data.synthetic.effects.reverb import Convolver, draw_room, impulse_response
from models.data.synthetic.players.sampler import pan_gains
from models.data.synthetic.score import Score

F32 = NDArray[np.float32]

_LEVEL_DB: Final[Mapping[str, float]] = {
    "vocals": -18.5, "electric_guitar": -21.0, "acoustic_guitar": -23.5, "piano": -22.0, "bass": -19.5, "drums": -18.5,
    "other": -22.5,
}  # fmt: skip
"""RMS while sounding, before the common gain; spread by `LEVEL_SPREAD_DB`."""
LEVEL_SPREAD_DB: Final = 3.2
"""How far stems stray from their usual level, one standard deviation."""
_SEND: Final[Mapping[str, tuple[float, float]]] = {
    "vocals": (0.03, 0.55), "electric_guitar": (0.0, 0.35), "acoustic_guitar": (0.02, 0.35), "piano": (0.03, 0.4),
    "bass": (0.0, 0.05), "drums": (0.02, 0.35), "other": (0.02, 0.5),
}  # fmt: skip
_PEAK: Final = 0.97
_BLEED_CHANCE: Final = 0.15
_LOSSY_CHANCE: Final = 0.1
_LEAKING: Final = frozenset({"drums", "electric_guitar", "bass", "piano", "vocals", "acoustic_guitar"})


def active_rms(audio: F32) -> float:
    """RMS of `(frames, 2)` over blocks of 1024 frames that lie within 40 dB of the loudest block."""
    blocks = len(audio) // 1024
    if blocks == 0:
        return 0.0
    power = (audio[: blocks * 1024].reshape(blocks, -1) ** 2).mean(axis=1)
    loud = power > 1e-4 * power.max()
    return float(np.sqrt(power[loud].mean())) if power.max() > 0 else 0.0


def mix_down(score: Score, dry: Mapping[str, F32], level_spread_db: float = LEVEL_SPREAD_DB) -> dict[str, F32]:
    """Process dry stems `(frames, 2)` into those of a finished mix: their sum is the mix.

    No peak of the mix or of a stem exceeds 0.97. Rooms are shared by the song; everything nonlinear happens
    within a stem. The master's limiter is a gain curve taken from the sum and applied alike to every stem.
    """
    rng = np.random.default_rng([score.seed, 5])
    frames = len(next(iter(dry.values())))
    rooms = [
        Convolver(impulse_response(rng, draw_room(rng, low, high)), frames) for low, high in ((0.2, 0.7), (0.9, 2.8))
    ]
    pumping = _pump(score, frames, rng)
    stems: dict[str, F32] = {}
    for stem, audio in dry.items():
        level = active_rms(audio)
        if level <= 0:
            continue
        wet = audio * np.float32(0.1 / level)
        _strip(wet, stem, score, rng)
        if pumping is not None and stem in ("other", "bass", "piano") and rng.random() < 0.75:
            apply_gain(wet, pumping, 256)
        send = float(rng.uniform(*_SEND[stem]))
        room = rooms[0 if stem == "drums" or rng.random() < 0.4 else 1]
        if send > 0.01:
            wet += np.float32(send * 1.4) * room.process(wet)
        goal_db = _LEVEL_DB[stem] + float(np.clip(rng.normal(0, level_spread_db), -9, 6))
        wet *= np.float32(10 ** (goal_db / 20) / max(active_rms(wet), 1e-6))
        _ride_fader(wet, score, rng)
        _fade_end(wet)
        stems[stem] = wet
    second = np.random.default_rng([score.seed, 7])
    if second.random() < _BLEED_CHANCE:
        _bleed(stems, second)
    _master(stems, rng)
    if second.random() < _LOSSY_CHANCE:
        _encode(stems, second)
    return stems


def _bleed(stems: Mapping[str, F32], rng: np.random.Generator) -> None:
    """Let stems be heard in each other's microphones, in place: later, duller, 22 to 40 dB below.

    What leaks stays part of the stem that it comes from, wherever the microphone stood: a target holds all that an
    instrument gives to the mix, and nothing else.
    """
    for stem in [name for name in stems if name in _LEAKING and rng.random() < 0.6]:
        audio = stems[stem]
        delay = int(rng.uniform(0.003, 0.02) * SAMPLE_RATE_HZ)
        leak = np.zeros_like(audio)
        leak[delay:] = audio[:-delay].mean(axis=1, keepdims=True)
        leak *= np.array(pan_gains(float(rng.uniform(-0.8, 0.8))), dtype=np.float32)
        filters.apply(leak, filters.section("low-pass", float(rng.uniform(1500, 9000))))
        audio += np.float32(10 ** (rng.uniform(-40, -22) / 20)) * leak


def _encode(stems: dict[str, F32], rng: np.random.Generator) -> None:
    """Send every stem through the same lossy encoder, and lower all alike if peaks have grown."""
    kind, quality = ("vorbis", "mp3")[int(rng.integers(2))], float(rng.uniform(0, 1))
    for stem, audio in stems.items():
        stems[stem] = lossy(audio, kind, quality)
    mix: F32 = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    peak = max(float(np.abs(audio).max()) for audio in (mix, *stems.values()))
    for audio in stems.values():
        audio *= np.float32(min(1.0, _PEAK / max(peak, 1e-6)))


def _strip(audio: F32, stem: str, score: Score, rng: np.random.Generator) -> None:
    """A channel strip: random but gentle equalizer, compressor, saturation; for voices also echoes and de-mudding."""
    low_cut = {"bass": 25.0, "drums": 25.0, "vocals": 90.0, "piano": 35.0, "acoustic_guitar": 70.0}.get(stem, 40.0)
    filters.apply(
        audio,
        filters.section("high-pass", low_cut * float(rng.uniform(0.8, 1.6))),
        filters.section("low-shelf", float(rng.uniform(100, 300)), float(rng.normal(0, 2))),
        filters.section("peak", float(np.exp(rng.uniform(np.log(300), np.log(5000)))), float(rng.normal(0, 2.5)), 0.8),
        filters.section("high-shelf", float(rng.uniform(3500, 9000)), float(rng.normal(0.5, 2.5))),
    )
    if rng.random() < (0.95 if stem == "vocals" else 0.6):
        ratio = float(rng.uniform(2, 8) if stem == "vocals" else rng.uniform(1.5, 5))
        peak_db = 20 * np.log10(float(np.percentile(np.abs(audio[::16]), 99.5)) + 1e-6)
        compress(
            audio,
            peak_db - float(rng.uniform(3, 14)),
            ratio,
            float(rng.uniform(0.001, 0.03)),
            float(rng.uniform(0.04, 0.3)),
        )
    if stem == "vocals" and rng.random() < 0.5:
        _tame_sibilants(audio, rng)
    if rng.random() < 0.25:
        soft_clip(audio, float(rng.uniform(1.0, 3.5)), 0.0)
    if stem == "vocals" and rng.random() < 0.4:
        beat = 60 / score.tempo_bpm * SAMPLE_RATE_HZ
        left, right = (int(beat * float(rng.choice([0.25, 0.5, 0.75, 1.0]))) for _ in range(2))
        echoes = feedback_delay(audio, left, right, float(rng.uniform(0.15, 0.45)), float(rng.uniform(0.2, 0.6)), 0.5)
        audio += np.float32(rng.uniform(0.06, 0.3)) * echoes


def _tame_sibilants(audio: F32, rng: np.random.Generator) -> None:
    """A de-esser: what lies above 5 to 7 kHz is compressed hard, the rest left alone."""
    sharp = audio.copy()
    corner = filters.section("high-pass", float(rng.uniform(5000, 7000)))
    filters.apply(sharp, corner)
    audio -= sharp
    peak_db = 20 * np.log10(float(np.percentile(np.abs(sharp[::16]), 99.5)) + 1e-6)
    compress(sharp, peak_db - float(rng.uniform(4, 12)), 6.0, 0.001, 0.05)
    audio += sharp


def _pump(score: Score, frames: int, rng: np.random.Generator) -> F32 | None:
    """The side chain of electronic music: a gain every 256 frames that ducks at each kick; None in other songs."""
    kicks = [n.onset_s for part in score.parts_of("drums") for n in part.notes if n.articulation == "kick"]
    likely = score.style in ("electronic", "pop", "urban")
    if not kicks or rng.random() > (0.6 if likely else 0.05):
        return None
    count = frames // 256 + 2
    time_s = np.arange(count) * (256 / SAMPLE_RATE_HZ)
    depth, recover_s = float(rng.uniform(0.3, 0.9)), float(rng.uniform(0.08, 0.3))
    places = np.searchsorted(np.array(kicks), time_s, side="right") - 1
    since = np.where(places >= 0, time_s - np.array(kicks)[np.maximum(places, 0)], 10.0)
    gains: F32 = (1 - depth * np.clip(1 - since / recover_s, 0, 1) ** 1.5).astype(np.float32)
    return gains


def _ride_fader(audio: F32, score: Score, rng: np.random.Generator) -> None:
    """Set each section a little louder or softer, as an automated mix does; gains move within half a second."""
    hop = 1024
    count = len(audio) // hop + 2
    gains_db = np.zeros(count)
    for section in score.sections:
        first, stop = (int(t * SAMPLE_RATE_HZ / hop) for t in (section.start_s, section.end_s))
        gains_db[first:stop] = rng.normal(0, 1.3) + (0.8 if section.name == "chorus" else 0.0)
    window = np.hanning(23)
    smooth = np.convolve(np.pad(gains_db, 11, mode="edge"), window / window.sum(), mode="valid")
    apply_gain(audio, (10 ** (smooth / 20)).astype(np.float32), hop)


def _fade_end(audio: F32) -> None:
    """Fade the last second, so that no tail is cut off."""
    fade = min(len(audio), SAMPLE_RATE_HZ)
    audio[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]


def _master(stems: Mapping[str, F32], rng: np.random.Generator) -> None:
    """Tone, width and loudness (from a rough mix's to a modern master's), in place, the same for every stem."""
    tone = (
        filters.section("low-shelf", 120, float(rng.normal(0, 1.5))),
        filters.section("peak", float(np.exp(rng.uniform(np.log(200), np.log(6000)))), float(rng.normal(0, 1.5)), 0.6),
        filters.section("high-shelf", 7000, float(rng.normal(0, 2.0))),
        filters.section("low-pass", float(rng.choice([20500, 20500, 17000, 15500]))),
    )
    width = float(np.clip(rng.normal(1.0, 0.25), 0.0, 1.4))
    for audio in stems.values():
        filters.apply(audio, *tone)
        _widen(audio, width)
    mix: F32 = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    goal_db = float(rng.uniform(-20, -11))
    gain = 10 ** (goal_db / 20) / max(active_rms(mix), 1e-6)
    mix *= np.float32(gain)
    curve = limiter_gain(mix, 0.93, float(rng.uniform(0.05, 0.25)))
    apply_limiter(mix, curve)
    peak = float(np.abs(mix).max())
    for audio in stems.values():
        audio *= np.float32(gain)
        apply_limiter(audio, curve)
        peak = max(peak, float(np.abs(audio).max()))
    for audio in stems.values():
        audio *= np.float32(min(1.0, _PEAK / max(peak, 1e-6)))


def _widen(audio: F32, width: float) -> None:
    """Scale the difference of the channels: 0 is mono, 1 leaves them."""
    middle = 0.5 * (audio[:, 0] + audio[:, 1])
    side = np.float32(0.5 * width) * (audio[:, 0] - audio[:, 1])
    audio[:, 0], audio[:, 1] = middle + side, middle - side
