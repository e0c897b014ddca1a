"""SoundFonts and patches as sources of notes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.data.synthetic.bank import HELD_OUT_SOUNDFONTS, Bank
from models.data.synthetic.general_midi import KIT_KEYS, PRESETS
from models.data.synthetic.gus_patches import GusPatches
from models.data.synthetic.players.kit import draw_kit
from models.data.synthetic.soundfont import PEAK, SoundFont, SoundFontError, source_name
from models.instruments import STEMS
from tests.models.data.synthetic.fonts import write_patch, write_soundfont

RATE = 44100


def needs_fluidsynth(test: Callable[..., None]) -> Callable[..., None]:
    try:
        import fluidsynth  # noqa: F401
    except ImportError:
        return pytest.mark.skip(reason="FluidSynth is not installed")(test)
    return test


def frequency(audio: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(audio[:RATE, 0] * np.hanning(min(RATE, len(audio)))))
    return float(spectrum.argmax()) * RATE / min(RATE, len(audio))


def test_the_table_names_stems_and_compasses() -> None:
    for preset in PRESETS.values():
        assert preset.stem in STEMS
        assert preset.low < preset.high
        assert preset.hold_s > 1
    assert len({(preset.stem, preset.program) for preset in PRESETS.values()}) == len(PRESETS)


@needs_fluidsynth
def test_notes_have_their_pitch_and_an_even_peak(tmp_path: Path) -> None:
    font = SoundFont(write_soundfont(tmp_path / "Tiny Font.sf2", [(0, 0), (0, 25), (128, 0)]))
    assert font.source == "tiny-font"
    notes = list(font.notes())
    assert {note.stem for note in notes} == {"piano", "acoustic_guitar", "drums"}
    assert {note.articulation for note in notes if note.stem == "drums"} == set(KIT_KEYS)
    for key in (57, 69, 76):
        note = next(n for n in notes if n.stem == "acoustic_guitar" and n.key == key and n.velocity == 80)
        audio = font.play(note)
        assert np.abs(audio).max() == pytest.approx(PEAK, rel=1e-4)
        assert frequency(audio) == pytest.approx(440 * 2 ** ((key - 69) / 12), rel=0.005)
    font.close()


@needs_fluidsynth
def test_a_note_is_the_same_whatever_was_played_before(tmp_path: Path) -> None:
    font = SoundFont(write_soundfont(tmp_path / "tiny.sf2", [(0, 0), (0, 25)]))
    notes = [note for note in font.notes() if note.key in (60, 69)]
    first = [font.play(note) for note in notes]
    for place in np.random.default_rng(0).permutation(len(notes)):
        np.testing.assert_array_equal(font.play(notes[int(place)]), first[int(place)])


@needs_fluidsynth
def test_what_is_no_soundfont_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.sf2").write_text("no music")
    for name in ("text.sf2", "missing.sf2"):
        with pytest.raises(SoundFontError, match=f"{name} is not a SoundFont"):
            SoundFont(tmp_path / name)


@needs_fluidsynth
def test_a_soundfont_joins_the_bank_where_the_split_wants_it(small_bank: Path, tmp_path: Path) -> None:
    shared = write_soundfont(tmp_path / "everybody.sf2", [(0, 0), (0, 4), (128, 0)])
    kept = write_soundfont(tmp_path / "TimGM6mb.sf2", [(0, 0), (128, 0)])
    assert source_name(kept) in HELD_OUT_SOUNDFONTS
    for split, expected in (("train", {"everybody"}), ("test", {"timgm6mb"}), ("all", {"everybody", "timgm6mb"})):
        bank = Bank(small_bank, split, soundfonts=(shared, kept))  # type: ignore[arg-type]
        assert {s.source for s in bank.samples} & {"everybody", "timgm6mb"} == expected
    bank = Bank(small_bank, "train", soundfonts=(shared,))
    piano = bank.programs["everybody/grand"]
    found = piano.find(61.0, 0.9, np.random.default_rng(0))
    assert found.pitch == 61.0
    assert frequency(bank.load(found)) == pytest.approx(277.2, rel=0.005)
    assert piano.weight < bank.programs["grand/sustain"].weight
    kit = draw_kit(bank, np.random.default_rng(1), electronic=False)
    assert set(kit.pieces) >= {"kick", "snare", "hihat-closed", "tom-high", "tom-low"}
    highest = {piece: max(int(s.path.split("-")[-2]) for s in kit.pieces[piece]) for piece in ("tom-high", "tom-low")}
    assert highest["tom-high"] < highest["tom-low"], "toms are named from high to low"


def test_patches_have_their_pitch_and_short_ones_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "freepats" / "Tone_000"
    write_patch(folder / "025_Steel_Guitar.pat", [110.0, 220.0, 440.0])
    write_patch(folder / "026_Jazz_Guitar.pat", [110.0, 220.0, 440.0], seconds=0.3)
    write_patch(folder / "000_Piano.pat", [110.0])
    patches = GusPatches(folder)
    assert patches.source == "freepats"
    notes = list(patches.notes())
    assert [(note.program, note.pitch) for note in notes] == [("steel", 45.0), ("steel", 57.0), ("steel", 69.0)]
    assert frequency(patches.play(notes[1])) == pytest.approx(220.0, rel=0.005)


def test_damaged_patches_are_named(tmp_path: Path) -> None:
    with pytest.raises(SoundFontError, match="holds no Gravis Ultrasound patches"):
        GusPatches(tmp_path)
    path = write_patch(tmp_path / "025_Steel_Guitar.pat", [110.0, 220.0, 440.0])
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SoundFontError, match=r"025_Steel_Guitar\.pat is damaged"):
        GusPatches(tmp_path)
    path.write_text("x" * 500)
    with pytest.raises(SoundFontError, match="is not a Gravis Ultrasound patch"):
        GusPatches(tmp_path)


@needs_fluidsynth
def test_several_processes_play_soundfonts(train_bank: Bank, tmp_path: Path) -> None:
    """FluidSynth reads files with OpenMP, whose threads a forked process waits for in vain."""
    font = write_soundfont(tmp_path / "tiny.sf2", [(0, 0), (0, 25), (128, 0)])
    command = [sys.executable, "-m", "models.data.synthetic", "--output", str(tmp_path / "pool"), "--songs", "2"]
    options = ["--length", "5", "--jobs", "2", "--samples", str(train_bank.folder), "--soundfont", str(font)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    # The last line alone: where the environment variable CI is set, pyfluidsynth says what library it found.
    assert done.stdout.splitlines()[-1].startswith("2 songs in")
