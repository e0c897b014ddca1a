"""Singing: syllables of the bank are laid on a melody by pitch-synchronous overlap and add.

E. Moulines and F. Charpentier, "Pitch-synchronous waveform processing techniques for text-to-speech synthesis using
diphones", Speech Communication 9, 1990. Grains are read at their own speed, which moves the formants: other singers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.data.synthetic.bank import SAMPLE_RATE_HZ, Bank, Sample
from models.data.synthetic.players.voice import Phrase, Syllable, analyse
from models.data.synthetic.score import Note, hertz

F32 = NDArray[np.float32]

_CONTROL_S = 0.005


@dataclass(frozen=True)
class Manner:
    """A singer: formant factor, vibrato, scoop and drift (semitones), portamento, breaths, tone, consonants."""

    formant: float
    vibrato_hz: float
    vibrato: float
    vibrato_delay_s: float
    scoop: float
    drift: float
    portamento_s: float
    breath: float
    tilt_db: float
    air_db: float
    consonants: float


def draw_manner(rng: np.random.Generator) -> Manner:
    """Draw how somebody sings."""
    return Manner(
        formant=float(np.exp(np.clip(rng.normal(0, 0.1), -0.22, 0.25))),
        vibrato_hz=float(rng.normal(5.4, 0.35)),
        vibrato=float(rng.choice([0.0, 0.15, 0.3, 0.5]) * rng.uniform(0.7, 1.3)),
        vibrato_delay_s=float(rng.uniform(0.15, 0.4)),
        scoop=float(rng.uniform(0, 2.2)),
        drift=float(rng.uniform(0.05, 0.22)),
        portamento_s=float(rng.uniform(0.03, 0.11)) if rng.random() > 0.12 else 0.006,
        breath=float(rng.choice([0.0, 0.02, 0.05])),
        tilt_db=float(rng.normal(0, 2)),
        air_db=float(rng.uniform(0, 14)),
        consonants=float(np.exp(rng.normal(0.1, 0.3))),
    )


class VoiceLibrary:
    """The analysed phrases of one source, made when first sung."""

    def __init__(self, bank: Bank) -> None:
        """`bank` supplies the recordings."""
        self._bank = bank
        self._phrases: dict[str, Phrase] = {}

    def sources(self) -> list[str]:
        """Sources that hold sung phrases."""
        return sorted({s.source for s in self._bank.samples if s.stem == "vocals" and s.articulation == "phrase"})

    def samples(self, source: str) -> list[Sample]:
        """Phrases of a source."""
        return [s for s in self._bank.samples if s.source == source and s.articulation == "phrase"]

    def phrase(self, sample: Sample) -> Phrase:
        """Analyse a phrase, or recall it."""
        found = self._phrases.get(sample.path)
        if found is None:
            found = analyse(self._bank.load(sample), sample.pitch if sample.pitch is not None else 57.0)
            if len(self._phrases) > 1200:
                self._phrases.pop(next(iter(self._phrases)))
            self._phrases[sample.path] = found
        return found


@njit(cache=True, fastmath=True, nogil=True)
def _overlap_add(
    out: F32, audio: F32, marks: NDArray[np.int64], periods: F32, voiced: NDArray[np.bool_], out_points: F32,
    source_points: F32,
    pitch: F32, control: float, formant: float, gain: float, consonants: float, seed: int,
) -> None:  # fmt: skip
    """Lay grains of `audio` into mono `out`.

    `source_points` gives the source frame for each output frame of `out_points` (both ascending), `pitch` the output's
    period in frames every `control` frames of `out`.
    """
    position = float(out_points[0])
    stop = float(out_points[-1])
    segment = 0
    mark = 0
    state = np.uint32(seed | 1)
    while position < stop:
        while segment + 2 < out_points.shape[0] and out_points[segment + 1] <= position:
            segment += 1
        span = out_points[segment + 1] - out_points[segment]
        along = (position - out_points[segment]) / span if span > 0 else 0.0
        rate = (source_points[segment + 1] - source_points[segment]) / span if span > 0 else 1.0
        source = source_points[segment] + along * (source_points[segment + 1] - source_points[segment])
        state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
        random = np.float64(state) / 2147483648.0 - 1.0
        if rate < 0.7:
            source += random * 500.0 * (0.7 - rate)
        while mark + 1 < marks.shape[0] and marks[mark + 1] <= source:
            mark += 1
        while mark > 0 and marks[mark] > source:
            mark -= 1
        if mark + 1 < marks.shape[0] and source - marks[mark] > marks[mark + 1] - source:
            mark += 1
        period = periods[mark]
        if voiced[mark]:
            place = int(position / control)
            step = float(pitch[min(place, pitch.shape[0] - 1)])
            center = float(marks[mark])
            reading = formant
            level = gain * np.sqrt(step / period)
            half = period / reading
        else:
            step = period
            center = source
            reading = 1.0
            level = gain * consonants
            half = period
        first = int(np.ceil(position - half))
        last = int(np.floor(position + half))
        for n in range(max(0, first), min(out.shape[0], last + 1)):
            offset = n - position
            read = center + offset * reading
            whole = int(read)
            if whole < 0 or whole + 1 >= audio.shape[0]:
                continue
            part = read - whole
            window = 0.5 + 0.5 * np.cos(np.pi * offset / half)
            out[n] += level * window * (audio[whole] + part * (audio[whole + 1] - audio[whole]))
        position += step


def _pitch_track(notes: Sequence[Note], frames: int, manner: Manner, rng: np.random.Generator) -> NDArray[np.float64]:
    """The sung pitch (MIDI) every 5 ms: notes joined by portamento, scooped into, with vibrato and drift."""
    count = int(frames / SAMPLE_RATE_HZ / _CONTROL_S) + 2
    time_s = np.arange(count) * _CONTROL_S
    pitch = np.full(count, notes[0].pitch, dtype=np.float64)
    for note in notes:
        first = int(note.onset_s / _CONTROL_S)
        pitch[max(0, first - 4) :] = note.pitch
    width = max(1, int(manner.portamento_s / _CONTROL_S))
    kernel = np.hanning(2 * width + 1)
    pitch = np.convolve(np.pad(pitch, width, mode="edge"), kernel / kernel.sum(), mode="valid")
    for note in notes:
        first, stop = int(note.onset_s / _CONTROL_S), min(count, int(note.end_s / _CONTROL_S))
        local = time_s[first:stop] - note.onset_s
        if not len(local):
            continue
        if note.articulation == "phrase" or (note.articulation == "syllable" and rng.random() < 0.15):
            pitch[first:stop] -= manner.scoop * rng.uniform(0.3, 1.0) * np.exp(-local / 0.05)
        if note.duration_s > 0.35 and manner.vibrato > 0:
            depth = manner.vibrato * np.clip((local - manner.vibrato_delay_s) / 0.3, 0, 1) * rng.uniform(0.6, 1.2)
            pitch[first:stop] += depth * np.sin(2 * np.pi * manner.vibrato_hz * local + rng.uniform(0, 6.28))
        if note.articulation == "last" and rng.random() < 0.3:
            pitch[first:stop] -= (
                1.5 * np.clip((local - 0.7 * note.duration_s) / (0.3 * note.duration_s + 1e-3), 0, 1) ** 2
            )
    drift = np.convolve(
        rng.normal(0, 1, count + 80), np.hanning(81) / np.sqrt((np.hanning(81) ** 2).sum()), mode="valid"
    )
    quick = np.convolve(rng.normal(0, 1, count + 8), np.hanning(9) / np.sqrt((np.hanning(9) ** 2).sum()), mode="valid")
    result: NDArray[np.float64] = pitch + manner.drift * drift[:count] + 0.04 * quick[:count]
    return result


def _groups(notes: Sequence[Note]) -> list[list[Note]]:
    """Notes that share a syllable."""
    groups: list[list[Note]] = []
    for note in notes:
        if note.articulation == "slur" and groups and note.onset_s - groups[-1][-1].end_s < 0.15:
            groups[-1].append(note)
        else:
            groups.append([note])
    return groups


def _time_map(syllable: Syllable, onset: int, duration: int, room: int) -> tuple[F32, F32]:
    """Output and source frames: consonant before the beat and release at natural speed, the vowel stretched."""
    before = min(syllable.vowel - syllable.start, room)
    head = min(2200, (syllable.steady_end - syllable.vowel) // 3)
    tail = min(syllable.end - syllable.steady_end, 5000)
    body = max(256, duration - head - min(tail, duration // 3))
    outs = [onset - before, onset, onset + head, onset + head + body, onset + head + body + tail]
    steady = syllable.steady_end - 600
    stretched = min(body, max(64, steady - syllable.vowel - head))
    begin = syllable.vowel + head
    sources = [syllable.vowel - before, syllable.vowel, begin, begin + stretched, syllable.steady_end + tail]
    if begin + stretched < steady:
        sources[4] = max(sources[3] + tail, syllable.steady_end + tail)
    return np.array(outs, np.float32), np.maximum.accumulate(np.array(sources, np.float32))


def sing(
    out: F32, library: VoiceLibrary, source: str, notes: tuple[Note, ...], manner: Manner, rng: np.random.Generator,
    gain: float = 0.12,
) -> set[str]:  # fmt: skip
    """Sing notes with the voice of a source into mono `(frames,)`. Returns the sources used."""
    if not notes:
        return set()
    samples = library.samples(source)
    pitch = _pitch_track(notes, len(out), manner, rng)
    periods = (SAMPLE_RATE_HZ / hertz(pitch)).astype(np.float32)
    middle = float(np.median([note.pitch for note in notes]))
    samples = sorted(samples, key=lambda s: abs((s.pitch if s.pitch is not None else middle) - middle))
    nearest = abs((samples[0].pitch or middle) - middle)
    pool = [s for s in samples if abs((s.pitch or middle) - middle) < nearest + 4.0]
    used_until = 0
    phrase: Phrase | None = None
    place = 0
    for group in _groups(notes):
        if phrase is None or place >= len(phrase.syllables) or rng.random() < 0.15:
            phrase, place = _next_phrase(library, pool, rng), 0
            if phrase is None:
                continue
            place = int(rng.integers(len(phrase.syllables)))
        syllable = phrase.syllables[place]
        place += 1
        onset = int(group[0].onset_s * SAMPLE_RATE_HZ)
        duration = int((group[-1].end_s - group[0].onset_s) * SAMPLE_RATE_HZ)
        outs, reads = _time_map(syllable, onset, duration, max(300, onset - used_until))
        level = gain * group[0].velocity / max(syllable.level, 0.01)
        if outs[0] >= 0 and onset < len(out):
            _overlap_add(
                out, phrase.audio, phrase.marks, phrase.periods, phrase.voiced, outs, reads, periods,
                _CONTROL_S * SAMPLE_RATE_HZ, manner.formant, level, manner.consonants, int(rng.integers(1, 2**31)),
            )  # fmt: skip
        used_until = onset + duration
    return {source}


def _next_phrase(library: VoiceLibrary, pool: Sequence[Sample], rng: np.random.Generator) -> Phrase | None:
    for _ in range(8):
        phrase = library.phrase(pool[int(rng.integers(len(pool)))])
        if phrase.syllables:
            return phrase
    return None
