"""What the programs and drum keys of General MIDI are to us: stem, manner of playing, compass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Preset:
    """What a General MIDI program is to us: its stem, the name of the program, how it is played, and its compass."""

    stem: str
    program: str
    articulation: str
    low: int
    high: int
    hold_s: float


def _presets(
    stem: str, articulation: str, low: int, high: int, hold_s: float, names: str
) -> dict[tuple[int, int], Preset]:
    """Read `bank:program name, ...`; without a bank it is 0."""
    made = {}
    for entry in names.split(","):
        place, name = entry.split()
        bank, _, program = place.rpartition(":")
        made[int(bank or 0), int(program)] = Preset(stem, name, articulation, low, high, hold_s)
    return made


PRESETS: Final[Mapping[tuple[int, int], Preset]] = {
    **_presets("piano", "sustain", 21, 108, 6.0, "0 grand, 1 bright, 3 honky-tonk"),
    **_presets("electric_guitar", "pluck", 38, 92, 5.0, "26 jazz, 27 clean, 8:26 hawaiian"),
    **_presets("electric_guitar", "driven", 38, 92, 5.0, "29 overdrive, 30 distortion"),
    **_presets("acoustic_guitar", "pluck", 38, 92, 5.0, "24 nylon, 25 steel, 8:25 12-string"),
    **_presets("bass", "pluck", 23, 67, 4.0, "32 acoustic, 33 finger, 34 pick, 35 fretless, 36 slap, 37 pop"),
    **_presets("bass", "sustain", 23, 67, 3.0, "38 synth1, 39 synth2"),
    **_presets("vocals", "choir", 43, 84, 3.5, "52 choir-aahs, 53 voice-oohs"),
    **_presets("other", "epiano", 28, 100, 5.0, "2 epiano-grand, 4 epiano-tine, 5 epiano-fm"),
    **_presets(
        "other", "pluck", 36, 100, 3.0,
        "6 harpsichord, 7 clav, 8 celesta, 9 glockenspiel, 10 music-box, 11 vibraphone, 12 marimba, 13 xylophone,"
        "14 tubular-bells, 15 dulcimer, 45 strings-pizz, 46 harp, 98 crystal, 104 sitar, 105 banjo, 106 shamisen,"
        "107 koto, 108 kalimba, 8:24 ukulele, 16:25 mandolin",
    ),
    **_presets(
        "other", "sustain", 36, 96, 3.5,
        "16 drawbar-organ, 17 perc-organ, 18 rock-organ, 19 church-organ, 20 reed-organ, 21 accordion, 22 harmonica,"
        "23 bandoneon, 40 violin, 41 viola, 42 cello, 44 strings-trem, 48 strings-fast, 49 strings-slow,"
        "50 synth-strings, 51 synth-strings-2, 54 synth-voice-pad, 56 trumpet, 57 trombone, 58 tuba, 59 trumpet-muted,"
        "60 french-horns, 61 brass-section, 62 synth-brass, 63 synth-brass-2, 64 soprano-sax, 65 alto-sax,"
        "66 tenor-sax, 67 baritone-sax, 68 oboe, 69 english-horn, 70 bassoon, 71 clarinet, 72 piccolo, 73 flute,"
        "74 recorder, 75 pan-flute, 77 shakuhachi, 78 whistle, 79 ocarina, 80 square-lead, 81 saw-lead,"
        "82 calliope-lead, 83 chiff-lead, 84 charang-lead, 85 voice-lead, 87 bass-lead, 88 fantasia-pad, 89 warm-pad,"
        "90 polysynth, 91 space-pad, 92 bowed-pad, 93 metal-pad, 94 halo-pad, 95 sweep-pad, 109 bagpipe, 110 fiddle,"
        "111 shanai",
    ),
}  # fmt: skip
"""General MIDI by (bank, program). Programs that are effects, or mixtures of instruments, are left out."""

KIT_KEYS: Final[Mapping[str, tuple[int, ...]]] = {
    "kick": (35, 36), "snare": (38, 40), "sidestick": (37,), "clap": (39,), "hihat-closed": (42,),
    "hihat-pedal": (44,), "hihat-open": (46,), "crash": (49, 57), "ride": (51, 59), "tom": (41, 43, 45, 47, 48, 50),
    "perc": (54, 56, 69, 70),
}  # fmt: skip
"""General MIDI's drum map: the keys of each piece of a kit."""

KITS: Final[Mapping[int, str]] = {0: "standard", 8: "room", 16: "power", 24: "electronic", 25: "tr808", 32: "jazz",
                                  40: "brush"}  # fmt: skip
KIT_BANK: Final = 128
KIT_HOLD_S: Final = 2.5
