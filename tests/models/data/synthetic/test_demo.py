import json
from pathlib import Path

import pytest
import soundfile

from models.data.synthetic.credits import REDISTRIBUTABLE, credits_text
from models.instruments import INSTRUMENTS, STEMS

FOLDER = Path(__file__).resolve().parents[4] / "resources" / "demo"


def test_demo_files_belong_together() -> None:
    told = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
    info = soundfile.info(FOLDER / "demo.ogg")
    assert (info.frames, info.samplerate, info.channels) == (told["frames"], told["sample_rate_hz"], 2)
    assert 60 <= info.duration <= 90
    assert tuple(told["stems"]) == STEMS
    for lane in told["stems"].values():
        assert len(lane["levels_dbfs"]) == (told["frames"] // told["hop_frames"]) // 4 + 1


def test_all_instruments_of_the_demo_enter_and_leave() -> None:
    told = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
    count = told["frames"] // told["hop_frames"] + 1
    for stem in INSTRUMENTS:
        runs = told["stems"][stem]["active"]
        assert all(first < stop <= count for first, stop in runs)
        assert 0.2 < sum(stop - first for first, stop in runs) / count < 0.9, stem


def test_credits_name_author_and_licence_and_refuse_what_may_not_be_handed_on() -> None:
    text = credits_text("# Credits", {"vocals": ["torone-rei"], "piano": ["salamander-c5"], "bass": []})
    for words in (
        "Tatsuya Iwama",
        "Alexander Holm",
        "creativecommons.org/licenses/by/3.0",
        "Permission is hereby granted",
    ):
        assert words in text
    with pytest.raises(KeyError):
        credits_text("# Credits", {"vocals": ["kawaiineko"]})


def test_credits_of_the_demo_are_complete() -> None:
    text = (FOLDER / "CREDITS.md").read_text(encoding="utf-8")
    named = {credit for credit in REDISTRIBUTABLE.values() if credit.title in text}
    assert len(named) >= 4
    for credit in named:
        assert credit.author in text
        assert credit.licence in text
