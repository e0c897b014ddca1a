"""When the instruments play, as files for other programs: CSV, JSON, Audacity labels, MIDI."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.json_file import json_text
from app.song.activation_edits import ActivationEdit
from app.song.regions import Region, labels_text
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.instruments import INSTRUMENTS

ActivationFormat = Literal["csv", "json", "labels", "midi"]
ACTIVATION_FORMATS: Final[tuple[ActivationFormat, ...]] = get_args(ActivationFormat)

JSON_VERSION: Final = 1

_MIDI_TICKS_PER_BEAT: Final = 960
_MIDI_TEMPO_BPM: Final = 120
_MIDI_TICKS_PER_S: Final = _MIDI_TICKS_PER_BEAT * _MIDI_TEMPO_BPM // 60


def activation_file(
    file_format: ActivationFormat,
    activations: NDArray[np.float32],
    regions: Sequence[Region],
    settings: Mapping[str, ActivationSettings],
    song_name: str,
    *,
    weights: NDArray[np.float32] | None = None,
    edits: Sequence[ActivationEdit] = (),
) -> bytes:
    """The content of such a file.

    Args:
        file_format: "csv": the probabilities, and the weights if given, a row for each activation frame. "json": the
            regions, and the settings and edits that made them. "labels": the regions as labels of Audacity. "midi": a
            marker where an instrument enters or leaves, at 120 beats per minute.
        activations: float32 `(6, activation frames)` probabilities.
        regions: see `app.song.regions.find_regions`.
        settings: for each of `models.instruments.INSTRUMENTS`.
        song_name: the name of the song's file.
        weights: float32 `(activation frames, 6 or more)`, what the stems are multiplied with.
        edits: that the regions were found with.
    """
    match file_format:
        case "csv":
            return csv_text(activations, weights).encode()
        case "json":
            return _json(regions, settings, song_name, edits).encode(errors="backslashreplace")
        case "labels":
            return labels_text(regions).encode()
        case "midi":
            return _midi(regions)


def csv_text(activations: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> str:
    """`time_s` and a column for each instrument, probabilities with four decimals, a row for each activation frame.

    Weights, `(activation frames, 6 or more)`, make six columns more, named `vocals_weight` and so on.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    names, values = [*INSTRUMENTS], activations.T
    if weights is not None:
        names += [f"{instrument}_weight" for instrument in INSTRUMENTS]
        values = np.concatenate((values, weights[:, : len(INSTRUMENTS)]), axis=1)
    writer.writerow(("time_s", *names))
    for index, row in enumerate(np.clip(values, 0.0, 1.0)):
        writer.writerow((f"{index / ACTIVATION_RATE_HZ:.4f}", *(f"{value:.4f}" for value in row)))
    return file.getvalue()


def _json(
    regions: Sequence[Region],
    settings: Mapping[str, ActivationSettings],
    song_name: str,
    edits: Sequence[ActivationEdit],
) -> str:
    instruments = {
        instrument: {
            "settings": asdict(settings[instrument]),
            "edits": [_edit(edit) for edit in edits if edit.instrument == instrument],
            "regions_s": [[region.start_s, region.stop_s] for region in regions if region.instrument == instrument],
        }
        for instrument in INSTRUMENTS
    }
    return json_text({"partwise_regions": JSON_VERSION, "song": song_name, "instruments": instruments})


def _edit(edit: ActivationEdit) -> dict[str, object]:
    """An edit in seconds; its levels are spread evenly over it."""
    start_s, stop_s = (round(frame / ACTIVATION_RATE_HZ, 6) for frame in (edit.start, edit.stop))
    levels = {"levels": list(edit.levels)} if edit.levels else {}
    return {"kind": edit.kind, "start_s": start_s, "stop_s": stop_s, **levels}


def _midi(regions: Sequence[Region]) -> bytes:
    """A standard MIDI file of one track."""
    import mido

    texts = [(region.start_s, f"{region.instrument} on") for region in regions]
    texts += [(region.stop_s, f"{region.instrument} off") for region in regions]
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(_MIDI_TEMPO_BPM))])
    past = 0
    for time_s, text in sorted(texts):
        ticks = round(time_s * _MIDI_TICKS_PER_S)
        track.append(mido.MetaMessage("marker", text=text, time=ticks - past))
        past = ticks
    track.append(mido.MetaMessage("end_of_track"))
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=_MIDI_TICKS_PER_BEAT, tracks=[track]).save(file=file)
    return file.getvalue()
