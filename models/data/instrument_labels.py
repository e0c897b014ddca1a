"""Which stem an instrument label of MedleyDB and Mixing Secrets belongs to: the table, open to be argued with.

Labels are those of the MedleyDB taxonomy (R. Bittner et al., "MedleyDB: a multitrack dataset for annotation-intensive
MIR research", ISMIR 2014). Percussion without pitch counts as drums, as in MUSDB18; percussion with pitch, and every
keyboard that is no acoustic piano, as Other. What a label cannot tell (`CONTENT_UNKNOWN`) makes a song unusable,
because any instrument may sound in such a stem.
"""

from collections.abc import Mapping
from typing import Final

_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "vocals": (
        "male singer", "female singer", "male rapper", "female rapper", "male speaker", "female speaker",
        "male screamer", "female screamer", "vocalists", "choir", "crowd",
    ),
    "electric_guitar": (
        "clean electric guitar", "distorted electric guitar", "electric guitar", "lap steel guitar", "slide guitar",
        "pedal steel guitar",
    ),
    "acoustic_guitar": ("acoustic guitar", "classical guitar", "nylon-string guitar"),
    "piano": ("piano", "tack piano"),
    "bass": ("electric bass", "double bass", "synth bass", "bass guitar"),
    "drums": (
        "drum set", "drum machine", "kick drum", "snare drum", "bass drum", "toms", "high hat", "cymbal", "bongo",
        "conga", "tambourine", "darbuka", "doumbek", "tabla", "cajon", "djembe", "timbales", "auxiliary percussion",
        "triangle", "sleigh bells", "cowbell", "cabasa", "gong", "guiro", "gu", "castanet", "claps", "snaps", "rattle",
        "shaker", "maracas", "woodblock", "beatboxing",
    ),
    "other": (
        "violin", "viola", "cello", "erhu", "violin section", "viola section", "cello section", "string section",
        "banjo", "guzheng", "harp", "harpsichord", "liuqin", "mandolin", "oud", "ukulele", "zhongruan", "sitar",
        "bouzouki", "dulcimer", "yangqin", "dizi", "flute", "flute section", "piccolo", "bamboo flute", "panpipes",
        "recorder", "alto saxophone", "baritone saxophone", "tenor saxophone", "soprano saxophone",
        "saxophone section", "bass clarinet", "clarinet", "clarinet section", "oboe", "english horn", "bassoon",
        "bagpipe", "trumpet", "cornet", "flugelhorn", "trombone", "french horn", "euphonium", "tuba", "brass section",
        "french horn section", "trombone section", "horn section", "trumpet section", "harmonica", "concertina",
        "accordion", "bandoneon", "harmonium", "pipe organ", "melodica", "chimes", "xylophone", "vibraphone",
        "marimba", "glockenspiel", "kalimba", "whistle", "timpani", "electric piano", "clavinet", "electronic organ",
        "hammond organ", "synthesizer", "theremin", "fx/processed sound", "scratches", "sampler",
    ),
}  # fmt: skip

STEM_OF_LABEL: Final[Mapping[str, str]] = {label: stem for stem, labels in _LABELS.items() for label in labels}
"""Labels in lower case to a name of `models.instruments.STEMS`."""

CONTENT_UNKNOWN: Final = frozenset({"main system", "unlabeled", ""})
"""Labels of stems that may hold anything: a recording of the whole room, or nobody wrote it down."""
