import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.synthetic.theory import (
    GUITAR_TUNING,
    MODES,
    Chord,
    close_voicing,
    diatonic_chord,
    guitar_shape,
    nearest_pitch,
    scale_pitches,
)

chords = st.builds(
    diatonic_chord, st.integers(0, 11), st.sampled_from(sorted(MODES)), st.integers(0, 6), st.integers(3, 5)
)


@pytest.mark.parametrize(
    ("mode", "degree", "root", "intervals"),
    [
        ("major", 0, 0, (0, 4, 7)),
        ("major", 1, 2, (0, 3, 7)),
        ("major", 4, 7, (0, 4, 7)),
        ("major", 6, 11, (0, 3, 6)),
        ("minor", 0, 0, (0, 3, 7)),
        ("minor", 5, 8, (0, 4, 7)),
    ],
)
def test_triads_of_c(mode: str, degree: int, root: int, intervals: tuple[int, ...]) -> None:
    assert diatonic_chord(0, mode, degree) == Chord(root, intervals, root)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 11), st.sampled_from(sorted(MODES)), st.integers(0, 6), st.integers(3, 5))
def test_chords_stay_in_their_scale(key: int, mode: str, degree: int, size: int) -> None:
    chord = diatonic_chord(key, mode, degree, size)
    assert len(set(chord.pitch_classes)) == size
    assert {(pitch - key) % 12 for pitch in chord.pitch_classes} <= set(MODES[mode])


@settings(deadline=None, max_examples=50)
@given(chords, st.floats(45, 80))
def test_close_voicings_rise_lie_near_and_use_the_chord(chord: Chord, centre: float) -> None:
    voicing = close_voicing(chord, centre, 3)
    assert list(voicing) == sorted(set(voicing))
    assert {pitch % 12 for pitch in voicing} == set(chord.pitch_classes[:3])
    assert abs(sum(voicing) / 3 - centre) <= 4


@settings(deadline=None, max_examples=50)
@given(chords, st.integers(0, 7), st.integers(0, 5))
def test_guitar_shapes_fit_six_strings_and_a_hand(chord: Chord, position: int, capo: int) -> None:
    shape = guitar_shape(chord, position, capo)
    assert 2 <= len(shape) <= 6
    assert all(pitch % 12 in chord.pitch_classes for pitch in shape)
    lowest = min(GUITAR_TUNING) + capo + position
    assert all(lowest <= pitch <= max(GUITAR_TUNING) + capo + position + 4 for pitch in shape)


@given(st.integers(0, 11), st.floats(20, 100))
def test_nearest_pitch_is_within_a_tritone(pitch_class: int, around: float) -> None:
    pitch = nearest_pitch(pitch_class, around)
    assert pitch % 12 == pitch_class
    assert abs(pitch - around) <= 6


def test_scale_of_g_major() -> None:
    assert scale_pitches(7, MODES["major"], 67, 79) == [67, 69, 71, 72, 74, 76, 78, 79]
