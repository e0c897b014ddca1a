from pathlib import Path

import numpy as np
import pytest

from models import data
from models.data.synthetic.bank import HELD_OUT_SOUNDFONTS, HELD_OUT_SOURCES, SAME_PERFORMANCE, Bank
from models.data.synthetic.credits import SOUNDFONTS
from models.instruments import STEMS


def test_nearest_note_and_velocity_are_found(small_bank: Path) -> None:
    program = Bank(small_bank, "train").programs["grand/sustain"]
    rng = np.random.default_rng(0)
    assert program.find(61.0, 0.9, rng).path == "piano/grand/60-110.ogg"
    assert program.find(50.0, 0.2, rng).path == "piano/grand/48-40.ogg"
    assert program.find(90.0, 0.9, rng).pitch == 72


def test_left_and_right_files_become_one_stereo_sample(small_bank: Path) -> None:
    bank = Bank(small_bank, "train")
    (pad,) = bank.of_stem("other")
    assert pad.key == "msg-orchestral-synth/warm-pad"
    (sample,) = pad.samples
    assert bank.load(sample).shape[1] == 2


def test_splits_share_nothing_and_lose_nothing(small_bank: Path) -> None:
    train, held, both = (Bank(small_bank, split) for split in ("train", "test", "all"))
    assert {s.source for s in held.samples} == {"salamander-c5"}
    assert {s.path for s in train.samples}.isdisjoint(s.path for s in held.samples)
    assert len(train.samples) + len(held.samples) == len(both.samples)


def test_cache_stays_within_its_bound_and_gives_equal_samples(small_bank: Path) -> None:
    bank = Bank(small_bank, "train", cache_bytes=400_000)
    (program,) = bank.of_stem("piano")
    first = [bank.load(sample).copy() for sample in program.samples]
    again = [bank.load(sample) for sample in program.samples]
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert bank.cached_bytes <= 400_000


def test_unknown_split_and_missing_folder_are_refused(small_bank: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split"):
        Bank(small_bank, "practice")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        Bank(tmp_path / "nowhere")


def test_both_real_splits_have_every_stem(train_bank: Bank, held_out_bank: Bank) -> None:
    for bank in (train_bank, held_out_bank):
        assert {sample.stem for sample in bank.samples} == set(STEMS)
    assert HELD_OUT_SOURCES.isdisjoint(sample.source for sample in train_bank.samples)
    assert {sample.source for sample in held_out_bank.samples} == HELD_OUT_SOURCES
    assert {sample.source for sample in train_bank.samples} >= SAME_PERFORMANCE


def test_what_is_held_out_is_listed_and_credited() -> None:
    text = (Path(data.__file__).with_name("README.md")).read_text(encoding="utf-8")
    for source in HELD_OUT_SOURCES | HELD_OUT_SOUNDFONTS:
        assert f"`{source}`" in text
    assert not HELD_OUT_SOUNDFONTS - set(SOUNDFONTS)
