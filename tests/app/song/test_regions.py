"""Regions from probabilities, and files from regions that other programs read."""

import io
import json
from collections.abc import Mapping

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.mixing.weights import stem_weights
from app.song.activation_edits import ActivationEdit
from app.song.activation_files import activation_file
from app.song.regions import Region, find_regions, labels_text, read_labels
from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_decisions
from models.instruments import INSTRUMENTS

PLAIN: Mapping[str, ActivationSettings] = dict.fromkeys(INSTRUMENTS, ActivationSettings("hard", median_frames=1))


def some_activations() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    activations = np.zeros((6, 100), np.float32)
    activations[0, 10:20] = 0.9
    activations[0, 50:] = 0.9
    activations[4, :30] = 0.7
    return activations


def test_regions_by_hand() -> None:
    duration_s = 99.4 / ACTIVATION_RATE_HZ
    edge = {k: round((k - 0.5) / ACTIVATION_RATE_HZ, 6) for k in (10, 20, 30, 50)}
    assert find_regions(some_activations(), PLAIN, duration_s) == (
        Region(0.0, edge[30], "bass"),
        Region(edge[10], edge[20], "vocals"),
        Region(edge[50], round(duration_s, 6), "vocals"),
    )


probabilities = arrays.arrays(np.float32, st.tuples(st.just(6), st.integers(1, 80)), elements=st.floats(0, 1, width=32))


@settings(deadline=None, max_examples=60)
@given(probabilities, st.floats(0.1, 0.9), st.sampled_from([1, 3, 9]), st.integers(1, 9))
def test_labels_give_the_same_regions_and_regions_the_same_frames(
    activations: np.ndarray[tuple[int, int], np.dtype[np.float32]], threshold: float, median: int, minimum: int
) -> None:
    one = ActivationSettings("soft", threshold, median, minimum_frames=minimum)
    rules = dict.fromkeys(INSTRUMENTS, one)
    count = activations.shape[1]
    regions = find_regions(activations, rules, (count - 0.6) / ACTIVATION_RATE_HZ)
    assert read_labels(labels_text(regions)) == regions
    playing = np.zeros((6, count), bool)
    for region in regions:
        centres = np.arange(count) / ACTIVATION_RATE_HZ
        playing[INSTRUMENTS.index(region.instrument)] |= (centres >= region.start_s) & (centres <= region.stop_s)
    expected = activation_decisions(activations, one)
    np.testing.assert_array_equal(playing[:, : count - 1], expected[:, : count - 1])


def test_regions_and_files_with_edits() -> None:
    """Forced on, forced off, drawn and back to automatic; the files say so, and labels give the same regions back."""
    edits = (
        ActivationEdit("vocals", 15, 60, "off"),
        ActivationEdit("vocals", 55, 60, "automatic"),
        ActivationEdit("drums", 70, 75, "on"),
        ActivationEdit("drums", 80, 84, "level", (0.0, 0.0, 0.6, 0.7)),
    )
    edge = {k: round((k - 0.5) / ACTIVATION_RATE_HZ, 6) for k in (10, 15, 30, 55, 70, 75, 82, 84)}
    regions = find_regions(some_activations(), PLAIN, 2.3, edits)
    assert regions == (
        Region(0.0, edge[30], "bass"),
        Region(edge[10], edge[15], "vocals"),
        Region(edge[55], 2.3, "vocals"),
        Region(edge[70], edge[75], "drums"),
        Region(edge[82], edge[84], "drums"),
    )
    text = activation_file("labels", some_activations(), regions, PLAIN, "", edits=edits).decode()
    assert read_labels(text) == regions

    tree = json.loads(activation_file("json", some_activations(), regions, PLAIN, "song.mp3", edits=edits))
    drums = tree["instruments"]["drums"]
    assert [(edit["kind"], edit.get("levels")) for edit in drums["edits"]] == [
        ("on", None), ("level", [0.0, 0.0, 0.6, 0.7])
    ]  # fmt: skip
    assert drums["edits"][0]["start_s"] == round(70 / ACTIVATION_RATE_HZ, 6)
    assert tree["instruments"]["bass"]["edits"] == []

    weights = stem_weights(some_activations(), ((0, 100),), [PLAIN["vocals"]] * 6, edits)
    rows = activation_file("csv", some_activations(), regions, PLAIN, "", weights=weights).decode().splitlines()
    assert rows[0].split(",")[7:] == [f"{instrument}_weight" for instrument in INSTRUMENTS]
    assert rows[1 + 83].split(",")[-1] == "0.7000"
    assert rows[1 + 20].split(",")[1] == "0.0000"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.0\t2.0\tbass\n1.0 2.0 bass", "line 2 is not a label"),
        ("1.0\t2.0\tlute", "names no instrument but “lute”"),
        ("2.0\t1.0\tbass", "line 1 does not end after it starts"),
        ("nan\t1.0\tbass", "line 1 does not end after it starts"),
    ],
)
def test_labels_that_are_none(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_labels(text)


def test_labels_as_audacity_writes_them() -> None:
    text = "0.500000\t1.250000\tbass\r\n\\\t100.0\t200.0\r\n\r\n0.100000\t0.200000\tvocals\r\n"
    assert read_labels(text) == (Region(0.1, 0.2, "vocals"), Region(0.5, 1.25, "bass"))


def test_files() -> None:
    regions = find_regions(some_activations(), PLAIN, 2.3)
    tree = json.loads(activation_file("json", some_activations(), regions, PLAIN, "song.mp3"))
    assert (tree["partwise_regions"], tree["song"], list(tree["instruments"])) == (1, "song.mp3", [*INSTRUMENTS])
    assert tree["instruments"]["bass"]["settings"]["threshold"] == 0.5
    vocals = [[region.start_s, region.stop_s] for region in regions if region.instrument == "vocals"]
    assert tree["instruments"]["vocals"]["regions_s"] == vocals

    rows = activation_file("csv", some_activations(), regions, PLAIN, "").decode().splitlines()
    assert rows[0] == "time_s,vocals,electric_guitar,acoustic_guitar,piano,bass,drums"
    assert rows[11] == "0.2322,0.9000,0.0000,0.0000,0.0000,0.7000,0.0000"
    assert len(rows) == 101

    time_s, texts, times_s = 0.0, [], []
    for message in mido.MidiFile(file=io.BytesIO(activation_file("midi", some_activations(), regions, PLAIN, ""))):
        time_s += message.time
        if message.type == "marker":
            texts.append(message.text)
            times_s.append(time_s)
    expected = [(region.start_s, f"{region.instrument} on") for region in regions]
    expected += [(region.stop_s, f"{region.instrument} off") for region in regions]
    assert texts == [text for _, text in sorted(expected)]
    assert times_s == pytest.approx([at_s for at_s, _ in sorted(expected)], abs=0.001)
