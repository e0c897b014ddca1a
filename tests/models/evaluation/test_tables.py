"""Results of songs become the tables of the paper and the JSON of the same figures."""

import xml.etree.ElementTree as ElementTree

import numpy as np

from models.activation import ActivationSettings
from models.evaluation.pictures import activation_picture
from models.evaluation.song import Activations, SongResult
from models.evaluation.tables import markdown, median_over_songs, results, silent_counts
from models.instruments import INSTRUMENTS


def song(sdr: float | None, active_from: int = 50, known: tuple[str, ...] = INSTRUMENTS) -> SongResult:
    scores: dict[str, float | None] = {"SDR": sdr, "SIR": 2.0, "SAR": 3.0, "ISR": 4.0}
    if sdr is None:
        scores = dict.fromkeys(scores)
    truth = np.zeros((6, 100), bool)
    truth[0, active_from:] = True
    probabilities = np.where(truth, 0.8, 0.3).astype(np.float32)
    windows = {"vocals": {"scored": 20, "silent": 10}}
    return SongResult({"m": {"vocals": scores}}, windows, Activations(known, truth, {"m": probabilities}))


def test_medians_leave_out_what_could_not_be_scored() -> None:
    table = median_over_songs([song(1.0), song(5.0), song(2.0), song(None)])
    assert table == {"m": {"vocals": {"SDR": 2.0, "SIR": 2.0, "SAR": 3.0, "ISR": 4.0}}}


def test_results_have_the_agreed_form() -> None:
    values = results("set", [song(1.0), song(2.0)], ActivationSettings())
    assert list(values) == ["dataset", "songs", "models", "activation"]
    assert (values["dataset"], values["songs"]) == ("set", 2)
    assert values["activation"] == {"m": {"vocals": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auc": 1.0}}}


def test_instruments_without_labels_are_no_false_alarms() -> None:
    values = results("set", [song(1.0), song(1.0, active_from=0, known=("bass",))], ActivationSettings())
    assert values["activation"]["m"]["vocals"]["auc"] == 1.0


def test_tables_for_people() -> None:
    songs = [song(1.25), song(None)]
    silent = silent_counts(songs)
    assert silent["vocals"] == {"scored": 40, "silent": 20, "songs_without": 0}
    assert silent["piano"]["songs_without"] == 2
    text = markdown(results("set", songs, ActivationSettings()), silent)
    assert "| vocals | 1.25 / 2.00 / 3.00 / 4.00 |" in text
    assert "| mean of the instruments | 1.25 |" in text
    assert "| vocals | 40 | 20 | 0 |" in text


def test_picture_is_a_drawing_of_every_lane() -> None:
    picture = activation_picture("A <b> & c", song(1.0).activations, "m", ActivationSettings("hard"))
    root = ElementTree.fromstring(picture)
    namespace = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{namespace}title") == "A <b> & c"
    assert len(root.findall(f"{namespace}polyline")) == 6
    truth = [rect for rect in root.findall(f"{namespace}rect") if rect.get("fill") == "#bcd7f0"]
    weights = [rect for rect in root.findall(f"{namespace}rect") if rect.get("fill") == "#2a7d2e"]
    assert len(truth) == len(weights) == 1
    assert truth[0].get("x") == weights[0].get("x"), "here the weight is the truth"
