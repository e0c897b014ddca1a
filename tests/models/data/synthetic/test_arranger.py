import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.synthetic.arranger import arrange
from models.data.synthetic.score import Score
from models.data.synthetic.styles import STYLES
from models.instruments import STEMS

RANGES = {
    "vocals": (34, 95),
    "electric_guitar": (38, 96),
    "acoustic_guitar": (38, 96),
    "piano": (21, 108),
    "bass": (28, 70),
    "drums": (0, 0),
    "other": (24, 112),
}
seeds = st.integers(0, 10**7)
styles = st.sampled_from([style.name for style in STYLES])


def playing(score: Score, stem: str, start_s: float, end_s: float) -> bool:
    return any(start_s <= note.onset_s < end_s for part in score.parts_of(stem) for note in part.notes)


def test_the_same_seed_gives_the_same_score_and_another_does_not() -> None:
    assert arrange(5, 20) == arrange(5, 20)
    assert arrange(5, 20) != arrange(6, 20)


@settings(deadline=None, max_examples=50)
@given(seeds, styles)
def test_notes_lie_within_the_song_and_their_instrument(seed: int, style: str) -> None:
    score = arrange(seed, 25, style, full=True)
    assert score.style == style
    for part in score.parts:
        low, high = RANGES[part.stem]
        assert part.notes
        onsets = [note.onset_s for note in part.notes]
        assert onsets == sorted(onsets)
        for note in part.notes:
            assert 0 <= note.onset_s < score.duration_s
            assert note.duration_s >= 0.03
            assert 0 < note.velocity <= 1
            assert low <= note.pitch <= high, (part.role, note)
            assert part.stem != "drums" or note.articulation


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_sections_follow_each_other_and_stems_keep_to_them(seed: int) -> None:
    score = arrange(seed, 40)
    for before, after in zip(score.sections, score.sections[1:], strict=False):
        assert after.start_s == pytest.approx(before.end_s)
    for section in score.sections:
        assert section.stems
        for stem in set(STEMS) - set(section.stems):
            # an upbeat may begin a little before its section
            assert not playing(score, stem, section.start_s + 0.3, section.end_s - 1.5)


def test_stems_enter_and_leave() -> None:
    scores = [arrange(seed, 45) for seed in range(30)]
    leaving = sum(
        any(stem not in section.stems for section in score.sections) for score in scores for stem in score.stems
    )
    total = sum(len(score.stems) for score in scores)
    assert leaving > 0.7 * total


def test_every_stem_and_every_style_occurs_and_some_are_absent() -> None:
    scores = [arrange(seed, 20) for seed in range(60)]
    assert {score.style for score in scores} == {style.name for style in STYLES}
    for stem in STEMS:
        assert 10 <= sum(stem in score.stems for score in scores) < 60


@settings(deadline=None, max_examples=20)
@given(seeds, st.floats(15, 90))
def test_length_is_about_what_was_asked_for(seed: int, seconds: float) -> None:
    assert 0.6 * seconds < arrange(seed, seconds).duration_s < 1.4 * seconds + 6


def test_unknown_style_and_too_short_songs_are_refused() -> None:
    with pytest.raises(ValueError, match="polka"):
        arrange(1, 30, "polka")
    with pytest.raises(ValueError, match="5 seconds"):
        arrange(1, 2)
